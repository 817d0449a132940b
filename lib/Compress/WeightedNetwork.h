//===- WeightedNetwork.h - a network whose weights are arguments-*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_WEIGHTEDNETWORK_H
#define WINNOW_LIB_COMPRESS_WEIGHTEDNETWORK_H

#include "LayerOp.h"

#include "winnow/Compress/NetworkRunner.h"
#include "winnow/Data/SampleSet.h"

namespace winnow {

/// Weights and biases of a layer.
struct LayerWeights {
  std::vector<float> rows; ///< of output channels
  std::vector<float> bias; ///< of each; empty where the layer can have none
};

/// The layers of @main, in its order.
std::vector<LayerOp> findLayers(mlir::func::FuncOp main);

/// A network compiled once whose weights and biases are arguments: they can change from run to run. Weights of layers
/// in groups stay constant.
class WeightedNetwork {
public:
  struct Options {
    bool showLayers; ///< what layers read and add up
    bool takeLogits; ///< in place of a softmax, what it is taken of
  };
  static llvm::Expected<WeightedNetwork> make(mlir::ModuleOp module, NetworkRunner &runner, Options options);

  /// The weights that the network came with.
  const std::vector<LayerWeights> &getOwnWeights() const { return ownWeights; }
  size_t getBatch() const { return batch; }
  /// Runs on samples [first, first + getBatch()) with `weights`, one of each layer.
  llvm::Error run(const SampleSet &samples, size_t first, llvm::ArrayRef<LayerWeights> weights);
  /// Runs on these tensors, in the order of the network's own arguments.
  llvm::Error run(llvm::ArrayRef<std::vector<float>> inputs, llvm::ArrayRef<LayerWeights> weights);
  /// The network's own results.
  size_t countOwnResults() const { return ownResults; }
  llvm::ArrayRef<float> getResult(size_t index) const { return network->getResult(index); }
  /// The first result for one sample of the last run.
  llvm::ArrayRef<float> getSignal(size_t sampleInBatch) const;
  /// What a layer read, and its sums before the activation, (N, C, ...), where they are shown.
  llvm::ArrayRef<float> getInput(size_t layer) const { return network->getResult(places[layer].input); }
  llvm::ArrayRef<float> getSums(size_t layer) const { return network->getResult(places[layer].sums); }

private:
  struct Place {
    unsigned input, sums; ///< results
    int64_t rows, filterAxis;
    bool takesWeights;
  };

  std::unique_ptr<RunnableNetwork> network;
  size_t batch = 1, ownResults = 0;
  std::vector<LayerWeights> ownWeights;
  std::vector<Place> places;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_WEIGHTEDNETWORK_H
