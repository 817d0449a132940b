//===- Pruner.h - the steps of pruning --------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_PRUNER_H
#define WINNOW_LIB_COMPRESS_PRUNER_H

#include "ChannelGroups.h"
#include "Densities.h"
#include "Importance.h"
#include "LayerGram.h"
#include "Score.h"
#include "Surgeon.h"
#include "WeightedNetwork.h"

#include "winnow/Compress/Prune.h"

namespace winnow {

/// Bytes of f32 weights of which so many are not zero, with a bit for each that says which; or all of them.
int64_t getStoredBytes(int64_t weights, int64_t nonzeros);

/// Weights of `layer` (its rows, which may be others than its own), as they are looked at.
inline WeightMatrix getMatrix(const LayerOp &layer, llvm::ArrayRef<float> rows) {
  return {rows, size_t(layer.getRows()), layer.getInputChannels(), layer.getTaps()};
}

/// Rows of weights for each of some parts of zeros.
using PrunedRows = std::vector<std::vector<float>>;

/// `weights` with these parts (0..1) of zeros, as `options` choose them. What stays is fitted to the layer's output,
/// given the second moments `gram` of its input; it stays as it is where there are none. `importance`: what derivatives
/// say of the layer, where the criterion needs them.
PrunedRows pruneRows(const WeightMatrix &weights, llvm::ArrayRef<float> gram, llvm::ArrayRef<double> zeros,
                     const PruningOptions &options, const Importance &importance = {});

inline bool needsGradients(PruningCriterion criterion) {
  return criterion == PruningCriterion::Taylor || criterion == PruningCriterion::Fisher;
}

/// Rows of weights, larger where `importance` says that they, or what they add up to, count for more: squares of
/// weights, or of errors of sums, are then what they cost. As they are where the criterion, or the layer, has none.
std::vector<float> weighRows(const WeightMatrix &weights, const Importance &importance, PruningCriterion criterion);

/// One pruning of one network.
class Pruner {
public:
  Pruner(mlir::ModuleOp module, const SampleSet &samples, NetworkRunner &runner, const PruningOptions &options);

  llvm::Expected<PruningReport> run();

private:
  struct Layer {
    LayerOp op;
    std::string kept;      ///< why all its weights stay; empty: they need not
    int64_t positions = 1; ///< that its weights meet in a sample
  };
  /// Some layers with a part of their weights gone, the others fitted to the inputs of the network as it was.
  struct Level {
    double zeros = 0;                  ///< part of the weights that are zero, or of the channels that are gone
    std::vector<LayerWeights> weights; ///< of the choice's layers
    std::vector<unsigned> gone;        ///< classes of channels, or layers
    double error = 0;                  ///< squared error of the layers' sums over their variance
    double outputError = 0;            ///< of the network's output, squared, relative
    double saved = 0;                  ///< in the units of the target
  };
  /// What is decided together: a layer, or a group of channels with the layers that read them.
  struct Choice {
    std::vector<size_t> layers;
    std::vector<Level> levels; ///< the first: as it was, without weights
  };
  using Moments = std::vector<std::optional<GramMatrix>>; ///< of the inputs of a choice's layers

