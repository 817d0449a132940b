//===- LayerOp.cpp - a layer with constant weights -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerOp.h"

#include "winnow/Support/ConstantData.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static bool isConstantFloat(Value value) {
  return getConstant(value) && getElementTypeOrSelf(value.getType()).isF32() &&
         cast<RankedTensorType>(value.getType()).hasStaticShape();
}

/// A constant with one f32 for each of `count` channels of a result of rank 2.
static bool isRowAddend(Value value, int64_t count) {
  auto type = cast<RankedTensorType>(value.getType());
  return isConstantFloat(value) && type.getNumElements() == count && type.getRank() > 0 &&
         type.getShape().back() == count;
}

std::optional<LayerOp> LayerOp::get(Operation *op) {
  LayerOp layer(op);
  if (!isa<ConvolutionOp, GemmOp, MatmulOp>(op) || !isConstantFloat(layer.getFilter()) || getConstant(layer.getInput()))
    return std::nullopt;
  auto type = cast<RankedTensorType>(layer.getFilter().getType());
  if (auto gemm = dyn_cast<GemmOp>(op)) {
    if (gemm.getTransposeLhs() || !gemm.getAlpha().isExactlyValue(1.0) || !gemm.getBeta().isExactlyValue(1.0))
      return std::nullopt;
    layer.axis = gemm.getTransposeRhs() ? 0 : 1;
  } else if (isa<MatmulOp>(op)) {
    auto input = cast<RankedTensorType>(layer.getInput().getType());
    if (type.getRank() != 2 || input.getRank() < 2)
      return std::nullopt;
    layer.axis = 1;
  }
  layer.rows = type.getDimSize(layer.axis);
  if (layer.rows == 0 || type.getNumElements() == 0)
    return std::nullopt;
  layer.rowLength = type.getNumElements() / layer.rows;
  if (auto conv = dyn_cast<ConvolutionOp>(op); conv && conv.getBias() && !isConstantFloat(conv.getBias()))
    return std::nullopt;
  if (auto gemm = dyn_cast<GemmOp>(op); gemm && gemm.getAddend() && !isRowAddend(gemm.getAddend(), layer.rows))
    return std::nullopt;
  return layer;
}

Value LayerOp::getBias() const {
  if (auto conv = dyn_cast<ConvolutionOp>(op))
    return conv.getBias();
  auto gemm = dyn_cast<GemmOp>(op);
  return gemm ? gemm.getAddend() : Value();
}

Value LayerOp::getResidual() const {
  auto conv = dyn_cast<ConvolutionOp>(op);
  return conv ? conv.getResidual() : Value();
}

ActivationAttr LayerOp::getActivation() const {
  if (auto conv = dyn_cast<ConvolutionOp>(op))
    return conv.getActivationAttr();
  auto gemm = dyn_cast<GemmOp>(op);
  return gemm ? gemm.getActivationAttr() : ActivationAttr();
}

int64_t LayerOp::getGroups() const {
  auto conv = dyn_cast<ConvolutionOp>(op);
  return conv ? conv.getGroup() : 1;
}

int64_t LayerOp::getInputChannels() const {
  return isa<ConvolutionOp>(op) ? cast<RankedTensorType>(getFilter().getType()).getDimSize(1) : rowLength;
}

std::vector<float> LayerOp::getWeights() const {
  SmallVector<char> storage;
  ArrayRef<char> bytes = getConstantBytes(getConstant(getFilter()), storage);
  std::vector<float> weights(bytes.size() / sizeof(float));
  std::memcpy(weights.data(), bytes.data(), bytes.size());
  if (axis == 0)
    return weights;
  std::vector<float> byRow(weights.size());
  for (int64_t k = 0; k < rowLength; ++k)
    for (int64_t m = 0; m < rows; ++m)
      byRow[m * rowLength + k] = weights[k * rows + m];
  return byRow;
}

