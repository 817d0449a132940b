//===- Densities.cpp - how many weights each layer keeps ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Densities.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>

namespace winnow {

static constexpr size_t kSteps = 4000;
static constexpr double kImpossible = std::numeric_limits<double>::infinity();

std::optional<std::vector<unsigned>> chooseLevels(llvm::ArrayRef<std::vector<DensityLevel>> layers, double budget) {
  // Steps of what is above the least cost: rounding up then wastes least.
  double least = 0;
  std::vector<double> floors;
  for (const std::vector<DensityLevel> &levels : layers) {
    floors.push_back(kImpossible);
    for (const DensityLevel &level : levels)
      floors.back() = std::min(floors.back(), level.cost);
    least += floors.back();
  }
  if (least > budget)
    return std::nullopt;
  double step = (budget - least) / kSteps;
  auto getSteps = [&](double cost) -> size_t {
    if (cost <= 0)
      return 0;
    double steps = step > 0 ? std::ceil(cost / step * (1 - 1e-9)) : kSteps + 1.0;
    return static_cast<size_t>(std::min(steps, kSteps + 1.0));
  };
  std::vector<double> errors(kSteps + 1, 0.0); // with at most so many steps
  std::vector<std::vector<uint8_t>> choices;
  for (auto [levels, floor] : llvm::zip_equal(layers, floors)) {
    std::vector<double> next(kSteps + 1, kImpossible);
    std::vector<uint8_t> &choice = choices.emplace_back(kSteps + 1, 0);
    for (auto [index, level] : llvm::enumerate(levels)) {
      size_t taken = getSteps(level.cost - floor);
      for (size_t steps = taken; steps <= kSteps; ++steps)
        if (double error = errors[steps - taken] + level.error; error < next[steps]) {
          next[steps] = error;
          choice[steps] = static_cast<uint8_t>(index);
        }
    }
    errors = std::move(next);
  }
  if (errors[kSteps] == kImpossible)
    return std::nullopt;
  std::vector<unsigned> chosen(layers.size());
  size_t steps = kSteps;
  for (size_t i = layers.size(); i-- > 0;) {
    chosen[i] = choices[i][steps];
    steps -= getSteps(layers[i][chosen[i]].cost - floors[i]);
  }
  return chosen;
}

} // namespace winnow
