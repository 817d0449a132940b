//===- SparseBlocks.h - sparse filters of whole blocks ----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SPARSEBLOCKS_H
#define WINNOW_LIB_KERNEL_SPARSEBLOCKS_H

#include "SparseKernel.h"

#include "winnow/Support/SparseBlockTiling.h"

namespace winnow::kernel {

/// A convolution whose lanes are output channels with nonzero weights in common places (see SparseBlockTiling).
struct SparseBlocksPlan {
  ConvolutionShape shape;
  SparseBlockTiling tiling;

  /// The plan of `shape`: `shape.pixels` columns, `shape.outputs` rows of a chunk, `shape.vectors` blocks of a pass.
  /// Fails with a reason where not legal.
  static llvm::FailureOr<SparseBlocksPlan> get(const ConvolutionShape &shape, const TargetFacts &facts,
                                               llvm::StringRef &reason);
};

/// The entries of a constant filter (M, C, spatial): a place with the values of a block of output channels.
SparseFilter packSparseBlocks(mlir::ElementsAttr filter, const SparseBlocksPlan &plan);

/// The kernel `(input, values, places, starts, bias?, residual?, output)` of one image.
mlir::func::FuncOp getSparseBlocksKernel(KernelContext &context, mlir::Location loc, const SparseBlocksPlan &plan,
                                         const SparseFilter &filter);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSEBLOCKS_H
