//===- ConstantMath.h - arithmetic on constants -----------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_CONSTANTMATH_H
#define WINNOW_SUPPORT_CONSTANTMATH_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"

#include <optional>

namespace winnow {

/// Reads elements of a constant as doubles, one at a time: weights are too many
/// to hold them all in that form.
class ConstantReader {
public:
  explicit ConstantReader(mlir::ElementsAttr attr);
  ConstantReader(const ConstantReader &) = delete;
  ConstantReader &operator=(const ConstantReader &) = delete;

  double operator[](int64_t index) const;

private:
  mlir::Type elementType;
  int64_t elementBytes;
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<char> bytes;
};

/// A constant of float type with element `i` = valueAt(i), rounded to nearest even.
mlir::ElementsAttr buildFloatConstant(mlir::RankedTensorType type, llvm::function_ref<double(int64_t)> valueAt);

/// The same elements under another shape; resources are shared, not copied.
mlir::ElementsAttr reshapeConstant(mlir::ElementsAttr attr, mlir::RankedTensorType type);

/// An `arith.constant` of `attr`.
mlir::Value createConstant(mlir::OpBuilder &builder, mlir::Location loc, mlir::ElementsAttr attr);

/// The value of all elements of a constant of a number type, if it is the same for all.
std::optional<double> getSplatNumber(mlir::Value value);

/// The values that `constant` adds to (or multiplies) each channel of a tensor
/// of type `target` when it is broadcast to it: one for each channel (dimension
/// 1). Nothing if it is not constant, varies in another dimension, or would
/// make the result larger than `target`.
std::optional<llvm::SmallVector<double>> getPerChannel(mlir::Value constant, mlir::RankedTensorType target);

/// A shape of `rank` dimensions that is `channels` in dimension 1 and one elsewhere.
llvm::SmallVector<int64_t> getChannelShape(int64_t channels, int64_t rank);

/// Whether values of these types have the same shape at run time: dynamic
/// extents count as equal when only one argument of the function has any.
bool haveSameShape(mlir::Value lhs, mlir::Value rhs);

} // namespace winnow

#endif // WINNOW_SUPPORT_CONSTANTMATH_H
