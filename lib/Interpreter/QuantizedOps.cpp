//===- QuantizedOps.cpp - ops on quantized numbers ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What integer kernels must give, bit for bit: sums are exact, every product and
// sum with a scale rounds to f32 by itself, halves round to even, results saturate.
//
//===----------------------------------------------------------------------===//

#include "Activation.h"
#include "ConvolutionSum.h"
#include "Evaluate.h"
#include "Walk.h"

#include "winnow/Dialect/CNN/IntegerRange.h"
#include "winnow/Support/QuantizedTypes.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

std::vector<double> getDifferences(const Tensor &tensor, int64_t axis) {
  QuantizedChannels channels = *getQuantizedChannels(tensor.getElementType(), axis);
  bool single = channels.scales.size() == 1;
  AxisView view(single ? ArrayRef<int64_t>(1) : tensor.getShape(), single ? 0 : axis);
  std::vector<int64_t> stored = tensor.getInts();
  std::vector<double> values(stored.size());
  for (size_t i = 0; i < stored.size(); ++i)
    values[i] = static_cast<double>(stored[i] - channels.getZeroPoint(i / view.inner % view.extent));
  return values;
}

namespace {
/// Where sums that became real numbers go: to integers of a scale, or to floats.
class RealResult {
public:
  explicit RealResult(Tensor &out, ActivationAttr activation = {})
      : out(out), type(getQuantization(out.getElementType())), activation(activation) {
    if (type)
      range = *getIntegerRange(activation, type);
    values.reserve(out.getNumElements());
  }
  /// The scale by which factors are to be divided.
  float getScale() const { return winnow::getScale(type); }
  void push(float value) {
    if (type)
      values.push_back(
          static_cast<double>(std::min(std::max(saturateTo(type, std::nearbyint(value)), range.first), range.second)));
    else
      values.push_back(activation ? applyActivation(activation, value) : value);
  }
  void store() {
    if (type)
      out.setInts(std::vector<int64_t>(values.begin(), values.end()));
    else
      out.setDoubles(values);
  }

private:
  Tensor &out;
  quant::UniformQuantizedType type;
  ActivationAttr activation;
  std::pair<int64_t, int64_t> range;
  std::vector<double> values;
};
} // namespace

static float getScale(const Tensor &tensor) { return winnow::getScale(getQuantization(tensor.getElementType())); }

LogicalResult evaluateQuantized(ConvolutionOp op, Operands<ConvolutionOp> in, Results out) {
  const Tensor &input = *in.getInput(), &filter = *in.getFilter();
  SlidingWindow window(cast<WindowOpInterface>(op.getOperation()), filter.getShape().drop_front(2),
                       input.getShape().drop_front(2), out[0].getShape().drop_front(2));
  std::vector<double> sums = convolve(getDifferences(input, 1), getDifferences(filter, 0), window, input.getDim(0),
                                      input.getDim(1), filter.getDim(0), op.getGroup());
  QuantizedChannels weights = *getQuantizedChannels(filter.getElementType(), 0);
  std::vector<int64_t> bias(filter.getDim(0), 0);
  if (in.getBias())
    bias = in.getBias()->getInts();
  std::vector<double> residual = in.getResidual() ? getDifferences(*in.getResidual(), 1) : std::vector<double>();
  RealResult result(out[0], op.getActivationAttr());
  float residualScale = in.getResidual() ? getScale(*in.getResidual()) / result.getScale() : 0.0f;
  AxisView channels(out[0].getShape(), 1);
  for (size_t i = 0; i < sums.size(); ++i) {
    int64_t m = i / channels.inner % channels.extent;
    auto sum = static_cast<int32_t>(static_cast<int64_t>(sums[i]) + bias[m]);
    float value = static_cast<float>(sum) * getRequantization(getScale(input), weights.getScale(m), result.getScale());
    if (!residual.empty()) {
      float addend = static_cast<float>(residual[i]) * residualScale;
      value = value + addend;
    }
    result.push(value);
  }
  result.store();
  return success();
}

