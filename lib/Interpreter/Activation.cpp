//===- Activation.cpp - activation functions ------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Activation.h"
#include "Evaluate.h"
#include "Walk.h"

#include <cmath>
#include <functional>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// log(1 + exp(x)) without overflow.
static double softplus(double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }
static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
/// x bounded from both sides; NaN stays.
static double clamp(double x, double lower, double upper) {
  double raised = x < lower ? lower : x;
  return raised > upper ? upper : raised;
}
static double gelu(double x) { return 0.5 * x * (1 + std::erf(x * M_SQRT1_2)); }
/// Hendrycks and Gimpel 2016, section 2.
static double geluTanh(double x) {
  return 0.5 * x * (1 + std::tanh(M_2_SQRTPI * M_SQRT1_2 * (x + 0.044715 * x * x * x)));
}

double applyActivation(ActivationAttr activation, double x) {
  if (!activation)
    return x;
  auto p = [&](unsigned i) { return activation.getParam(i); };
  switch (activation.getKind()) {
  case ActivationKind::Relu:
    return x < 0 ? 0 : x;
  case ActivationKind::Clip:
    return clamp(x, p(0), p(1));
  case ActivationKind::LeakyRelu:
    return x < 0 ? p(0) * x : x;
  case ActivationKind::Elu:
    return x < 0 ? p(0) * std::expm1(x) : x;
  case ActivationKind::Selu:
    return p(1) * (x > 0 ? x : p(0) * std::expm1(x));
  case ActivationKind::Celu:
    return x < 0 ? p(0) * std::expm1(x / p(0)) : x;
  case ActivationKind::Sigmoid:
    return sigmoid(x);
  case ActivationKind::HardSigmoid:
    return clamp(p(0) * x + p(1), 0, 1);
  case ActivationKind::HardSwish:
    return x * clamp(x / 6 + 0.5, 0, 1);
  case ActivationKind::Swish:
    return x * sigmoid(p(0) * x);
  case ActivationKind::Gelu:
    return gelu(x);
  case ActivationKind::GeluTanh:
    return geluTanh(x);
  case ActivationKind::Mish:
    return x * std::tanh(softplus(x));
  case ActivationKind::Softplus:
    return softplus(x);
  case ActivationKind::Softsign:
    return x / (1 + std::fabs(x));
  case ActivationKind::Tanh:
    return std::tanh(x);
  case ActivationKind::Erf:
    return std::erf(x);
  case ActivationKind::ThresholdedRelu:
    return x > p(0) ? x : 0;
  case ActivationKind::Shrink:
    return x < -p(1) ? x + p(0) : x > p(1) ? x - p(0) : 0;
  }
  llvm_unreachable("every activation has a formula");
}

/// Relu on integers, which doubles do not hold exactly.
static void evaluateIntegerRelu(const Tensor &in, Tensor &out) {
  visitNumberType(in.getElementType(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> y = getValues<T>(in);
    for (T &value : y)
      value = maxValue(value, zero);
    setValues(out, y);
  });
}

LogicalResult evaluateActivation(ActivationOpInterface op, const Tensor &in, Tensor &out) {
  ActivationAttr activation = op.getActivation();
  if (!activation)
    return op->emitOpError("has an activation with parameters that are not constant");
  if (activation.getKind() == ActivationKind::Relu && isa<IntegerType>(in.getElementType())) {
    evaluateIntegerRelu(in, out);
    return success();
  }
  std::vector<double> x = in.getDoubles();
  for (double &value : x)
    value = applyActivation(activation, value);
  out.setDoubles(x);
  return success();
}

LogicalResult evaluateOp(ClipOp op, Operands<ClipOp> in, Results out) {
  visitNumberType(in.getInput()->getElementType(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> y = getValues<T>(*in.getInput());
    auto bound = [&](const Tensor *limit, auto exceeds) {
      if (!limit || limit->getNumElements() != 1)
        return;
      T value = getValues<T>(*limit)[0];
      for (T &element : y)
        element = exceeds(element, value) ? value : element;
    };
    bound(in.getLower(), std::less<T>());
    bound(in.getUpper(), std::greater<T>());
    setValues(out[0], y);
  });
  return success();
}

} // namespace winnow
