//===- ElementFunctions.h - scalar functions as IR --------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_KERNEL_ELEMENTFUNCTIONS_H
#define WINNOW_KERNEL_ELEMENTFUNCTIONS_H

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/IR/Builders.h"

namespace winnow {

/// All functions below work on scalars and on vectors of any number of lanes
/// and return a value of the same shape. f16 and bf16 are computed in f32.

/// Emits `activation(x)`; `x` has a float type, or a signless integer type that
/// `isUnsigned` gives a sign (relu and clip only have a meaning there).
mlir::Value emitActivation(mlir::OpBuilder &b, mlir::Location loc, cnn::ActivationAttr activation, mlir::Value x,
                           bool isUnsigned = false);

/// Emits one of the functions of `ElementwiseKind` on operands of one type
/// (`Pow`'s second operand may have another). Comparisons give i1. `Mod` has
/// the sign of the divisor; see `emitFMod` for the other one.
mlir::Value emitElementwise(mlir::OpBuilder &b, mlir::Location loc, cnn::ElementwiseKind kind,
                            mlir::ValueRange operands, bool isUnsigned = false, bool isRhsUnsigned = false);

/// Emits the remainder with the sign of the dividend.
mlir::Value emitFMod(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs, mlir::Value rhs, bool isUnsigned);

/// Emits the conversion of `x` to the signless element type `to`. Floats lose
/// their fraction, anything becomes i1 by comparison with zero.
mlir::Value emitCast(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x, mlir::Type to, bool fromUnsigned,
                     bool toUnsigned);

/// Emits e to the power of `x`, f32 to 1 ulp, f64 through libm.
mlir::Value emitExp(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);
/// Emits the natural logarithm of `x`, f32 to 1 ulp, f64 through libm.
mlir::Value emitLog(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x);

/// A constant of the type of `like` (scalar or vector), all lanes `value`.
mlir::Value emitConstantLike(mlir::OpBuilder &b, mlir::Location loc, mlir::Type like, double value);

} // namespace winnow

#endif // WINNOW_KERNEL_ELEMENTFUNCTIONS_H
