//===- WeightedNetwork.cpp - a network whose weights are arguments --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightedNetwork.h"

#include "NetworkCopy.h"
#include "Simulation.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

std::vector<LayerOp> findLayers(func::FuncOp main) {
  std::vector<LayerOp> layers;
  main.walk([&](Operation *op) {
    if (std::optional<LayerOp> layer = LayerOp::get(op))
      layers.push_back(*layer);
  });
  return layers;
}

llvm::Expected<WeightedNetwork> WeightedNetwork::make(ModuleOp module, NetworkRunner &runner, Options options) {
  NetworkCopy copy(module);
  OpBuilder builder(module.getContext());
  WeightedNetwork made;
  made.batch = copy.getBatch();
  made.ownResults = copy.countOwnResults();
  std::vector<LayerOp> layers = findLayers(copy.getMain());
  llvm::DenseMap<Value, unsigned> shown; // inputs of layers
  for (size_t i = 0; options.showLayers && i < layers.size(); ++i)
    layers[i].splitActivation(builder);
  for (auto [i, layer] : llvm::enumerate(layers)) {
    LayerWeights &own = made.ownWeights.emplace_back(LayerWeights{layer.getWeights(), {}});
    if (layer.takesBias())
      own.bias = layer.getBiasValues();
    Place &place =
        made.places.emplace_back(Place{0, 0, layer.getRows(), layer.getFilterAxis(), layer.getGroups() == 1});
    if (!options.showLayers)
      continue;
    auto [entry, isNew] = shown.try_emplace(layer.getInput(), 0);
    if (isNew)
      entry->second = copy.show(layer.getInput());
    place.input = entry->second;
    place.sums = copy.show(layer.getOutput());
  }
  copy.finishResults(options.takeLogits);
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (made.places[i].takesWeights)
      layer.setFilter(
          copy.addArgument(cast<RankedTensorType>(layer.getFilter().getType()), "weights" + std::to_string(i)));
    if (layer.takesBias())
      layer.setBias(
          copy.addArgument(RankedTensorType::get({layer.getRows()}, builder.getF32Type()), "bias" + std::to_string(i)));
  }
  llvm::Expected<std::unique_ptr<RunnableNetwork>> network = runner.prepare(copy.getModule());
  if (!network)
    return network.takeError();
  made.network = std::move(*network);
  return std::move(made);
}

llvm::Error WeightedNetwork::run(const SampleSet &samples, size_t first, ArrayRef<LayerWeights> weights) {
  return run(joinSamples(samples, first, batch), weights);
}

llvm::Error WeightedNetwork::run(ArrayRef<std::vector<float>> inputs, ArrayRef<LayerWeights> weights) {
  std::vector<std::vector<float>> reordered;
  reordered.reserve(weights.size());
  std::vector<ArrayRef<char>> arguments;
  for (const std::vector<float> &input : inputs)
    arguments.push_back(getBytes(input));
  for (auto [layer, place] : llvm::zip_equal(weights, places)) {
    if (place.takesWeights && place.filterAxis == 0)
      arguments.push_back(getBytes(layer.rows));
    else if (place.takesWeights)
      arguments.push_back(
          getBytes(reordered.emplace_back(toFilterOrder<float>(layer.rows, place.rows, place.filterAxis))));
    if (!layer.bias.empty())
      arguments.push_back(getBytes(layer.bias));
  }
  return network->run(arguments);
}

ArrayRef<float> WeightedNetwork::getSignal(size_t sampleInBatch) const {
  return getSample(network->getResult(0), batch, sampleInBatch);
}

} // namespace winnow
