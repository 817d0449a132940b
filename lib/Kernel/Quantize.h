//===- Quantize.h - rounding and saturation of integers ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_QUANTIZE_H
#define WINNOW_LIB_KERNEL_QUANTIZE_H

#include "KernelLowering.h"

#include "mlir/Dialect/Quant/IR/QuantTypes.h"

namespace winnow::kernel {

/// saturate(rounded + zeroPoint) in the integer type `to`, exact; NaN gives 0.
/// `rounded` is a float without a fraction, `zeroPoint` may be null.
mlir::Value emitSaturate(mlir::OpBuilder &b, mlir::Location loc, mlir::Value rounded, mlir::Value zeroPoint,
                         bool zeroUnsigned, mlir::IntegerType to, bool toUnsigned);

/// Stored integers on lanes without the zero point of `type`, in f32.
mlir::Value emitDifference(mlir::OpBuilder &b, mlir::Location loc, mlir::Value stored,
                           mlir::quant::UniformQuantizedType type);

/// `x`, real numbers on lanes in units of a result, as that stores them: rounded to `type` (halves to even, plus the
/// zero point, saturated), or as they are where `type` is null.
mlir::Value emitToResult(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::quant::UniformQuantizedType type);

/// A scale or zero point (one element, or one for each index of `axis`) as a
/// buffer that broadcasts to a tensor of `rank` dimensions.
mlir::Value alignParameter(mlir::OpBuilder &b, mlir::Location loc, mlir::Value parameter, int64_t axis, int64_t rank);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_QUANTIZE_H
