//===- WriteQuantization.h - the QDQ form -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_WRITEQUANTIZATION_H
#define WINNOW_LIB_COMPRESS_WRITEQUANTIZATION_H

#include "Simulation.h"

namespace winnow {

/// The parameters of a quantization as values. `upper`, the largest number that the integers represent, is null where
/// they fill their bytes.
struct RangeValues {
  mlir::Value scale, zero, upper;
};

/// Quantizes `value` right behind where it is made, and lets all who used it use the dequantized integers. Results of
/// the function are left as they are.
void insertQuantization(mlir::OpBuilder &builder, mlir::Value value, RangeValues range);

/// Rewrites @main to the QDQ form that `parameters` describe.
void writeQuantization(mlir::func::FuncOp main, const QuantizationParameters &parameters);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_WRITEQUANTIZATION_H
