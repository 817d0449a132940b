//===- PruneLevels.cpp - what zeros cost layers and the network -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LeastSquares.h"
#include "Pruner.h"

#include <cmath>

using namespace mlir;

namespace winnow {

/// Parts of zeros that layers can have.
static constexpr double kLadder[] = {0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99};
/// Bytes that the weights of all levels may take.
static constexpr int64_t kMostLevelBytes = int64_t(400) << 20;
/// Rows that are longer are ordered by single weights: eliminating columns takes the cube of their number.
static constexpr int64_t kLongestElimination = 1536;
/// Columns of inputs that second moments are taken of: of each layer, and for each weight of a row.
static constexpr int64_t kLeastColumns = 16384, kColumnsForWeight = 48;
/// Multiplications that runs to look at the network's output with single levels may take, and how many samples each is
/// looked at with. Where there is no room for all levels, these are: errors of those between are interpolated.
static constexpr double kMeasureMacs = 5e11;
static constexpr size_t kLeastMeasured = 32, kMostMeasured = 256;
static constexpr double kMeasured[] = {0.5, 0.8, 0.95};

std::vector<double> Pruner::getLadder() const {
  if (options.pattern.hasFixedDensity())
    return {1.0 - double(options.pattern.keep) / options.pattern.of};
  std::vector<double> ladder(std::begin(kLadder), std::end(kLadder));
  if (options.measure == PruningMeasure::Sparsity && !llvm::is_contained(ladder, options.target))
    ladder.insert(llvm::upper_bound(ladder, options.target), options.target);
  int64_t weights = 0;
  for (const Layer &layer : layers)
    weights += layer.op.getRows() * layer.op.getRowLength();
  // Large networks have fewer, spread evenly.
  size_t most = std::max<int64_t>(3, kMostLevelBytes / (weights * sizeof(float)));
  std::vector<double> kept;
  for (size_t i = 0, count = std::min(most, ladder.size()); i < count; ++i)
    kept.push_back(ladder[i * ladder.size() / count]);
  return kept;
}

/// The order in which weights go, by `criterion` as far as the layer's size lets it.
static std::vector<RemovalOrder> getOrder(const WeightMatrix &weights, ArrayRef<float> gram,
                                          const PruningOptions &options) {
  if (options.criterion == PruningCriterion::Magnitude || options.criterion == PruningCriterion::Taylor)
    return orderByMagnitude(weights, {}, options.pattern);
  if (gram.empty() || int64_t(weights.getLength()) > kLongestElimination)
    return orderByMagnitude(weights, gram, options.pattern);
  return orderRemovals(weights, gram, options.pattern);
}

/// `weights` with these parts (0..1) of zeros, as `options` choose them. What stays is fitted to the layer's output,
/// given the second moments `gram` of its input; it stays as it is where there are none. `importance`: what derivatives
/// say of the layer, where the criterion needs them.
static std::vector<std::vector<float>> pruneRows(const WeightMatrix &weights, ArrayRef<float> gram,
                                                 ArrayRef<double> zeros, const PruningOptions &options,
                                                 const Importance &importance) {
  std::vector<float> weighed = weighRows(weights, importance, options.criterion);
  std::vector<RemovalOrder> order = getOrder({weighed, weights.count, weights.inputs, weights.taps}, gram, options);
  std::vector<std::vector<float>> pruned;
  for (const std::vector<char> &support : chooseSupports(weights, order, options.pattern, zeros)) {
    std::vector<float> &rows = pruned.emplace_back();
    if (!gram.empty()) {
      rows = refitSupport(weights.rows, weights.count, gram, support);
      continue;
    }
    rows = weights.rows.vec();
    for (auto [weight, stays] : llvm::zip_equal(rows, support))
      weight = stays ? weight : 0;
  }
  return pruned;
}

int64_t Pruner::countGramPositions(const LayerOp &layer) const {
  int64_t wanted = std::max(kLeastColumns, kColumnsForWeight * layer.getRowLength());
  return std::clamp<int64_t>(llvm::divideCeil(wanted, fitted.size()), 1, kGramPositions);
}

void Pruner::makeLayerLevels(Choice &choice, const Moments &moments) {
  if (options.pattern.wholeLayers)
    return makeRemovalLevel(choice, moments);
  const LayerWeights &own = network->getOwnWeights()[choice.layers.front()];
  WeightMatrix weights = getMatrix(layers[choice.layers.front()].op, own.rows);
  std::vector<float> gram, means;
  if (moments.front()) {
    gram = moments.front()->get();
    means = moments.front()->getInputMeans();
  }
  std::vector<double> ladder = getLadder();
  std::vector<float> none(own.rows.size(), 0.0f);
  double variance = gram.empty() ? 0 : getOutputError(none, own.rows, weights.count, gram);
  const Importance &weighed = importance[choice.layers.front()];
  for (std::vector<float> &rows : pruneRows(weights, gram, ladder, options, weighed)) {
    Level &level = choice.levels.emplace_back();
    level.zeros = double(llvm::count(rows, 0.0f)) / rows.size();
    level.error = variance > 0 ? getOutputError(own.rows, rows, weights.count, gram) / variance : 0;
    level.weights.push_back({std::move(rows), own.bias});
    if (!means.empty())
      keepMeans(own.rows, level.weights.back().rows, means, level.weights.back().bias);
  }
}

llvm::Error Pruner::findSignals() {
  size_t batch = network->getBatch();
  for (size_t first = 0; first + batch <= samples.size(); first += batch) {
    if (first % (64 * batch) == 0)
      progress("output of sample " + llvm::Twine(first + 1) + " of " + llvm::Twine(samples.size()));
    if (llvm::Error error = network->run(samples, first, network->getOwnWeights()))
      return error;
    for (size_t k = 0; k < batch; ++k)
      signals.push_back(network->getSignal(k).vec());
  }
  return llvm::Error::success();
}

void Pruner::makeLevels(size_t choice, Moments &moments) {
  progress("levels " + llvm::Twine(choice + 1) + " of " + llvm::Twine(choices.size()));
  choices[choice].levels.emplace_back();
  if (classes)
    makeChannelLevels(choices[choice], groups[choice], moments);
  else
    makeLayerLevels(choices[choice], moments);
  moments.clear();
}

llvm::Error Pruner::makeLevels() {
  std::vector<Moments> moments;
  for (const Choice &choice : choices)
    moments.emplace_back(choice.layers.size());
  for (StageFlow flow(*stages, samples, fitted); !flow.isAtEnd(); flow.advance()) {
    // Those of layers of this part.
    std::vector<std::pair<size_t, GramMatrix *>> open;
    for (auto [i, choice] : llvm::enumerate(choices))
      for (auto [layer, one] : llvm::zip(choice.layers, moments[i]))
        if (layer >= flow.getFirstLayer() && layer < flow.getEndLayer() &&
            layers[layer].op.getRowLength() <= kLargestGram)
          open.push_back({layer, &one.emplace(*getPatchShape(layers[layer].op))});
    progress("moments of layers up to " + llvm::Twine(flow.getEndLayer()) + " of " + llvm::Twine(layers.size()));
    for (size_t run = 0; run < fitted.size(); ++run) {
      if (llvm::Error error = flow.run(run, network->getOwnWeights()))
        return error;
      for (auto [layer, one] : open)
        one->add(flow.getInput(layer), countGramPositions(layers[layer].op));
      flow.keep(run);
    }
    for (auto [i, choice] : llvm::enumerate(choices))
      if (choice.levels.empty() && *llvm::max_element(choice.layers) < flow.getEndLayer())
        makeLevels(i, moments[i]);
  }
  return llvm::Error::success();
}

llvm::Error Pruner::measureLevels(Choice &choice, ArrayRef<size_t> which, bool all) {
  std::vector<size_t> measured;
  for (size_t k = 1; all && k < choice.levels.size(); ++k)
    measured.push_back(k);
  // Else the levels nearest to those that are to be measured.
  for (double zeros : kMeasured) {
    size_t nearest = 1;
    for (size_t k = 2; k < choice.levels.size(); ++k)
      if (std::abs(choice.levels[k].zeros - zeros) < std::abs(choice.levels[nearest].zeros - zeros))
        nearest = k;
    if (!llvm::is_contained(measured, nearest))
      measured.push_back(nearest);
  }
  std::vector<LayerWeights> weights = network->getOwnWeights();
  for (size_t k : measured) {
    for (auto [layer, given] : llvm::zip_equal(choice.layers, choice.levels[k].weights))
      weights[layer] = given;
    llvm::Expected<Score> found = score(weights, which);
    if (!found)
      return found.takeError();
    choice.levels[k].outputError = found->getError();
  }
  // Between them the output error is a multiple of the layers' own; the factor is interpolated.
  auto getFactor = [&](size_t k) {
    return choice.levels[k].error > 0 ? choice.levels[k].outputError / choice.levels[k].error : 0;
  };
  for (size_t k = 1; k < choice.levels.size(); ++k) {
    if (llvm::is_contained(measured, k))
      continue;
    auto above = llvm::upper_bound(measured, k);
    size_t high = above == measured.end() ? measured.back() : *above;
    size_t low = above == measured.begin() ? measured.front() : *std::prev(above);
    double part = high > low ? double(k - low) / (high - low) : 0;
    choice.levels[k].outputError = choice.levels[k].error * ((1 - part) * getFactor(low) + part * getFactor(high));
  }
  return llvm::Error::success();
}

llvm::Error Pruner::measureLevels() {
  size_t levels = 0;
  for (const Choice &choice : choices)
    levels += choice.levels.size() - 1;
  double runs = kMeasureMacs / std::max(1.0, countRunMacs());
  bool all = runs / std::max<size_t>(1, levels) >= kLeastMeasured;
  size_t taken = static_cast<size_t>(runs / std::max<size_t>(1, all ? levels : std::size(kMeasured) * choices.size()));
  ArrayRef<size_t> which = ArrayRef<size_t>(heldOut).take_front(std::clamp(taken, kLeastMeasured, kMostMeasured));
  for (auto [i, choice] : llvm::enumerate(choices)) {
    progress("what levels " + llvm::Twine(i + 1) + " of " + llvm::Twine(choices.size()) + " do to the output");
    if (choice.levels.size() > 1)
      if (llvm::Error error = measureLevels(choice, which, all))
        return error;
  }
  return llvm::Error::success();
}

} // namespace winnow
