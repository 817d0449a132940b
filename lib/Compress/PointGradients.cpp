//===- PointGradients.cpp - what elementwise ops pass back ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientRules.h"

#include "winnow/Support/ConstantData.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// 1 where `x` lies strictly between two numbers, else 0.
static Term isBetween(Term x, double lower, double upper) {
  return x.above(lower, x.above(upper, x.with(0.0), x.with(1.0)), x.with(0.0));
}

static Term sigmoid(Term x) { return x.make<SigmoidOp>(x.get()); }
static Term exponential(Term x) { return x.make<ExpOp>(x.get()); }

/// The derivative at `x` of functions that bend at a few points, where it is the one from the left.
static std::optional<Term> deriveBroken(ActivationAttr of, Term x) {
  Term zero = x.with(0.0), one = x.with(1.0);
  switch (of.getKind()) {
  case ActivationKind::Relu:
    return x.above(0, one, zero);
  case ActivationKind::Clip:
    return isBetween(x, of.getParam(0), of.getParam(1));
  case ActivationKind::LeakyRelu:
    return x.above(0, one, x.with(of.getParam(0)));
  case ActivationKind::ThresholdedRelu:
    return x.above(of.getParam(0), one, zero);
  case ActivationKind::Shrink:
    return 1.0 - isBetween(x, -of.getParam(1), of.getParam(1));
  case ActivationKind::HardSigmoid: {
    double slope = of.getParam(0), offset = of.getParam(1);
    if (slope <= 0)
      return std::nullopt;
    return isBetween(x, -offset / slope, (1 - offset) / slope) * slope;
  }
  case ActivationKind::HardSwish:
    return x.above(-3, x.above(3, one, x / 3 + 0.5), zero);
  case ActivationKind::Elu:
    return x.above(0, one, exponential(x) * of.getParam(0));
  case ActivationKind::Celu:
    return x.above(0, one, exponential(x / of.getParam(0)));
  case ActivationKind::Selu:
    return x.above(0, x.with(of.getParam(1)), exponential(x) * (of.getParam(0) * of.getParam(1)));
  default:
    return std::nullopt;
  }
}

/// The same of smooth functions, of which `y` is the value.
static Term deriveSmooth(ActivationAttr of, Term x, Term y) {
  static const double kRootOfPi = std::sqrt(M_PI), kRootOf2 = std::sqrt(2.0);
  switch (of.getKind()) {
  case ActivationKind::Sigmoid:
    return y * (1.0 - y);
  case ActivationKind::Tanh:
    return 1.0 - y * y;
  case ActivationKind::Softplus:
    return sigmoid(x);
  case ActivationKind::Softsign: {
    Term size = x.make<AbsOp>(x.get()) + 1;
    return x.with(1.0) / (size * size);
  }
  case ActivationKind::Erf:
    return exponential(x * x * -1.0) * (2 / kRootOfPi);
  case ActivationKind::Swish: {
    Term gate = sigmoid(x * of.getParam(0));
    return gate + y * (1.0 - gate) * of.getParam(0);
  }
  case ActivationKind::Gelu: {
    Term below = x.make<ErfOp>((x / kRootOf2).get()) * 0.5 + 0.5;
    return below + x * exponential(x * x * -0.5) / (kRootOf2 * kRootOfPi);
  }
  case ActivationKind::GeluTanh: {
    double factor = kRootOf2 / kRootOfPi, cubic = 0.044715;
    Term gate = x.make<TanhOp>((x * (x * x * cubic + 1) * factor).get());
    return gate * 0.5 + 0.5 + x * (1.0 - gate * gate) * (x * x * (3 * cubic) + 1) * (factor / 2);
  }
  case ActivationKind::Mish: {
    Term plus = x.make<SoftplusOp>(x.get()), gate = x.make<TanhOp>(plus.get());
    return gate + x * (1.0 - gate * gate) * sigmoid(x);
  }
  default:
    llvm_unreachable("bent functions have been dealt with");
  }
}

