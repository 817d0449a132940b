//===- QuantizedConvolution.cpp - constants of convolutions of bytes===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedConvolution.h"

#include "FilterPacking.h"

#include "winnow/Dialect/CNN/IntegerRange.h"
#include "winnow/Support/QuantizedTypes.h"
#include "winnow/Support/WinogradTransform.h"

using namespace mlir;

namespace winnow::kernel {

/// Scaled sums below this are rounded as they are.
static constexpr double kRoundable = 1 << 30;

/// Whether elements are bytes without a sign.
static bool isUnsignedByte(quant::UniformQuantizedType type) {
  return !type.isSigned() && type.getStorageTypeIntegralWidth() == 8;
}

/// The filter without its zero points; nothing where it does not fit into bytes.
static std::optional<llvm::SmallVector<int8_t>> getFilter(ElementsAttr stored, Type type,
                                                          const QuantizedChannels &channels, int64_t numOutputs) {
  auto values = getConstantInts(stored);
  if (!values)
    return std::nullopt;
  auto quantized = cast<quant::QuantizedType>(getElementTypeOrSelf(type));
  bool isNegated = !quantized.isSigned();
  int64_t wrap = int64_t{1} << quantized.getStorageTypeIntegralWidth();
  int64_t perOutput = static_cast<int64_t>(values->size()) / std::max<int64_t>(1, numOutputs);
  llvm::SmallVector<int8_t> filter;
  for (auto [i, value] : llvm::enumerate(*values)) {
    // Unsigned bytes lie in a constant of a signless type.
    if (isNegated && value < 0)
      value += wrap;
    int64_t difference = value - channels.getZeroPoint(static_cast<int64_t>(i) / perOutput);
    if (difference < -128 || difference > 127)
      return std::nullopt;
    filter.push_back(static_cast<int8_t>(difference));
  }
  return filter;
}

llvm::FailureOr<QuantizedConstants> QuantizedConstants::get(cnn::ConvolutionOp op, llvm::StringRef &reason) {
  auto fail = [&](llvm::StringRef text) -> llvm::FailureOr<QuantizedConstants> {
    reason = text;
    return failure();
  };
  QuantizedConstants constants;
  auto input = getQuantization(op.getInput());
  if (!input || !isUnsignedByte(input))
    return fail("expected an input of unsigned bytes");
  auto output = getQuantization(op.getOutput());
  if (isQuantized(op.getOutput().getType()) && (!output || !isUnsignedByte(output)))
    return fail("expected a result of unsigned bytes or f32");
  if (output && !cnn::getIntegerRange(op.getActivationAttr(), output))
    return fail("the activation of a quantized result does more than clip");
  auto channels = getQuantizedChannels(op.getFilter().getType(), 0);
  ElementsAttr stored = getStoredConstant(op.getFilter());
  if (!channels || !stored)
    return fail("expected a constant filter with one scale or one for each output channel");
  int64_t numOutputs = op.getFilter().getType().getDimSize(0);
  auto filter = getFilter(stored, op.getFilter().getType(), *channels, numOutputs);
  if (!filter)
    return fail("the filter without its zero points does not fit into bytes");
  constants.filter = std::move(*filter);
  constants.inputZero = input.getZeroPoint();
  constants.bias.assign(numOutputs, 0);
  if (op.getBias()) {
    ElementsAttr bias = getConstant(op.getBias());
    auto values = bias ? getConstantInts(bias) : std::nullopt;
    if (!values)
      return fail("expected a constant bias");
    llvm::copy(*values, constants.bias.begin());
  }
  auto inScale = getScale(input), outScale = getScale(output);
  for (int64_t m = 0; m < numOutputs; ++m)
    constants.scales.push_back(getRequantization(inScale, channels->getScale(m), outScale));
  float ratio = 0;
  if (op.getResidual()) {
    auto residual = getQuantization(op.getResidual());
    if (!residual || !isUnsignedByte(residual))
      return fail("expected a residual of unsigned bytes");
    ratio = getScale(residual) / outScale;
  }
  constants.scales.push_back(ratio);
  return constants;
}

/// Calls `body` with the place in the packed filter, the input channel and the tap of each weight.
static void forEachWeight(const ConvolutionShape &shape,
                          llvm::function_ref<void(int64_t m, int64_t i, int64_t tap, int64_t index)> body) {
  int64_t taps = shape.window.getNumTaps(), depth = shape.getGroupInputs();
  for (int64_t m = 0; m < shape.outChannels; ++m)
    for (int64_t i = 0; i < depth; ++i)
      for (int64_t k = 0; k < taps; ++k)
        body(m, i, k, (m * depth + i) * taps + k);
}

/// Whether two weights that meet in one lane of 16 bits never leave it together with any bytes.
static bool doPairsFit(const QuantizedConstants &constants, const ConvolutionShape &shape) {
  // Channels meet in pairs by their place in a block: a group may start with the second of one.
  int64_t taps = shape.window.getNumTaps(), depth = shape.getGroupInputs();
  for (int64_t m = 0; m < shape.outChannels; ++m)
    for (int64_t k = 0; k < taps; ++k) {
      int64_t first = shape.getFirstInput(m);
      for (int64_t i = first % 2 ? -1 : 0; i < depth; i += 2) {
        int64_t high = 0, low = 0;
        for (int64_t j : {i, i + 1}) {
          if (j < 0 || j >= depth)
            continue;
          int64_t w = constants.filter[(m * depth + j) * taps + k];
          high += std::max<int64_t>(w, 0);
          low += std::min<int64_t>(w, 0);
        }
        if (high * 255 > 32767 || low * 255 < -32768)
          return false;
      }
    }
  return true;
}

/// The largest magnitude that a scaled sum may have.
static double getLargest(const QuantizedConstants &constants, const ConvolutionShape &shape) {
  llvm::SmallVector<double> sums(shape.outChannels, 0.0);
  forEachWeight(shape, [&](int64_t m, int64_t, int64_t, int64_t index) {
    sums[m] += 255.0 * std::abs(static_cast<double>(constants.filter[index]));
  });
  double largest = 0;
  for (int64_t m = 0; m < shape.outChannels; ++m) {
    double sum = sums[m] + std::abs(static_cast<double>(constants.bias[m]));
    largest = std::max(largest, sum * constants.scales[m]);
  }
  return largest + 255.0 * constants.scales.back();
}

/// The largest magnitude of a sum of products, without the bias.
static double getLargestProducts(const QuantizedConstants &constants, const ConvolutionShape &shape) {
  llvm::SmallVector<double> positive(shape.outChannels, 0.0), negative(shape.outChannels, 0.0);
  forEachWeight(shape, [&](int64_t m, int64_t, int64_t, int64_t index) {
    double weight = constants.filter[index];
    (weight > 0 ? positive : negative)[m] += std::abs(weight);
  });
  double largest = 0;
  for (auto [above, below] : llvm::zip_equal(positive, negative))
    largest = std::max(largest, getLargestByteSum(above, below, constants.inputZero));
  return largest;
}

QuantizedShape getQuantizedShape(cnn::ConvolutionOp op, const QuantizedConstants &constants,
                                 const ConvolutionShape &shape) {
  QuantizedShape quantized;
  Requantization &numbers = quantized.requantization;
  if (op.getResidual())
    numbers.residualZero = getQuantization(op.getResidual()).getZeroPoint();
  numbers.overflows = !(getLargest(constants, shape) < kRoundable);
  quantized.largestSum = getLargestProducts(constants, shape);
  if (auto output = getQuantization(op.getOutput())) {
    numbers.outputZero = output.getZeroPoint();
    std::tie(numbers.low, numbers.high) = *cnn::getIntegerRange(op.getActivationAttr(), output);
  }
  quantized.pairsFit = doPairsFit(constants, shape);
  quantized.inputZero = constants.inputZero;
  if (constants.inputZero)
    quantized.classes = BorderClasses::get(shape.window);
  return quantized;
}

ElementsAttr packQuantizedFilter(const QuantizedConstants &constants, const ConvolutionShape &shape) {
  int64_t taps = shape.window.getNumTaps(), step = shape.getStepChannels();
  llvm::SmallVector<char> packed(shape.getPackedSize(), 0);
  forEachWeight(shape, [&](int64_t m, int64_t i, int64_t k, int64_t index) {
    auto [start, width, column] = getPackedColumn(shape, m);
    int64_t c = shape.getFirstInput(m) + i, block = c / shape.inBlock - getFirstPackedBlock(shape, m);
    int64_t lane = c % shape.inBlock, row = (block * taps + k) * shape.inBlock + lane / step * step;
    packed[start + row * width + column * step + lane % step] = constants.filter[index];
  });
  return makeConstant(RankedTensorType::get({shape.getPackedSize()}, shape.getFilterType()), packed);
}

/// Whether tap `k` (its number in the window) of the output at `position` lies inside the input.
static bool isInside(const WindowShape &window, const Spatial &position, int64_t k) {
  Spatial tap{k / (window.kernel[1] * window.kernel[2]), k / window.kernel[2] % window.kernel[1], k % window.kernel[2]};
  return window.isInside(0, position[0], tap[0]) && window.isInside(1, position[1], tap[1]) &&
         window.isInside(2, position[2], tap[2]);
}

ElementsAttr packQuantizedBias(const QuantizedConstants &constants, const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  const BorderClasses &classes = shape.quantized->classes;
  int64_t channels = shape.getOutBlocks() * shape.block, taps = window.getNumTaps();
  // Weights of a tap over all input channels.
  llvm::SmallVector<int32_t> sums(shape.outChannels * taps, 0);
  forEachWeight(shape,
                [&](int64_t m, int64_t, int64_t k, int64_t index) { sums[m * taps + k] += constants.filter[index]; });
  llvm::SmallVector<int32_t> packed(classes.getTotal() * channels, 0);
  for (int64_t c = 0; c < classes.getTotal(); ++c) {
    Spatial numbers{c / (classes.getCount(1) * classes.getCount(2)), c / classes.getCount(2) % classes.getCount(1),
                    c % classes.getCount(2)},
        position{};
    for (int64_t d = 0; d < 3; ++d)
      position[d] = classes.getPosition(d, numbers[d], window.out[d]);
    for (int64_t m = 0; m < shape.outChannels; ++m) {
      int64_t inside = 0;
      for (int64_t k = 0; k < taps; ++k)
        if (isInside(window, position, k))
          inside += sums[m * taps + k];
      packed[c * channels + m] = static_cast<int32_t>(constants.bias[m] - constants.inputZero * inside);
    }
  }
  llvm::ArrayRef<char> bytes(reinterpret_cast<const char *>(packed.data()), packed.size() * sizeof(int32_t));
  return makeConstant(RankedTensorType::get({static_cast<int64_t>(packed.size())}, shape.computeType), bytes);
}

ElementsAttr packPaddedBias(const QuantizedConstants &constants, ConvolutionShape shape) {
  WindowShape &window = shape.window;
  window.pad = {0, 0, 0};
  for (int64_t d = 0; d < 3; ++d)
    window.in[d] = window.dilation[d] * (window.kernel[d] - 1) + 1;
  shape.quantized->classes = {};
  return packQuantizedBias(constants, shape);
}

ElementsAttr packQuantizedScales(const QuantizedConstants &constants, const ConvolutionShape &shape) {
  int64_t channels = shape.getOutBlocks() * shape.block;
  llvm::SmallVector<float> packed(channels + 1, 0.0f);
  std::copy(constants.scales.begin(), constants.scales.end() - 1, packed.begin());
  packed.back() = constants.scales.back();
  llvm::ArrayRef<char> bytes(reinterpret_cast<const char *>(packed.data()), packed.size() * sizeof(float));
  return makeConstant(RankedTensorType::get({channels + 1}, Float32Type::get(shape.computeType.getContext())), bytes);
}

} // namespace winnow::kernel
