//===- FewBits.cpp - weights of few bits for one layer -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FewBits.h"

#include "LayerGram.h"
#include "Weights.h"

#include <Eigen/Core>

namespace winnow {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Dampings that are tried. With the least, weights fit best to the samples that were seen; with the largest, each is
/// all but rounded to the nearest.
static constexpr float kDampings[] = {kLeastDamping, 0.05f, 0.2f, 0.8f, 3.2f};
/// One call of so many is kept for checking.
static constexpr size_t kCheckedPart = 4;

FewBitsFit::FewBitsFit(const PatchShape &shape, llvm::ArrayRef<float> weights, size_t rows)
    : weights(weights), fitted(shape, rows), checked(shape, rows), rows(rows) {}

void FewBitsFit::add(llvm::ArrayRef<float> input, llvm::ArrayRef<float> error) {
  GramMatrix &to = ++calls % kCheckedPart == 0 ? checked : fitted;
  to.add(input, kGramPositions, error);
}

double FewBitsFit::getError(const GramMatrix &seen, llvm::ArrayRef<float> made) const {
  Eigen::Index size = seen.getSize();
  std::vector<float> gram = seen.get(), cross = seen.getCross();
  Eigen::Map<const RowMatrix> before(weights.data(), rows, size), after(made.data(), rows, size);
  RowMatrix change = after - before;
  RowMatrix half = change * Eigen::Map<const RowMatrix>(gram.data(), size, size) -
                   2 * Eigen::Map<const RowMatrix>(cross.data(), rows, size);
  return half.cwiseProduct(change).cast<double>().sum();
}

void FewBitsFit::roundTo(const GramMatrix &seen, float damping, LayerParameters &to) const {
  std::vector<float> gram = seen.get();
  std::vector<float> wanted = refitRows(weights, rows, gram, seen.getCross(), damping);
  if (llvm::is_contained(weights, 0.0f)) {
    std::vector<char> support; // what was pruned stays zero
    for (float weight : weights)
      support.push_back(weight != 0);
    wanted = refitSupport(wanted, rows, gram, support, damping);
  }
  RoundedRows rounded = roundRowsTogether(wanted, rows, to.bits, gram, damping);
  to.scales = std::move(rounded.scales);
  to.weights = std::move(rounded.integers);
}

float FewBitsFit::round(LayerParameters &to) const {
  to.realWeights.clear();
  float best = kLeastDamping;
  double least = HUGE_VAL;
  for (float damping : kDampings) {
    roundTo(fitted, damping, to);
    double error = getError(checked, to.getWeights());
    if (error < least)
      least = error, best = damping;
  }
  GramMatrix all = fitted;
  all.merge(checked);
  roundTo(all, best, to);
  // What the mean of the sums is off becomes the bias's.
  std::vector<float> errors = all.getOutputMeans();
  for (size_t m = 0; m < to.bias.size(); ++m)
    to.bias[m] += errors[m];
  keepMeans(weights, to.getWeights(), all.getInputMeans(), to.bias);
  return best;
}

} // namespace winnow
