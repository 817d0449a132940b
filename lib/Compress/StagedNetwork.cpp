//===- StagedNetwork.cpp - a network that runs part by part ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StagedNetwork.h"

using namespace mlir;

namespace winnow {

llvm::Expected<StagedNetwork> StagedNetwork::make(const NetworkCuts &cuts, ArrayRef<NetworkCuts::Part> parts,
                                                  NetworkRunner &runner) {
  StagedNetwork made;
  made.parts = parts.vec();
  for (const NetworkCuts::Part &part : parts) {
    llvm::Expected<WeightedNetwork> network = WeightedNetwork::make(
        *cuts.extract(part), runner, {/*showLayers=*/true, /*takeLogits=*/&part == &parts.back()});
    if (!network)
      return network.takeError();
    made.networks.push_back(std::move(*network));
  }
  return std::move(made);
}

llvm::Error StageFlow::run(size_t index, ArrayRef<LayerWeights> weights) {
  ArrayRef<LayerWeights> own = weights.slice(getFirstLayer(), getEndLayer() - getFirstLayer());
  return stage == 0 ? getNetwork().run(samples, firsts[index], own) : getNetwork().run(kept[index], own);
}

void StageFlow::keep(size_t index) {
  next[index].clear();
  for (size_t i = 0; i < getNetwork().countOwnResults(); ++i)
    next[index].push_back(getNetwork().getResult(i).vec());
}

void StageFlow::advance() {
  ++stage;
  kept = std::move(next);
  next.assign(firsts.size(), {});
}

} // namespace winnow
