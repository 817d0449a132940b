//===- ScoreQuantization.cpp - how a quantized network does -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"

using namespace mlir;

namespace winnow {

/// Samples on which the noise of layers is measured, and what stands for none, in dB.
static constexpr size_t kMeasuredSamples = 8;
static constexpr double kNoNoise = 200;

llvm::Expected<Score> Quantizer::score(Simulation &simulation, ArrayRef<size_t> which) {
  Score score(samples.getLabels());
  for (size_t first : which) {
    if (llvm::Error failure = simulation.run(samples, first, parameters))
      return std::move(failure);
    for (size_t k = 0; k < batch; ++k)
      score.add(first + k, simulation.getSignal(k), signals[first + k]);
  }
  return score;
}

llvm::Error Quantizer::compareRanges(Simulation &simulation) {
  if (options.ranges != RangeMethod::Auto)
    return llvm::Error::success();
  std::vector<Range> best = parameters.ranges;
  double least = HUGE_VAL;
  for (RangeMethod method : {RangeMethod::Auto, RangeMethod::MinMax, RangeMethod::Percentile9999}) {
    parameters.ranges = chooseRanges(method);
    llvm::Expected<Score> found = score(simulation, heldOut);
    if (!found)
      return found.takeError();
    if (found->getError() < least) {
      least = found->getError();
      best = parameters.ranges;
    }
  }
  parameters.ranges = std::move(best);
  return llvm::Error::success();
}

namespace {
/// Squares of a value and of what it is off.
struct Noise {
  double error = 0, square = 0;
  void add(ArrayRef<float> got, ArrayRef<float> want) {
    for (auto [a, b] : llvm::zip_equal(got, want)) {
      error += (double(a) - b) * (double(a) - b);
      square += double(b) * b;
    }
  }
  double getRatio() const { return square > 0 ? error / square : 0; }
};
} // namespace

llvm::Error Quantizer::measureLayers(Simulation &simulation) {
  std::vector<Noise> sums(plan.layers.size());
  DenseMap<Value, Noise> values;
  QuantizationParameters none;
  for (size_t first : ArrayRef<size_t>(heldOut).take_front(kMeasuredSamples)) {
    if (llvm::Error error = reference->run(samples, first, none))
      return error;
    if (llvm::Error error = simulation.run(samples, first, parameters))
      return error;
    for (size_t i = 0; i < plan.layers.size(); ++i)
      sums[i].add(simulation.getLayer(i).elements, reference->getLayer(i).elements);
    unsigned index = 0;
    for (const QuantizationPlan::Group &group : plan.groups)
      for (Value value : group.values)
        values[value].add(simulation.getValue(index++).elements,
                          reference->getValue(valueIndex.lookup(value)).elements);
  }
  signalToNoise.clear();
  addedNoise.clear();
  for (auto [i, layer] : llvm::enumerate(plan.layers)) {
    double ratio = sums[i].getRatio();
    signalToNoise.push_back(ratio > 0 ? -10 * std::log10(ratio) : kNoNoise);
    addedNoise.push_back(layer.quantized ? std::max(0.0, ratio - values.lookup(layer.op.getInput()).getRatio()) : 0);
  }
  return llvm::Error::success();
}

} // namespace winnow
