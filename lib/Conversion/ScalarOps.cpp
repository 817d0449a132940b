//===- ScalarOps.cpp - arith and math as cnn ops --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgToCNN.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The type of what is computed from `operands`: their broadcast shape with `element`s.
static RankedTensorType getResultType(ValueRange operands, Type element) {
  SmallVector<int64_t> shape;
  for (Value operand : operands) {
    ArrayRef<int64_t> other = getType(operand).getShape();
    if (other.size() > shape.size())
      shape.insert(shape.begin(), other.size() - shape.size(), 1);
    for (size_t i = 0; i < other.size(); ++i) {
      int64_t &extent = shape[shape.size() - other.size() + i];
      extent = other[i] == 1 ? extent : other[i];
    }
  }
  return RankedTensorType::get(shape, element);
}

namespace {

/// One scalar op on its way.
struct ScalarConverter {
  OpBuilder &b;
  Operation *op;
  ValueRange operands;

  Location getLoc() const { return op->getLoc(); }
  Type getElement() const { return getElementTypeOrSelf(op->getResult(0).getType()); }
  template <typename CNNOp> Value make(ValueRange values, Type element) const {
    return CNNOp::create(b, getLoc(), TypeRange{getResultType(values, element)}, values);
  }
  template <typename CNNOp> Value same() const { return make<CNNOp>(operands, getElement()); }
  template <typename BoolOp, typename BitsOp> Value bitwise() const {
    return getElement().isInteger(1) ? same<BoolOp>() : same<BitsOp>();
  }
  Value negate(Value condition) const { return make<cnn::NotOp>(condition, b.getI1Type()); }
  Value makeOne() const { return makeScalar(b, getLoc(), getElement(), 1.0); }

  Value compareFloats(arith::CmpFPredicate predicate) const;
  Value compareIntegers(arith::CmpIPredicate predicate) const;
  Value select() const;
  Value convert() const;
};

} // namespace

/// Ordered comparisons are false with NaN as cnn's are; an unordered one is the negation of its opposite.
Value ScalarConverter::compareFloats(arith::CmpFPredicate predicate) const {
  using P = arith::CmpFPredicate;
  Type type = b.getI1Type();
  switch (predicate) {
  case P::OEQ:
    return make<cnn::EqualOp>(operands, type);
  case P::OGT:
    return make<cnn::GreaterOp>(operands, type);
  case P::OGE:
    return make<cnn::GreaterOrEqualOp>(operands, type);
  case P::OLT:
    return make<cnn::LessOp>(operands, type);
  case P::OLE:
    return make<cnn::LessOrEqualOp>(operands, type);
  case P::UNE:
    return negate(make<cnn::EqualOp>(operands, type));
  case P::UGT:
    return negate(make<cnn::LessOrEqualOp>(operands, type));
  case P::UGE:
    return negate(make<cnn::LessOp>(operands, type));
  case P::ULT:
    return negate(make<cnn::GreaterOrEqualOp>(operands, type));
  case P::ULE:
    return negate(make<cnn::GreaterOp>(operands, type));
  default:
    return {};
  }
}

Value ScalarConverter::compareIntegers(arith::CmpIPredicate predicate) const {
  using P = arith::CmpIPredicate;
  Type type = b.getI1Type();
  switch (predicate) {
  case P::eq:
    return make<cnn::EqualOp>(operands, type);
  case P::ne:
    return negate(make<cnn::EqualOp>(operands, type));
  case P::slt:
    return make<cnn::LessOp>(operands, type);
  case P::sle:
    return make<cnn::LessOrEqualOp>(operands, type);
  case P::sgt:
    return make<cnn::GreaterOp>(operands, type);
  case P::sge:
    return make<cnn::GreaterOrEqualOp>(operands, type);
  default:
    return {};
  }
}

/// `x > y ? x : y` is the maximum (front ends write relu so), `x < y ? x : y` the minimum: for NaN in x they give y,
/// unless the comparison is unordered as in PyTorch's. Only that form is exact.
Value ScalarConverter::select() const {
  using P = arith::CmpFPredicate;
  auto compare = op->getOperand(0).getDefiningOp<arith::CmpFOp>();
  if (compare && compare.getLhs() == op->getOperand(1) && compare.getRhs() == op->getOperand(2) &&
      getSplatValue(compare.getRhs())) {
    P predicate = compare.getPredicate();
    ValueRange values = operands.drop_front();
    if (predicate == P::UGT || predicate == P::UGE)
      return getSplatValue(compare.getRhs()) == 0.0 ? make<cnn::ReluOp>(values.take_front(), getElement())
                                                    : make<cnn::MaxOp>(values, getElement());
    if (predicate == P::ULT || predicate == P::ULE)
      return make<cnn::MinOp>(values, getElement());
  }
  return same<cnn::WhereOp>();
}

