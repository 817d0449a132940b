//===- TosaToCNN.h - families of tosa patterns ------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_CONVERSION_TOSATOCNN_H
#define WINNOW_LIB_CONVERSION_TOSATOCNN_H

#include "ConversionUtils.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"

namespace winnow {

/// Convolutions, pools and matrix products.
void populateTosaWindowPatterns(mlir::RewritePatternSet &patterns);
/// Arithmetic, comparisons, activations, casts.
void populateTosaElementwisePatterns(mlir::RewritePatternSet &patterns);
/// Constants, movements and reductions.
void populateTosaShapePatterns(mlir::RewritePatternSet &patterns);

/// Fails with a reason unless `zeroPoint` (null: none) is a constant zero.
mlir::LogicalResult checkZeroPoint(mlir::ConversionPatternRewriter &rewriter, mlir::Operation *op,
                                   mlir::Value zeroPoint);

} // namespace winnow

#endif // WINNOW_LIB_CONVERSION_TOSATOCNN_H
