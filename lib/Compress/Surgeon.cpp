//===- Surgeon.cpp - the order in which weights are worth least -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Surgeon.h"

#include "Elimination.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cmath>

namespace winnow {

static size_t countGroups(const WeightMatrix &weights, const PruningPattern &pattern) {
  return llvm::divideCeil(weights.count, pattern.rows);
}

std::vector<RemovalOrder> orderRemovals(const WeightMatrix &weights, llvm::ArrayRef<float> gram,
                                        const PruningPattern &pattern) {
  EliminationProblem problem =
      EliminationProblem::make(weights, gram, pattern, pattern.getUnits(weights.inputs, weights.taps));
  std::vector<RemovalOrder> orders(countGroups(weights, pattern));
  llvm::parallelFor(0, orders.size(),
                    [&](size_t group) { orders[group] = Elimination(problem, group * pattern.rows).run(); });
  return orders;
}

std::vector<RemovalOrder> orderByMagnitude(const WeightMatrix &weights, llvm::ArrayRef<float> gram,
                                           const PruningPattern &pattern) {
  size_t length = weights.getLength();
  std::vector<std::vector<int64_t>> units = pattern.getUnits(weights.inputs, weights.taps);
  std::vector<RemovalOrder> orders(countGroups(weights, pattern));
  for (auto [group, order] : llvm::enumerate(orders)) {
    std::vector<double> costs(units.size(), 0.0);
    size_t firstRow = group * pattern.rows, lastRow = std::min(firstRow + pattern.rows, weights.count);
    for (auto [unit, columns] : llvm::enumerate(units))
      for (int64_t k : columns)
        for (size_t row = firstRow; row < lastRow; ++row)
          costs[unit] += double(weights.rows[row * length + k]) * weights.rows[row * length + k] *
                         (gram.empty() ? 1.0f : gram[k * length + k]);
    std::vector<uint32_t> sorted(units.size());
    for (size_t i = 0; i < sorted.size(); ++i)
      sorted[i] = i;
    llvm::sort(sorted, [&](uint32_t a, uint32_t b) { return std::pair(costs[a], a) < std::pair(costs[b], b); });
    std::vector<int64_t> lost(units.size(), 0); // of columns of which some stay, at the place of the first
    for (uint32_t unit : sorted) {
      if (pattern.hasFixedDensity()) {
        int64_t column = units[unit].front(), group = column / weights.taps / pattern.of, tap = column % weights.taps;
        int64_t channels = std::min(pattern.of, weights.inputs - group * pattern.of);
        if (lost[group * pattern.of * weights.taps + tap]++ >= channels - pattern.keep)
          continue;
      }
      order.units.push_back(unit);
      order.costs.push_back(costs[unit]);
    }
  }
  return orders;
}

std::vector<std::vector<char>> chooseSupports(const WeightMatrix &weights, llvm::ArrayRef<RemovalOrder> orders,
                                              const PruningPattern &pattern, llvm::ArrayRef<double> zeros) {
  std::vector<std::vector<int64_t>> units = pattern.getUnits(weights.inputs, weights.taps);
  struct Candidate {
    double cost;                 ///< what lets the group lose its units up to this one
    uint32_t group, place, unit; ///< `place` in the order of the group
  };
  std::vector<Candidate> candidates;
  for (auto [group, order] : llvm::enumerate(orders)) {
    double largest = 0;
    for (size_t place = 0; place < order.units.size(); ++place) {
      largest = std::max(largest, order.costs[place]);
      candidates.push_back({largest, uint32_t(group), uint32_t(place), order.units[place]});
    }
  }
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    return std::tuple(a.cost, a.group, a.place) < std::tuple(b.cost, b.group, b.place);
  });
  std::vector<std::vector<char>> supports;
  for (double part : zeros) {
    std::vector<char> &support = supports.emplace_back(weights.rows.size(), 1);
    size_t length = weights.getLength(), wanted = std::ceil(part * support.size()), gone = 0;
    for (const Candidate &candidate : candidates) {
      if (gone >= wanted && !pattern.hasFixedDensity())
        break;
      size_t firstRow = candidate.group * pattern.rows, lastRow = std::min(firstRow + pattern.rows, weights.count);
      for (size_t row = firstRow; row < lastRow; ++row)
        for (int64_t k : units[candidate.unit])
          support[row * length + k] = 0;
      gone += (lastRow - firstRow) * units[candidate.unit].size();
    }
  }
  return supports;
}

} // namespace winnow
