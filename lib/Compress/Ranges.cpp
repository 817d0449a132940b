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

static constexpr double kLevels = 255;
/// Steps in which the range of least error is looked for, on each side.
static constexpr int kSearchSteps = 40;

/// A scale that f32 and its reciprocal can hold, also for values that are always 0.
static double getStep(Bounds bounds) { return std::max((bounds.upper - bounds.lower) / kLevels, 0x1p-60); }

Range makeRange(Bounds bounds) {
  Range range;
  range.scale = static_cast<float>(getStep(bounds));
  range.zero = static_cast<uint8_t>(std::clamp(std::nearbyint(-bounds.lower / range.scale), 0.0, kLevels));
  return range;
}

double getRangeError(const Histogram &counts, Bounds bounds) {
  double step = getStep(bounds), inside = step * step / 12, error = 0, total = counts.getZeros();
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
static Bounds searchBounds(Bounds seen, const Histogram &costs) {
  Bounds best = seen;
  double least = getRangeError(costs, best);
  auto tryBounds = [&](Bounds bounds) {
    double error = getRangeError(costs, bounds);
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

std::vector<RangeCandidate> getRangeCandidates(Bounds seen, const Histogram &counts, const Histogram &costs) {
  std::vector<RangeCandidate> candidates{{"min-max", seen}};
  for (auto [name, part] : {std::pair("99.999%", 0.99999), std::pair("99.99%", 0.9999), std::pair("99.9%", 0.999)})
    candidates.push_back(
        {name,
         {std::max(seen.lower, counts.getLowerQuantile(part)), std::min(seen.upper, counts.getUpperQuantile(part))}});
  candidates.push_back({"mse", searchBounds(seen, costs)});
  return candidates;
}

Range chooseRange(Bounds seen, const Histogram &counts, const Histogram &costs, RangeMethod method) {
  std::vector<RangeCandidate> candidates = getRangeCandidates(seen, counts, costs);
  const RangeCandidate *best = nullptr;
  double least = DBL_MAX;
  for (auto [i, candidate] : llvm::enumerate(candidates)) {
    bool allowed = method == RangeMethod::Auto || static_cast<size_t>(method) == i + 1;
    double error = getRangeError(costs, candidate.bounds);
    if (allowed && error < least) {
      least = error;
      best = &candidate;
    }
  }
  Range range = makeRange(best->bounds);
  range.choice = best->name;
  range.error = least;
  return range;
}

} // namespace winnow
