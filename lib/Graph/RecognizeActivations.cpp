//===- RecognizeActivations.cpp - activations written as several ops ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>
#include <limits>

namespace winnow {
#define GEN_PASS_DEF_RECOGNIZEACTIVATIONSPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-recognize-activations";
static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Exporters write constants with few digits, or rounded to half precision.
static bool isNear(double value, double wanted) { return std::abs(value - wanted) <= 1e-4 * std::abs(wanted); }

//===----------------------------------------------------------------------===//
// Parts of expressions
//===----------------------------------------------------------------------===//

/// A value seen as factor * value, or as value + addend.
struct Term {
  double number;
  Value value;
};

/// An op of two operands of which one is the same number everywhere and the
/// other has the result's type: that number and that operand.
template <typename OpTy> static std::optional<Term> matchWithNumber(Value root, bool commutes = true) {
  auto op = root.getDefiningOp<OpTy>();
  if (!op)
    return std::nullopt;
  if (auto number = getSplatNumber(op.getRhs()); number && op.getLhs().getType() == root.getType())
    return Term{*number, op.getLhs()};
  if (!commutes)
    return std::nullopt;
  if (auto number = getSplatNumber(op.getLhs()); number && op.getRhs().getType() == root.getType())
    return Term{*number, op.getRhs()};
  return std::nullopt;
}

/// All constant factors taken off: root = number * value.
static Term takeFactor(Value root) {
  Term result{1.0, root};
  while (true) {
    if (auto product = matchWithNumber<MulOp>(result.value))
      result = {result.number * product->number, product->value};
    else if (auto quotient = matchWithNumber<DivOp>(result.value, /*commutes=*/false);
             quotient && quotient->number != 0)
      result = {result.number / quotient->number, quotient->value};
    else
      return result;
  }
}

/// root = value + number.
static std::optional<Term> matchSum(Value root) {
  if (auto sum = matchWithNumber<AddOp>(root))
    return sum;
  if (auto difference = matchWithNumber<SubOp>(root, /*commutes=*/false))
    return Term{-difference->number, difference->value};
  return std::nullopt;
}

/// root = 1 + value.
static Value matchOnePlus(Value root) {
  auto sum = matchSum(root);
  return sum && sum->number == 1 ? sum->value : Value();
}

/// root = number * value^3 in the ways that exporters write it.
static bool isCube(Value root, Value value) {
  if (auto pow = root.getDefiningOp<PowOp>()) {
    auto exponent = getSplatNumber(pow.getRhs());
    return pow.getLhs() == value && exponent && *exponent == 3;
  }
  auto product = root.getDefiningOp<MulOp>();
  auto isSquare = [&](Value v) {
    if (auto pow = v.getDefiningOp<PowOp>()) {
      auto exponent = getSplatNumber(pow.getRhs());
      return pow.getLhs() == value && exponent && *exponent == 2;
    }
    auto square = v.getDefiningOp<MulOp>();
    return square && square.getLhs() == value && square.getRhs() == value;
  };
  return product && ((product.getLhs() == value && isSquare(product.getRhs())) ||
                     (product.getRhs() == value && isSquare(product.getLhs())));
}

/// The operand of an activation without parameters.
template <typename OpTy> static Value matchUnary(Value root) {
  auto op = root.getDefiningOp<OpTy>();
  return op ? op.getInput() : Value();
}

/// The bounds of a clip or relu; nothing where they are not constant.
static std::optional<std::pair<double, double>> getBounds(Value root) {
  auto op = root.getDefiningOp<ActivationOpInterface>();
  ActivationAttr activation = op ? op.getActivation() : ActivationAttr();
  if (!activation)
    return std::nullopt;
  if (activation.getKind() == ActivationKind::Relu)
    return std::make_pair(0.0, kInfinity);
  if (activation.getKind() == ActivationKind::Clip)
    return std::make_pair(activation.getParam(0), activation.getParam(1));
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Replacing
//===----------------------------------------------------------------------===//

/// Replaces `root` by an activation of `input`.
template <typename OpTy, typename... Attributes>
static LogicalResult replaceBy(RewriterBase &rewriter, Operation *root, Value input, Attributes... attributes) {
  auto op = OpTy::create(rewriter, root->getLoc(), root->getResult(0).getType(), input, attributes...);
  remarkPassed(op, kPass, "written as several ops");
  rewriter.replaceOp(root, op);
  return success();
}

/// Replaces `root` by a clip of `input`, or a relu where that is the same.
static LogicalResult replaceByClip(RewriterBase &rewriter, Operation *root, Value input, double lower, double upper) {
  if (lower == 0 && upper == kInfinity)
    return replaceBy<ReluOp>(rewriter, root, input);
  auto type = RankedTensorType::get({}, getElementTypeOrSelf(input.getType()));
  auto bound = [&](double value) {
    if (std::isinf(value))
      return Value();
    return createConstant(rewriter, root->getLoc(), buildFloatConstant(type, [&](int64_t) { return value; }));
  };
  Value low = lower == -kInfinity ? Value() : bound(lower), high = upper == kInfinity ? Value() : bound(upper);
  return replaceBy<ClipOp>(rewriter, root, input, low, high);
}

/// Whether the activation of `input` would have the type of `root`.
static bool fits(Operation *root, Value input) {
  return input && input.getType() == root->getResult(0).getType() &&
         isa<FloatType>(getElementTypeOrSelf(input.getType()));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// tanh(sqrt(2/pi) (x + 0.044715 x^3)), the inner part of the approximate gelu.
static bool isGeluTanh(Value value, Value x) {
  Value inner = matchUnary<TanhOp>(value);
  if (!inner)
    return false;
  Term term = takeFactor(inner);
  auto sum = term.value.getDefiningOp<AddOp>();
  if (!sum || !isNear(term.number, 0.7978845608))
    return false;
  auto isCubic = [&](Value v) {
    Term cube = takeFactor(v);
    return isNear(cube.number, 0.044715) && isCube(cube.value, x);
  };
  return (sum.getLhs() == x && isCubic(sum.getRhs())) || (sum.getRhs() == x && isCubic(sum.getLhs()));
}

/// number * x * gate, where `gate` makes it an activation of `x`.
static LogicalResult matchGate(RewriterBase &rewriter, Operation *root, double number, Value x, Value gate) {
  if (!fits(root, x))
    return failure();
  if (Value inner = matchUnary<SigmoidOp>(gate)) {
    if (isNear(number, 1) && inner == x)
      return replaceBy<SwishOp>(rewriter, root, x, APFloat(1.0));
    Term term = takeFactor(inner);
    if (isNear(number, 1) && term.value == x)
      return replaceBy<SwishOp>(rewriter, root, x, APFloat(term.number));
  }
  if (auto sigmoid = gate.getDefiningOp<HardSigmoidOp>())
    if (isNear(number, 1) && sigmoid.getInput() == x && isNear(sigmoid.getAlpha().convertToDouble(), 1.0 / 6) &&
        isNear(sigmoid.getBeta().convertToDouble(), 0.5))
      return replaceBy<HardSwishOp>(rewriter, root, x);
  if (auto bounds = getBounds(gate); bounds && bounds->first == 0 && bounds->second == 6 && isNear(number, 1.0 / 6)) {
    auto sum = matchSum(gate.getDefiningOp()->getOperand(0));
    if (sum && sum->value == x && sum->number == 3)
      return replaceBy<HardSwishOp>(rewriter, root, x);
  }
  if (Value softplus = matchUnary<TanhOp>(gate))
    if (isNear(number, 1) && matchUnary<SoftplusOp>(softplus) == x)
      return replaceBy<MishOp>(rewriter, root, x);
  Value inner = matchOnePlus(gate);
  if (!inner || !isNear(number, 0.5))
    return failure();
  if (Value erf = matchUnary<ErfOp>(inner)) {
    Term term = takeFactor(erf);
    if (term.value == x && isNear(term.number, 0.7071067812))
      return replaceBy<GeluOp>(rewriter, root, x, false);
  }
  return isGeluTanh(inner, x) ? replaceBy<GeluOp>(rewriter, root, x, true) : failure();
}

/// clip(x + b, 0, u) / u = hard_sigmoid with alpha = 1 / u, beta = b / u.
static LogicalResult matchHardSigmoid(RewriterBase &rewriter, Operation *root, const Term &term) {
  auto bounds = getBounds(term.value);
  if (!bounds || bounds->first != 0 || !isNear(term.number * bounds->second, 1))
    return failure();
  auto sum = matchSum(term.value.getDefiningOp()->getOperand(0));
  if (!sum || !fits(root, sum->value))
    return failure();
  double alpha = 1.0 / bounds->second;
  return replaceBy<HardSigmoidOp>(rewriter, root, sum->value, APFloat(alpha), APFloat(sum->number * alpha));
}

/// A product (or quotient by a number) in any grouping.
static LogicalResult recognizeProduct(RewriterBase &rewriter, Operation *op) {
  Term term = takeFactor(op->getResult(0));
  if (term.value != op->getResult(0) && succeeded(matchHardSigmoid(rewriter, op, term)))
    return success();
  auto product = term.value.getDefiningOp<MulOp>();
  if (!product)
    return failure();
  // Factors as they are, and with the constants that they carry taken off.
  Value lhs = product.getLhs(), rhs = product.getRhs();
  Term left = takeFactor(lhs), right = takeFactor(rhs);
  double number = term.number;
  if (succeeded(matchGate(rewriter, op, number, lhs, rhs)) || succeeded(matchGate(rewriter, op, number, rhs, lhs)))
    return success();
  number *= left.number * right.number;
  if (succeeded(matchGate(rewriter, op, number, left.value, right.value)) ||
      succeeded(matchGate(rewriter, op, number, right.value, left.value)))
    return success();
  return failure();
}

/// x / (1 + |x|), x / (1 + exp(-x)) and 1 / (1 + exp(-x)); `numerator` is null for 1.
static LogicalResult matchQuotient(RewriterBase &rewriter, Operation *op, Value numerator, Value denominator) {
  Value inner = matchOnePlus(denominator);
  if (!inner)
    return failure();
  if (numerator && fits(op, numerator) && matchUnary<AbsOp>(inner) == numerator)
    return replaceBy<SoftsignOp>(rewriter, op, numerator);
  Value exponent = matchUnary<ExpOp>(inner);
  if (!exponent)
    return failure();
  Value x = matchUnary<NegOp>(exponent);
  if (Term term = takeFactor(exponent); !x && term.number == -1)
    x = term.value;
  if (!fits(op, x) || (numerator && numerator != x))
    return failure();
  if (numerator)
    return replaceBy<SwishOp>(rewriter, op, x, APFloat(1.0));
  return replaceBy<SigmoidOp>(rewriter, op, x);
}

static LogicalResult recognizeDiv(RewriterBase &rewriter, DivOp op) {
  if (getSplatNumber(op.getRhs()))
    return recognizeProduct(rewriter, op);
  auto one = getSplatNumber(op.getLhs());
  return matchQuotient(rewriter, op, one && *one == 1 ? Value() : op.getLhs(), op.getRhs());
}

static LogicalResult recognizeMul(RewriterBase &rewriter, MulOp op) { return recognizeProduct(rewriter, op); }

static LogicalResult recognizeReciprocal(RewriterBase &rewriter, ReciprocalOp op) {
  return matchQuotient(rewriter, op, Value(), op.getInput());
}

/// log(1 + exp(x)).
static LogicalResult recognizeLog(RewriterBase &rewriter, LogOp op) {
  Value inner = matchOnePlus(op.getInput());
  Value x = inner ? matchUnary<ExpOp>(inner) : Value();
  if (!fits(op, x))
    return failure();
  return replaceBy<SoftplusOp>(rewriter, op, x);
}

//===----------------------------------------------------------------------===//
// Bounds and slopes
//===----------------------------------------------------------------------===//

/// max(x, c) and max(x, a x).
static LogicalResult recognizeMax(RewriterBase &rewriter, MaxOp op) {
  if (auto term = matchWithNumber<MaxOp>(op.getResult()); term && fits(op, term->value))
    return replaceByClip(rewriter, op, term->value, term->number, kInfinity);
  Term left = takeFactor(op.getLhs()), right = takeFactor(op.getRhs());
  if (left.value == right.value && fits(op, left.value)) {
    double slope = left.number == 1 ? right.number : left.number;
    if ((left.number == 1 || right.number == 1) && slope > 0 && slope < 1)
      return replaceBy<LeakyReluOp>(rewriter, op, left.value, APFloat(slope));
  }
  return failure();
}

static LogicalResult recognizeMin(RewriterBase &rewriter, MinOp op) {
  auto term = matchWithNumber<MinOp>(op.getResult());
  if (!term || !fits(op, term->value))
    return failure();
  return replaceByClip(rewriter, op, term->value, -kInfinity, term->number);
}

static LogicalResult recognizePRelu(RewriterBase &rewriter, PReluOp op) {
  auto slope = getSplatNumber(op.getRhs());
  if (!slope || !fits(op, op.getLhs()))
    return rewriter.notifyMatchFailure(op, "its slope is not the same everywhere");
  return replaceBy<LeakyReluOp>(rewriter, op, op.getLhs(), APFloat(*slope));
}

/// A clip that is a relu, and two bounds in a row.
static LogicalResult recognizeBounds(RewriterBase &rewriter, ActivationOpInterface op) {
  auto outer = getBounds(op->getResult(0));
  Value input = op->getOperand(0);
  if (!outer || !fits(op, input))
    return failure();
  if (auto inner = getBounds(input); inner && input.hasOneUse()) {
    double lower = std::min(std::max(inner->first, outer->first), outer->second);
    double upper = std::min(std::max(inner->second, outer->first), outer->second);
    return replaceByClip(rewriter, op, input.getDefiningOp()->getOperand(0), lower, upper);
  }
  if (isa<ClipOp>(op.getOperation()) && outer->first == 0 && outer->second == kInfinity)
    return replaceBy<ReluOp>(rewriter, op, input);
  return failure();
}

void populateRecognizeActivationsPatterns(RewritePatternSet &patterns) {
  patterns.add<CallRewrite<MulOp, recognizeMul>, CallRewrite<DivOp, recognizeDiv>,
               CallRewrite<ReciprocalOp, recognizeReciprocal>, CallRewrite<LogOp, recognizeLog>,
               CallRewrite<MaxOp, recognizeMax>, CallRewrite<MinOp, recognizeMin>, CallRewrite<PReluOp, recognizePRelu>,
               CallInterfaceRewrite<ActivationOpInterface, recognizeBounds>>(patterns.getContext());
}

namespace {
struct RecognizeActivationsPass : impl::RecognizeActivationsPassBase<RecognizeActivationsPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateRecognizeActivationsPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
