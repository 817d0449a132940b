//===- Normalization.cpp - normalisations and the softmax family ----------===//
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

namespace {
/// Mean and inverse standard deviation of some elements.
struct Statistics {
  double mean, inverseStdDev;
};
} // namespace

/// Two passes, as the difference of squares would lose precision.
static Statistics getStatistics(ArrayRef<double> values, double epsilon) {
  double sum = 0, squares = 0;
  for (double x : values)
    sum += x;
  double mean = sum / values.size();
  for (double x : values)
    squares += (x - mean) * (x - mean);
  return {mean, 1 / std::sqrt(squares / values.size() + epsilon)};
}

LogicalResult evaluateOp(BatchNormOp op, Operands<BatchNormOp> in, Results out) {
  std::vector<double> x = in.getInput()->getDoubles(), scale = in.getScale()->getDoubles();
  std::vector<double> bias = in.getBias()->getDoubles(), mean = in.getMean()->getDoubles();
  std::vector<double> variance = in.getVariance()->getDoubles();
  double epsilon = op.getEpsilon().convertToDouble();
  AxisView channels(in.getInput()->getShape(), 1);
  for (int64_t i = 0, n = x.size(); i < n; ++i) {
    int64_t c = i / channels.inner % channels.extent;
    x[i] = (x[i] - mean[c]) / std::sqrt(variance[c] + epsilon) * scale[c] + bias[c];
  }
  out[0].setDoubles(x);
  return success();
}

/// Normalises `numGroups` groups of channels of each sample; scale and bias per channel.
static void normalizeGroups(const Tensor &input, int64_t numGroups, const Tensor &scaleTensor, const Tensor &biasTensor,
                            double epsilon, Tensor &out) {
  std::vector<double> x = input.getDoubles(), scale = scaleTensor.getDoubles(), bias = biasTensor.getDoubles();
  int64_t channels = input.getDim(1), mapSize = numElements(input.getShape().drop_front(2));
  int64_t groupSize = channels / numGroups * mapSize;
  for (int64_t first = 0, n = x.size(); first < n && groupSize > 0; first += groupSize) {
    Statistics group = getStatistics(ArrayRef<double>(x).slice(first, groupSize), epsilon);
    for (int64_t i = first; i < first + groupSize; ++i) {
      int64_t c = i / mapSize % channels;
      x[i] = (x[i] - group.mean) * group.inverseStdDev * scale[c] + bias[c];
    }
  }
  out.setDoubles(x);
}

LogicalResult evaluateOp(InstanceNormOp op, Operands<InstanceNormOp> in, Results out) {
  normalizeGroups(*in.getInput(), in.getInput()->getDim(1), *in.getScale(), *in.getBias(),
                  op.getEpsilon().convertToDouble(), out[0]);
  return success();
}

LogicalResult evaluateOp(GroupNormOp op, Operands<GroupNormOp> in, Results out) {
  normalizeGroups(*in.getInput(), op.getNumGroups(), *in.getScale(), *in.getBias(), op.getEpsilon().convertToDouble(),
                  out[0]);
  return success();
}

LogicalResult evaluateOp(LayerNormOp op, Operands<LayerNormOp> in, Results out) {
  ArrayRef<int64_t> shape = in.getInput()->getShape();
  std::vector<double> x = in.getInput()->getDoubles(), mean, inverseStdDev;
  int64_t size = numElements(shape.drop_front(op.getAxis()));
  for (int64_t first = 0, n = numElements(shape.take_front(op.getAxis())) * size; first < n; first += size) {
    MutableArrayRef<double> row = MutableArrayRef<double>(x).slice(first, size);
    Statistics statistics = getStatistics(row, op.getEpsilon().convertToDouble());
    for (double &value : row)
      value = (value - statistics.mean) * statistics.inverseStdDev;
    mean.push_back(statistics.mean);
    inverseStdDev.push_back(statistics.inverseStdDev);
  }
  // The affine part broadcasts from the right.
  std::vector<double> scale = in.getScale()->getDoubles(), bias(1, 0.0);
  Extents scaleStrides = getBroadcastStrides(in.getScale()->getShape(), shape.size()), biasStrides(shape.size(), 0);
  if (in.getBias()) {
    bias = in.getBias()->getDoubles();
    biasStrides = getBroadcastStrides(in.getBias()->getShape(), shape.size());
  }
  walk<2>(shape, {scaleStrides, biasStrides},
          [&](int64_t i, std::array<int64_t, 2> from) { x[i] = x[i] * scale[from[0]] + bias[from[1]]; });
  out[0].setDoubles(x);
  mean.resize(out[1].getNumElements());
  inverseStdDev.resize(out[2].getNumElements());
  out[1].setDoubles(mean);
  out[2].setDoubles(inverseStdDev);
  return success();
}

