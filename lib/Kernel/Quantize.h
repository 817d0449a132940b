//===- Quantize.h - rounding and saturation of integers ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_QUANTIZE_H
#define WINNOW_LIB_KERNEL_QUANTIZE_H

#include "KernelLowering.h"

namespace winnow::kernel {

/// saturate(rounded + zeroPoint) in the integer type `to`, exact; NaN gives 0.
/// `rounded` is a float without a fraction, `zeroPoint` may be null.
mlir::Value emitSaturate(mlir::OpBuilder &b, mlir::Location loc, mlir::Value rounded, mlir::Value zeroPoint,
                         bool zeroUnsigned, mlir::IntegerType to, bool toUnsigned);

/// A scale or zero point (one element, or one for each index of `axis`) as a
/// buffer that broadcasts to a tensor of `rank` dimensions.
mlir::Value alignParameter(mlir::OpBuilder &b, mlir::Location loc, mlir::Value parameter, int64_t axis, int64_t rank);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_QUANTIZE_H
