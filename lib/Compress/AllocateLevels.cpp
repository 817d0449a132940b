//===- AllocateLevels.cpp - levels that reach the target with least error -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pruner.h"
#include "RemovableLayers.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace winnow {

/// How often a budget is corrected for savings that do not just add up.
static constexpr int kCorrections = 10;

int64_t getStoredBytes(int64_t weights, int64_t nonzeros) {
  return std::min<int64_t>(weights * sizeof(float), nonzeros * sizeof(float) + (weights + 7) / 8);
}

std::vector<LayerWeights> Pruner::getWeights(ArrayRef<unsigned> levels) const {
  std::vector<LayerWeights> weights = network->getOwnWeights();
  for (auto [choice, level] : llvm::zip_equal(choices, levels))
    if (level > 0)
      for (auto [layer, given] : llvm::zip_equal(choice.layers, choice.levels[level].weights))
        weights[layer] = given;
  return weights;
}

DenseSet<unsigned> Pruner::getGone(ArrayRef<unsigned> levels) const {
  DenseSet<unsigned> gone;
  for (auto [choice, level] : llvm::zip_equal(choices, levels))
    gone.insert(choice.levels[level].gone.begin(), choice.levels[level].gone.end());
  return gone;
}

std::vector<int64_t> Pruner::countNonzeros(ArrayRef<unsigned> levels) const {
  std::vector<int64_t> counts;
  DenseSet<unsigned> gone = getGone(levels), unneeded;
  if (options.pattern.wholeLayers)
    unneeded = findUnneeded(ModuleOp(module).lookupSymbol<func::FuncOp>("main"), gone);
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (classes) {
      counts.push_back(llvm::count(getSupport(i, gone), 1));
      continue;
    }
    if (options.pattern.wholeLayers) {
      counts.push_back(unneeded.contains(i) ? 0 : layer.op.getRows() * layer.op.getRowLength());
      continue;
    }
    unsigned level = choiceOf[i] ? levels[*choiceOf[i]] : 0;
    const std::vector<float> &rows =
        level ? choices[*choiceOf[i]].levels[level].weights.front().rows : network->getOwnWeights()[i].rows;
    counts.push_back(rows.size() - llvm::count(rows, 0.0f));
  }
  return counts;
}

double Pruner::getTotal(ArrayRef<unsigned> levels) const {
  if (options.measure == PruningMeasure::Latency) {
    OwningOpRef<ModuleOp> copy = ModuleOp(module).clone();
    writeTo(copy->lookupSymbol<func::FuncOp>("main"), getWeights(levels), getGone(levels));
    return options.predict(*copy);
  }
  double total = 0;
  for (auto [layer, nonzeros] : llvm::zip_equal(layers, countNonzeros(levels))) {
    int64_t weights = layer.op.getRows() * layer.op.getRowLength();
    if (options.measure == PruningMeasure::Sparsity)
      total += nonzeros;
    else if (options.measure == PruningMeasure::Macs)
      total += double(nonzeros) * layer.positions;
    else // what is left of a layer without some of its channels is dense
      total += classes || options.pattern.wholeLayers ? nonzeros * sizeof(float) : getStoredBytes(weights, nonzeros);
  }
  return total;
}

void Pruner::countSavings() {
  std::vector<unsigned> levels(choices.size(), 0);
  double dense = getTotal(levels);
  for (auto [i, choice] : llvm::enumerate(choices)) {
    if (options.measure == PruningMeasure::Latency)
      progress("predicting times " + llvm::Twine(i + 1) + " of " + llvm::Twine(choices.size()));
    for (size_t k = 1; k < choice.levels.size(); ++k) {
      levels[i] = k;
      choice.levels[k].saved = dense - getTotal(levels);
    }
    levels[i] = 0;
  }
}

double Pruner::getBudget(double part) const {
  double dense = getTotal(std::vector<unsigned>(choices.size(), 0)), target = options.target;
  if (target == 0) { // as much as there is
    double most = 0;
    for (const Choice &choice : choices)
      most += choice.levels.back().saved;
    return dense - part * most;
  }
  if (options.measure == PruningMeasure::Sparsity) {
    int64_t weights = 0;
    for (const Layer &layer : layers)
      weights += layer.op.getRows() * layer.op.getRowLength();
    return weights * (1 - part * target);
  }
  double wanted = options.measure == PruningMeasure::Bytes && target > 1 ? target : target * dense;
  return dense - part * (dense - wanted);
}

static llvm::StringRef describe(PruningMeasure measure) {
  switch (measure) {
  case PruningMeasure::Sparsity:
    return "weights";
  case PruningMeasure::Macs:
    return "multiplications";
  case PruningMeasure::Bytes:
    return "bytes of weights";
  case PruningMeasure::Latency:
    return "predicted cycles of convolutions";
  }
  llvm_unreachable("no such measure");
}

llvm::Error Pruner::makeUnreachable(double budget) const {
  std::vector<unsigned> none(choices.size(), 0), most;
  for (const Choice &choice : choices)
    most.push_back(choice.levels.size() - 1);
  double dense = getTotal(none), least = getTotal(most);
  return llvm::createStringError(
      llvm::formatv("the target cannot be reached: {0:N0} of {1:N0} {2} ({3:P1}) are left with most zeros in all "
                    "layers that can be pruned, but at most {4:N0} ({5:P1}) were asked for",
                    int64_t(least), int64_t(dense), describe(options.measure), least / dense,
                    int64_t(std::max(0.0, budget)), std::max(0.0, budget / dense))
          .str());
}

llvm::Expected<std::vector<unsigned>> Pruner::allocate(double part) {
  std::vector<std::vector<DensityLevel>> levels;
  double dense = getTotal(std::vector<unsigned>(choices.size(), 0)), most = 0, budget = getBudget(part);
  for (const Choice &choice : choices) {
    levels.emplace_back();
    double largest = 0;
    for (const Level &level : choice.levels) {
      levels.back().push_back({-level.saved, level.outputError});
      largest = std::max(largest, level.saved);
    }
    most += largest;
  }
  // Savings of layers add up, those of channels that meet do not, nor do predicted times.
  double asked = dense - budget, low = 0, high = most;
  std::optional<std::vector<unsigned>> best;
  for (int k = 0; k < kCorrections && asked <= most * (1 + 1e-9); ++k) {
    std::optional<std::vector<unsigned>> found = chooseLevels(levels, -asked * (1 - 1e-9));
    bool reaches = found && getTotal(*found) <= budget * (1 + 1e-9);
    if (reaches)
      best = found;
    if (reaches && (k == 0 || high - low < 1e-3 * most))
      break;
    (reaches ? high : low) = asked;
    asked = (low + high) / 2;
  }
  return best ? llvm::Expected<std::vector<unsigned>>(std::move(*best)) : makeUnreachable(budget);
}

} // namespace winnow
