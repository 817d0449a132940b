//===- ScalarFunctions.cpp - cnn functions in arith and math --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CNNToLinalg.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;

//===----------------------------------------------------------------------===//
// Other compilers get the functions as arith and math name them, not as the
// polynomials by which our kernels compute them.
//===----------------------------------------------------------------------===//

namespace winnow {

Value makeNumber(OpBuilder &b, Location loc, Type type, double value) {
  if (isa<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}

namespace {

/// Arithmetic on scalars of one float type, short to write.
struct Scalars {
  OpBuilder &b;
  Location loc;
  Type type;

  Value number(double value) const { return makeNumber(b, loc, type, value); }
  Value add(Value x, Value y) const { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) const { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) const { return arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) const { return arith::DivFOp::create(b, loc, x, y); }
  Value max(Value x, double y) const { return arith::MaximumFOp::create(b, loc, x, number(y)); }
  Value min(Value x, double y) const { return arith::MinimumFOp::create(b, loc, x, number(y)); }
  Value exp(Value x) const { return math::ExpOp::create(b, loc, x); }
  Value greater(Value x, double y) const {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x, number(y));
  }
  Value select(Value c, Value x, Value y) const { return arith::SelectOp::create(b, loc, c, x, y); }
  Value sigmoid(Value x) const { return div(number(1.0), add(number(1.0), exp(arith::NegFOp::create(b, loc, x)))); }
  /// max(x, 0) + log(1 + exp(-|x|)): without overflow.
  Value softplus(Value x) const {
    Value decay = exp(arith::NegFOp::create(b, loc, math::AbsFOp::create(b, loc, x)));
    return add(max(x, 0.0), math::LogOp::create(b, loc, add(number(1.0), decay)));
  }
  Value elu(Value x, double alpha, double divisor) const {
    Value scaled = divisor == 1.0 ? x : div(x, number(divisor));
    return select(greater(x, 0.0), x, mul(number(alpha), sub(exp(scaled), number(1.0))));
  }
};

} // namespace

Value emitScalarActivation(OpBuilder &b, Location loc, cnn::ActivationAttr activation, Value x) {
  using Kind = cnn::ActivationKind;
  if (auto integer = dyn_cast<IntegerType>(x.getType()))
    return activation.getKind() == Kind::Relu
               ? arith::MaxSIOp::create(b, loc, x, makeNumber(b, loc, integer, 0)).getResult()
               : Value();
  Scalars s{b, loc, x.getType()};
  auto parameter = [&](unsigned i) { return activation.getParam(i); };
  switch (activation.getKind()) {
  case Kind::Relu:
    return s.max(x, 0.0);
  case Kind::Clip:
    return s.min(s.max(x, parameter(0)), parameter(1));
  case Kind::LeakyRelu:
    return s.select(s.greater(x, 0.0), x, s.mul(x, s.number(parameter(0))));
  case Kind::Elu:
    return s.elu(x, parameter(0), 1.0);
  case Kind::Celu:
    return s.elu(x, parameter(0), parameter(0));
  case Kind::Selu:
    return s.mul(s.number(parameter(1)), s.elu(x, parameter(0), 1.0));
  case Kind::Sigmoid:
    return s.sigmoid(x);
  case Kind::HardSigmoid:
    return s.min(s.max(s.add(s.mul(x, s.number(parameter(0))), s.number(parameter(1))), 0.0), 1.0);
  case Kind::HardSwish:
    return s.mul(x, s.min(s.max(s.add(s.div(x, s.number(6.0)), s.number(0.5)), 0.0), 1.0));
  case Kind::Swish:
    return s.mul(x, s.sigmoid(parameter(0) == 1.0 ? x : s.mul(x, s.number(parameter(0)))));
  case Kind::Gelu: {
    Value erf = math::ErfOp::create(b, loc, s.mul(x, s.number(std::sqrt(0.5))));
    return s.mul(s.mul(x, s.number(0.5)), s.add(s.number(1.0), erf));
  }
  case Kind::GeluTanh: {
    Value cube = s.mul(s.mul(x, x), s.mul(x, s.number(0.044715)));
    Value inner = s.mul(s.add(x, cube), s.number(std::sqrt(2.0 / M_PI)));
    return s.mul(s.mul(x, s.number(0.5)), s.add(s.number(1.0), math::TanhOp::create(b, loc, inner)));
  }
  case Kind::Mish:
    return s.mul(x, math::TanhOp::create(b, loc, s.softplus(x)));
  case Kind::Softplus:
    return s.softplus(x);
  case Kind::Softsign:
    return s.div(x, s.add(s.number(1.0), math::AbsFOp::create(b, loc, x)));
  case Kind::Tanh:
    return math::TanhOp::create(b, loc, x);
  case Kind::Erf:
    return math::ErfOp::create(b, loc, x);
  case Kind::ThresholdedRelu:
    return s.select(s.greater(x, parameter(0)), x, s.number(0.0));
  case Kind::Shrink: {
    Value low = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, s.number(-parameter(1)));
    Value rest = s.select(s.greater(x, parameter(1)), s.sub(x, s.number(parameter(0))), s.number(0.0));
    return s.select(low, s.add(x, s.number(parameter(0))), rest);
  }
  }
  return {};
}

