//===- Densities.h - how many weights each layer keeps ----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_DENSITIES_H
#define WINNOW_LIB_COMPRESS_DENSITIES_H

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <vector>

namespace winnow {

/// A layer with so many zeros: what it costs, and the error that it makes.
struct DensityLevel {
  double cost = 0, error = 0;
};

/// One level of each layer, so that their costs add up to `budget` at most and their errors to the least possible:
/// dynamic programming over costs in 4000 steps, rounded up (Frantar and Alistarh, "SPDY: Accurate Pruning with Speedup
/// Guarantees", 2022, section 3). Nothing where no choice is within the budget.
std::optional<std::vector<unsigned>> chooseLevels(llvm::ArrayRef<std::vector<DensityLevel>> layers, double budget);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_DENSITIES_H
