//===- PruneInOrder.cpp - layers pruned one after the other ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LeastSquares.h"
#include "Pruner.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace winnow {

namespace {
/// What is learned about a layer in a step.
struct Fit {
  size_t layer;
  std::optional<GramMatrix> gram; ///< with the error of its sums
  ChannelMeans error;             ///< of layers that stay as they are
};
} // namespace

/// Where the next layers to fit end: those that read one value do not depend on each other.
static size_t findStepEnd(ArrayRef<LayerOp> layers, size_t next) {
  size_t end = next + 1;
  while (end < layers.size() && layers[end].getInput() == layers[next].getInput())
    ++end;
  return end;
}

llvm::Expected<std::vector<LayerWeights>> Pruner::pruneInOrder(ArrayRef<unsigned> levels) {
  const std::vector<LayerWeights> &own = network->getOwnWeights();
  std::vector<LayerWeights> weights = own;
  std::vector<LayerOp> ops;
  for (const Layer &layer : layers)
    ops.push_back(layer.op);
  errors.assign(layers.size(), 0.0);
  for (size_t next = 0, end; next < layers.size(); next = end) {
    end = findStepEnd(ops, next);
    progress("pruning layer " + llvm::Twine(end) + " of " + llvm::Twine(layers.size()));
    std::vector<Fit> fits;
    for (size_t i = next; i < end; ++i) {
      const LayerOp &op = layers[i].op;
      Fit &fit = fits.emplace_back(Fit{i, std::nullopt, ChannelMeans(op.getRows())});
      if (layers[i].kept.empty() && op.getRowLength() <= kLargestGram)
        fit.gram.emplace(*getPatchShape(op), op.getRows());
    }
    for (size_t first : fitted) {
      if (llvm::Error failure = network->run(samples, first, own))
        return std::move(failure);
      std::vector<std::vector<float>> wanted;
      for (const Fit &fit : fits)
        wanted.push_back(network->getSums(fit.layer).vec());
      if (llvm::Error failure = network->run(samples, first, weights))
        return std::move(failure);
      for (auto [fit, error] : llvm::zip_equal(fits, wanted)) {
        for (auto [a, b] : llvm::zip_equal(error, network->getSums(fit.layer)))
          a -= b;
        if (fit.gram)
          fit.gram->add(network->getInput(fit.layer), countGramPositions(layers[fit.layer].op), error);
        else
          fit.error.add(error, layers[fit.layer].positions);
      }
    }
    for (Fit &fit : fits)
      errors[fit.layer] =
          fitLayer(fit.layer, fit.gram ? &*fit.gram : nullptr, fit.error.getMeans(), levels, weights[fit.layer]);
  }
  return weights;
}

double Pruner::fitLayer(size_t index, const GramMatrix *moments, ArrayRef<double> meanError, ArrayRef<unsigned> levels,
                        LayerWeights &to) const {
  const LayerOp &op = layers[index].op;
  const Level *level = choiceOf[index] ? &choices[*choiceOf[index]].levels[levels[*choiceOf[index]]] : nullptr;
  if (!moments) {
    if (level && !level->weights.empty())
      to = level->weights.front();
    for (size_t m = 0; m < to.bias.size(); ++m)
      to.bias[m] += static_cast<float>(meanError[m]);
    return 0;
  }
  size_t rows = op.getRows();
  std::vector<float> gram = moments->get(), own = std::move(to.rows);
  std::vector<float> wanted = refitRows(own, rows, gram, moments->getCross());
  if (classes)
    to.rows = refitSupport(wanted, rows, gram, getSupport(index, getGone(levels)));
  else if (level && !level->gone.empty())
    to.rows = level->weights.front().rows;
  else if (level && !level->weights.empty())
    to.rows = pruneRows(getMatrix(op, wanted), gram, level->zeros, options, importance[index]).front();
  else
    to.rows = wanted;
  std::vector<float> outputs = moments->getOutputMeans();
  for (size_t m = 0; m < to.bias.size(); ++m)
    to.bias[m] += outputs[m];
  keepMeans(own, to.rows, moments->getInputMeans(), to.bias);
  double variance = getOutputError(std::vector<float>(own.size(), 0.0f), wanted, rows, gram);
  return variance > 0 ? getOutputError(wanted, to.rows, rows, gram) / variance : 0;
}

} // namespace winnow
