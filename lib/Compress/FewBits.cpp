//===- FewBits.cpp - weights of few bits for one layer -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FewBits.h"

#include "LayerGram.h"
#include "LeastSquares.h"
#include "Weights.h"

namespace winnow {

FewBitsFit::FewBitsFit(const PatchShape &shape, llvm::ArrayRef<float> weights, size_t rows)
    : weights(weights), moments(shape, rows), rows(rows) {}

void FewBitsFit::add(llvm::ArrayRef<float> input, llvm::ArrayRef<float> error) {
  moments.add(input, kGramPositions, error);
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
  float damping = moments.chooseDamping(weights, [&](const GramMatrix &seen, float tried) {
    roundTo(seen, tried, to);
    return to.getWeights();
  });
  GramMatrix all = moments.getAll();
  roundTo(all, damping, to);
  // What the mean of the sums is off becomes the bias's.
  std::vector<float> errors = all.getOutputMeans();
  for (size_t m = 0; m < to.bias.size(); ++m)
    to.bias[m] += errors[m];
  keepMeans(weights, to.getWeights(), all.getInputMeans(), to.bias);
  return damping;
}

} // namespace winnow
