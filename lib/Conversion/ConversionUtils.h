//===- ConversionUtils.h - what all doors need ------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_CONVERSION_CONVERSIONUTILS_H
#define WINNOW_LIB_CONVERSION_CONVERSIONUTILS_H

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace winnow {

using Permutation = llvm::SmallVector<int64_t>;

/// Converts what `isForeign` holds for in `function` by `patterns`. Ops that are left and used are errors: one for the
/// first of them, with the reason for which its patterns declined. `target` names the dialect for the message.
mlir::LogicalResult convertFunction(mlir::func::FuncOp function, mlir::RewritePatternSet &&patterns,
                                    llvm::function_ref<bool(mlir::Operation *)> isForeign, llvm::StringRef target);

/// Fails with a reason that the error for `op` will tell, should no other pattern take it. (Conversions drop the
/// reasons of `notifyMatchFailure` but in debug builds: this one is kept as a discardable attribute of the op.)
mlir::LogicalResult refuse(mlir::ConversionPatternRewriter &rewriter, mlir::Operation *op, const llvm::Twine &reason);

/// Fails with a reason unless all tensors of `op` are ranked and have elements that cnn knows.
mlir::LogicalResult checkTensors(mlir::ConversionPatternRewriter &rewriter, mlir::Operation *op);

/// The type of tensors of `type` with dimension `permutation[i]` at i.
mlir::RankedTensorType permuteType(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> permutation);
/// The permutation that undoes another.
Permutation invert(llvm::ArrayRef<int64_t> permutation);

/// `value` with dimension `permutation[i]` at i, by `cnn.transpose`; itself where nothing moves.
mlir::Value transpose(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, llvm::ArrayRef<int64_t> permutation);
/// `value` in another shape of as many elements, by `cnn.reshape`; itself where it has the shape.
mlir::Value reshape(mlir::OpBuilder &b, mlir::Location loc, mlir::Value value, llvm::ArrayRef<int64_t> shape);

/// A constant of rank 0.
mlir::Value makeScalar(mlir::OpBuilder &b, mlir::Location loc, mlir::Type elementType, double value);
/// The only value of a constant of one element or a splat; nothing for others.
std::optional<double> getSplatValue(mlir::Value value);

/// `input` with elements of another type, by `cnn.cast`; itself where they are.
mlir::Value castElements(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input, mlir::Type elementType);

/// Two values combined by a binary op of cnn, with the result's type.
template <typename BinaryOp>
mlir::Value combine(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs, mlir::Value rhs, mlir::Type type) {
  return BinaryOp::create(b, loc, mlir::TypeRange{type}, mlir::ValueRange{lhs, rhs});
}

/// The parameters of a window in the order of the spatial dimensions; pads are all begins, then all ends.
struct WindowParameters {
  llvm::SmallVector<int64_t> strides, dilations, pads;
};

/// A convolution of channels-first values; `bias` may be null. `type` is that of the result.
mlir::Value makeConvolution(mlir::OpBuilder &b, mlir::Location loc, mlir::RankedTensorType type, mlir::Value input,
                            mlir::Value filter, mlir::Value bias, const WindowParameters &window, int64_t group);
/// A maximum or mean (of what is not padding) over windows of a channels-first value.
mlir::Value makePool(mlir::OpBuilder &b, mlir::Location loc, mlir::RankedTensorType type, mlir::Value input,
                     llvm::ArrayRef<int64_t> kernel, const WindowParameters &window, bool isMaximum);

} // namespace winnow

#endif // WINNOW_LIB_CONVERSION_CONVERSIONUTILS_H
