//===- Simulation.cpp - a network with its quantization as parameters -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Simulation.h"

#include "NetworkCopy.h"
#include "WriteQuantization.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

int32_t quantizeBias(float bias, float scale) {
  double units = std::nearbyint(static_cast<double>(bias) / scale);
  return static_cast<int32_t>(std::clamp(units, -2147483647.0, 2147483647.0));
}

std::vector<float> LayerParameters::getWeights() const {
  if (!realWeights.empty())
    return realWeights;
  std::vector<float> result(weights.size());
  size_t length = weights.size() / scales.size();
  for (size_t k = 0; k < result.size(); ++k)
    result[k] = weights[k] * scales[k / length];
  return result;
}

namespace {
/// Changes a copy of a network into its simulation.
class Builder {
public:
  Builder(ModuleOp module, const QuantizationParameters &parameters)
      : copy(module), plan(QuantizationPlan::make(copy.getMain(), parameters.keepFloat)), parameters(parameters),
        b(module.getContext()) {}

  /// Sums as values of their own: what a layer computes before its activation.
  void splitLayers() {
    for (QuantizationPlan::Layer &layer : plan.layers) {
      Value sum = layer.op.getOutput(), result = layer.op.splitActivation(b);
      if (sum == result)
        continue;
      if (unsigned group = plan.getGroup(sum); group != QuantizationPlan::kNone) {
        plan.groupOf.erase(sum);
        plan.groupOf[result] = group;
        llvm::replace(plan.groups[group].values, sum, result);
      }
    }
  }

  void quantize() {
    Location loc = copy.getMain().getLoc();
    auto scalar = [&](Type type) { return RankedTensorType::get({}, type); };
    for (unsigned group = 0; group < plan.groups.size(); ++group) {
      Value scale = copy.addArgument(scalar(b.getF32Type()), "scale" + std::to_string(group));
      Value zero = copy.addArgument(scalar(b.getIntegerType(8, /*isSigned=*/false)), "zero" + std::to_string(group));
      Value upper;
      if (parameters.ranges[group].bits < 8)
        upper = copy.addArgument(scalar(b.getF32Type()), "upper" + std::to_string(group));
      for (Value value : plan.groups[group].values)
        insertQuantization(b, value, {scale, zero, isMoved(value) ? Value() : upper});
    }
    for (auto [i, layer] : llvm::enumerate(plan.layers)) {
      if (!layer.quantized)
        continue;
      const LayerParameters &given = parameters.layers[i];
      b.setInsertionPoint(layer.op.getOperation());
      auto type = cast<RankedTensorType>(layer.op.getFilter().getType());
      int64_t rows = layer.op.getRows(), axis = layer.op.getFilterAxis();
      if (given.bits < 8)
        layer.op.setFilter(copy.addArgument(type, "weights" + std::to_string(i)));
      else
        layer.op.setFilter(createFloats(b, loc, type.getShape(), toFilterOrder<float>(given.getWeights(), rows, axis)));
      if (layer.op.takesBias())
        layer.op.setBias(copy.addArgument(RankedTensorType::get({rows}, b.getF32Type()), "bias" + std::to_string(i)));
    }
  }

  NetworkCopy copy;
  QuantizationPlan plan;

private:
  const QuantizationParameters &parameters;
  OpBuilder b;
};
} // namespace

