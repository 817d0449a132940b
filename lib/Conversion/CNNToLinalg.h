//===- CNNToLinalg.h - families of patterns towards linalg ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_CONVERSION_CNNTOLINALG_H
#define WINNOW_LIB_CONVERSION_CNNTOLINALG_H

#include "ConversionUtils.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace winnow {

/// Convolutions, pools and matrix products.
void populateCNNToLinalgWindowPatterns(mlir::RewritePatternSet &patterns);
/// Arithmetic, activations, normalisations, reductions.
void populateCNNToLinalgElementwisePatterns(mlir::RewritePatternSet &patterns);
/// Movements.
void populateCNNToLinalgShapePatterns(mlir::RewritePatternSet &patterns);

/// Fails with a reason unless tensors have no layout, signless elements, and at most a dynamic batch.
mlir::LogicalResult checkForLinalg(mlir::ConversionPatternRewriter &rewriter, mlir::Operation *op);

/// Builds linalg on tensors at one place. A dynamic batch is that of `batch`, a tensor.
struct LinalgBuilder {
  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Value batch;

  using Body = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)>;

  /// A tensor without values.
  mlir::Value empty(mlir::RankedTensorType type) const;
  /// A tensor of one value.
  mlir::Value fill(mlir::RankedTensorType type, double value) const;
  /// `body` for each element of `type`; operands broadcast to it.
  mlir::Value map(mlir::RankedTensorType type, mlir::ValueRange operands, Body body) const;
  /// The same with a map from the loops for each operand.
  mlir::Value map(mlir::RankedTensorType type, mlir::ValueRange operands, llvm::ArrayRef<mlir::AffineMap> maps,
                  Body body) const;
  /// Reduces `axes` by `body` (element, value so far), which starts with `start`; the axes are gone.
  mlir::Value reduce(mlir::Value input, llvm::ArrayRef<int64_t> axes, double start, Body body) const;
  /// A vector along dimension `dim` of `type`.
  mlir::Value broadcast(mlir::RankedTensorType type, mlir::Value vector, int64_t dim) const;
  /// Another shape of as many elements; null where extents do not say how.
  mlir::Value reshape(mlir::Value input, mlir::RankedTensorType type) const;
  mlir::Value transpose(mlir::Value input, llvm::ArrayRef<int64_t> permutation) const;
  /// `value` around `input`.
  mlir::Value pad(mlir::Value input, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high, double value) const;
  /// An activation for each element.
  mlir::Value activate(mlir::Value input, cnn::ActivationAttr activation) const;
};

/// A scalar of the type of others.
mlir::Value makeNumber(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type, double value);
/// The scalar function behind an activation, in arith and math; null for those that have none there.
mlir::Value emitScalarActivation(mlir::OpBuilder &b, mlir::Location loc, cnn::ActivationAttr activation, mlir::Value x);
/// The same for functions of `ElementwiseKind`.
mlir::Value emitScalarFunction(mlir::OpBuilder &b, mlir::Location loc, cnn::ElementwiseKind kind,
                               mlir::ValueRange operands);

} // namespace winnow

#endif // WINNOW_LIB_CONVERSION_CNNTOLINALG_H
