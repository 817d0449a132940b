//===- StripLowering.h - what lowerings of strips and panels share -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_STRIPLOWERING_H
#define WINNOW_LIB_KERNEL_STRIPLOWERING_H

#include "ConvolutionShape.h"
#include "KernelBuilder.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// How many convolutions follow `op` in its strips; nothing where it is not computed in strips or panels.
std::optional<int64_t> getNumFollowing(cnn::ConvolutionOp op);

/// What one convolution must be to take part in strips or panels; empty when it is.
llvm::StringRef getStripObstacle(cnn::ConvolutionOp op);

/// The numbers of one convolution of strips or panels.
ConvolutionShape getStripShape(cnn::ConvolutionOp op);

/// Parts of `height` rows that threads may share, in strips of `rows`; `most` at most.
int64_t getNumParts(int64_t height, int64_t rows, int64_t most);

/// One call for several ops: what it needs beside the operands that it reads first.
struct GroupCall {
  mlir::func::FuncOp kernel;
  mlir::Value result;      ///< what is stored, before conversion
  mlir::Value like;        ///< a buffer with the batch of the result
  cnn::ConvolutionOp last; ///< whose residual is added; null where none is
  mlir::Value residual;    ///< that, converted; null where it has none
  Values weights;          ///< packed, see addStage
  int64_t scratchSize = 0; ///< elements; 0 where the kernel takes none

  /// Appends the packed filter of `op` and its bias to `weights`.
  void addStage(mlir::OpBuilder &b, KernelContext &context, cnn::ConvolutionOp op, const ConvolutionShape &shape);

  /// Emits the call for each image and returns the result's buffer. `getSources` gives the operands that are read
  /// first, for image `n`; weights, residual, scratch memory and output follow.
  mlir::Value emit(mlir::OpBuilder &b, llvm::function_ref<Values(mlir::OpBuilder &b, mlir::Value n)> getSources);
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_STRIPLOWERING_H