static Value emitFloatFunction(OpBuilder &b, Location loc, cnn::ElementwiseKind kind, ValueRange v) {
  using Kind = cnn::ElementwiseKind;
  using P = arith::CmpFPredicate;
  Scalars s{b, loc, v[0].getType()};
  auto compare = [&](P predicate) -> Value { return arith::CmpFOp::create(b, loc, predicate, v[0], v[1]); };
  switch (kind) {
  case Kind::Abs:
    return math::AbsFOp::create(b, loc, v[0]);
  case Kind::Neg:
    return arith::NegFOp::create(b, loc, v[0]);
  case Kind::Ceil:
    return math::CeilOp::create(b, loc, v[0]);
  case Kind::Floor:
    return math::FloorOp::create(b, loc, v[0]);
  case Kind::Round:
    return math::RoundEvenOp::create(b, loc, v[0]);
  case Kind::Sqrt:
    return math::SqrtOp::create(b, loc, v[0]);
  case Kind::Exp:
    return s.exp(v[0]);
  case Kind::Log:
    return math::LogOp::create(b, loc, v[0]);
  case Kind::Reciprocal:
    return s.div(s.number(1.0), v[0]);
  case Kind::Sin:
    return math::SinOp::create(b, loc, v[0]);
  case Kind::Cos:
    return math::CosOp::create(b, loc, v[0]);
  case Kind::Tan:
    return math::TanOp::create(b, loc, v[0]);
  case Kind::Atan:
    return math::AtanOp::create(b, loc, v[0]);
  case Kind::Sinh:
    return math::SinhOp::create(b, loc, v[0]);
  case Kind::Cosh:
    return math::CoshOp::create(b, loc, v[0]);
  case Kind::Add:
    return s.add(v[0], v[1]);
  case Kind::Sub:
    return s.sub(v[0], v[1]);
  case Kind::Mul:
    return s.mul(v[0], v[1]);
  case Kind::Div:
    return s.div(v[0], v[1]);
  case Kind::Pow:
    return isa<FloatType>(v[1].getType()) ? math::PowFOp::create(b, loc, v[0], v[1]).getResult()
                                          : math::FPowIOp::create(b, loc, v[0], v[1]).getResult();
  case Kind::Min:
    return arith::MinimumFOp::create(b, loc, v[0], v[1]);
  case Kind::Max:
    return arith::MaximumFOp::create(b, loc, v[0], v[1]);
  case Kind::PRelu:
    return s.select(arith::CmpFOp::create(b, loc, P::OLT, v[0], s.number(0.0)), s.mul(v[0], v[1]), v[0]);
  case Kind::Equal:
    return compare(P::OEQ);
  case Kind::Less:
    return compare(P::OLT);
  case Kind::LessOrEqual:
    return compare(P::OLE);
  case Kind::Greater:
    return compare(P::OGT);
  case Kind::GreaterOrEqual:
    return compare(P::OGE);
  default:
    return {};
  }
}

static Value emitIntegerFunction(OpBuilder &b, Location loc, cnn::ElementwiseKind kind, ValueRange v) {
  using Kind = cnn::ElementwiseKind;
  using P = arith::CmpIPredicate;
  auto compare = [&](P predicate) -> Value { return arith::CmpIOp::create(b, loc, predicate, v[0], v[1]); };
  switch (kind) {
  case Kind::Add:
    return arith::AddIOp::create(b, loc, v[0], v[1]);
  case Kind::Sub:
    return arith::SubIOp::create(b, loc, v[0], v[1]);
  case Kind::Mul:
    return arith::MulIOp::create(b, loc, v[0], v[1]);
  case Kind::Div:
    return arith::DivSIOp::create(b, loc, v[0], v[1]);
  case Kind::Min:
    return arith::MinSIOp::create(b, loc, v[0], v[1]);
  case Kind::Max:
    return arith::MaxSIOp::create(b, loc, v[0], v[1]);
  case Kind::Not:
    return arith::XOrIOp::create(b, loc, v[0], makeNumber(b, loc, v[0].getType(), 1));
  case Kind::And:
  case Kind::BitwiseAnd:
    return arith::AndIOp::create(b, loc, v[0], v[1]);
  case Kind::Or:
  case Kind::BitwiseOr:
    return arith::OrIOp::create(b, loc, v[0], v[1]);
  case Kind::Xor:
  case Kind::BitwiseXor:
    return arith::XOrIOp::create(b, loc, v[0], v[1]);
  case Kind::Equal:
    return compare(P::eq);
  case Kind::Less:
    return compare(P::slt);
  case Kind::LessOrEqual:
    return compare(P::sle);
  case Kind::Greater:
    return compare(P::sgt);
  case Kind::GreaterOrEqual:
    return compare(P::sge);
  default:
    return {};
  }
}

Value emitScalarFunction(OpBuilder &b, Location loc, cnn::ElementwiseKind kind, ValueRange operands) {
  return isa<FloatType>(operands[0].getType()) ? emitFloatFunction(b, loc, kind, operands)
                                               : emitIntegerFunction(b, loc, kind, operands);
}

} // namespace winnow