  void progress(const llvm::Twine &step) const {
    if (options.progress)
      options.progress(step.str());
  }
  void planLayers();
  /// Makes a choice of each layer that can go.
  void planRemovals();
  /// Says which layers are gone.
  void explainRemovals(PruningReport &report) const;
  /// Chooses the runs that are fitted to, and those that are held out.
  void splitSamples();
  /// Multiplications of a run.
  double countMacs() const;
  /// Positions of a sample that second moments of a layer's input are taken of.
  int64_t countGramPositions(const LayerOp &layer) const;
  /// Fills in `importance`, if the criterion needs it.
  llvm::Error lookAtGradients();
  /// Levels of all choices, on the inputs of the network as it was.
  llvm::Error makeLevels();
  std::vector<double> getLadder() const;
  void makeLayerLevels(Choice &choice, const Moments &moments);
  /// The level without a layer.
  void makeRemovalLevel(Choice &choice, const Moments &moments);
  void makeChannelLevels(Choice &choice, const ChannelGroup &group, const Moments &moments);
  /// The classes of `group` in the order in which they are missed least.
  std::vector<unsigned> orderChannels(const ChannelGroup &group, llvm::ArrayRef<std::vector<float>> grams) const;
  /// The same by derivatives.
  std::vector<unsigned> orderChannelsByTaylor(const ChannelGroup &group) const;
  /// Lets classes stay so that makers of a group keep numbers of rows that vectors divide.
  void roundRows(const ChannelGroup &group, llvm::ArrayRef<unsigned> order, llvm::DenseSet<unsigned> &gone) const;
  /// What levels of one choice do to the network's output.
  llvm::Error measureLevels();
  llvm::Error measureLevels(Choice &choice, llvm::ArrayRef<size_t> which, bool all);

  /// What the target counts, with these levels.
  double getTotal(llvm::ArrayRef<unsigned> levels) const;
  /// How much of it may be left for `part` (0..1) of what is asked for.
  double getBudget(double part) const;
  void countSavings();
  /// The levels of least error of the network's output.
  llvm::Expected<std::vector<unsigned>> allocate(double part);
  std::vector<LayerWeights> getWeights(llvm::ArrayRef<unsigned> levels) const;
  llvm::DenseSet<unsigned> getGone(llvm::ArrayRef<unsigned> levels) const;
  /// Weights that are left of each layer.
  std::vector<int64_t> countNonzeros(llvm::ArrayRef<unsigned> levels) const;
  /// Writes weights into a network that is like the module's, and removes what is gone: channels, or layers.
  void writeTo(mlir::func::FuncOp main, llvm::ArrayRef<LayerWeights> weights,
               const llvm::DenseSet<unsigned> &gone) const;

  /// Layer by layer: what the layers before it make of the samples decides which weights go, and what the others are.
  llvm::Expected<std::vector<LayerWeights>> pruneInOrder(llvm::ArrayRef<unsigned> levels);
  /// Gives `to`, the layer's own weights, its zeros at these levels: weights and bias make up for
  /// `moments->getCross()`, or the bias for `meanError` where there are no moments. Returns the squared error of the
  /// sums over their variance.
  double fitLayer(size_t layer, const GramMatrix *moments, llvm::ArrayRef<double> meanError,
                  llvm::ArrayRef<unsigned> levels, LayerWeights &to) const;
  /// Which of a layer's weights stay without the channels that are gone.
  std::vector<char> getSupport(size_t layer, const llvm::DenseSet<unsigned> &gone) const;
  /// Prunes for this part of what the target asks for.
  llvm::Error choose(double part);
  llvm::Expected<Score> score(llvm::ArrayRef<LayerWeights> weights, llvm::ArrayRef<size_t> which);
  /// As much of the target as the largest drop leaves.
  llvm::Error search();
  PruningReport makeReport(const Score &score) const;

  mlir::ModuleOp module;
  const SampleSet &samples;
  NetworkRunner &runner;
  const PruningOptions &options;
  std::vector<size_t> fitted, heldOut; ///< first samples of runs
  std::vector<Layer> layers;
  std::optional<ChannelClasses> classes; ///< where channels go
  std::vector<ChannelGroup> groups;
  std::vector<Choice> choices;
  std::vector<std::optional<size_t>> choiceOf; ///< of layers
  std::optional<WeightedNetwork> network;
  std::vector<Importance> importance;      ///< of layers
  std::vector<std::vector<float>> signals; ///< of all samples, as they were

  // What was chosen.
  double reached = 1;
  std::vector<unsigned> chosen;
  std::vector<LayerWeights> pruned;
  std::vector<double> errors; ///< of layers' sums
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_PRUNER_H
