//===- Elementwise.cpp - arithmetic, comparison, logic, cast and choice ---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "Walk.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The remainder of a / b with the sign of b.
static double floorMod(double a, double b) {
  double remainder = std::fmod(a, b);
  if (remainder == 0)
    return std::copysign(0.0, b);
  return (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

/// -1, 0 or 1; NaN stays.
static double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

/// A function of one float.
static double applyUnary(ElementwiseKind kind, double x) {
  switch (kind) {
  case ElementwiseKind::Abs:
    return std::fabs(x);
  case ElementwiseKind::Neg:
    return -x;
  case ElementwiseKind::Ceil:
    return std::ceil(x);
  case ElementwiseKind::Floor:
    return std::floor(x);
  case ElementwiseKind::Round:
    return std::nearbyint(x);
  case ElementwiseKind::Sqrt:
    return std::sqrt(x);
  case ElementwiseKind::Exp:
    return std::exp(x);
  case ElementwiseKind::Log:
    return std::log(x);
  case ElementwiseKind::Reciprocal:
    return 1 / x;
  case ElementwiseKind::Sign:
    return sign(x);
  case ElementwiseKind::Sin:
    return std::sin(x);
  case ElementwiseKind::Cos:
    return std::cos(x);
  case ElementwiseKind::Tan:
    return std::tan(x);
  case ElementwiseKind::Asin:
    return std::asin(x);
  case ElementwiseKind::Acos:
    return std::acos(x);
  case ElementwiseKind::Atan:
    return std::atan(x);
  case ElementwiseKind::Sinh:
    return std::sinh(x);
  case ElementwiseKind::Cosh:
    return std::cosh(x);
  case ElementwiseKind::Asinh:
    return std::asinh(x);
  case ElementwiseKind::Acosh:
    return std::acosh(x);
  case ElementwiseKind::Atanh:
    return std::atanh(x);
  case ElementwiseKind::IsNaN:
    return std::isnan(x);
  case ElementwiseKind::IsInf:
    return std::isinf(x);
  default:
    return std::numeric_limits<double>::quiet_NaN();
  }
}

/// A function of two floats; comparisons give 0 or 1.
static double applyBinary(ElementwiseKind kind, double a, double b) {
  switch (kind) {
  case ElementwiseKind::Add:
    return a + b;
  case ElementwiseKind::Sub:
    return a - b;
  case ElementwiseKind::Mul:
    return a * b;
  case ElementwiseKind::Div:
    return a / b;
  case ElementwiseKind::Mod:
    return floorMod(a, b);
  case ElementwiseKind::Pow:
    return std::pow(a, b);
  case ElementwiseKind::Min:
    return minValue(a, b);
  case ElementwiseKind::Max:
    return maxValue(a, b);
  case ElementwiseKind::PRelu:
    return a < 0 ? a * b : a;
  case ElementwiseKind::Equal:
    return a == b;
  case ElementwiseKind::Less:
    return a < b;
  case ElementwiseKind::LessOrEqual:
    return a <= b;
  case ElementwiseKind::Greater:
    return a > b;
  case ElementwiseKind::GreaterOrEqual:
    return a >= b;
  default:
    return std::numeric_limits<double>::quiet_NaN();
  }
}

/// A function of one integer or bool; `T` is int64_t or uint64_t.
template <typename T> static T applyUnaryInt(ElementwiseKind kind, T x) {
  switch (kind) {
  case ElementwiseKind::Abs:
    return x < T(0) ? multiplyValues<T>(x, -1) : x;
  case ElementwiseKind::Neg:
    return multiplyValues<T>(x, -1);
  case ElementwiseKind::Sign:
    return x > T(0) ? 1 : x < T(0) ? -1 : 0;
  case ElementwiseKind::Not:
    return x == 0;
  case ElementwiseKind::BitwiseNot:
    return ~x;
  default:
    return x;
  }
}

/// a / b towards zero; a division by zero gives 0, -1 never overflows.
template <typename T> static T divideInt(T a, T b) {
  if (b == 0)
    return 0;
  return std::is_signed_v<T> && b == T(-1) ? multiplyValues<T>(a, -1) : a / b;
}

/// The remainder that belongs to `divideInt`, with the sign of a; of b if `floor`.
template <typename T> static T moduloInt(T a, T b, bool floor) {
  if (b == 0 || (std::is_signed_v<T> && b == T(-1)))
    return 0;
  T remainder = a % b;
  return floor && remainder != 0 && (remainder < T(0)) != (b < T(0)) ? remainder + b : remainder;
}

/// a to the power of b by squaring; negative exponents round 1 / a^-b towards zero.
template <typename T> static T powerInt(T a, T b) {
  if (b < T(0))
    return a == 1 ? T(1) : a == T(-1) ? (b % 2 == 0 ? T(1) : T(-1)) : T(0);
  T result = 1;
  for (; b > 0; b /= 2, a = multiplyValues(a, a))
    if (b % 2 == 1)
      result = multiplyValues(result, a);
  return result;
}

/// A function of two integers (or bools) of `width` bits; comparisons give 0 or 1.
template <typename T> static T applyBinaryInt(ElementwiseKind kind, T a, T b, unsigned width) {
  auto bits = [&](T x) { return width == 64 ? uint64_t(x) : uint64_t(x) & ((uint64_t(1) << width) - 1); };
  switch (kind) {
  case ElementwiseKind::Add:
    return addValues(a, b);
  case ElementwiseKind::Sub:
    return addValues(a, multiplyValues<T>(b, -1));
  case ElementwiseKind::Mul:
    return multiplyValues(a, b);
  case ElementwiseKind::Div:
    return divideInt(a, b);
  case ElementwiseKind::Mod:
    return moduloInt(a, b, /*floor=*/true);
  case ElementwiseKind::Pow:
    return powerInt(a, b);
  case ElementwiseKind::Min:
    return minValue(a, b);
  case ElementwiseKind::Max:
    return maxValue(a, b);
  case ElementwiseKind::PRelu:
    return a < T(0) ? multiplyValues(a, b) : a;
  case ElementwiseKind::Equal:
    return a == b;
  case ElementwiseKind::Less:
    return a < b;
  case ElementwiseKind::LessOrEqual:
    return a <= b;
  case ElementwiseKind::Greater:
    return a > b;
  case ElementwiseKind::GreaterOrEqual:
    return a >= b;
  case ElementwiseKind::And:
  case ElementwiseKind::BitwiseAnd:
    return a & b;
  case ElementwiseKind::Or:
  case ElementwiseKind::BitwiseOr:
    return a | b;
  case ElementwiseKind::Xor:
  case ElementwiseKind::BitwiseXor:
    return a ^ b;
  case ElementwiseKind::ShiftLeft:
    return bits(b) >= width ? 0 : static_cast<T>(uint64_t(a) << bits(b));
  case ElementwiseKind::ShiftRight:
    // The sign moves in from above; a shift by all bits or more leaves nothing else.
    if (bits(b) >= width)
      return a < T(0) ? T(-1) : T(0);
    return a >> bits(b);
  default:
    return 0;
  }
}

/// Fills `out` with `function(a, b)` of the broadcast elements of `x` and `y`,
/// which are read and computed as the C++ type `T`.
template <typename T, typename Function>
static void broadcastInto(const Tensor &x, const Tensor &y, Tensor &out, Function function) {
  std::vector<T> a = getValues<T>(x), b = getValues<T>(y), result(out.getNumElements());
  size_t rank = out.getRank();
  walk<2>(out.getShape(), {getBroadcastStrides(x.getShape(), rank), getBroadcastStrides(y.getShape(), rank)},
          [&](int64_t position, std::array<int64_t, 2> from) { result[position] = function(a[from[0]], b[from[1]]); });
  setValues(out, result);
}

/// A binary function in integers where both operands are integers, in doubles otherwise.
static void evaluateBinary(ElementwiseKind kind, bool fmod, const Tensor &x, const Tensor &y, Tensor &out) {
  Type type = x.getElementType();
  unsigned width = type.getIntOrFloatBitWidth();
  auto onInts = [&](auto a, auto b) {
    return fmod ? moduloInt(a, b, /*floor=*/false) : applyBinaryInt(kind, a, b, width);
  };
  if (isa<FloatType>(type) || isa<FloatType>(y.getElementType()))
    broadcastInto<double>(x, y, out,
                          [&](double a, double b) { return fmod ? std::fmod(a, b) : applyBinary(kind, a, b); });
  else if (type.isUnsignedInteger())
    broadcastInto<uint64_t>(x, y, out, onInts);
  else
    broadcastInto<int64_t>(x, y, out, onInts);
}

static void evaluateUnary(ElementwiseKind kind, const Tensor &x, Tensor &out) {
  if (isa<FloatType>(x.getElementType())) {
    std::vector<double> values = x.getDoubles();
    for (double &value : values)
      value = applyUnary(kind, value);
    return out.setDoubles(values);
  }
  bool isUnsigned = x.getElementType().isUnsignedInteger();
  std::vector<int64_t> values = x.getInts();
  for (int64_t &value : values)
    value = isUnsigned ? static_cast<int64_t>(applyUnaryInt<uint64_t>(kind, value)) : applyUnaryInt(kind, value);
  out.setInts(values);
}

LogicalResult evaluateElementwise(ElementwiseOpInterface op, ArrayRef<const Tensor *> inputs, Tensor &out) {
  auto mod = dyn_cast<ModOp>(op.getOperation());
  if (isQuantized(inputs[0]->getElementType()))
    return evaluateQuantized(op, inputs, out);
  if (inputs.size() == 1)
    evaluateUnary(op.getElementwiseKind(), *inputs[0], out);
  else
    evaluateBinary(op.getElementwiseKind(), mod && mod.getFmod(), *inputs[0], *inputs[1], out);
  return success();
}

LogicalResult evaluateOp(IsInfOp op, Operands<IsInfOp> in, Results out) {
  std::vector<double> values = in.getInput()->getDoubles();
  for (double &x : values)
    x = std::isinf(x) && (x < 0 ? op.getDetectNegative() : op.getDetectPositive());
  out[0].setDoubles(values);
  return success();
}

LogicalResult evaluateOp(WhereOp op, Operands<WhereOp> in, Results out) {
  const Tensor &condition = *in.getCondition(), &lhs = *in.getLhs(), &rhs = *in.getRhs();
  ArrayRef<uint8_t> choice = condition.getData<uint8_t>();
  char *to = out[0].getMutableBytes().data();
  int64_t bytes = out[0].getElementBytes(), rank = out[0].getRank();
  walk<3>(out[0].getShape(),
          {getBroadcastStrides(condition.getShape(), rank), getBroadcastStrides(lhs.getShape(), rank),
           getBroadcastStrides(rhs.getShape(), rank)},
          [&](int64_t position, std::array<int64_t, 3> from) {
            if (choice[from[0]])
              copyElement(to, position, lhs.getBytes().data(), from[1], bytes);
            else
              copyElement(to, position, rhs.getBytes().data(), from[2], bytes);
          });
  return success();
}

LogicalResult evaluateOp(CastOp op, Operands<CastOp> in, Results out) {
  const Tensor &x = *in.getInput();
  Type from = x.getElementType(), to = cast<RankedTensorType>(op.getType()).getElementType();
  if (failed(createResult(op, out[0], x.getShape(), to)))
    return failure();
  if (isa<FloatType>(from) || (isa<FloatType>(to) && from.isUnsignedInteger(64)))
    out[0].setDoubles(x.getDoubles());
  else
    out[0].setInts(x.getInts());
  return success();
}

} // namespace winnow
