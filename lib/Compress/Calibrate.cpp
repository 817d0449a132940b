//===- Calibrate.cpp - the f32 network over all samples -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"

#include "winnow/Support/ConstantData.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Positions of a sample that enter Gram matrices, and the largest matrices that are made: 6144^2 f32 are 151 MB.
static constexpr int64_t kGramPositions = 64, kLargestGram = 6144;

/// What an error in each channel of a layer's input costs its output: the squares of the weights that meet it, their
/// mean over channels being 1.
static std::vector<double> getChannelCosts(const LayerOp &layer, int64_t channels) {
  std::vector<float> weights = layer.getWeights();
  int64_t groupChannels = layer.getInputChannels(), taps = layer.getTaps(), groups = layer.getGroups();
  std::vector<double> costs(channels, 0.0);
  if (groupChannels * groups != channels)
    return {};
  double sum = 0;
  for (int64_t m = 0; m < layer.getRows(); ++m)
    for (int64_t k = 0; k < layer.getRowLength(); ++k) {
      double square = double(weights[m * layer.getRowLength() + k]) * weights[m * layer.getRowLength() + k];
      costs[m / (layer.getRows() / groups) * groupChannels + k / taps] += square;
      sum += square;
    }
  for (double &cost : costs)
    cost *= sum > 0 ? channels / sum : 0;
  return sum > 0 ? costs : std::vector<double>();
}

void Quantizer::makeStatistics() {
  for (const QuantizationPlan::Group &group : plan.groups)
    for (Value value : group.values) {
      auto type = cast<RankedTensorType>(value.getType());
      int64_t channels = type.getRank() > 1 ? type.getDimSize(1) : 1;
      std::vector<double> costs;
      for (const QuantizationPlan::Layer &layer : plan.layers) {
        if (!layer.quantized || layer.op.getInput() != value || isa<MatmulOp>(layer.op.getOperation()))
          continue;
        std::vector<double> one = getChannelCosts(layer.op, channels);
        if (costs.empty())
          costs = one;
        else if (!one.empty())
          for (auto [sum, cost] : llvm::zip_equal(costs, one))
            sum += cost;
      }
      valueIndex[value] = statistics.size();
      statistics.emplace_back(channels, std::move(costs));
    }
}

/// Where the weights of `layer` meet its input; nothing where that is no plane.
static std::optional<PatchShape> getPatchShape(const LayerOp &layer) {
  PatchShape shape;
  auto input = cast<RankedTensorType>(layer.getInput().getType());
  auto conv = dyn_cast<ConvolutionOp>(layer.getOperation());
  if (!conv && input.getRank() == 2) {
    shape.channels = shape.totalChannels = layer.getRowLength();
    return shape;
  }
  FailureOr<SmallVector<int64_t>> pads = failure();
  if (conv)
    pads = resolvePads(conv);
  if (failed(pads) || input.getRank() != 4 || layer.getGroups() != 1)
    return std::nullopt;
  auto filter = cast<RankedTensorType>(conv.getFilter().getType());
  auto output = cast<RankedTensorType>(conv.getOutput().getType());
  shape.channels = shape.totalChannels = input.getDimSize(1);
  shape.height = input.getDimSize(2), shape.width = input.getDimSize(3);
  shape.kernelHeight = filter.getDimSize(2), shape.kernelWidth = filter.getDimSize(3);
  shape.strideHeight = conv.getStrides()[0], shape.strideWidth = conv.getStrides()[1];
  shape.dilationHeight = conv.getDilations()[0], shape.dilationWidth = conv.getDilations()[1];
  shape.padTop = (*pads)[0], shape.padLeft = (*pads)[1];
  shape.outputHeight = output.getDimSize(2), shape.outputWidth = output.getDimSize(3);
  return shape;
}

void Quantizer::makeGrams() {
  for (auto [i, layer] : llvm::enumerate(plan.layers)) {
    std::optional<PatchShape> shape = getPatchShape(layer.op);
    if (layer.quantized && getWeightBits(i) < 8 && shape && shape->getRowLength() <= kLargestGram)
      grams.emplace(i, GramMatrix(*shape));
  }
}

llvm::Error Quantizer::calibrate() {
  progress("compiling the f32 network to look at " + llvm::Twine(plan.groups.size()) + " values");
  QuantizationParameters none;
  llvm::Expected<Simulation> made = Simulation::make(module, none, {false, true, true}, runner);
  if (!made)
    return made.takeError();
  reference.emplace(std::move(*made));
  makeStatistics();
  makeGrams();
  for (const QuantizationPlan::Layer &layer : plan.layers)
    sums.emplace_back(layer.op.getRows());
  DenseSet<size_t> isFitted(fitted.begin(), fitted.end());
  for (size_t first = 0; first + batch <= samples.size(); first += batch) {
    if (first % (32 * batch) == 0)
      progress("statistics of sample " + llvm::Twine(first + 1) + " of " + llvm::Twine(samples.size()));
    if (llvm::Error error = reference->run(samples, first, none))
      return error;
    for (size_t k = 0; k < batch; ++k)
      signals.push_back(reference->getSignal(k).vec());
    for (auto [i, value] : llvm::enumerate(statistics)) {
      Simulation::Shown shown = reference->getValue(i);
      value.add(shown.elements, shown.rowLength);
    }
    for (auto &[layer, gram] : grams)
      gram.add(reference->getValue(valueIndex[plan.layers[layer].op.getInput()]).elements, kGramPositions);
    for (auto [i, mean] : llvm::enumerate(sums)) {
      Simulation::Shown shown = reference->getLayer(i);
      if (isFitted.contains(first) && shown.channels == plan.layers[i].op.getRows())
        mean.add(shown.elements, shown.rowLength);
    }
  }
  for (auto [i, value] : llvm::enumerate(statistics))
    if (!(std::isfinite(value.getMin()) && std::isfinite(value.getMax())))
      return llvm::createStringError("the f32 network computes infinities or NaN on the calibration data: check how "
                                     "pictures are preprocessed");
  return llvm::Error::success();
}

std::vector<Range> Quantizer::chooseRanges(RangeMethod method) const {
  std::vector<Range> ranges;
  for (const QuantizationPlan::Group &group : plan.groups) {
    Bounds seen;
    Histogram counts, costs;
    bool hasCosts = false;
    for (Value value : group.values) {
      const ValueStatistics &known = statistics[valueIndex.lookup(value)];
      seen.lower = std::min<double>(seen.lower, known.getMin());
      seen.upper = std::max<double>(seen.upper, known.getMax());
      counts.add(known.getCounts());
      if (&known.getCosts() != &known.getCounts()) {
        costs.add(known.getCosts());
        hasCosts = true;
      }
    }
    ranges.push_back(chooseRange(seen, counts, hasCosts ? costs : counts, method));
  }
  return ranges;
}

} // namespace winnow