/// `gradient`, summed over what was stretched from `type`.
static Value sumStretched(Term gradient, RankedTensorType type) {
  auto from = cast<RankedTensorType>(gradient.get().getType());
  SmallVector<int64_t> axes;
  for (int64_t i = 0, more = from.getRank() - type.getRank(); i < from.getRank(); ++i)
    if (i < more || (type.getDimSize(i - more) == 1 && from.getDimSize(i) != 1))
      axes.push_back(i);
  if (axes.empty())
    return gradient.get();
  Term sum = gradient.make<ReduceOp>(ReductionKind::Sum, gradient.get(), ArrayRef<int64_t>(axes), true);
  if (from.getRank() == type.getRank())
    return sum.get();
  return sum.make<ReshapeOp>(RankedTensorType::get(type.getShape(), type.getElementType()), sum.get(), Value()).get();
}

/// The derivative of a softmax `y` along `axis`, or of its logarithm.
static Value passBackSoftmax(Term gradient, Term y, int64_t axis, bool isLogarithm) {
  if (isLogarithm)
    return (gradient - exponential(y) * gradient.sumAlong(axis)).get();
  return (y * (gradient - (gradient * y).sumAlong(axis))).get();
}

/// With constant statistics a factor of each channel.
static FailureOr<Value> passBackBatchNorm(BatchNormOp op, unsigned operand, Term gradient) {
  ElementsAttr scale = getConstant(op.getScale()), variance = getConstant(op.getVariance());
  if (operand != 0 || !scale || !variance)
    return failure();
  SmallVector<double> scales = getConstantDoubles(scale), variances = getConstantDoubles(variance);
  std::vector<float> factors;
  for (auto [a, b] : llvm::zip_equal(scales, variances))
    factors.push_back(static_cast<float>(a / std::sqrt(b + op.getEpsilon().convertToDouble())));
  SmallVector<int64_t> shape(cast<RankedTensorType>(op.getInput().getType()).getRank() - 1, 1);
  shape.front() = factors.size();
  return (gradient * gradient.with(createFloats(gradient.getBuilder(), gradient.getLoc(), shape, factors))).get();
}

FailureOr<Value> passBackThroughPoint(Operation *op, unsigned operand, Term gradient) {
  Term x = gradient.with(op->getOperand(operand)), y = gradient.with(op->getResult(0));
  auto type = cast<RankedTensorType>(x.get().getType());
  Term other = op->getNumOperands() == 2 ? gradient.with(op->getOperand(1 - operand)) : x;
  if (auto activation = dyn_cast<ActivationOpInterface>(op)) {
    ActivationAttr of = activation.getActivation();
    if (!of || operand != 0)
      return failure();
    std::optional<Term> broken = deriveBroken(of, x);
    bool isBroken = broken || of.getKind() == ActivationKind::HardSigmoid;
    if (!broken && isBroken)
      return failure();
    return (gradient * (broken ? *broken : deriveSmooth(of, x, y))).get();
  }
  return llvm::TypeSwitch<Operation *, FailureOr<Value>>(op)
      .Case([&](AddOp) { return sumStretched(gradient, type); })
      .Case([&](SubOp) { return sumStretched(operand == 0 ? gradient : gradient * -1.0, type); })
      .Case([&](MulOp) { return sumStretched(gradient * other, type); })
      .Case([&](DivOp) { return sumStretched(operand == 0 ? gradient / other : gradient * y / x * -1.0, type); })
      .Case([&](PReluOp) -> FailureOr<Value> {
        if (operand != 0)
          return failure();
        return (gradient * x.above(0, x.with(1.0), other)).get();
      })
      .Case([&](NegOp) { return (gradient * -1.0).get(); })
      .Case([&](ExpOp) { return (gradient * y).get(); })
      .Case([&](LogOp) { return (gradient / x).get(); })
      .Case([&](SqrtOp) { return (gradient / (y * 2.0)).get(); })
      .Case([&](ReciprocalOp) { return (gradient * y * y * -1.0).get(); })
      .Case([&](SoftmaxOp op) { return passBackSoftmax(gradient, y, op.getAxis(), false); })
      .Case([&](LogSoftmaxOp op) { return passBackSoftmax(gradient, y, op.getAxis(), true); })
      .Case([&](BatchNormOp op) { return passBackBatchNorm(op, operand, gradient); })
      .Default([](Operation *) { return failure(); });
}

} // namespace winnow
