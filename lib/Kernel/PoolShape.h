//===- PoolShape.h - one pool as numbers ------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_POOLSHAPE_H
#define WINNOW_LIB_KERNEL_POOLSHAPE_H

#include "ConvolutionShape.h"

#include "winnow/Support/QuantizedTypes.h"
#include "winnow/Support/TargetFacts.h"

namespace winnow::kernel {

/// What a pool does with the elements of its window.
enum class PoolFunction { Max, Average, Lp };

/// One pool of one image.
struct PoolShape {
  PoolFunction function = PoolFunction::Max;
  WindowShape window;
  /// The window over the padded input, whose taps an average counts; equal to
  /// `window` when it counts elements only.
  WindowShape counted;
  int64_t channels = 0, block = 1, p = 2, pixels = 8;
  mlir::Type elementType, resultType;
  bool isUnsigned = false;
  /// Of averages of quantized elements; the result may be real (null).
  mlir::quant::UniformQuantizedType inputQuantization, resultQuantization;

  int64_t getBlocks() const { return (channels + block - 1) / block; }
  /// The type that elements are added up in.
  mlir::Type getSumType() const;
  /// A name that says all of the above.
  std::string getName() const;
};

/// Why the feature maps of a pool cannot be lowered; empty when they can.
llvm::StringRef getPoolObstacle(mlir::RankedTensorType type);

/// What a pool over whole feature maps or windows of `type` shares with all others.
PoolShape getPoolShape(PoolFunction function, mlir::RankedTensorType type);

/// What `shape` has to know of the quantization of its operand and result.
void setQuantization(PoolShape &shape, mlir::RankedTensorType input, mlir::RankedTensorType result);

/// The numbers of a maximum, average or Lp pool with a window, with its tile; nothing for other ops.
std::optional<PoolShape> getWindowPoolShape(mlir::Operation *op, const TargetFacts &facts);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_POOLSHAPE_H
