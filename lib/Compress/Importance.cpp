//===- Importance.cpp - what derivatives say of weights -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importance.h"

#include "LayerGram.h"
#include "Simulation.h"
#include "WeightedNetwork.h"

using namespace mlir;

namespace winnow {

namespace {
/// The samples of all layers as they come.
struct Collector {
  std::vector<std::optional<WeightImportance>> weights; ///< of layers
  std::vector<Importance> channels;
  std::vector<double> planes; ///< elements of an input channel

  Collector(ArrayRef<LayerOp> layers, GradientNetwork::Show what);
  void add(const GradientNetwork &network);
  std::vector<Importance> get(GradientNetwork::Show what);
};
} // namespace

Collector::Collector(ArrayRef<LayerOp> layers, GradientNetwork::Show what) : channels(layers.size()) {
  for (const LayerOp &layer : layers) {
    std::optional<PatchShape> shape = getPatchShape(layer);
    bool isTaken = shape && layer.getGroups() == 1;
    auto &one = weights.emplace_back();
    if (isTaken && what == GradientNetwork::Show::Weights)
      one.emplace(*shape, layer.getRows());
    planes.push_back(isTaken ? shape->height * shape->width : 0);
  }
}

void Collector::add(const GradientNetwork &network) {
  size_t batch = network.getBatch();
  for (auto [i, layer] : llvm::enumerate(weights)) {
    auto first = network.get(i, 0), second = network.get(i, 1);
    if (!first || planes[i] == 0)
      continue;
    for (size_t k = 0; layer && k < batch; ++k)
      layer->add(getSample(*first, batch, k), getSample(*second, batch, k));
    if (layer)
      continue;
    llvm::append_range(channels[i].products, *first);
    llvm::append_range(channels[i].derivatives, *second);
    ArrayRef<float> sums = *network.get(i, 2);
    size_t count = sums.size() / batch;
    channels[i].means.resize(count);
    for (size_t k = 0; k < sums.size(); ++k)
      channels[i].means[k % count] += static_cast<float>(sums[k] / planes[i]);
  }
}

std::vector<Importance> Collector::get(GradientNetwork::Show what) {
  for (auto [layer, found] : llvm::zip_equal(weights, channels)) {
    if (layer)
      found = layer->get();
    size_t samples = found.means.empty() ? 1 : found.products.size() / found.means.size();
    for (float &mean : found.means)
      mean /= samples;
  }
  return std::move(channels);
}

llvm::Expected<std::vector<Importance>> findImportance(ModuleOp module, GradientNetwork::Show what,
                                                       const SampleSet &samples, ArrayRef<size_t> which, bool useLabels,
                                                       NetworkRunner &runner,
                                                       llvm::function_ref<void(const llvm::Twine &)> progress) {
  llvm::Expected<GradientNetwork> network = GradientNetwork::make(module, what, runner);
  if (!network)
    return network.takeError();
  Collector collector(findLayers(module.lookupSymbol<func::FuncOp>("main")), what);
  for (auto [i, first] : llvm::enumerate(which)) {
    if (i % 64 == 0)
      progress("gradients of run " + llvm::Twine(i + 1) + " of " + llvm::Twine(which.size()));
    if (llvm::Error error = network->run(samples, first, useLabels))
      return std::move(error);
    collector.add(*network);
  }
  return collector.get(what);
}

} // namespace winnow
