//===- Elimination.h - columns that go one after the other ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_ELIMINATION_H
#define WINNOW_LIB_COMPRESS_ELIMINATION_H

#include "Surgeon.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <Eigen/Core>

namespace winnow {

/// What all groups of rows of a layer have in common.
struct EliminationProblem {
  /// The problem of `units`, which cover all columns, given the second moments `gram` of the inputs.
  static EliminationProblem make(const WeightMatrix &weights, llvm::ArrayRef<float> gram, const PruningPattern &pattern,
                                 std::vector<std::vector<int64_t>> units);

  WeightMatrix weights;
  PruningPattern pattern;
  std::vector<std::vector<int64_t>> units; ///< columns
  size_t removable = 0;                    ///< the first of the units; the others stay
  /// The inverse of the damped Gram matrix, columns in the order of the units.
  std::vector<float> inverse;
};

/// The removal of the units of one group of rows. `base` less the products of the pending vectors with themselves is
/// the inverse of the Gram matrix of the columns that are left.
class Elimination {
public:
  Elimination(const EliminationProblem &problem, size_t firstRow);

  /// Removes what costs least until nothing is left that may go.
  RemovalOrder run();

  /// Calls `visit` with the number and the cost of each unit that is left and may go.
  void visitCosts(llvm::function_ref<void(uint32_t unit, double cost)> visit);
  void removeUnit(uint32_t unit);

private:
  using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  void updateCosts();
  void remove(size_t index);
  /// Subtracts what is pending, and forgets columns that are gone.
  void flush();
  /// Closes the columns around one that is gone if no more of them may go.
  void countRemoved(uint32_t unit);
  int64_t getSize(size_t index) const { return starts[index + 1] - starts[index]; }
  float *getBlock(size_t index) { return blocks.data() + starts[index] * largest; }

  const EliminationProblem &problem;
  const float *base;                             ///< width x width
  std::unique_ptr<float[]> own;                  ///< what `base` points to after the first flush
  Eigen::Index width, largest, pendingCount = 0; ///< columns of the base; of the largest unit; vectors that are pending
  RowMatrix rows, pending;                       ///< weights; vectors
  /// Of the units that are in the base: number, first column (and one behind the last), block of the inverse (size x
  /// size at `starts` * `largest`), cost, and 0 or infinity where the unit is not to be removed.
  std::vector<uint32_t> units;
  std::vector<int64_t> starts;
  std::vector<float> blocks;
  Eigen::ArrayXf costs, barred;
  std::vector<int64_t> allowance; ///< how many more of some columns may go
  RemovalOrder order;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_ELIMINATION_H
