//===- Pruner.h - the steps of pruning --------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_PRUNER_H
#define WINNOW_LIB_COMPRESS_PRUNER_H

#include "Densities.h"
#include "LayerGram.h"
#include "Score.h"
#include "Surgeon.h"
#include "WeightedNetwork.h"

#include "winnow/Compress/Prune.h"

namespace winnow {

/// Rows of weights for each of some parts of zeros.
using PrunedRows = std::vector<std::vector<float>>;

/// `weights` with these parts (0..1) of zeros, as `options` choose them. What stays is fitted to the layer's output,
/// given the second moments `gram` of its input; it stays as it is where there are none.
PrunedRows pruneRows(const WeightMatrix &weights, llvm::ArrayRef<float> gram, llvm::ArrayRef<double> zeros,
                     const PruningOptions &options);

/// Bytes of f32 weights of which so many are not zero, with a bit for each that says which; or all of them.
int64_t getStoredBytes(int64_t weights, int64_t nonzeros);

/// One pruning of one network.
class Pruner {
public:
  Pruner(mlir::ModuleOp module, const SampleSet &samples, NetworkRunner &runner, const PruningOptions &options);

  llvm::Expected<PruningReport> run();

private:
  /// A layer with a part of its weights zero, the others fitted to the inputs of the network as it was.
  struct Level {
    double zeros = 0;
    LayerWeights weights;
    double error = 0;       ///< squared error of the sums over their variance
    double outputError = 0; ///< of the network's output, squared, relative
    double cost = 0;        ///< in the units of the target
  };
  struct Layer {
    LayerOp op;
    std::string kept;          ///< why all its weights stay; empty: they need not
    int64_t positions = 1;     ///< that its weights meet in a sample
    std::vector<Level> levels; ///< the first: as it was
  };

  void progress(const llvm::Twine &step) const {
    if (options.progress)
      options.progress(step.str());
  }
  void planLayers();
  /// Chooses the runs that are fitted to, and those that are held out.
  void splitSamples();
  std::vector<double> getLadder() const;
  /// Positions of a sample that second moments of a layer's input are taken of.
  int64_t countGramPositions(const LayerOp &layer) const;
  /// Levels of all layers, on the inputs of the network as it was.
  llvm::Error makeLevels();
  void makeLevels(Layer &layer, size_t index, const GramMatrix *gram);
  /// What levels of one layer do to the network's output.
  llvm::Error measureLevels();
  void predictCosts();
  /// The cycles of the network with this level of a layer.
  double predictWith(size_t layer, const Level &level) const;
  /// The budget for `part` (0..1) of what the target asks for, in its units.
  double getBudget(double part) const;
  /// The levels of least error of the network's output.
  llvm::Expected<std::vector<unsigned>> allocate(double part);
  std::vector<LayerWeights> getWeights(llvm::ArrayRef<unsigned> levels) const;
  /// Layer by layer: what the layers before it make of the samples decides which weights go, and what the others are.
  llvm::Expected<std::vector<LayerWeights>> pruneInOrder(llvm::ArrayRef<unsigned> levels);
  /// Gives `to`, the layer's own weights, the zeros of a level: weights and bias make up for `moments->getCross()`, or
  /// the bias for `meanError` where there are no moments. Returns the squared error of the sums over their variance.
  double fitLayer(size_t layer, const GramMatrix *moments, llvm::ArrayRef<double> meanError, unsigned level,
                  LayerWeights &to) const;
  /// Prunes for this part of what the target asks for.
  llvm::Error choose(double part);
  llvm::Expected<Score> score(llvm::ArrayRef<LayerWeights> weights, llvm::ArrayRef<size_t> which);
  /// As much of the target as the largest drop leaves.
  llvm::Error search();
  void write() const;
  PruningReport makeReport(const Score &score) const;

  mlir::ModuleOp module;
  const SampleSet &samples;
  NetworkRunner &runner;
  const PruningOptions &options;
  std::vector<size_t> fitted, heldOut; ///< first samples of runs
  std::vector<Layer> layers;
  std::optional<WeightedNetwork> network;
  std::vector<std::vector<float>> signals; ///< of all samples, as they were

  // What was chosen.
  double reached = 1;
  std::vector<unsigned> chosen;
  std::vector<LayerWeights> pruned;
  std::vector<double> errors; ///< of layers' sums
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_PRUNER_H
