//===- PruneLayers.cpp - layers that go as a whole ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LeastSquares.h"
#include "Pruner.h"
#include "RemovableLayers.h"

using namespace mlir;

namespace winnow {

void Pruner::planRemovals() {
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (!layer.kept.empty())
      continue;
    if (!getCarried(layer.op))
      layer.kept =
          "nothing can stand in its place: it has no residual, and its input has another shape than its result";
    else if (getCarryingWeights(layer.op).empty())
      layer.kept = "nothing can stand in its place: its windows have no middle";
    else
      choices.push_back({{i}, {}});
  }
}

void Pruner::makeRemovalLevel(Choice &choice, const Moments &moments) {
  size_t index = choice.layers.front();
  const LayerWeights &own = network->getOwnWeights()[index];
  Level &level = choice.levels.emplace_back();
  level.zeros = 1;
  level.gone = {unsigned(index)};
  LayerWeights &made = level.weights.emplace_back(LayerWeights{getCarryingWeights(layers[index].op), own.bias});
  if (!moments.front())
    return;
  std::vector<float> gram = moments.front()->get(), none(own.rows.size(), 0.0f);
  size_t rows = layers[index].op.getRows();
  keepMeans(own.rows, made.rows, moments.front()->getInputMeans(), made.bias);
  double variance = getOutputError(none, own.rows, rows, gram);
  level.error = variance > 0 ? getOutputError(own.rows, made.rows, rows, gram) / variance : 0;
}

void Pruner::explainRemovals(PruningReport &report) const {
  DenseSet<unsigned> gone = getGone(result.levels),
                     unneeded = findUnneeded(ModuleOp(module).lookupSymbol<func::FuncOp>("main"), gone);
  for (auto [i, row] : llvm::enumerate(report.layers)) {
    if (gone.contains(i))
      row.reason = layers[i].op.getResidual() ? "removed: its residual stands in its place"
                                              : "removed: its input stands in its place";
    else if (unneeded.contains(i))
      row.reason = "removed: only removed layers need it";
  }
}

} // namespace winnow
