//===- CheckedMoments.cpp - second moments, some held out -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckedMoments.h"

#include "LeastSquares.h"

#include <cmath>

namespace winnow {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Dampings that are tried. With the least, weights fit best to the samples that were seen; with the largest, they
/// hardly make up for each other.
static constexpr float kDampings[] = {kLeastDamping, 0.05f, 0.2f, 0.8f, 3.2f};
/// One call of so many is kept for checking.
static constexpr size_t kCheckedPart = 4;

void CheckedMoments::add(llvm::ArrayRef<float> input, int64_t positions, llvm::ArrayRef<float> error) {
  GramMatrix &to = ++calls % kCheckedPart == 0 ? checked : fitted;
  to.add(input, positions, error);
}

float CheckedMoments::chooseDamping(
    llvm::ArrayRef<float> weights,
    llvm::function_ref<std::vector<float>(const GramMatrix &fitted, float damping)> fit) const {
  Eigen::Index size = checked.getSize(), rows = weights.size() / size;
  std::vector<float> gram = checked.get(), cross = checked.getCross();
  Eigen::Map<const Eigen::MatrixXf> moments(gram.data(), size, size);
  Eigen::Map<const RowMatrix> before(weights.data(), rows, size), wanted(cross.data(), rows, size);
  float best = kLeastDamping;
  double least = HUGE_VAL;
  for (float damping : kDampings) {
    std::vector<float> made = fit(fitted, damping);
    RowMatrix change = Eigen::Map<const RowMatrix>(made.data(), rows, size) - before;
    double error = (change * moments - 2 * wanted).cwiseProduct(change).cast<double>().sum();
    if (error < least)
      least = error, best = damping;
  }
  return best;
}

GramMatrix CheckedMoments::getAll() const {
  GramMatrix all = fitted;
  all.merge(checked);
  return all;
}

} // namespace winnow