std::vector<float> LayerOp::getBiasValues() const {
  if (!getBias())
    return std::vector<float>(rows, 0.0f);
  SmallVector<double> values = getConstantDoubles(getConstant(getBias()));
  return std::vector<float>(values.begin(), values.end());
}

void LayerOp::setBias(Value bias) const {
  if (auto conv = dyn_cast<ConvolutionOp>(op))
    return conv.getBiasMutable().assign(bias);
  cast<GemmOp>(op).getAddendMutable().assign(bias);
}

/// The op that computes `activation` of `x`.
static Value createActivation(OpBuilder &b, Location loc, ActivationAttr activation, Value x) {
  auto parameter = [&](unsigned i) { return b.getF64FloatAttr(activation.getParam(i)); };
  auto make = [&](StringRef name, ArrayRef<NamedAttribute> attributes) {
    OperationState state(loc, ("cnn." + name).str(), x, x.getType(), attributes);
    return b.create(state)->getResult(0);
  };
  auto named = [&](StringRef name, unsigned i) { return b.getNamedAttr(name, parameter(i)); };
  StringRef name = stringifyActivationKind(activation.getKind());
  switch (activation.getKind()) {
  case ActivationKind::Clip: {
    auto scalar = [&](unsigned i) { return createFloats(b, loc, {}, static_cast<float>(activation.getParam(i))); };
    Value lower = scalar(0), upper = scalar(1);
    return ClipOp::create(b, loc, x.getType(), x, lower, upper);
  }
  case ActivationKind::LeakyRelu:
  case ActivationKind::Elu:
  case ActivationKind::Celu:
  case ActivationKind::Swish:
  case ActivationKind::ThresholdedRelu:
    return make(name, {named("alpha", 0)});
  case ActivationKind::Selu:
    return make(name, {named("alpha", 0), named("gamma", 1)});
  case ActivationKind::HardSigmoid:
    return make(name, {named("alpha", 0), named("beta", 1)});
  case ActivationKind::Shrink:
    return make(name, {named("bias", 0), named("lambd", 1)});
  case ActivationKind::GeluTanh:
    return make("gelu", {b.getNamedAttr("approximate", b.getBoolAttr(true))});
  default:
    return make(name, {});
  }
}

Value LayerOp::splitActivation(OpBuilder &builder) const {
  ActivationAttr activation = getActivation();
  if (!activation)
    return getOutput();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfter(op);
  Value result = createActivation(builder, op->getLoc(), activation, getOutput());
  getOutput().replaceAllUsesExcept(result, result.getDefiningOp());
  if (auto conv = dyn_cast<ConvolutionOp>(op))
    conv.removeActivationAttr();
  else
    cast<GemmOp>(op).removeActivationAttr();
  return result;
}

bool LayerOp::clipAbove(double upper) const {
  ActivationAttr activation = getActivation();
  double lower = std::numeric_limits<float>::lowest();
  if (!takesBias())
    return false;
  if (activation && activation.getKind() == ActivationKind::Relu) {
    lower = 0;
  } else if (activation && activation.getKind() == ActivationKind::Clip) {
    lower = activation.getParam(0);
    upper = std::min(upper, activation.getParam(1));
  } else if (activation) {
    return false;
  }
  auto clip = ActivationAttr::get(op->getContext(), ActivationKind::Clip, {lower, upper});
  if (auto conv = dyn_cast<ConvolutionOp>(op))
    conv.setActivationAttr(clip);
  else
    cast<GemmOp>(op).setActivationAttr(clip);
  return true;
}

ChannelShape getChannelShape(RankedTensorType type) {
  if (type.getRank() < 2 || llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
    return {};
  ChannelShape shape{type.getDimSize(1), 1};
  for (int64_t extent : type.getShape().drop_front(2))
    shape.rowLength *= extent;
  return shape;
}

Value createFloats(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape, ArrayRef<float> values) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float));
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(makeConstant(type, bytes)));
}

} // namespace winnow
