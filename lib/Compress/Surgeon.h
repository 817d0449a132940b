//===- Surgeon.h - the order in which weights are worth least ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The optimal brain surgeon on the quadratic output error of one layer: Hassibi and Stork, "Second order derivatives
// for network pruning", 1992; for rows of a layer and one Hessian, Frantar and Alistarh, "Optimal Brain Compression",
// 2022, section 4. Units of several columns and rows are removed at once by the same formula with blocks.

#ifndef WINNOW_LIB_COMPRESS_SURGEON_H
#define WINNOW_LIB_COMPRESS_SURGEON_H

#include "winnow/Compress/PruningPattern.h"

#include "llvm/ADT/ArrayRef.h"

namespace winnow {

/// A layer's weights and what they are multiplied with.
struct WeightMatrix {
  llvm::ArrayRef<float> rows; ///< count x inputs * taps
  size_t count = 1;
  int64_t inputs = 1, taps = 1;

  size_t getLength() const { return rows.size() / count; }
};

/// What removing units of one group of rows costs.
struct RemovalOrder {
  std::vector<uint32_t> units; ///< the first to go first
  /// What each adds to the layer's squared output error, all others that are left being refitted.
  std::vector<double> costs;
};

/// The order in which each group of `pattern.rows` rows loses its units (see PruningPattern::getUnits), given the
/// second moments `gram` (length x length) of the inputs. With a fixed density, only as many as that allows are lost.
std::vector<RemovalOrder> orderRemovals(const WeightMatrix &weights, llvm::ArrayRef<float> gram,
                                        const PruningPattern &pattern);

/// The same by the weights' own squares times the squares of what they meet: for layers too large for the above. With
/// `gram` empty, by the weights' squares alone.
std::vector<RemovalOrder> orderByMagnitude(const WeightMatrix &weights, llvm::ArrayRef<float> gram,
                                           const PruningPattern &pattern);

/// Which weights stay when the cheapest units of all groups go, so that at least these parts (0..1) of the weights do.
std::vector<std::vector<char>> chooseSupports(const WeightMatrix &weights, llvm::ArrayRef<RemovalOrder> orders,
                                              const PruningPattern &pattern, llvm::ArrayRef<double> zeros);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_SURGEON_H