Value ScalarConverter::convert() const {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<arith::AddFOp, arith::AddIOp>([&](auto) { return same<cnn::AddOp>(); })
      .Case<arith::SubFOp, arith::SubIOp>([&](auto) { return same<cnn::SubOp>(); })
      .Case<arith::MulFOp, arith::MulIOp>([&](auto) { return same<cnn::MulOp>(); })
      .Case<arith::DivFOp, arith::DivSIOp>([&](auto) { return same<cnn::DivOp>(); })
      .Case<arith::MaximumFOp, arith::MaxSIOp>([&](auto max) {
        bool isRelu = getSplatValue(max.getRhs()) == 0.0;
        return isRelu ? make<cnn::ReluOp>(operands.take_front(), getElement()) : same<cnn::MaxOp>();
      })
      .Case<arith::MinimumFOp, arith::MinSIOp>([&](auto) { return same<cnn::MinOp>(); })
      .Case<arith::NegFOp>([&](auto) { return same<cnn::NegOp>(); })
      .Case<arith::AndIOp>([&](auto) { return bitwise<cnn::AndOp, cnn::BitwiseAndOp>(); })
      .Case<arith::OrIOp>([&](auto) { return bitwise<cnn::OrOp, cnn::BitwiseOrOp>(); })
      .Case<arith::XOrIOp>([&](auto) { return bitwise<cnn::XorOp, cnn::BitwiseXorOp>(); })
      .Case([&](arith::CmpFOp compare) { return compareFloats(compare.getPredicate()); })
      .Case([&](arith::CmpIOp compare) { return compareIntegers(compare.getPredicate()); })
      .Case<arith::SelectOp>([&](auto) { return select(); })
      .Case<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::FPToSIOp, arith::ExtSIOp, arith::TruncIOp>(
          [&](auto) { return operands[0] ? castElements(b, getLoc(), operands[0], getElement()) : Value(); })
      .Case<arith::UIToFPOp, arith::ExtUIOp>([&](auto) {
        bool isBool = getType(operands[0]).getElementType().isInteger(1);
        return isBool ? castElements(b, getLoc(), operands[0], getElement()) : Value();
      })
      .Case<math::AbsFOp, math::AbsIOp>([&](auto) { return same<cnn::AbsOp>(); })
      .Case<math::CeilOp>([&](auto) { return same<cnn::CeilOp>(); })
      .Case<math::FloorOp>([&](auto) { return same<cnn::FloorOp>(); })
      .Case<math::RoundEvenOp>([&](auto) { return same<cnn::RoundOp>(); })
      .Case<math::ExpOp>([&](auto) { return same<cnn::ExpOp>(); })
      .Case<math::LogOp>([&](auto) { return same<cnn::LogOp>(); })
      .Case<math::SinOp>([&](auto) { return same<cnn::SinOp>(); })
      .Case<math::CosOp>([&](auto) { return same<cnn::CosOp>(); })
      .Case<math::TanOp>([&](auto) { return same<cnn::TanOp>(); })
      .Case<math::AtanOp>([&](auto) { return same<cnn::AtanOp>(); })
      .Case<math::SinhOp>([&](auto) { return same<cnn::SinhOp>(); })
      .Case<math::CoshOp>([&](auto) { return same<cnn::CoshOp>(); })
      .Case<math::TanhOp>([&](auto) { return same<cnn::TanhOp>(); })
      .Case<math::ErfOp>([&](auto) { return same<cnn::ErfOp>(); })
      .Case<math::SqrtOp>([&](auto) { return same<cnn::SqrtOp>(); })
      .Case<math::RsqrtOp>([&](auto) { return make<cnn::ReciprocalOp>(same<cnn::SqrtOp>(), getElement()); })
      .Case<math::PowFOp, math::FPowIOp>([&](auto) { return same<cnn::PowOp>(); })
      .Case<math::Log1pOp>([&](auto) {
        SmallVector<Value> terms{makeOne(), operands[0]};
        return make<cnn::LogOp>(make<cnn::AddOp>(terms, getElement()), getElement());
      })
      .Default([](Operation *) { return Value(); });
}

Value convertScalarOp(OpBuilder &b, Operation *op, ValueRange operands) {
  if (op->getNumResults() != 1)
    return {};
  return ScalarConverter{b, op, operands}.convert();
}

} // namespace winnow
