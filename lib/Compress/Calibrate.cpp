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

/// Ranges that are tried for an input: how many, by how much each is wider, and on about how many samples.
static constexpr int kWiderRanges = 9;
static constexpr double kWiderStep = 0.001;
static constexpr size_t kInputSamples = 8;
/// What Gram matrices of all layers may take together, in bytes.
static constexpr int64_t kMostGramBytes = int64_t(512) << 20;

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
      int64_t channels = getChannelShape(cast<RankedTensorType>(value.getType())).channels;
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

llvm::Error Quantizer::calibrate() {
  progress("compiling the f32 network to look at " + llvm::Twine(plan.groups.size()) + " values");
  QuantizationParameters none;
  llvm::Expected<Simulation> made = Simulation::make(module, none, {false, true, true}, runner);
  if (!made)
    return made.takeError();
  reference.emplace(std::move(*made));
  makeStatistics();
  int64_t gramBytes = 0;
  for (const QuantizationPlan::Layer &layer : plan.layers) {
    means.emplace_back(layer.op);
    grams.push_back(layer.quantized ? LayerGram::make(layer.op) : std::nullopt);
    if (grams.back() && (gramBytes += grams.back()->getBytes()) > kMostGramBytes)
      grams.back().reset();
  }
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
    for (auto [i, gram] : llvm::enumerate(grams))
      if (gram && first / batch % 2 == 0)
        gram->add(reference->getValue(valueIndex.lookup(plan.layers[i].op.getInput())).elements);
    for (auto [i, mean] : llvm::enumerate(means)) {
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

/// Pixels are integers, which may all fall on steps, or all half-way between two: among ranges that are a little wider,
/// the one that really costs least.
Range Quantizer::fitToInput(const Range &range, unsigned input) const {
  Range best = range;
  double least = HUGE_VAL;
  for (int more = 0; more < kWiderRanges; ++more) {
    Range wider = range;
    wider.scale = static_cast<float>(range.scale * (1 + more * kWiderStep));
    wider.zero = static_cast<uint8_t>(std::clamp(std::nearbyint(range.zero * range.scale / wider.scale), 0.0f, 255.0f));
    double error = 0;
    size_t stride = std::max<size_t>(1, samples.size() / kInputSamples);
    for (size_t sample = 0; sample < samples.size(); sample += stride)
      for (float element : samples.get(sample, input)) {
        float rounded = std::clamp(std::nearbyint(element / wider.scale) + wider.zero, 0.0f, 255.0f);
        float difference = (rounded - wider.zero) * wider.scale - element;
        error += difference * difference;
      }
    if (error < least) {
      least = error;
      best = wider;
    }
  }
  return best;
}

unsigned Quantizer::getActivationBits(unsigned group) const {
  // What the network is given, and what its answer is computed from, are worth 8 bits, as its first and last weights.
  bool isEnd = plan.layers.back().input == group || plan.layers.front().input == group ||
               llvm::any_of(plan.groups[group].values, llvm::IsaPred<BlockArgument>);
  return isEnd ? 8 : options.activationBits;
}

std::vector<Range> Quantizer::chooseRanges(RangeMethod method) const {
  std::vector<Range> ranges;
  for (auto [index, group] : llvm::enumerate(plan.groups)) {
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
    ranges.push_back(chooseRange(seen, counts, hasCosts ? costs : counts, method, getActivationBits(index)));
    for (Value value : group.values)
      if (auto argument = dyn_cast<BlockArgument>(value))
        ranges.back() = fitToInput(ranges.back(), argument.getArgNumber());
  }
  return ranges;
}

} // namespace winnow
