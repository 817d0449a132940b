//===- ActivationOps.cpp - verifiers, inference and folders ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpHelpers.h"
#include "winnow/Support/ConstantData.h"

#include <cmath>

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;

#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/ActivationOps.cpp.inc"

void CNNDialect::registerActivationOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/ActivationOps.cpp.inc"
      >();
}

/// Infers the input's type. Integers have no exponential: only piecewise linear
/// functions (and erf, as in ONNX) take them.
static LogicalResult inferActivation(Value input, ActivationKind kind, llvm::SmallVectorImpl<Type> &types,
                                     const Reporter &report) {
  bool takesIntegers = kind == ActivationKind::Relu || kind == ActivationKind::Shrink || kind == ActivationKind::Erf;
  if (!takesIntegers && !isa<FloatType>(::getElementType(input)))
    return report("expected an input of floating-point elements but got " + typeToString(::getElementType(input)));
  return inferSameType(input, types);
}

/// Defines an op whose function has the op's attributes, read in this order, as parameters.
#define WINNOW_ACTIVATION(Kind, ...)                                                                                   \
  WINNOW_INFER(Kind##Op) { return inferActivation(adaptor.getInput(), ActivationKind::Kind, types, report); }          \
  ActivationAttr Kind##Op::getActivation() {                                                                           \
    return ActivationAttr::get(getContext(), ActivationKind::Kind, llvm::ArrayRef<double>(__VA_ARGS__));               \
  }

WINNOW_ACTIVATION(Relu, {})
WINNOW_ACTIVATION(LeakyRelu, {getAlpha().convertToDouble()})
WINNOW_ACTIVATION(Elu, {getAlpha().convertToDouble()})
WINNOW_ACTIVATION(Selu, {getAlpha().convertToDouble(), getGamma().convertToDouble()})
WINNOW_ACTIVATION(Celu, {getAlpha().convertToDouble()})
WINNOW_ACTIVATION(Sigmoid, {})
WINNOW_ACTIVATION(HardSigmoid, {getAlpha().convertToDouble(), getBeta().convertToDouble()})
WINNOW_ACTIVATION(HardSwish, {})
WINNOW_ACTIVATION(Swish, {getAlpha().convertToDouble()})
WINNOW_ACTIVATION(Mish, {})
WINNOW_ACTIVATION(Softplus, {})
WINNOW_ACTIVATION(Softsign, {})
WINNOW_ACTIVATION(Tanh, {})
WINNOW_ACTIVATION(Erf, {})
WINNOW_ACTIVATION(ThresholdedRelu, {getAlpha().convertToDouble()})
WINNOW_ACTIVATION(Shrink, {getBias().convertToDouble(), getLambd().convertToDouble()})

#undef WINNOW_ACTIVATION

WINNOW_INFER(GeluOp) { return inferActivation(adaptor.getInput(), ActivationKind::Gelu, types, report); }

ActivationAttr GeluOp::getActivation() {
  return ActivationAttr::get(getContext(), getApproximate() ? ActivationKind::GeluTanh : ActivationKind::Gelu);
}

WINNOW_INFER(ClipOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult ClipOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  Type elementType = ::getElementType(getInput());
  return success(succeeded(checkElementType(getLower(), elementType, "a lower bound", report)) &&
                 succeeded(checkElementType(getUpper(), elementType, "an upper bound", report)) &&
                 succeeded(checkOneElement(getLower(), "a lower bound", report)) &&
                 succeeded(checkOneElement(getUpper(), "an upper bound", report)));
}

/// What a missing bound stands for: the extreme value of the element type.
static double getExtreme(Type elementType, bool upper) {
  auto type = dyn_cast<IntegerType>(elementType);
  if (!type)
    return upper ? HUGE_VAL : -HUGE_VAL;
  if (type.isUnsigned())
    return upper ? std::ldexp(1.0, type.getWidth()) - 1 : 0.0;
  return upper ? std::ldexp(1.0, type.getWidth() - 1) - 1 : -std::ldexp(1.0, type.getWidth() - 1);
}

/// The bound that `value` holds; nothing if it is only known at run time.
static std::optional<double> getBound(Value value, Type elementType, bool upper) {
  if (!value)
    return getExtreme(elementType, upper);
  ElementsAttr attr = getConstant(value);
  if (!attr || attr.getNumElements() != 1)
    return std::nullopt;
  return getConstantDoubles(attr).front();
}

ActivationAttr ClipOp::getActivation() {
  Type elementType = ::getElementType(getInput());
  // Bounds of 64-bit integers do not fit in the attribute's doubles.
  if (elementType.isInteger(64))
    return {};
  std::optional<double> lower = getBound(getLower(), elementType, false);
  std::optional<double> upper = getBound(getUpper(), elementType, true);
  if (!lower || !upper)
    return {};
  return ActivationAttr::get(getContext(), ActivationKind::Clip, {*lower, *upper});
}
