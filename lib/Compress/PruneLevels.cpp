//===- PruneLevels.cpp - what zeros cost each layer and the network -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LeastSquares.h"
#include "Pruner.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;

namespace winnow {

/// Parts of zeros that layers can have.
static constexpr double kLadder[] = {0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99};
/// Bytes that the weights of all levels may take, and Gram matrices that are made at a time.
static constexpr int64_t kMostLevelBytes = int64_t(400) << 20, kMostGramBytes = int64_t(512) << 20;
/// Rows that are longer are ordered by single weights: eliminating columns takes the cube of their number.
static constexpr int64_t kLongestElimination = 1536;
/// Columns of inputs that second moments are taken of: of each layer, and for each weight of a row.
static constexpr int64_t kLeastColumns = 16384, kColumnsForWeight = 48;
/// Samples and levels on which the network's output is looked at; errors of levels between are interpolated.
static constexpr size_t kMeasuredSamples = 32;
static constexpr double kMeasured[] = {0.5, 0.8, 0.95};

int64_t getStoredBytes(int64_t weights, int64_t nonzeros) {
  return std::min<int64_t>(weights * sizeof(float), nonzeros * sizeof(float) + (weights + 7) / 8);
}

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
  if (options.criterion == PruningCriterion::Magnitude)
    return orderByMagnitude(weights, {}, options.pattern);
  if (gram.empty() || int64_t(weights.getLength()) > kLongestElimination)
    return orderByMagnitude(weights, gram, options.pattern);
  return orderRemovals(weights, gram, options.pattern);
}

