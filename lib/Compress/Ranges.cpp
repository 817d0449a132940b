//===- Ranges.cpp - which range of numbers becomes integers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Ranges.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace winnow {

/// Steps in which the range of least error is looked for, on each side.
static constexpr int kSearchSteps = 40;

/// A scale that f32 and its reciprocal can hold, also for values that are always 0.
static double getStep(Bounds bounds, unsigned bits) {
  return std::max((bounds.upper - bounds.lower) / ((1 << bits) - 1), 0x1p-60);
}

Range makeRange(Bounds bounds, unsigned bits) {
  Range range;
  range.bits = bits;
  range.scale = static_cast<float>(getStep(bounds, bits));
  double largest = (1 << bits) - 1;
  range.zero = static_cast<uint8_t>(std::clamp(std::nearbyint(-bounds.lower / range.scale), 0.0, largest));
  return range;
}

double getRangeError(const Histogram &counts, Bounds bounds, unsigned bits) {
  double step = getStep(bounds, bits), inside = step * step / 12, error = 0, total = counts.getZeros();
  llvm::ArrayRef<double> bins = counts.getBins();
  for (int64_t i = 0; i < Histogram::kBins; ++i) {
    if (bins[i] == 0)
      continue;
    double center = counts.getCenter(i);
    double outside = std::max({center - bounds.upper - step / 2, bounds.lower - step / 2 - center, 0.0});
    error += bins[i] * (inside + outside * outside);
    total += bins[i];
  }
  return total > 0 ? error / total : 0;
}

/// The bounds of least error, each side by itself and then both once more.
static Bounds searchBounds(Bounds seen, const Histogram &costs, unsigned bits) {
  Bounds best = seen;
  double least = getRangeError(costs, best, bits);
  auto tryBounds = [&](Bounds bounds) {
    double error = getRangeError(costs, bounds, bits);
    if (error < least) {
      least = error;
      best = bounds;
    }
  };
  for (int i = 1; i < kSearchSteps; ++i) {
    double part = double(i) / kSearchSteps;
    tryBounds({seen.lower * part, seen.upper * part});
  }
  for (int round = 0; round < 2; ++round) {
    Bounds start = best;
    for (int i = 1; seen.lower < 0 && i <= kSearchSteps; ++i)
      tryBounds({seen.lower * i / kSearchSteps, start.upper});
    start = best;
    for (int i = 1; seen.upper > 0 && i <= kSearchSteps; ++i)
      tryBounds({start.lower, seen.upper * i / kSearchSteps});
  }
  return best;
}

std::vector<RangeCandidate> getRangeCandidates(Bounds seen, const Histogram &counts, const Histogram &costs,
                                               unsigned bits) {
  std::vector<RangeCandidate> candidates{{"min-max", seen}};
  for (auto [name, part] : {std::pair("99.999%", 0.99999), std::pair("99.99%", 0.9999), std::pair("99.9%", 0.999)})
    candidates.push_back(
        {name,
         {std::max(seen.lower, counts.getLowerQuantile(part)), std::min(seen.upper, counts.getUpperQuantile(part))}});
  candidates.push_back({"mse", searchBounds(seen, costs, bits)});
  return candidates;
}

Range chooseRange(Bounds seen, const Histogram &counts, const Histogram &costs, RangeMethod method, unsigned bits) {
  std::vector<RangeCandidate> candidates = getRangeCandidates(seen, counts, costs, bits);
  const RangeCandidate *best = nullptr;
  double least = DBL_MAX;
  for (auto [i, candidate] : llvm::enumerate(candidates)) {
    bool allowed = method == RangeMethod::Auto || static_cast<size_t>(method) == i + 1;
    double error = getRangeError(costs, candidate.bounds, bits);
    if (allowed && error < least) {
      least = error;
      best = &candidate;
    }
  }
  Range range = makeRange(best->bounds, bits);
  range.choice = best->name;
  range.error = least;
  return range;
}

} // namespace winnow
