//===- Convolution.cpp - convolutions and their transposes ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Activation.h"
#include "ConvolutionSum.h"
#include "Evaluate.h"
#include "Product.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

namespace {
/// The offsets of the taps of up to `kPanelColumns` neighbouring positions.
struct PositionBlock {
  PositionBlock(const SlidingWindow &window, int64_t first)
      : first(first), width(std::min(kPanelColumns, window.getNumPositions() - first)), taps(window.getNumTaps()),
        offsets(width * taps) {
    for (int64_t p = 0; p < width; ++p)
      window.getOffsets(first + p, MutableArrayRef<int64_t>(offsets).slice(p * taps, taps));
  }
  /// Gathers what the windows cover of `channels` maps, (channels, taps, kPanelColumns).
  void gather(const double *maps, int64_t channels, int64_t mapSize, double *panel) const {
    for (int64_t c = 0; c < channels; ++c, maps += mapSize)
      for (int64_t k = 0; k < taps; ++k, panel += kPanelColumns)
        for (int64_t p = 0; p < width; ++p) {
          int64_t offset = offsets[p * taps + k];
          panel[p] = offset < 0 ? 0 : maps[offset];
        }
  }

  int64_t first, width, taps;
  std::vector<int64_t> offsets;
};
} // namespace

std::vector<double> convolve(ArrayRef<double> input, ArrayRef<double> filter, const SlidingWindow &window,
                             int64_t batch, int64_t channels, int64_t filters, int64_t group) {
  int64_t positions = window.getNumPositions(), mapSize = window.getMapSize();
  int64_t groupChannels = channels / group, groupFilters = filters / group;
  int64_t depth = groupChannels * window.getNumTaps();
  std::vector<double> output(batch * filters * positions);
  std::vector<double> panel(depth * kPanelColumns), block(groupFilters * kPanelColumns);
  for (int64_t first = 0; first < positions; first += kPanelColumns) {
    PositionBlock columns(window, first);
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t g = 0; g < group; ++g) {
        columns.gather(input.data() + (n * channels + g * groupChannels) * mapSize, groupChannels, mapSize,
                       panel.data());
        multiplyPanel(filter.data() + g * groupFilters * depth, groupFilters, depth, panel.data(), block.data());
        for (int64_t m = 0; m < groupFilters; ++m)
          std::copy_n(&block[m * kPanelColumns], columns.width,
                      &output[(n * filters + g * groupFilters + m) * positions + first]);
      }
  }
  return output;
}

/// Adds bias[m] to each map m.
static void addBias(const Tensor *bias, int64_t batch, int64_t maps, int64_t mapSize, std::vector<double> &values) {
  if (!bias)
    return;
  std::vector<double> addends = bias->getDoubles();
  for (int64_t n = 0; n < batch * maps; ++n)
    for (int64_t i = 0; i < mapSize; ++i)
      values[n * mapSize + i] += addends[n % maps];
}

LogicalResult evaluateOp(ConvolutionOp op, Operands<ConvolutionOp> in, Results out) {
  const Tensor &input = *in.getInput(), &filter = *in.getFilter();
  if (isQuantized(input.getElementType()) && out[0].getNumElements() > 0)
    return evaluateQuantized(op, in, out);
  SlidingWindow window(cast<WindowOpInterface>(op.getOperation()), filter.getShape().drop_front(2),
                       input.getShape().drop_front(2), out[0].getShape().drop_front(2));
  if (out[0].getNumElements() == 0)
    return success();
  int64_t batch = input.getDim(0), filters = filter.getDim(0);
  std::vector<double> y =
      convolve(input.getDoubles(), filter.getDoubles(), window, batch, input.getDim(1), filters, op.getGroup());
  addBias(in.getBias(), batch, filters, window.getNumPositions(), y);
  if (in.getResidual()) {
    std::vector<double> residual = in.getResidual()->getDoubles();
    for (size_t i = 0; i < y.size(); ++i)
      y[i] += residual[i];
  }
  if (ActivationAttr activation = op.getActivationAttr())
    for (double &value : y)
      value = applyActivation(activation, value);
  out[0].setDoubles(y);
  return success();
}

/// The filter of one group, (channels, maps * taps), as (maps * taps, channels).
static std::vector<double> transposeFilter(ArrayRef<double> filter, int64_t channels, int64_t mapTaps) {
  std::vector<double> transposed(filter.size());
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t m = 0; m < mapTaps; ++m)
      transposed[m * channels + c] = filter[c * mapTaps + m];
  return transposed;
}

LogicalResult evaluateOp(TransposedConvolutionOp op, Operands<TransposedConvolutionOp> in, Results out) {
  const Tensor &input = *in.getInput(), &filter = *in.getFilter();
  // Seen from the result: a window slides over it, and each input element spreads over the window at its position.
  SlidingWindow window(cast<WindowOpInterface>(op.getOperation()), filter.getShape().drop_front(2),
                       out[0].getShape().drop_front(2), input.getShape().drop_front(2));
  int64_t group = op.getGroup(), batch = input.getDim(0), channels = input.getDim(1) / group;
  int64_t maps = filter.getDim(1), taps = window.getNumTaps(), positions = window.getNumPositions();
  int64_t mapSize = window.getMapSize();
  std::vector<double> x = input.getDoubles(), w = filter.getDoubles(), y(out[0].getNumElements());
  std::vector<double> spread(maps * taps * positions);
  std::vector<int64_t> offsets(taps);
  for (int64_t g = 0; g < group; ++g) {
    std::vector<double> groupFilter = transposeFilter(
        ArrayRef<double>(w).slice(g * channels * maps * taps, channels * maps * taps), channels, maps * taps);
    for (int64_t n = 0; n < batch; ++n) {
      multiplyMatrices(groupFilter.data(), maps * taps, channels, x.data() + (n * group + g) * channels * positions,
                       positions, 1, positions, spread.data());
      double *result = y.data() + (n * group + g) * maps * mapSize;
      for (int64_t p = 0; p < positions; ++p) {
        window.getOffsets(p, offsets);
        for (int64_t m = 0; m < maps; ++m)
          for (int64_t k = 0; k < taps; ++k)
            if (offsets[k] >= 0)
              result[m * mapSize + offsets[k]] += spread[(m * taps + k) * positions + p];
      }
    }
  }
  addBias(in.getBias(), batch, maps * group, mapSize, y);
  out[0].setDoubles(y);
  return success();
}

} // namespace winnow
