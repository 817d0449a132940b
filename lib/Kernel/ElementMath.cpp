//===- ElementMath.cpp - exp, log and their kin as polynomials ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// f32 functions are polynomials fitted for the smallest largest relative error
// on their reduced ranges; errors stay within two units in the last place. f64
// ones become math ops, which the target turns into calls of libm. The range
// reductions follow Cody and Waite, Software Manual for the Elementary
// Functions (1980).

#include "ElementEmitter.h"

#include "winnow/Kernel/ElementFunctions.h"
#include "winnow/Support/TargetFacts.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using arith::CmpFPredicate;

namespace winnow::kernel {

Type withLanesOf(Type element, Type like) {
  if (auto vector = dyn_cast<VectorType>(like))
    return vector.clone(element);
  return element;
}

static bool readHasFMA(OpBuilder &b) {
  Block *block = b.getInsertionBlock();
  Operation *parent = block ? block->getParentOp() : nullptr;
  auto module = parent ? dyn_cast<ModuleOp>(parent) : ModuleOp();
  if (parent && !module)
    module = parent->getParentOfType<ModuleOp>();
  return module && TargetFacts::fromModule(module).hasFMA;
}

ElementEmitter::ElementEmitter(OpBuilder &b, Location loc) : b(b), loc(loc), hasFMA(readHasFMA(b)) {}

/// A constant with the same attribute in all lanes.
static Value splat(OpBuilder &b, Location loc, Type like, TypedAttr attr) {
  if (auto vector = dyn_cast<VectorType>(like))
    attr = DenseElementsAttr::get(vector, Attribute(attr));
  return arith::ConstantOp::create(b, loc, attr);
}

Value ElementEmitter::constant(Type like, double value) {
  Type element = getElementTypeOrSelf(like);
  if (auto type = dyn_cast<FloatType>(element)) {
    llvm::APFloat number(value);
    bool lossy = false;
    number.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &lossy);
    return splat(b, loc, like, FloatAttr::get(type, number));
  }
  return constantBits(like, static_cast<int64_t>(value));
}

Value ElementEmitter::constantBits(Type like, int64_t value) {
  auto type = cast<IntegerType>(getElementTypeOrSelf(like));
  llvm::APInt bits = llvm::APInt(64, static_cast<uint64_t>(value)).zextOrTrunc(type.getWidth());
  return splat(b, loc, like, IntegerAttr::get(type, bits));
}

Value ElementEmitter::abs(Value x) { return math::AbsFOp::create(b, loc, x); }

Value ElementEmitter::fma(Value lhs, Value rhs, Value addend) {
  if (hasFMA)
    return math::FmaOp::create(b, loc, lhs, rhs, addend);
  return add(mul(lhs, rhs), addend);
}

