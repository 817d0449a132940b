//===- GradientRules.h - what ops pass back ---------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_GRADIENTRULES_H
#define WINNOW_LIB_COMPRESS_GRADIENTRULES_H

#include "LayerOp.h"

namespace winnow {

/// A value of f32 in a formula: operators make ops, numbers are constants that stretch to any shape.
class Term {
public:
  Term(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value) : builder(&builder), loc(loc), value(value) {}

  mlir::Value get() const { return value; }
  mlir::OpBuilder &getBuilder() const { return *builder; }
  mlir::Location getLoc() const { return loc; }
  /// Another value, or a number, in the same formula.
  Term with(mlir::Value other) const { return {*builder, loc, other}; }
  Term with(double number) const { return with(createFloats(*builder, loc, {}, {static_cast<float>(number)})); }
  template <typename Op, typename... Arguments> Term make(Arguments... arguments) const {
    return with(Op::create(*builder, loc, arguments...));
  }

  Term operator+(Term other) const { return make<cnn::AddOp>(value, other.value); }
  Term operator-(Term other) const { return make<cnn::SubOp>(value, other.value); }
  Term operator*(Term other) const { return make<cnn::MulOp>(value, other.value); }
  Term operator/(Term other) const { return make<cnn::DivOp>(value, other.value); }
  Term operator+(double other) const { return *this + with(other); }
  Term operator*(double other) const { return *this * with(other); }
  Term operator/(double other) const { return *this / with(other); }
  friend Term operator-(double number, Term term) { return term.with(number) - term; }
  /// `ifTrue` where this is above a number, else `ifFalse`.
  Term above(double bound, Term ifTrue, Term ifFalse) const {
    Term isAbove = make<cnn::GreaterOp>(value, with(bound).value);
    return make<cnn::WhereOp>(isAbove.value, ifTrue.value, ifFalse.value);
  }
  /// The sum along an axis, whose extent becomes 1.
  Term sumAlong(int64_t axis) const {
    return make<cnn::ReduceOp>(cnn::ReductionKind::Sum, value, llvm::ArrayRef<int64_t>(axis), true);
  }

private:
  mlir::OpBuilder *builder;
  mlir::Location loc;
  mlir::Value value;
};

/// What `op` passes back to its operand `operand` of f32 if `gradient` is the derivative by its first result: a tensor
/// of the operand's shape. Failure, with nothing said, where that is not known. The rules of ...
mlir::FailureOr<mlir::Value> passBackThroughLayer(mlir::Operation *op, unsigned operand, Term gradient);  ///< products
mlir::FailureOr<mlir::Value> passBackThroughWindow(mlir::Operation *op, unsigned operand, Term gradient); ///< pools
mlir::FailureOr<mlir::Value> passBackThroughMovement(mlir::Operation *op, unsigned operand, Term gradient);
mlir::FailureOr<mlir::Value> passBackThroughPoint(mlir::Operation *op, unsigned operand,
                                                  Term gradient); ///< elementwise

/// `value` with zeros added (or elements taken away) around its dimensions, those from `first` on: `before` each, so
/// that extents become `extents`.
mlir::Value placeInto(Term value, int64_t first, llvm::ArrayRef<int64_t> before, llvm::ArrayRef<int64_t> extents);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_GRADIENTRULES_H
