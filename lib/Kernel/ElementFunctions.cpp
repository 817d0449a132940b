//===- ElementFunctions.cpp - activations, arithmetic and casts on lanes ---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Kernel/ElementFunctions.h"

#include "ElementEmitter.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;
using arith::CmpFPredicate;
using arith::CmpIPredicate;
using winnow::kernel::ElementEmitter;
using winnow::kernel::withLanesOf;

namespace winnow {

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

static bool isHalf(Type element) { return element.isF16() || element.isBF16(); }

/// f32 to bf16, rounded to even. LLVM would call a helper of the compiler's
/// runtime library for it, which a compiled model does not link.
static Value truncateToBF16(ElementEmitter &e, Value x) {
  Value bits = e.toBits(x);
  Type wide = bits.getType();
  Value odd = arith::AndIOp::create(e.b, e.loc, arith::ShRUIOp::create(e.b, e.loc, bits, e.constantBits(wide, 16)),
                                    e.constantBits(wide, 1));
  Value rounded = arith::AddIOp::create(e.b, e.loc, bits, e.constantBits(wide, 0x7fff));
  rounded = arith::AddIOp::create(e.b, e.loc, rounded, odd);
  Value quiet = arith::OrIOp::create(e.b, e.loc, bits, e.constantBits(wide, 0x400000));
  Value chosen = e.select(e.compare(CmpFPredicate::UNO, x, x), quiet, rounded);
  chosen = arith::ShRUIOp::create(e.b, e.loc, chosen, e.constantBits(wide, 16));
  Value narrow = arith::TruncIOp::create(e.b, e.loc, withLanesOf(e.b.getI16Type(), wide), chosen);
  return e.fromBits(narrow, withLanesOf(e.b.getBF16Type(), wide));
}

static Value castFloat(ElementEmitter &e, Value x, FloatType to) {
  auto from = cast<FloatType>(getElementTypeOrSelf(x.getType()));
  if (from == to)
    return x;
  Type target = withLanesOf(to, x.getType());
  if (from.getWidth() < to.getWidth()) {
    if (isHalf(from) && to.isF64())
      x = arith::ExtFOp::create(e.b, e.loc, withLanesOf(e.b.getF32Type(), x.getType()), x);
    return arith::ExtFOp::create(e.b, e.loc, target, x);
  }
  if (isHalf(to) && !from.isF32())
    x = castFloat(e, x, e.b.getF32Type());
  if (to.isBF16())
    return truncateToBF16(e, x);
  return arith::TruncFOp::create(e.b, e.loc, target, x);
}

static Value castFloatToInt(ElementEmitter &e, Value x, IntegerType to, bool toUnsigned) {
  if (isHalf(getElementTypeOrSelf(x.getType())))
    x = castFloat(e, x, e.b.getF32Type());
  Type target = withLanesOf(to, x.getType());
  if (to.getWidth() == 64 && toUnsigned)
    return arith::FPToUIOp::create(e.b, e.loc, target, x);
  // Through a wider signed integer, so that values out of range wrap.
  unsigned width = to.getWidth() < 32 || (to.getWidth() == 32 && !toUnsigned) ? 32 : 64;
  Value wide = arith::FPToSIOp::create(e.b, e.loc, withLanesOf(e.b.getIntegerType(width), target), x);
  return width == to.getWidth() ? wide : arith::TruncIOp::create(e.b, e.loc, target, wide).getResult();
}

static Value castInt(ElementEmitter &e, Value x, IntegerType to, bool fromUnsigned) {
  unsigned from = getElementTypeOrSelf(x.getType()).getIntOrFloatBitWidth();
  Type target = withLanesOf(to, x.getType());
  if (from == to.getWidth())
    return x;
  if (from > to.getWidth())
    return arith::TruncIOp::create(e.b, e.loc, target, x);
  if (fromUnsigned || from == 1)
    return arith::ExtUIOp::create(e.b, e.loc, target, x);
  return arith::ExtSIOp::create(e.b, e.loc, target, x);
}

Value emitCast(OpBuilder &b, Location loc, Value x, Type to, bool fromUnsigned, bool toUnsigned) {
  ElementEmitter e(b, loc);
  Type from = getElementTypeOrSelf(x.getType());
  if (from == to)
    return x;
  if (to.isInteger(1)) {
    Value zero = e.constant(x.getType(), 0.0);
    return isa<FloatType>(from) ? e.compare(CmpFPredicate::UNE, x, zero) : e.compare(CmpIPredicate::ne, x, zero);
  }
  if (auto floatType = dyn_cast<FloatType>(to)) {
    if (isa<FloatType>(from))
      return castFloat(e, x, floatType);
    FloatType first = isHalf(to) ? FloatType(b.getF32Type()) : floatType;
    Type target = withLanesOf(first, x.getType());
    Value number = fromUnsigned || from.isInteger(1) ? arith::UIToFPOp::create(b, loc, target, x).getResult()
                                                     : arith::SIToFPOp::create(b, loc, target, x).getResult();
    return castFloat(e, number, floatType);
  }
  if (isa<FloatType>(from))
    return castFloatToInt(e, x, cast<IntegerType>(to), toUnsigned);
  return castInt(e, x, cast<IntegerType>(to), fromUnsigned);
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

/// gamma * (x if x > 0, else alpha * (exp(x / divisor) - 1)).
static Value emitEluLike(ElementEmitter &e, Value x, double alpha, double gamma, double divisor) {
  Value scaled = divisor == 1.0 ? x : e.div(x, e.constant(x.getType(), divisor));
  Value negative = e.mul(e.add(e.exp(e.atMost(scaled, 0.0)), -1.0), alpha * gamma);
  return e.select(e.less(x, 0.0), negative, gamma == 1.0 ? x : e.mul(x, gamma));
}

/// x * tanh(log(1 + exp(x))) = x * (t^2 + 2t) / (t^2 + 2t + 2) with t = exp(x).
static Value emitMish(ElementEmitter &e, Value x) {
  Value t = e.exp(e.atMost(x, 20.0));
  Value n = e.mul(t, e.add(t, 2.0));
  return e.mul(x, e.div(n, e.add(n, 2.0)));
}

static Value emitFloatActivation(ElementEmitter &e, ActivationAttr activation, Value x) {
  Type type = x.getType();
  auto parameter = [&](unsigned i) { return activation.getParam(i); };
  switch (activation.getKind()) {
  case ActivationKind::Relu:
    return e.atLeast(x, 0.0);
  case ActivationKind::Clip:
    return e.atMost(e.atLeast(x, parameter(0)), parameter(1));
  case ActivationKind::LeakyRelu:
    return e.select(e.less(x, 0.0), e.mul(x, parameter(0)), x);
  case ActivationKind::Elu:
    return emitEluLike(e, x, parameter(0), 1.0, 1.0);
  case ActivationKind::Selu:
    return emitEluLike(e, x, parameter(0), parameter(1), 1.0);
  case ActivationKind::Celu:
    return emitEluLike(e, x, parameter(0), 1.0, parameter(0));
  case ActivationKind::Sigmoid:
    return e.sigmoid(x);
  case ActivationKind::HardSigmoid:
    return e.atMost(e.atLeast(e.fma(x, parameter(0), e.constant(type, parameter(1))), 0.0), 1.0);
  case ActivationKind::HardSwish:
    return e.mul(x, e.atMost(e.atLeast(e.fma(x, 1.0 / 6.0, e.constant(type, 0.5)), 0.0), 1.0));
  case ActivationKind::Swish:
    return e.mul(x, e.sigmoid(parameter(0) == 1.0 ? x : e.mul(x, parameter(0))));
  case ActivationKind::Gelu:
    return e.mul(e.mul(x, 0.5), e.add(e.erf(e.mul(x, M_SQRT1_2)), 1.0));
  case ActivationKind::GeluTanh: {
    Value cube = e.mul(e.mul(x, x), x);
    Value inner = e.mul(e.fma(cube, 0.044715, x), M_2_SQRTPI * M_SQRT1_2);
    return e.mul(e.mul(x, 0.5), e.add(e.tanh(inner), 1.0));
  }
  case ActivationKind::Mish:
    return emitMish(e, x);
  case ActivationKind::Softplus:
    return e.softplus(x);
  case ActivationKind::Softsign:
    return e.div(x, e.add(e.abs(x), 1.0));
  case ActivationKind::Tanh:
    return e.tanh(x);
  case ActivationKind::Erf:
    return e.erf(x);
  case ActivationKind::ThresholdedRelu:
    return e.select(e.greater(x, parameter(0)), x, e.constant(type, 0.0));
  case ActivationKind::Shrink:
    return e.select(e.less(x, -parameter(1)), e.add(x, parameter(0)),
                    e.select(e.greater(x, parameter(1)), e.add(x, -parameter(0)), e.constant(type, 0.0)));
  }
  llvm_unreachable("unknown activation");
}

/// Integer clip bounds, kept within the range of the type.
static Value clipInteger(ElementEmitter &e, Value x, double lower, double upper, bool isUnsigned) {
  unsigned width = getElementTypeOrSelf(x.getType()).getIntOrFloatBitWidth();
  double smallest = isUnsigned ? 0.0 : -std::ldexp(1.0, width - 1);
  double largest = std::ldexp(1.0, isUnsigned ? width : width - 1);
  if (lower > smallest) {
    Value bound = e.constantBits(x.getType(), static_cast<int64_t>(std::min(lower, largest - 1)));
    x = isUnsigned ? arith::MaxUIOp::create(e.b, e.loc, x, bound).getResult()
                   : arith::MaxSIOp::create(e.b, e.loc, x, bound).getResult();
  }
  if (upper < largest - 1) {
    Value bound = e.constantBits(x.getType(), static_cast<int64_t>(std::max(upper, smallest)));
    x = isUnsigned ? arith::MinUIOp::create(e.b, e.loc, x, bound).getResult()
                   : arith::MinSIOp::create(e.b, e.loc, x, bound).getResult();
  }
  return x;
}

Value emitActivation(OpBuilder &b, Location loc, ActivationAttr activation, Value x, bool isUnsigned) {
  ElementEmitter e(b, loc);
  Type element = getElementTypeOrSelf(x.getType());
  if (isHalf(element)) {
    Value wide = castFloat(e, x, b.getF32Type());
    return castFloat(e, emitFloatActivation(e, activation, wide), cast<FloatType>(element));
  }
  if (isa<FloatType>(element))
    return emitFloatActivation(e, activation, x);
  double infinity = std::numeric_limits<double>::infinity();
  if (activation.getKind() == ActivationKind::Relu)
    return clipInteger(e, x, 0.0, infinity, isUnsigned);
  if (activation.getKind() == ActivationKind::Clip)
    return clipInteger(e, x, activation.getParam(0), activation.getParam(1), isUnsigned);
  Value wide = emitCast(b, loc, x, b.getF64Type(), isUnsigned, false);
  return emitCast(b, loc, emitFloatActivation(e, activation, wide), element, false, isUnsigned);
}

//===----------------------------------------------------------------------===//
// Elementwise functions
//===----------------------------------------------------------------------===//

/// Functions that networks rarely use: computed by libm in f64, exact enough
/// for every type. Nothing for others.
static Value emitRareUnary(ElementEmitter &e, ElementwiseKind kind, Value x) {
  OpBuilder &b = e.b;
  Location loc = e.loc;
  switch (kind) {
  case ElementwiseKind::Sin:
    return math::SinOp::create(b, loc, x);
  case ElementwiseKind::Cos:
    return math::CosOp::create(b, loc, x);
  case ElementwiseKind::Tan:
    return math::TanOp::create(b, loc, x);
  case ElementwiseKind::Asin:
    return math::AsinOp::create(b, loc, x);
  case ElementwiseKind::Acos:
    return math::AcosOp::create(b, loc, x);
  case ElementwiseKind::Atan:
    return math::AtanOp::create(b, loc, x);
  case ElementwiseKind::Sinh:
    return math::SinhOp::create(b, loc, x);
  case ElementwiseKind::Cosh:
    return math::CoshOp::create(b, loc, x);
  case ElementwiseKind::Asinh:
    return math::AsinhOp::create(b, loc, x);
  case ElementwiseKind::Acosh:
    return math::AcoshOp::create(b, loc, x);
  case ElementwiseKind::Atanh:
    return math::AtanhOp::create(b, loc, x);
  default:
    return {};
  }
}

/// Evaluates `emit` in f64 and returns to the type of `operands`.
static Value viaDouble(ElementEmitter &e, ValueRange operands, llvm::function_ref<Value(ValueRange)> emit) {
  SmallVector<Value> wide;
  for (Value operand : operands)
    wide.push_back(castFloat(e, operand, e.b.getF64Type()));
  Value result = emit(wide);
  return result ? castFloat(e, result, cast<FloatType>(getElementTypeOrSelf(operands[0].getType()))) : Value();
}

static Value emitFloatUnary(ElementEmitter &e, ElementwiseKind kind, Value x) {
  OpBuilder &b = e.b;
  Location loc = e.loc;
  switch (kind) {
  case ElementwiseKind::Abs:
    return e.abs(x);
  case ElementwiseKind::Neg:
    return e.neg(x);
  case ElementwiseKind::Ceil:
    return math::CeilOp::create(b, loc, x);
  case ElementwiseKind::Floor:
    return math::FloorOp::create(b, loc, x);
  case ElementwiseKind::Round:
    return math::RoundEvenOp::create(b, loc, x);
  case ElementwiseKind::Sqrt:
    return math::SqrtOp::create(b, loc, x);
  case ElementwiseKind::Exp:
    return e.exp(x);
  case ElementwiseKind::Log:
    return e.log(x);
  case ElementwiseKind::Reciprocal:
    return e.div(e.constant(x.getType(), 1.0), x);
  case ElementwiseKind::Sign: {
    Value negative = e.select(e.less(x, 0.0), e.constant(x.getType(), -1.0), x);
    return e.select(e.greater(x, 0.0), e.constant(x.getType(), 1.0), negative);
  }
  default:
    return viaDouble(e, x, [&](ValueRange wide) { return emitRareUnary(e, kind, wide[0]); });
  }
}

/// Comparisons and tests; nothing for other functions.
static Value emitFloatTest(ElementEmitter &e, ElementwiseKind kind, ValueRange operands) {
  Value x = operands[0];
  double infinity = std::numeric_limits<double>::infinity();
  switch (kind) {
  case ElementwiseKind::IsNaN:
    return e.compare(CmpFPredicate::UNO, x, x);
  case ElementwiseKind::IsInf:
    return e.compare(CmpFPredicate::OEQ, e.abs(x), e.constant(x.getType(), infinity));
  case ElementwiseKind::Equal:
    return e.compare(CmpFPredicate::OEQ, x, operands[1]);
  case ElementwiseKind::Less:
    return e.compare(CmpFPredicate::OLT, x, operands[1]);
  case ElementwiseKind::LessOrEqual:
    return e.compare(CmpFPredicate::OLE, x, operands[1]);
  case ElementwiseKind::Greater:
    return e.compare(CmpFPredicate::OGT, x, operands[1]);
  case ElementwiseKind::GreaterOrEqual:
    return e.compare(CmpFPredicate::OGE, x, operands[1]);
  default:
    return {};
  }
}

static Value emitFloatBinary(ElementEmitter &e, ElementwiseKind kind, Value lhs, Value rhs) {
  OpBuilder &b = e.b;
  Location loc = e.loc;
  switch (kind) {
  case ElementwiseKind::Add:
    return e.add(lhs, rhs);
  case ElementwiseKind::Sub:
    return e.sub(lhs, rhs);
  case ElementwiseKind::Mul:
    return e.mul(lhs, rhs);
  case ElementwiseKind::Div:
    return e.div(lhs, rhs);
  case ElementwiseKind::Pow:
    return viaDouble(e, {lhs, rhs},
                     [&](ValueRange wide) -> Value { return math::PowFOp::create(b, loc, wide[0], wide[1]); });
  case ElementwiseKind::Min:
    return arith::MinimumFOp::create(b, loc, lhs, rhs);
  case ElementwiseKind::Max:
    return arith::MaximumFOp::create(b, loc, lhs, rhs);
  case ElementwiseKind::PRelu:
    return e.select(e.less(lhs, 0.0), e.mul(lhs, rhs), lhs);
  case ElementwiseKind::Mod: {
    Value rest = arith::RemFOp::create(b, loc, lhs, rhs);
    Value apart = arith::XOrIOp::create(b, loc, e.less(rest, 0.0), e.less(rhs, 0.0));
    Value nonzero = e.compare(CmpFPredicate::ONE, rest, e.constant(rest.getType(), 0.0));
    return e.select(arith::AndIOp::create(b, loc, apart, nonzero), e.add(rest, rhs), rest);
  }
  default:
    return {};
  }
}

static Value emitFloat(ElementEmitter &e, ElementwiseKind kind, ValueRange operands) {
  if (Value test = emitFloatTest(e, kind, operands))
    return test;
  return operands.size() == 1 ? emitFloatUnary(e, kind, operands[0])
                              : emitFloatBinary(e, kind, operands[0], operands[1]);
}

namespace {
/// Integer division that never traps: x / 0 is 0 and the smallest number
/// divided by -1 wraps.
struct SafeDivision {
  SafeDivision(ElementEmitter &e, Value lhs, Value rhs, bool isUnsigned)
      : e(e), lhs(lhs), rhs(rhs), isUnsigned(isUnsigned) {
    Type type = rhs.getType();
    isZero = e.compare(CmpIPredicate::eq, rhs, e.constantBits(type, 0));
    Value unsafe = isZero;
    if (!isUnsigned) {
      isMinusOne = e.compare(CmpIPredicate::eq, rhs, e.constantBits(type, -1));
      unsafe = arith::OrIOp::create(e.b, e.loc, isZero, isMinusOne);
    }
    divisor = e.select(unsafe, e.constantBits(type, 1), rhs);
  }
  Value quotient() {
    Value zero = e.constantBits(lhs.getType(), 0);
    if (isUnsigned)
      return e.select(isZero, zero, arith::DivUIOp::create(e.b, e.loc, lhs, divisor));
    Value q = arith::DivSIOp::create(e.b, e.loc, lhs, divisor);
    q = e.select(isMinusOne, arith::SubIOp::create(e.b, e.loc, zero, lhs), q);
    return e.select(isZero, zero, q);
  }
  /// With the sign of the dividend; zero where the divisor is 0 or -1.
  Value remainder() {
    if (isUnsigned)
      return arith::RemUIOp::create(e.b, e.loc, lhs, divisor);
    return arith::RemSIOp::create(e.b, e.loc, lhs, divisor);
  }
  ElementEmitter &e;
  Value lhs, rhs, divisor, isZero, isMinusOne;
  bool isUnsigned;
};
} // namespace

/// base to the power of exponent modulo 2^width, by squaring. Negative
/// exponents give 0, but for base 1.
static Value emitIntegerPower(ElementEmitter &e, Value base, Value exponent) {
  OpBuilder &b = e.b;
  Location loc = e.loc;
  unsigned width = getElementTypeOrSelf(base.getType()).getIntOrFloatBitWidth();
  exponent = emitCast(b, loc, exponent, getElementTypeOrSelf(base.getType()), false, false);
  Value one = e.constantBits(base.getType(), 1), zero = e.constantBits(base.getType(), 0);
  auto index = [&](int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); };
  auto loop = scf::ForOp::create(b, loc, index(0), index(width), index(1), ValueRange{one, base, exponent},
                                 [&](OpBuilder &b, Location loc, Value, ValueRange carried) {
                                   Value bit = arith::AndIOp::create(b, loc, carried[2], one);
                                   Value product = arith::MulIOp::create(b, loc, carried[0], carried[1]);
                                   Value isSet = arith::CmpIOp::create(b, loc, CmpIPredicate::ne, bit, zero);
                                   Value power = arith::SelectOp::create(b, loc, isSet, product, carried[0]);
                                   Value square = arith::MulIOp::create(b, loc, carried[1], carried[1]);
                                   Value rest = arith::ShRUIOp::create(b, loc, carried[2], one);
                                   scf::YieldOp::create(b, loc, ValueRange{power, square, rest});
                                 });
  Value isOne = e.compare(CmpIPredicate::eq, base, one);
  return e.select(e.compare(CmpIPredicate::slt, exponent, zero), e.select(isOne, one, zero), loop.getResult(0));
}

static Value emitIntegerCompare(ElementEmitter &e, ElementwiseKind kind, Value lhs, Value rhs, bool isUnsigned) {
  switch (kind) {
  case ElementwiseKind::Equal:
    return e.compare(CmpIPredicate::eq, lhs, rhs);
  case ElementwiseKind::Less:
    return e.compare(isUnsigned ? CmpIPredicate::ult : CmpIPredicate::slt, lhs, rhs);
  case ElementwiseKind::LessOrEqual:
    return e.compare(isUnsigned ? CmpIPredicate::ule : CmpIPredicate::sle, lhs, rhs);
  case ElementwiseKind::Greater:
    return e.compare(isUnsigned ? CmpIPredicate::ugt : CmpIPredicate::sgt, lhs, rhs);
  case ElementwiseKind::GreaterOrEqual:
    return e.compare(isUnsigned ? CmpIPredicate::uge : CmpIPredicate::sge, lhs, rhs);
  default:
    return {};
  }
}

static Value emitIntegerUnary(ElementEmitter &e, ElementwiseKind kind, Value x, bool isUnsigned) {
  Value zero = e.constantBits(x.getType(), 0);
  switch (kind) {
  case ElementwiseKind::Abs:
    return isUnsigned ? x : math::AbsIOp::create(e.b, e.loc, x).getResult();
  case ElementwiseKind::Neg:
    return arith::SubIOp::create(e.b, e.loc, zero, x);
  case ElementwiseKind::Sign: {
    Value one = e.constantBits(x.getType(), 1), minusOne = e.constantBits(x.getType(), -1);
    if (isUnsigned)
      return arith::MinUIOp::create(e.b, e.loc, x, one);
    return arith::MaxSIOp::create(e.b, e.loc, arith::MinSIOp::create(e.b, e.loc, x, one), minusOne);
  }
  case ElementwiseKind::Not:
  case ElementwiseKind::BitwiseNot:
    return arith::XOrIOp::create(e.b, e.loc, x, e.constantBits(x.getType(), -1));
  default:
    return {};
  }
}

/// Bits moved up, zeros in; shifts by the width or more give zero.
static Value emitShiftLeft(ElementEmitter &e, Value lhs, Value rhs) {
  unsigned width = getElementTypeOrSelf(lhs.getType()).getIntOrFloatBitWidth();
  Value inRange = e.compare(CmpIPredicate::ult, rhs, e.constantBits(rhs.getType(), width));
  Value zero = e.constantBits(lhs.getType(), 0), amount = e.select(inRange, rhs, zero);
  return e.select(inRange, arith::ShLIOp::create(e.b, e.loc, lhs, amount), zero);
}

/// Bits moved down, the sign of signed integers in; shifts by the width or more leave nothing else.
static Value emitShiftRight(ElementEmitter &e, Value lhs, Value rhs, bool isUnsigned) {
  unsigned width = getElementTypeOrSelf(lhs.getType()).getIntOrFloatBitWidth();
  Value inRange = e.compare(CmpIPredicate::ult, rhs, e.constantBits(rhs.getType(), width));
  Value amount = e.select(inRange, rhs, e.constantBits(rhs.getType(), width - 1));
  if (!isUnsigned)
    return arith::ShRSIOp::create(e.b, e.loc, lhs, amount);
  return e.select(inRange, arith::ShRUIOp::create(e.b, e.loc, lhs, amount), e.constantBits(lhs.getType(), 0));
}

static Value emitIntegerBinary(ElementEmitter &e, ElementwiseKind kind, Value lhs, Value rhs, bool isUnsigned) {
  OpBuilder &b = e.b;
  Location loc = e.loc;
  switch (kind) {
  case ElementwiseKind::Add:
    return arith::AddIOp::create(b, loc, lhs, rhs);
  case ElementwiseKind::Sub:
    return arith::SubIOp::create(b, loc, lhs, rhs);
  case ElementwiseKind::Mul:
    return arith::MulIOp::create(b, loc, lhs, rhs);
  case ElementwiseKind::Div:
    return SafeDivision(e, lhs, rhs, isUnsigned).quotient();
  case ElementwiseKind::Mod: {
    Value rest = SafeDivision(e, lhs, rhs, isUnsigned).remainder();
    if (isUnsigned)
      return rest;
    Value zero = e.constantBits(rest.getType(), 0);
    Value apart = e.compare(CmpIPredicate::slt, arith::XOrIOp::create(b, loc, rest, rhs), zero);
    Value nonzero = e.compare(CmpIPredicate::ne, rest, zero);
    return e.select(arith::AndIOp::create(b, loc, apart, nonzero), arith::AddIOp::create(b, loc, rest, rhs), rest);
  }
  case ElementwiseKind::Pow:
    return emitIntegerPower(e, lhs, rhs);
  case ElementwiseKind::Min:
    return isUnsigned ? arith::MinUIOp::create(b, loc, lhs, rhs).getResult()
                      : arith::MinSIOp::create(b, loc, lhs, rhs).getResult();
  case ElementwiseKind::Max:
    return isUnsigned ? arith::MaxUIOp::create(b, loc, lhs, rhs).getResult()
                      : arith::MaxSIOp::create(b, loc, lhs, rhs).getResult();
  case ElementwiseKind::PRelu: {
    if (isUnsigned)
      return lhs;
    Value negative = e.compare(CmpIPredicate::slt, lhs, e.constantBits(lhs.getType(), 0));
    return e.select(negative, arith::MulIOp::create(b, loc, lhs, rhs), lhs);
  }
  case ElementwiseKind::And:
  case ElementwiseKind::BitwiseAnd:
    return arith::AndIOp::create(b, loc, lhs, rhs);
  case ElementwiseKind::Or:
  case ElementwiseKind::BitwiseOr:
    return arith::OrIOp::create(b, loc, lhs, rhs);
  case ElementwiseKind::Xor:
  case ElementwiseKind::BitwiseXor:
    return arith::XOrIOp::create(b, loc, lhs, rhs);
  case ElementwiseKind::ShiftLeft:
    return emitShiftLeft(e, lhs, rhs);
  case ElementwiseKind::ShiftRight:
    return emitShiftRight(e, lhs, rhs, isUnsigned);
  default:
    return emitIntegerCompare(e, kind, lhs, rhs, isUnsigned);
  }
}

Value emitElementwise(OpBuilder &b, Location loc, ElementwiseKind kind, ValueRange operands, bool isUnsigned,
                      bool isRhsUnsigned) {
  ElementEmitter e(b, loc);
  Type element = getElementTypeOrSelf(operands[0].getType());
  SmallVector<Value> values(operands);
  if (kind == ElementwiseKind::Pow) {
    Type exponent = getElementTypeOrSelf(values[1].getType());
    Type common = isa<FloatType>(element) ? element : isa<FloatType>(exponent) ? Type(b.getF64Type()) : element;
    values[0] = emitCast(b, loc, values[0], common, isUnsigned, isUnsigned);
    values[1] = emitCast(b, loc, values[1], common, isRhsUnsigned, isRhsUnsigned);
    if (common != element)
      return emitCast(b, loc, emitFloat(e, kind, values), element, false, isUnsigned);
  }
  if (isHalf(element)) {
    for (Value &value : values)
      value = castFloat(e, value, b.getF32Type());
    Value result = emitFloat(e, kind, values);
    return getElementTypeOrSelf(result.getType()).isF32() ? castFloat(e, result, cast<FloatType>(element)) : result;
  }
  if (isa<FloatType>(element))
    return emitFloat(e, kind, values);
  return values.size() == 1 ? emitIntegerUnary(e, kind, values[0], isUnsigned)
                            : emitIntegerBinary(e, kind, values[0], values[1], isUnsigned);
}

Value emitFMod(OpBuilder &b, Location loc, Value lhs, Value rhs, bool isUnsigned) {
  ElementEmitter e(b, loc);
  Type element = getElementTypeOrSelf(lhs.getType());
  if (!isa<FloatType>(element))
    return SafeDivision(e, lhs, rhs, isUnsigned).remainder();
  if (!isHalf(element))
    return arith::RemFOp::create(b, loc, lhs, rhs);
  Value rest = arith::RemFOp::create(b, loc, castFloat(e, lhs, b.getF32Type()), castFloat(e, rhs, b.getF32Type()));
  return castFloat(e, rest, cast<FloatType>(element));
}

} // namespace winnow