LogicalResult evaluateQuantized(ElementwiseOpInterface op, ArrayRef<const Tensor *> inputs, Tensor &out) {
  const Tensor &lhs = *inputs[0], &rhs = *inputs[1];
  std::vector<double> a = getDifferences(lhs, 0), b = getDifferences(rhs, 0);
  RealResult result(out);
  size_t rank = out.getRank();
  float lhsScale = getScale(lhs) / result.getScale(), rhsScale = getScale(rhs) / result.getScale();
  float factor = getRequantization(getScale(lhs), getScale(rhs), result.getScale());
  bool adds = op.getElementwiseKind() == ElementwiseKind::Add;
  walk<2>(out.getShape(), {getBroadcastStrides(lhs.getShape(), rank), getBroadcastStrides(rhs.getShape(), rank)},
          [&](int64_t, std::array<int64_t, 2> at) {
            auto x = static_cast<float>(a[at[0]]), y = static_cast<float>(b[at[1]]);
            float scaledX = x * lhsScale, scaledY = y * rhsScale, product = x * y;
            result.push(adds ? scaledX + scaledY : product * factor);
          });
  result.store();
  return success();
}

void storeQuantizedMeans(const Tensor &in, ArrayRef<double> sums, ArrayRef<int64_t> counts, Tensor &out) {
  RealResult result(out);
  for (auto [sum, count] : llvm::zip_equal(sums, counts)) {
    float factor = count ? getScale(in) / (result.getScale() * static_cast<float>(count)) : 0.0f;
    result.push(static_cast<float>(sum) * factor);
  }
  result.store();
}

LogicalResult evaluateOp(LookupOp op, Operands<LookupOp> in, Results out) {
  const Tensor &input = *in.getInput();
  std::vector<int64_t> values = input.getInts();
  auto lowest = getLowest<int64_t>(getStoredType(input.getElementType()));
  for (int64_t &value : values)
    value = op.getTable()[value - lowest];
  out[0].setInts(values);
  return success();
}

/// The axis of per-axis types; 0 where one scale serves all elements.
static FailureOr<int64_t> getScaledAxis(Operation *op, Type quantized) {
  Type elementType = getElementTypeOrSelf(quantized);
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(elementType))
    return perAxis.getQuantizedDimension();
  if (getQuantization(elementType))
    return 0;
  return op->emitOpError("expected one scale, or scales along an axis");
}

LogicalResult evaluateOp(QuantizeOp op, Operands<QuantizeOp> in, Results out) {
  quant::UniformQuantizedType type = op.getQuantizedType();
  const Tensor &input = *in.getInput();
  if (failed(createResult(op, out[0], input.getShape(), type)))
    return failure();
  std::vector<int64_t> stored;
  for (double x : input.getDoubles())
    stored.push_back(quantizeTo(type, static_cast<float>(x)));
  out[0].setInts(stored);
  return success();
}

LogicalResult evaluateOp(DequantizeOp op, Operands<DequantizeOp> in, Results out) {
  const Tensor &input = *in.getInput();
  FailureOr<int64_t> axis = getScaledAxis(op, input.getElementType());
  if (failed(axis) || failed(createResult(op, out[0], input.getShape(), getElementTypeOrSelf(op.getType()))))
    return failure();
  QuantizedChannels channels = *getQuantizedChannels(input.getElementType(), *axis);
  std::vector<double> x = getDifferences(input, *axis);
  bool single = channels.scales.size() == 1;
  AxisView view(single ? ArrayRef<int64_t>(1) : input.getShape(), *axis);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<float>(x[i]) * channels.getScale(i / view.inner % view.extent);
  out[0].setDoubles(x);
  return success();
}

LogicalResult evaluateOp(quant::StorageCastOp op, Operands<quant::StorageCastOp> in, Results out) {
  const Tensor &input = *in.getInput();
  Type elementType = getElementTypeOrSelf(op.getResult().getType());
  out[0] = Tensor::fromBytes(input.getShape(), elementType, input.getBytes());
  return success();
}

} // namespace winnow