llvm::Expected<Simulation> Simulation::make(ModuleOp module, const QuantizationParameters &parameters, Options options,
                                            NetworkRunner &runner) {
  Builder builder(module, parameters);
  Simulation simulation;
  simulation.options = options;
  simulation.batch = builder.copy.getBatch();
  if (options.showLayers)
    builder.splitLayers();
  simulation.outputs = builder.copy.countOwnResults();
  auto place = [&](unsigned index, Value value) {
    auto [channels, rowLength] = getChannelShape(cast<RankedTensorType>(value.getType()));
    return Place{index, builder.copy.show(value), channels, rowLength};
  };
  if (options.showLayers)
    for (auto [i, layer] : llvm::enumerate(builder.plan.layers))
      simulation.layers.push_back(place(i, layer.op.getOutput()));
  if (options.showValues)
    for (auto [i, group] : llvm::enumerate(builder.plan.groups))
      for (Value value : group.values)
        simulation.values.push_back(place(i, value));
  // Before values are quantized: what is shown is what they were.
  builder.copy.finishResults();
  if (options.quantized)
    builder.quantize();
  for (auto [i, layer] : llvm::enumerate(builder.plan.layers))
    simulation.layerArguments.push_back({layer.quantized ? layer.input : QuantizationPlan::kNone,
                                         options.quantized && parameters.layers[i].bits < 8, layer.op.getFilterAxis()});
  llvm::Expected<std::unique_ptr<RunnableNetwork>> network = runner.prepare(builder.copy.getModule());
  if (!network)
    return network.takeError();
  simulation.network = std::move(*network);
  return std::move(simulation);
}

std::vector<std::vector<float>> joinSamples(const SampleSet &samples, size_t first, size_t count) {
  std::vector<std::vector<float>> inputs(samples.getInputCount());
  for (auto [i, input] : llvm::enumerate(inputs))
    for (size_t k = 0; k < count; ++k)
      llvm::append_range(input, samples.get(first + k, i));
  return inputs;
}

SampleSplit splitSamples(size_t runs, size_t batch, size_t wanted, size_t mostHeldOut) {
  SampleSplit split;
  DenseSet<size_t> taken;
  for (size_t i = 0; i < wanted; ++i) {
    split.fitted.push_back(i * runs / wanted * batch);
    taken.insert(split.fitted.back());
  }
  for (size_t i = 0; i < runs; ++i)
    if (!taken.contains(i * batch))
      split.heldOut.push_back(i * batch);
  if (split.heldOut.empty())
    split.heldOut = split.fitted;
  size_t kept = std::min(split.heldOut.size(), mostHeldOut);
  for (size_t i = 0; i < kept; ++i)
    split.heldOut[i] = split.heldOut[i * split.heldOut.size() / kept];
  split.heldOut.resize(kept);
  return split;
}

ArrayRef<float> getSample(ArrayRef<float> all, size_t batch, size_t index) {
  size_t length = all.size() / batch;
  return all.slice(index * length, length);
}

llvm::Error Simulation::run(const SampleSet &samples, size_t first, const QuantizationParameters &parameters) {
  std::vector<std::vector<float>> inputs = joinSamples(samples, first, batch), numbers;
  std::vector<ArrayRef<char>> arguments;
  for (const std::vector<float> &input : inputs)
    arguments.push_back(getBytes(input));
  if (options.quantized) {
    numbers.reserve(parameters.ranges.size() + 2 * parameters.layers.size());
    for (const Range &range : parameters.ranges) {
      arguments.push_back({reinterpret_cast<const char *>(&range.scale), sizeof(float)});
      arguments.push_back({reinterpret_cast<const char *>(&range.zero), 1});
      if (range.bits < 8)
        arguments.push_back(getBytes(numbers.emplace_back(1, range.getUpper())));
    }
    for (auto [layer, takes] : llvm::zip_equal(parameters.layers, layerArguments)) {
      if (takes.inputGroup == QuantizationPlan::kNone)
        continue;
      if (takes.weights) {
        numbers.push_back(toFilterOrder<float>(layer.getWeights(), layer.scales.size(), takes.filterAxis));
        arguments.push_back(getBytes(numbers.back()));
      }
      if (layer.bias.empty())
        continue;
      std::vector<float> &bias = numbers.emplace_back(layer.bias.size());
      for (auto [m, value] : llvm::enumerate(bias)) {
        float scale = getBiasScale(parameters.ranges[takes.inputGroup].scale, layer.scales[m]);
        value = static_cast<float>(quantizeBias(layer.bias[m], scale)) * scale;
      }
      arguments.push_back(getBytes(bias));
    }
  }
  return network->run(arguments);
}

ArrayRef<float> Simulation::getSignal(size_t sampleInBatch) const {
  return getSample(network->getResult(0), batch, sampleInBatch);
}

} // namespace winnow