/// Applies `function` to every line along `axis`, whose elements it gets as a contiguous array.
template <typename Function>
static void transformLines(const Tensor &in, int64_t axis, Tensor &out, Function function) {
  std::vector<double> x = in.getDoubles();
  AxisView view(in.getShape(), axis);
  std::vector<double> line(view.extent);
  view.forEachLine([&](int64_t first) {
    for (int64_t a = 0; a < view.extent; ++a)
      line[a] = x[first + a * view.inner];
    function(line);
    for (int64_t a = 0; a < view.extent; ++a)
      x[first + a * view.inner] = line[a];
  });
  out.setDoubles(x);
}

LogicalResult evaluateOp(LpNormOp op, Operands<LpNormOp> in, Results out) {
  transformLines(*in.getInput(), op.getAxis(), out[0], [&](std::vector<double> &line) {
    double sum = 0;
    for (double x : line)
      sum += op.getP() == 1 ? std::fabs(x) : x * x;
    double norm = op.getP() == 1 ? sum : std::sqrt(sum);
    for (double &x : line)
      x = norm == 0 ? 0 : x / norm;
  });
  return success();
}

LogicalResult evaluateOp(LocalResponseNormOp op, Operands<LocalResponseNormOp> in, Results out) {
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  double bias = op.getBias().convertToDouble();
  int64_t size = op.getSize();
  std::vector<double> squares;
  transformLines(*in.getInput(), 1, out[0], [&](std::vector<double> &line) {
    squares.assign(line.begin(), line.end());
    for (double &x : squares)
      x *= x;
    for (int64_t c = 0, channels = line.size(); c < channels; ++c) {
      int64_t first = std::max<int64_t>(0, c - (size - 1) / 2), last = std::min(channels - 1, c + size / 2);
      double sum = 0;
      for (int64_t k = first; k <= last; ++k)
        sum += squares[k];
      line[c] /= std::pow(bias + alpha / size * sum, beta);
    }
  });
  return success();
}

static double findMaximum(ArrayRef<double> line) {
  double largest = -std::numeric_limits<double>::infinity();
  for (double x : line)
    largest = maxValue(x, largest);
  return largest;
}

LogicalResult evaluateOp(SoftmaxOp op, Operands<SoftmaxOp> in, Results out) {
  transformLines(*in.getInput(), op.getAxis(), out[0], [&](std::vector<double> &line) {
    double largest = findMaximum(line), sum = 0;
    for (double &x : line)
      sum += x = std::exp(x - largest);
    for (double &x : line)
      x /= sum;
  });
  return success();
}

LogicalResult evaluateOp(LogSoftmaxOp op, Operands<LogSoftmaxOp> in, Results out) {
  transformLines(*in.getInput(), op.getAxis(), out[0], [&](std::vector<double> &line) {
    double largest = findMaximum(line), sum = 0;
    for (double x : line)
      sum += std::exp(x - largest);
    for (double &x : line)
      x = x - largest - std::log(sum);
  });
  return success();
}

LogicalResult evaluateOp(HardmaxOp op, Operands<HardmaxOp> in, Results out) {
  transformLines(*in.getInput(), op.getAxis(), out[0], [&](std::vector<double> &line) {
    auto best = std::max_element(line.begin(), line.end()) - line.begin();
    for (int64_t i = 0, n = line.size(); i < n; ++i)
      line[i] = i == best;
  });
  return success();
}

} // namespace winnow
