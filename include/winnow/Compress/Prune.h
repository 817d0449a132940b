//===- Prune.h - pruning after training -------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_PRUNE_H
#define WINNOW_COMPRESS_PRUNE_H

#include "winnow/Compress/NetworkRunner.h"
#include "winnow/Compress/NetworkScore.h"
#include "winnow/Compress/PruningPattern.h"
#include "winnow/Compress/RunCost.h"
#include "winnow/Data/SampleSet.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace winnow {

/// What is to be reached, over all layers.
enum class PruningMeasure {
  Sparsity, ///< at least this part (0..1) of the weights is zero
  Macs,     ///< at most this part (0..1) of the multiplications is left
  Bytes,    ///< weights take at most so many bytes; up to 1: this part of what they took
  Latency,  ///< convolutions take at most this part (0..1) of the time that they are predicted to take now
};

/// How weights are chosen.
enum class PruningCriterion {
  Surgeon,   ///< by what the layer's output loses if the others make up for it, with second moments of its input
  Magnitude, ///< the smallest, within each layer
  Taylor,    ///< by what the loss changes by to first order, squared; against labels, where there are any
  Fisher,    ///< as the surgeon, but a row's error costs the curvature of the loss by it, at the network's own answer
};

/// Whether the network is pruned, or only looked at: what several levels up to the target would do to it.
enum class PruningTrial {
  None,
  Full, ///< each level is pruned and fitted as it would be
  Quick ///< layers of each level are fitted to the network as it was: what is left is at least as accurate
};

/// "surgeon", "magnitude", "taylor" or "fisher"; nothing for another text.
std::optional<PruningCriterion> parseCriterion(llvm::StringRef text);
llvm::StringRef getName(PruningCriterion criterion);
/// What parseCriterion() understands, for errors.
llvm::StringRef getCriteria();

/// What pruning is to do.
struct PruningOptions {
  PruningMeasure measure = PruningMeasure::Sparsity;
  double target = 0.5;
  PruningPattern pattern;
  PruningCriterion criterion = PruningCriterion::Surgeon;
  /// Points of top-1 accuracy on samples that nothing was fitted to (without labels: of agreement with the network as
  /// it was) that may be lost, one standard error included: less is pruned until no more are.
  std::optional<double> maxDrop;

  /// Of a trial, the module stays as it is; `getCost` says what a run of a pruned copy costs.
  PruningTrial trial = PruningTrial::None;
  std::function<llvm::Expected<RunCost>(mlir::ModuleOp)> getCost;

  /// Predicts how long a module takes on the target, in cycles; for PruningMeasure::Latency.
  std::function<double(mlir::ModuleOp)> predict;
  /// Told before each step, in a few words.
  std::function<void(const std::string &)> progress;
};

/// What became of one layer.
struct PrunedLayerReport {
  std::string name;
  int64_t weights = 0, nonzeros = 0;
  /// Multiplications of a sample, and of those that are not by zero.
  int64_t macs = 0, macsKept = 0;
  /// Squared error of its sums over their variance, given the inputs that the layers before it make.
  double error = 0;
  /// Squared relative error of the network's output that pruning this layer alone, without the fit to the layers before
  /// it, makes; of layers that lose channels together, that of all of them, at the first.
  double outputError = 0;
  std::string decidedWith; ///< that first one; empty: it is itself
  std::string reason;      ///< why it has this density
  /// What it costs in the network as it was, and in the pruned one, and how code stores its weights then (empty: all of
  /// them). For callers that compile the network to fill in.
  RunCost before, after;
  std::string storage;
};

/// What a level of pruning would do to the network.
struct PruningPoint : NetworkScore {
  double part = 0;        ///< of what the target asks for; 0: the network as it was
  double drop = 0;        ///< points of accuracy lost on the samples, without labels of agreement
  double certainDrop = 0; ///< and one standard error of them
  int64_t weights = 0, nonzeros = 0;
  RunCost cost;
  bool isOptimal = false; ///< no other point loses as little and costs as little
};

/// What pruning did.
struct PruningReport : NetworkScore {
  std::vector<PrunedLayerReport> layers;
  std::string pattern, criterion;
  /// Of them, how many samples were fitted to; the score is that of the others, where there are any.
  size_t fittedSamples = 0;
  /// Bytes of weights in their smallest form, before and after.
  int64_t bytesBefore = 0, bytesAfter = 0;
  /// What was asked for, and the part of it that the largest drop left: 1 where it left all.
  double target = 0, reached = 1;
  /// What the target counts, before and after: weights that are not zero, multiplications of a run, bytes of weights
  /// (values and a bit for each), or predicted cycles of convolutions.
  PruningMeasure measure = PruningMeasure::Sparsity;
  double totalBefore = 0, totalAfter = 0;
  std::optional<double> maxDrop;
  /// Costs of the network as it was and of the pruned one, and how times were measured (empty: they were not). For
  /// callers that compile the network to fill in.
  RunCost before, after;
  std::string measuredBy;
  /// Of a trial: the network as it was, then levels up to the target. `layers` is empty.
  PruningTrial trial = PruningTrial::None;
  std::vector<PruningPoint> points;
};

/// Makes weights of @main of `module`, which the graph stage left, zero, without training: layer by layer, the weights
/// that are left are fitted to what the network computed before (least squares). Weights stay f32, dense constants.
/// Fails, with the module as it was, where nothing can be pruned, the target cannot be reached or a run fails. The
/// module stays as it was, too, where `options` ask for a trial.
llvm::Expected<PruningReport> pruneNetwork(mlir::ModuleOp module, const SampleSet &samples, NetworkRunner &runner,
                                           const PruningOptions &options);

} // namespace winnow

#endif // WINNOW_COMPRESS_PRUNE_H
