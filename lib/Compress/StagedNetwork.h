//===- StagedNetwork.h - a network that runs part by part -------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_STAGEDNETWORK_H
#define WINNOW_LIB_COMPRESS_STAGEDNETWORK_H

#include "NetworkCuts.h"
#include "WeightedNetwork.h"

namespace winnow {

/// The parts of a network, each compiled once, showing what its layers read and add up.
class StagedNetwork {
public:
  static llvm::Expected<StagedNetwork> make(const NetworkCuts &cuts, llvm::ArrayRef<NetworkCuts::Part> parts,
                                            NetworkRunner &runner);

private:
  friend class StageFlow;

  std::vector<NetworkCuts::Part> parts;
  std::vector<WeightedNetwork> networks;
};

/// What flows through the parts of a network in some runs, with weights that may be others in each part.
class StageFlow {
public:
  /// At the first part. `firsts`: the first sample of each run.
  StageFlow(StagedNetwork &network, const SampleSet &samples, llvm::ArrayRef<size_t> firsts)
      : network(network), samples(samples), firsts(firsts), kept(firsts.size()), next(firsts.size()) {}

  bool isAtEnd() const { return stage == network.parts.size(); }
  /// The layers of the part.
  size_t getFirstLayer() const { return network.parts[stage].firstLayer; }
  size_t getEndLayer() const { return network.parts[stage].endLayer; }

  /// Takes run `index` through the part, with `weights` of all layers of the network.
  llvm::Error run(size_t index, llvm::ArrayRef<LayerWeights> weights);
  /// What a layer of the part read in the last run, and its sums before the activation, (N, C, ...).
  llvm::ArrayRef<float> getInput(size_t layer) const { return getNetwork().getInput(layer - getFirstLayer()); }
  llvm::ArrayRef<float> getSums(size_t layer) const { return getNetwork().getSums(layer - getFirstLayer()); }
  /// Keeps what the last run, that of `index`, gives to the next part.
  void keep(size_t index);
  /// On to the next part, with what was kept of each run.
  void advance();

private:
  WeightedNetwork &getNetwork() const { return network.networks[stage]; }

  StagedNetwork &network;
  const SampleSet &samples;
  llvm::ArrayRef<size_t> firsts;
  size_t stage = 0;
  std::vector<std::vector<std::vector<float>>> kept, next; ///< of each run: what flows into this part, and the next
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_STAGEDNETWORK_H