Value ElementEmitter::polynomial(Value x, ArrayRef<double> coefficients) {
  Value y = constant(x.getType(), coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    y = fma(y, x, constant(x.getType(), coefficient));
  return y;
}

Value ElementEmitter::toBits(Value x) {
  Type integer = b.getIntegerType(getElementTypeOrSelf(x.getType()).getIntOrFloatBitWidth());
  return arith::BitcastOp::create(b, loc, withLanesOf(integer, x.getType()), x);
}

Value ElementEmitter::fromBits(Value bits, Type like) { return arith::BitcastOp::create(b, loc, like, bits); }

/// ln 2 in two parts; products of the first with small integers are exact.
static constexpr double kLn2High = 0.693359375, kLn2Low = -2.12194440e-4;

/// (e^r - 1 - r) / r^2 for |r| up to ln 2 / 2.
static constexpr double kExpCoefficients[] = {4.999999305e-01, 1.666651479e-01, 4.166845679e-02, 8.369418847e-03,
                                              1.381314439e-03};

Value ElementEmitter::exp(Value x) {
  Type type = x.getType();
  if (!getElementTypeOrSelf(type).isF32())
    return math::ExpOp::create(b, loc, x);
  // e^x = 2^n e^r with n = round(x / ln 2). Adding 1.5 * 2^23 rounds and leaves
  // n in the low bits.
  x = atMost(atLeast(x, -104.0), 89.0);
  Value shifted = fma(x, 1.4426950408889634, constant(type, 12582912.0));
  Value n = add(shifted, -12582912.0);
  Value r = fma(n, -kLn2Low, fma(n, -kLn2High, x));
  Value p = polynomial(r, kExpCoefficients);
  p = add(fma(p, mul(r, r), r), 1.0);
  // 2^n in two factors, so that results near overflow and denormal ones are right.
  Value bits = toBits(shifted);
  Value whole = arith::SubIOp::create(b, loc, bits, constantBits(bits.getType(), 0x4b400000));
  Value half = arith::ShRSIOp::create(b, loc, whole, constantBits(bits.getType(), 1));
  Value rest = arith::SubIOp::create(b, loc, whole, half);
  auto power = [&](Value exponent) -> Value {
    Value biased = arith::AddIOp::create(b, loc, exponent, constantBits(bits.getType(), 127));
    return fromBits(arith::ShLIOp::create(b, loc, biased, constantBits(bits.getType(), 23)), type);
  };
  return mul(mul(p, power(half)), power(rest));
}

Value ElementEmitter::log(Value x) {
  Type type = x.getType();
  if (!getElementTypeOrSelf(type).isF32())
    return math::LogOp::create(b, loc, x);
  // x = 2^e m with m in [sqrt(1/2), sqrt(2)); denormals are scaled up first.
  Value tiny = less(x, 1.17549435e-38);
  Value scaled = select(tiny, mul(x, 8388608.0), x);
  Value bits = toBits(scaled);
  Value fromRoot = arith::SubIOp::create(b, loc, bits, constantBits(bits.getType(), 0x3f3504f3));
  Value exponent = arith::ShRSIOp::create(b, loc, fromRoot, constantBits(bits.getType(), 23));
  Value exponentBits = arith::ShLIOp::create(b, loc, exponent, constantBits(bits.getType(), 23));
  Value m = fromBits(arith::SubIOp::create(b, loc, bits, exponentBits), type);
  Value e = arith::SIToFPOp::create(b, loc, type, exponent);
  e = select(tiny, add(e, -23.0), e);
  Value f = add(m, -1.0), square = mul(f, f);
  Value p = polynomial(f, {3.333333171e-01, -2.500082104e-01, 2.000122687e-01, -1.662335730e-01, 1.420175823e-01,
                           -1.316018306e-01, 1.276157564e-01, -7.634493035e-02});
  Value y = fma(e, kLn2Low, mul(mul(f, square), p));
  y = add(f, fma(square, -0.5, y));
  y = fma(e, kLn2High, y);
  double infinity = std::numeric_limits<double>::infinity();
  Value zero = constant(type, 0.0);
  Value outside = select(compare(CmpFPredicate::OEQ, x, zero), constant(type, -infinity),
                         constant(type, std::numeric_limits<double>::quiet_NaN()));
  y = select(compare(CmpFPredicate::OGT, x, zero), y, outside);
  return select(compare(CmpFPredicate::OEQ, x, constant(type, infinity)), x, y);
}

Value ElementEmitter::log1pOfUnit(Value t) {
  if (!getElementTypeOrSelf(t.getType()).isF32())
    return math::Log1pOp::create(b, loc, t);
  // log(1 + t) = 2 artanh(s) with s = t / (2 + t).
  Value s = div(t, add(t, 2.0)), square = mul(s, s);
  Value p = polynomial(square, {6.666667562e-01, 3.999887775e-01, 2.861688474e-01, 2.142765829e-01, 2.430093361e-01});
  return fma(mul(s, square), p, add(s, s));
}

Value ElementEmitter::tanh(Value x) {
  Type type = x.getType();
  if (!getElementTypeOrSelf(type).isF32())
    return math::TanhOp::create(b, loc, x);
  Value magnitude = abs(x), square = mul(x, x);
  Value p =
      polynomial(square, {-3.333327955e-01, 1.333137349e-01, -5.373369838e-02, 2.061862853e-02, -5.681287202e-03});
  Value small = fma(mul(x, square), p, x);
  Value one = constant(type, 1.0);
  Value large = sub(one, div(constant(type, 2.0), add(exp(add(magnitude, magnitude)), one)));
  large = math::CopySignOp::create(b, loc, large, x);
  return select(less(magnitude, 0.625), small, large);
}

Value ElementEmitter::erf(Value x) {
  Type type = x.getType();
  if (!getElementTypeOrSelf(type).isF32())
    return math::ErfOp::create(b, loc, x);
  Value magnitude = abs(x);
  Value small = mul(x, polynomial(mul(x, x), {1.128379167e+00, -3.761263498e-01, 1.128371503e-01, -2.686050847e-02,
                                              5.203859168e-03, -8.175639371e-04, 8.513104368e-05}));
  Value logErfc =
      polynomial(atMost(magnitude, 4.0), {1.663755166e-04, -1.129474584e+00, -6.334292038e-01, -1.081887556e-01,
                                          2.505990804e-02, -4.148301887e-03, 4.297355689e-04, -2.068393394e-05});
  Value large = sub(constant(type, 1.0), exp(logErfc));
  large = math::CopySignOp::create(b, loc, large, x);
  return select(less(magnitude, 0.9), small, large);
}

Value ElementEmitter::sigmoid(Value x) {
  Type type = x.getType();
  Value one = constant(type, 1.0);
  if (!getElementTypeOrSelf(type).isF32())
    return div(one, add(one, exp(neg(x))));
  // 1 / (1 + e^-x), in as few steps as f32 needs. Beyond the bounds it is 0 or 1 but for 2e-38, and within them 2^n is
  // a normal number: 1.5 * 2^23 + 127 leaves its exponent in the low bits.
  x = atMost(atLeast(x, -87.0), 87.0);
  double rounding = 12582912.0 + 127.0;
  Value shifted = fma(x, -1.4426950408889634, constant(type, rounding));
  Value n = add(shifted, -rounding);
  // n is small wherever the result is not near 0 or 1. Only fused, one part of ln 2 is exact enough.
  Value r = hasFMA ? fma(n, -0.6931471805599453, neg(x)) : fma(n, -kLn2Low, fma(n, -kLn2High, neg(x)));
  llvm::SmallVector<double> coefficients{1.0, 1.0};
  llvm::append_range(coefficients, kExpCoefficients);
  Value bits = toBits(shifted);
  Value power = fromBits(arith::ShLIOp::create(b, loc, bits, constantBits(bits.getType(), 23)), type);
  Value divisor = fma(polynomial(r, coefficients), power, one);
  // The divisor lies in [1, 1e38]: an estimate with a Newton step is good to the last places, and much faster than a
  // division of vectors.
  auto flags = arith::FastMathFlags::arcp | arith::FastMathFlags::ninf | arith::FastMathFlags::contract;
  return arith::DivFOp::create(b, loc, one, divisor, arith::FastMathFlagsAttr::get(b.getContext(), flags));
}

Value ElementEmitter::softplus(Value x) { return add(atLeast(x, 0.0), log1pOfUnit(exp(neg(abs(x))))); }

} // namespace winnow::kernel

mlir::Value winnow::emitExp(OpBuilder &b, Location loc, Value x) { return kernel::ElementEmitter(b, loc).exp(x); }
mlir::Value winnow::emitLog(OpBuilder &b, Location loc, Value x) { return kernel::ElementEmitter(b, loc).log(x); }
mlir::Value winnow::emitConstantLike(OpBuilder &b, Location loc, Type like, double value) {
  return kernel::ElementEmitter(b, loc).constant(like, value);
}
