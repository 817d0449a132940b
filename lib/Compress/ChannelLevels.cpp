//===- ChannelLevels.cpp - channels in the order in which they go ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elimination.h"
#include "LeastSquares.h"
#include "Pruner.h"

#include <cmath>

using namespace mlir;

namespace winnow {

/// Levels, and the part of the channels that one has less than the one before.
static constexpr int kLevels = 19;
static constexpr double kStep = 0.05;
/// Rows that layers keep are multiples of the largest power of two that is at most half of them, and this:
/// vectors of output channels are computed whether or not all of their rows are there.
static constexpr int64_t kMostRowsTogether = 16;

static double getVariance(ArrayRef<float> rows, size_t count, ArrayRef<float> gram) {
  return std::max(getOutputError(rows, std::vector<float>(rows.size(), 0.0f), count, gram), 1e-30);
}

namespace {
/// A layer that loses what it reads of a group's channels.
struct Reader {
  Reader(const WeightMatrix &weights, const ChannelUse &use, ArrayRef<float> gram, bool areWeighed)
      : weight(areWeighed ? 1 : 1 / getVariance(weights.rows, weights.count, gram)) {
    std::vector<std::vector<int64_t>> units;
    std::vector<char> isRead(weights.getLength(), 0);
    for (auto [place, columns] : llvm::enumerate(use.places)) {
      if (columns.empty())
        continue;
      places.push_back(place);
      units.push_back(columns);
      for (int64_t column : columns)
        isRead[column] = 1;
    }
    size_t removable = units.size();
    for (size_t column = 0; column < isRead.size(); ++column)
      if (!isRead[column])
        units.push_back({int64_t(column)});
    PruningPattern allRows;
    allRows.rows = weights.count;
    problem = EliminationProblem::make(weights, gram, allRows, std::move(units));
    problem.removable = removable;
    elimination = std::make_unique<Elimination>(problem, 0);
  }

  double weight; ///< of its errors, so that those of layers can be compared
  EliminationProblem problem;
  std::unique_ptr<Elimination> elimination;
  std::vector<unsigned> places; ///< in the group, of units
};
} // namespace

std::vector<unsigned> Pruner::orderChannels(const ChannelGroup &group, ArrayRef<std::vector<float>> grams) const {
  if (options.criterion == PruningCriterion::Taylor)
    return orderChannelsByTaylor(group);
  std::vector<std::unique_ptr<Reader>> readers;
  std::vector<std::vector<float>> weighed;
  for (auto [use, gram] : llvm::zip_equal(group.readers, grams)) {
    WeightMatrix weights = getMatrix(layers[use.layer].op, network->getOwnWeights()[use.layer].rows);
    weights.rows = weighed.emplace_back(weighRows(weights, importance[use.layer], options.criterion));
    readers.push_back(std::make_unique<Reader>(weights, use, gram, needsGradients(options.criterion)));
  }
  std::vector<unsigned> order;
  std::vector<char> isGone(group.classes.size(), 0);
  while (order.size() + 1 < group.classes.size()) {
    std::vector<double> costs(group.classes.size(), 0.0);
    for (const std::unique_ptr<Reader> &reader : readers)
      reader->elimination->visitCosts(
          [&](uint32_t unit, double cost) { costs[reader->places[unit]] += cost * reader->weight; });
    std::optional<unsigned> least;
    for (unsigned place = 0; place < costs.size(); ++place)
      if (!isGone[place] && (!least || costs[place] < costs[*least]))
        least = place;
    isGone[*least] = 1;
    order.push_back(group.classes[*least]);
    for (const std::unique_ptr<Reader> &reader : readers)
      if (auto found = llvm::find(reader->places, *least); found != reader->places.end())
        reader->elimination->removeUnit(found - reader->places.begin());
  }
  return order;
}

void Pruner::roundRows(const ChannelGroup &group, ArrayRef<unsigned> order, DenseSet<unsigned> &gone) const {
  bool changed = true;
  while (changed) {
    changed = false;
    for (const ChannelUse &maker : group.makers) {
      int64_t rows = layers[maker.layer].op.getRows(), lost = 0, together = 1;
      while (together * 2 <= std::min(rows / 2, kMostRowsTogether))
        together *= 2;
      DenseMap<unsigned, int64_t> rowsOf; // classes that are gone
      for (auto [one, places] : llvm::zip_equal(group.classes, maker.places))
        if (gone.contains(one) && !places.empty())
          lost += rowsOf[one] = places.size();
      for (size_t i = order.size(); i-- > 0 && (lost == rows || (rows - lost) % together != 0);) {
        if (!rowsOf.contains(order[i]))
          continue;
        lost -= rowsOf[order[i]];
        gone.erase(order[i]);
        changed = true;
      }
    }
  }
}

std::vector<char> Pruner::getSupport(size_t layer, const DenseSet<unsigned> &gone) const {
  const LayerOp &op = layers[layer].op;
  auto isGone = [&](Value value, int64_t channel) {
    std::optional<unsigned> one = classes->find(value, channel);
    return one && gone.contains(*one);
  };
  int64_t length = op.getRowLength(), taps = op.getTaps();
  std::vector<char> support(op.getRows() * length, 1), column(length, 1);
  for (int64_t k = 0; op.getGroups() == 1 && k < length; ++k)
    column[k] = !isGone(op.getInput(), k / taps);
  for (int64_t row = 0; row < op.getRows(); ++row) {
    bool stays = !isGone(op.getOutput(), row);
    for (int64_t k = 0; k < length; ++k)
      support[row * length + k] = stays && column[k];
  }
  return support;
}

void Pruner::makeChannelLevels(Choice &choice, const ChannelGroup &group, const Moments &moments) {
  std::vector<std::vector<float>> grams, means;
  for (const std::optional<GramMatrix> &one : moments) {
    grams.push_back(one->get());
    means.push_back(one->getInputMeans());
  }
  std::vector<unsigned> order = orderChannels(group, grams);
  for (int step = 1; step <= kLevels; ++step) {
    DenseSet<unsigned> gone;
    for (size_t i = 0; i < order.size() && i < std::floor(kStep * step * group.classes.size()); ++i)
      gone.insert(order[i]);
    roundRows(group, order, gone);
    if (gone.size() == choice.levels.back().gone.size())
      continue;
    Level &level = choice.levels.emplace_back();
    level.zeros = double(gone.size()) / group.classes.size();
    level.gone.assign(gone.begin(), gone.end());
    llvm::sort(level.gone);
    for (auto [i, use] : llvm::enumerate(group.readers)) {
      // Which of the rows go, the group of what they make decides.
      const LayerWeights &own = network->getOwnWeights()[use.layer];
      std::vector<char> support(own.rows.size(), 1);
      size_t rows = layers[use.layer].op.getRows(), length = own.rows.size() / rows;
      for (auto [one, columns] : llvm::zip_equal(group.classes, use.places))
        for (size_t row = 0; row < rows && gone.contains(one); ++row)
          for (int64_t column : columns)
            support[row * length + column] = 0;
      LayerWeights &made =
          level.weights.emplace_back(LayerWeights{refitSupport(own.rows, rows, grams[i], support), own.bias});
      keepMeans(own.rows, made.rows, means[i], made.bias);
      level.error += getOutputError(own.rows, made.rows, rows, grams[i]) / getVariance(own.rows, rows, grams[i]);
    }
  }
}

} // namespace winnow
