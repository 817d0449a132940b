//===- LinalgToCNN.h - families of linalg patterns --------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_CONVERSION_LINALGTOCNN_H
#define WINNOW_LIB_CONVERSION_LINALGTOCNN_H

#include "ConversionUtils.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace winnow {

/// Named convolutions and pools.
void populateLinalgWindowPatterns(mlir::RewritePatternSet &patterns);
/// Named matrix products, and `linalg.generic` of every kind.
void populateLinalgGenericPatterns(mlir::RewritePatternSet &patterns);
/// `linalg.fill`, `linalg.softmax`, ops of tensor, and arith and math on tensors.
void populateLinalgShapePatterns(mlir::RewritePatternSet &patterns);

/// What a scalar op of arith or math computes, as cnn ops on tensors that broadcast to each other; `operands` are those
/// of `op`. Null where cnn has no such op.
mlir::Value convertScalarOp(mlir::OpBuilder &b, mlir::Operation *op, mlir::ValueRange operands);

/// The constant that `init` is filled with where a structured op adds to it; nothing for others.
std::optional<double> getFillValue(mlir::Value init);

} // namespace winnow

#endif // WINNOW_LIB_CONVERSION_LINALGTOCNN_H
