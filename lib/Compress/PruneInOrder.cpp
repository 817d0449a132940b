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
  std::optional<CheckedMoments> moments;
  ChannelMeans error; ///< of layers that stay as they are
};
} // namespace

/// Where the next layers to fit end: those that read one value do not depend on each other.
static size_t findStepEnd(ArrayRef<LayerOp> layers, size_t next) {
  size_t end = next + 1;
  while (end < layers.size() && layers[end].getInput() == layers[next].getInput())
    ++end;
  return end;
}

llvm::Error Pruner::fitStep(StageFlow &before, StageFlow &after, size_t next, size_t end, ArrayRef<unsigned> levels,
                            Result &made) const {
  std::vector<Fit> fits;
  for (size_t i = next; i < end; ++i) {
    const LayerOp &op = layers[i].op;
    Fit &fit = fits.emplace_back(Fit{i, std::nullopt, ChannelMeans(op.getRows())});
    if (layers[i].kept.empty() && op.getRowLength() <= kLargestGram)
      fit.moments.emplace(*getPatchShape(op), op.getRows());
  }
  for (size_t run = 0; run < fitted.size(); ++run) {
    if (llvm::Error failure = before.run(run, network->getOwnWeights()))
      return failure;
    if (next == before.getFirstLayer())
      before.keep(run); // the same in each step of the part
    std::vector<std::vector<float>> wanted;
    for (const Fit &fit : fits)
      wanted.push_back(before.getSums(fit.layer).vec());
    if (llvm::Error failure = after.run(run, made.weights))
      return failure;
    for (auto [fit, error] : llvm::zip_equal(fits, wanted)) {
      for (auto [a, b] : llvm::zip_equal(error, after.getSums(fit.layer)))
        a -= b;
      if (fit.moments)
        fit.moments->add(after.getInput(fit.layer), countGramPositions(layers[fit.layer].op), error);
      else
        fit.error.add(error, layers[fit.layer].positions);
    }
  }
  for (Fit &fit : fits)
    made.errors[fit.layer] = fitLayer(fit.layer, fit.moments ? &*fit.moments : nullptr, fit.error.getMeans(), levels,
                                      made.weights[fit.layer]);
  return llvm::Error::success();
}

llvm::Expected<Pruner::Result> Pruner::pruneInOrder(ArrayRef<unsigned> levels) {
  Result made{1, levels.vec(), network->getOwnWeights(), std::vector<double>(layers.size(), 0.0), std::nullopt};
  std::vector<LayerOp> ops;
  for (const Layer &layer : layers)
    ops.push_back(layer.op);
  StageFlow before(*stages, samples, fitted), after(*stages, samples, fitted);
  for (; !after.isAtEnd(); before.advance(), after.advance()) {
    for (size_t next = after.getFirstLayer(), end; next < after.getEndLayer(); next = end) {
      end = std::min(findStepEnd(ops, next), after.getEndLayer());
      progress("pruning layer " + llvm::Twine(end) + " of " + llvm::Twine(layers.size()));
      if (llvm::Error failure = fitStep(before, after, next, end, levels, made))
        return std::move(failure);
    }
    for (size_t run = 0; run < fitted.size(); ++run) {
      if (llvm::Error failure = after.run(run, made.weights))
        return std::move(failure);
      after.keep(run);
    }
  }
  return made;
}

/// Which of a layer's weights are not zero.
static std::vector<char> getSupport(ArrayRef<float> rows) {
  std::vector<char> support;
  for (float weight : rows)
    support.push_back(weight != 0);
  return support;
}

double Pruner::fitLayer(size_t index, const CheckedMoments *moments, ArrayRef<double> meanError,
                        ArrayRef<unsigned> levels, LayerWeights &to) const {
  const LayerOp &op = layers[index].op;
  const Level *level = choiceOf[index] ? &choices[*choiceOf[index]].levels[levels[*choiceOf[index]]] : nullptr;
  bool isPruned = level && !level->weights.empty(), isGone = !classes && level && !level->gone.empty();
  if (!moments) {
    if (isPruned)
      to = level->weights.front();
    for (size_t m = 0; m < to.bias.size(); ++m)
      to.bias[m] += static_cast<float>(meanError[m]);
    return 0;
  }
  size_t rows = op.getRows();
  std::vector<float> own = std::move(to.rows);
  std::vector<char> support;
  if (classes)
    support = getSupport(index, getGone(levels));
  else if (isPruned && !isGone)
    support = winnow::getSupport(level->weights.front().rows);
  auto fit = [&](const GramMatrix &seen, float damping) {
    std::vector<float> gram = seen.get(), wanted = refitRows(own, rows, gram, seen.getCross(), damping);
    return support.empty() ? wanted : refitSupport(wanted, rows, gram, support, damping);
  };
  float damping = moments->chooseDamping(own, fit);
  GramMatrix all = moments->getAll();
  std::vector<float> gram = all.get(), wanted = refitRows(own, rows, gram, all.getCross(), damping);
  if (isGone)
    to.rows = level->weights.front().rows;
  else
    to.rows = support.empty() ? wanted : refitSupport(wanted, rows, gram, support, damping);
  std::vector<float> outputs = all.getOutputMeans();
  for (size_t m = 0; m < to.bias.size(); ++m)
    to.bias[m] += outputs[m];
  keepMeans(own, to.rows, all.getInputMeans(), to.bias);
  double variance = getOutputError(std::vector<float>(own.size(), 0.0f), wanted, rows, gram);
  return variance > 0 ? getOutputError(wanted, to.rows, rows, gram) / variance : 0;
}

} // namespace winnow
