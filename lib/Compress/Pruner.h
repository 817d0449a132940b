//===- Pruner.h - the steps of pruning --------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_PRUNER_H
#define WINNOW_LIB_COMPRESS_PRUNER_H

#include "ChannelGroups.h"
#include "CheckedMoments.h"
#include "Densities.h"
#include "Importance.h"
#include "LayerGram.h"
#include "Score.h"
#include "StagedNetwork.h"
#include "Surgeon.h"

#include "winnow/Compress/Prune.h"

#include <numeric>

namespace winnow {

/// Bytes of f32 weights of which so many are not zero, with a bit for each that says which; or all of them.
int64_t getStoredBytes(int64_t weights, int64_t nonzeros);

/// Weights of `layer` (its rows, which may be others than its own), as they are looked at.
inline WeightMatrix getMatrix(const LayerOp &layer, llvm::ArrayRef<float> rows) {
  return {rows, size_t(layer.getRows()), layer.getInputChannels(), layer.getTaps()};
}

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
  /// A network that was pruned.
  struct Result {
    double reached = 1;                ///< of what the target asks for
    std::vector<unsigned> levels;      ///< of choices
    std::vector<LayerWeights> weights; ///< of layers
    std::vector<double> errors;        ///< of layers' sums
    std::optional<Score> score;        ///< on samples held out
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
  /// Chooses the runs that are fitted to, and those that are held out, and the parts that the network is looked at in.
  std::vector<NetworkCuts::Part> splitSamples(const NetworkCuts &cuts);
  /// Multiplications of each layer in a run.
  std::vector<double> countMacs() const;
  double countRunMacs() const {
    std::vector<double> macs = countMacs();
    return std::accumulate(macs.begin(), macs.end(), 0.0);
  }
  /// Compiles the network, as a whole and in parts.
  llvm::Error compile();
  /// Positions of a sample that second moments of a layer's input are taken of.
  int64_t countGramPositions(const LayerOp &layer) const;
  /// What the network gives for all samples, as it was.
  llvm::Error findSignals();
  /// Fills in `importance`, if the criterion needs it.
  llvm::Error lookAtGradients();
  /// Levels of all choices, on the inputs of the network as it was.
  llvm::Error makeLevels();
  void makeLevels(size_t choice, Moments &moments);
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
  /// Says what is left at most pruning, where `budget` was asked for.
  llvm::Error makeUnreachable(double budget) const;
  std::vector<LayerWeights> getWeights(llvm::ArrayRef<unsigned> levels) const;
  llvm::DenseSet<unsigned> getGone(llvm::ArrayRef<unsigned> levels) const;
  /// Weights that are left of each layer.
  std::vector<int64_t> countNonzeros(llvm::ArrayRef<unsigned> levels) const;
  /// Writes weights into a network that is like the module's, and removes what is gone: channels, or layers.
  void writeTo(mlir::func::FuncOp main, llvm::ArrayRef<LayerWeights> weights,
               const llvm::DenseSet<unsigned> &gone) const;

  /// Layer by layer: what the layers before it make of the samples decides what the weights that stay are.
  llvm::Expected<Result> pruneInOrder(llvm::ArrayRef<unsigned> levels);
  /// Prunes layers [next, end) of a part that the network as it was, and as it is made, flows through.
  llvm::Error fitStep(StageFlow &before, StageFlow &after, size_t next, size_t end, llvm::ArrayRef<unsigned> levels,
                      Result &made) const;
  /// Gives `to`, the layer's own weights, its zeros at these levels: weights and bias make up for
  /// the errors that `moments` have seen, or the bias for `meanError` where there are no moments. Returns the squared
  /// error of the sums over their variance.
  double fitLayer(size_t layer, const CheckedMoments *moments, llvm::ArrayRef<double> meanError,
                  llvm::ArrayRef<unsigned> levels, LayerWeights &to) const;
  /// Which of a layer's weights stay without the channels that are gone.
  std::vector<char> getSupport(size_t layer, const llvm::DenseSet<unsigned> &gone) const;
  /// The levels for this part of the target, of none for 0, with layers as they are on inputs of the network as it was.
  llvm::Expected<Result> takeAlone(double part);
  /// Prunes for this part of what the target asks for.
  llvm::Expected<Result> choose(double part);
  llvm::Expected<Score> score(llvm::ArrayRef<LayerWeights> weights, llvm::ArrayRef<size_t> which);
  /// As much of the target as the largest drop leaves.
  llvm::Error search();
  /// The same, in steps, where layers are not fitted to each other.
  llvm::Expected<int> searchAlone();
  PruningReport makeReport(const Score &score) const;
  /// What levels up to the target would do to the network, which stays as it is.
  llvm::Expected<PruningReport> explore();
  llvm::Expected<PruningPoint> explore(double part);

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
  std::optional<WeightedNetwork> network;      ///< the whole
  std::optional<StagedNetwork> stages;
  std::vector<Importance> importance;      ///< of layers
  std::vector<std::vector<float>> signals; ///< of all samples, as they were
  Result result;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_PRUNER_H
