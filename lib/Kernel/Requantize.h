//===- Requantize.h - sums of integers as results -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_REQUANTIZE_H
#define WINNOW_LIB_KERNEL_REQUANTIZE_H

#include "ConvolutionShape.h"
#include "KernelBuilder.h"

#include "winnow/Support/TargetFacts.h"

namespace winnow::kernel {

/// Emits what happens to sums of integer products on their way to memory:
///
///   t = f32(sum) * scale [+ f32(residual - residualZero) * ratio]      each step rounded by itself
///   y = clamp(saturate(round(t) + outputZero), low, high)
class Requantizer {
public:
  Requantizer(KernelBuilder &kb, const Requantization &numbers, const TargetFacts &facts, int64_t lanes);

  /// t without a residual.
  mlir::Value scale(mlir::Value sums, mlir::Value scales) const;
  /// t with the bytes of the residual that lie at `position` of `buffer`.
  mlir::Value addResidual(mlir::Value t, mlir::Value buffer, mlir::Value position, mlir::Value ratio) const;
  /// The same with bytes that were made i32.
  mlir::Value addResidual(mlir::Value t, mlir::Value residual, mlir::Value ratio) const;

  /// y of four vectors as bytes, in 128-bit parts that take their elements from the four in turn.
  mlir::Value packInterleaved(llvm::ArrayRef<mlir::Value> four) const;
  /// y of one to four vectors as bytes, one vector after the other.
  mlir::Value pack(mlir::ValueRange vectors) const;

private:
  mlir::Value round(mlir::Value t) const;
  mlir::Value clamp(mlir::Value bytes) const;
  mlir::Value packGeneric(mlir::Value t) const;

  KernelBuilder &kb;
  const Requantization &numbers;
  int64_t lanes;
  bool packs; ///< whether the target has packing instructions of x86 for these vectors
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_REQUANTIZE_H