PrunedRows pruneRows(const WeightMatrix &weights, ArrayRef<float> gram, ArrayRef<double> zeros,
                     const PruningOptions &options) {
  std::vector<RemovalOrder> order = getOrder(weights, gram, options);
  PrunedRows pruned;
  for (double part : zeros) {
    std::vector<char> support = chooseSupport(weights, order, options.pattern, part);
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

void Pruner::makeLevels(Layer &layer, size_t index, const GramMatrix *moments) {
  const LayerWeights &own = network->getOwnWeights()[index];
  WeightMatrix weights{own.rows, size_t(layer.op.getRows()), layer.op.getInputChannels(), layer.op.getTaps()};
  std::vector<float> gram, means;
  if (moments) {
    gram = moments->get();
    means = moments->getInputMeans();
  }
  std::vector<double> ladder = getLadder();
  std::vector<float> none(own.rows.size(), 0.0f);
  double variance = gram.empty() ? 0 : getOutputError(none, own.rows, weights.count, gram);
  for (auto [zeros, rows] : llvm::zip_equal(ladder, pruneRows(weights, gram, ladder, options))) {
    Level &level = layer.levels.emplace_back();
    level.zeros = double(llvm::count(rows, 0.0f)) / rows.size();
    level.error = variance > 0 ? getOutputError(own.rows, rows, weights.count, gram) / variance : 0;
    level.weights = {std::move(rows), own.bias};
    for (size_t m = 0; m < own.bias.size() && !means.empty(); ++m)
      for (size_t k = 0; k < means.size(); ++k)
        level.weights.bias[m] += (own.rows[m * means.size() + k] - level.weights.rows[m * means.size() + k]) * means[k];
  }
}

llvm::Error Pruner::makeLevels() {
  const std::vector<LayerWeights> &own = network->getOwnWeights();
  size_t batch = network->getBatch();
  for (auto [layer, weights] : llvm::zip_equal(layers, own))
    layer.levels.push_back({double(llvm::count(weights.rows, 0.0f)) / weights.rows.size(), weights});
  DenseSet<size_t> isFitted(fitted.begin(), fitted.end());
  for (size_t next = 0, end; next < layers.size(); next = end) {
    std::vector<std::pair<size_t, std::optional<GramMatrix>>> grams;
    int64_t bytes = 0;
    for (end = next; end < layers.size(); ++end) {
      if (!layers[end].kept.empty())
        continue;
      int64_t length = layers[end].op.getRowLength();
      bool hasGram = length <= kLargestGram;
      if (hasGram && bytes > 0 && bytes + length * length * 4 > kMostGramBytes)
        break;
      bytes += hasGram ? length * length * 4 : 0;
      grams.emplace_back(end, std::nullopt);
      if (hasGram)
        grams.back().second.emplace(*getPatchShape(layers[end].op));
    }
    for (size_t first = 0; first + batch <= samples.size(); first += batch) {
      bool isFirstSweep = next == 0;
      if (!isFirstSweep && !isFitted.contains(first))
        continue;
      if (first % (64 * batch) == 0)
        progress("moments of sample " + llvm::Twine(first + 1) + " of " + llvm::Twine(samples.size()));
      if (llvm::Error error = network->run(samples, first, own))
        return error;
      for (size_t k = 0; k < batch && isFirstSweep; ++k)
        signals.push_back(network->getSignal(k).vec());
      for (auto &[index, gram] : grams)
        if (gram && isFitted.contains(first))
          gram->add(network->getInput(index), countGramPositions(layers[index].op));
    }
    for (auto &[index, gram] : grams) {
      progress("levels of layer " + llvm::Twine(index + 1) + " of " + llvm::Twine(layers.size()));
      makeLevels(layers[index], index, gram ? &*gram : nullptr);
      gram.reset();
    }
  }
  return llvm::Error::success();
}

llvm::Error Pruner::measureLevels() {
  ArrayRef<size_t> which = ArrayRef<size_t>(heldOut).take_front(kMeasuredSamples);
  std::vector<LayerWeights> weights = network->getOwnWeights();
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (layer.levels.size() < 2)
      continue;
    progress("what zeros of layer " + llvm::Twine(i + 1) + " of " + llvm::Twine(layers.size()) + " do to the output");
    // The levels nearest to those that are to be measured.
    std::vector<size_t> measured;
    for (double zeros : kMeasured) {
      size_t nearest = 1;
      for (size_t k = 2; k < layer.levels.size(); ++k)
        if (std::abs(layer.levels[k].zeros - zeros) < std::abs(layer.levels[nearest].zeros - zeros))
          nearest = k;
      if (!llvm::is_contained(measured, nearest))
        measured.push_back(nearest);
    }
    for (size_t k : measured) {
      weights[i] = layer.levels[k].weights;
      llvm::Expected<Score> found = score(weights, which);
      if (!found)
        return found.takeError();
      layer.levels[k].outputError = found->getError();
    }
    weights[i] = layer.levels.front().weights;
    // Between them the output error is a multiple of the layer's own; the factor is interpolated.
    auto getFactor = [&levels = layer.levels](size_t k) {
      return levels[k].error > 0 ? levels[k].outputError / levels[k].error : 0;
    };
    for (size_t k = 1; k < layer.levels.size(); ++k) {
      if (llvm::is_contained(measured, k))
        continue;
      auto above = llvm::upper_bound(measured, k);
      size_t high = above == measured.end() ? measured.back() : *above;
      size_t low = above == measured.begin() ? measured.front() : *std::prev(above);
      double part = high > low ? double(k - low) / (high - low) : 0;
      part = std::clamp(part, 0.0, 1.0);
      layer.levels[k].outputError = layer.levels[k].error * ((1 - part) * getFactor(low) + part * getFactor(high));
    }
  }
  return llvm::Error::success();
}

void Pruner::predictCosts() {
  double dense = 0;
  if (options.measure == PruningMeasure::Latency)
    dense = options.predict(module);
  for (auto [i, layer] : llvm::enumerate(layers)) {
    int64_t weights = layer.op.getRows() * layer.op.getRowLength();
    if (options.measure == PruningMeasure::Latency)
      progress("predicting times of layer " + llvm::Twine(i + 1) + " of " + llvm::Twine(layers.size()));
    for (Level &level : layer.levels) {
      int64_t nonzeros = weights - llvm::count(level.weights.rows, 0.0f);
      switch (options.measure) {
      case PruningMeasure::Sparsity:
        level.cost = nonzeros;
        break;
      case PruningMeasure::Macs:
        level.cost = double(nonzeros) * layer.positions;
        break;
      case PruningMeasure::Bytes:
        level.cost = getStoredBytes(weights, nonzeros);
        break;
      case PruningMeasure::Latency:
        level.cost = &level == &layer.levels.front() ? 0 : predictWith(i, level) - dense;
        break;
      }
    }
  }
}

double Pruner::predictWith(size_t index, const Level &level) const {
  OwningOpRef<ModuleOp> copy = ModuleOp(module).clone();
  LayerOp layer = findLayers(copy->lookupSymbol<func::FuncOp>("main"))[index];
  OpBuilder builder(layer.getOperation());
  auto type = cast<RankedTensorType>(layer.getFilter().getType());
  layer.setFilter(createFloats(builder, layer.getOperation()->getLoc(), type.getShape(),
                               toFilterOrder<float>(level.weights.rows, layer.getRows(), layer.getFilterAxis())));
  return options.predict(*copy);
}

double Pruner::getBudget(double part) const {
  double dense = 0;
  int64_t weights = 0;
  for (const Layer &layer : layers) {
    dense += layer.levels.front().cost;
    weights += layer.op.getRows() * layer.op.getRowLength();
  }
  double target = options.target;
  switch (options.measure) {
  case PruningMeasure::Sparsity:
    return weights * (1 - part * target);
  case PruningMeasure::Macs:
    return dense * (1 - part * (1 - target));
  case PruningMeasure::Bytes:
    return dense - part * (dense - (target <= 1 ? target * dense : target));
  case PruningMeasure::Latency:
    return -part * (1 - target) * options.predict(module);
  }
  llvm_unreachable("all measures are handled");
}

llvm::Expected<std::vector<unsigned>> Pruner::allocate(double part) {
  std::vector<std::vector<DensityLevel>> choices;
  for (const Layer &layer : layers) {
    choices.emplace_back();
    for (const Level &level : layer.levels)
      choices.back().push_back({level.cost, level.outputError});
  }
  std::optional<std::vector<unsigned>> found = chooseLevels(choices, getBudget(part));
  if (!found)
    return llvm::createStringError("the target cannot be reached, not even with most zeros in all layers that can be "
                                   "pruned");
  return std::move(*found);
}

std::vector<LayerWeights> Pruner::getWeights(ArrayRef<unsigned> levels) const {
  std::vector<LayerWeights> weights;
  for (auto [layer, level] : llvm::zip_equal(layers, levels))
    weights.push_back(layer.levels[level].weights);
  return weights;
}

} // namespace winnow
