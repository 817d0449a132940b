//===- SearchDensity.cpp - as much pruning as a budget lets ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pruner.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace winnow {

/// Parts of the target that are tried with levels as they are, and prunings of the whole network that a search takes.
static constexpr int kParts = 20, kMostPrunings = 4;

llvm::Error Pruner::choose(double part) {
  if (part == 0) { // nothing holds: the network stays what it is
    reached = 0;
    chosen.assign(choices.size(), 0);
    pruned = network->getOwnWeights();
    errors.assign(layers.size(), 0.0);
    return llvm::Error::success();
  }
  llvm::Expected<std::vector<unsigned>> levels = allocate(part);
  if (!levels)
    return levels.takeError();
  llvm::Expected<std::vector<LayerWeights>> inOrder = pruneInOrder(*levels);
  if (!inOrder)
    return inOrder.takeError();
  reached = part;
  chosen = std::move(*levels);
  pruned = std::move(*inOrder);
  // Each step has to help: else layers stay what they are on the inputs of the network as it was.
  std::vector<LayerWeights> alone = getWeights(chosen);
  llvm::Expected<Score> with = score(pruned, heldOut), without = score(alone, heldOut);
  if (!with)
    return llvm::joinErrors(with.takeError(), without ? llvm::Error::success() : without.takeError());
  if (!without)
    return without.takeError();
  progress(
      llvm::formatv("output error {0:E2} layer by layer, {1:E2} each for itself", with->getError(), without->getError())
          .str());
  if (without->getError() < with->getError())
    pruned = std::move(alone);
  return llvm::Error::success();
}

llvm::Error Pruner::search() {
  if (!options.maxDrop)
    return choose(1);
  // What levels lose without the fit of one layer to the next is more than what will be lost.
  double low = 0, high = 1, start = 0;
  for (int k = kParts; k > 0; --k) {
    double part = double(k) / kParts;
    llvm::Expected<std::vector<unsigned>> levels = allocate(part);
    if (!levels)
      return levels.takeError();
    llvm::Expected<Score> found = score(getWeights(*levels), heldOut);
    if (!found)
      return found.takeError();
    progress(
        llvm::formatv("{0:P0} of the target, layers by themselves: {1:F2} points lost", part, found->getDrop()).str());
    if (found->getCertainDrop() <= *options.maxDrop) {
      start = part;
      break;
    }
  }
  double best = 0;
  for (int k = 0; k < kMostPrunings && high - low > 0.5 / kParts; ++k) {
    double part = k == 0 ? std::min(1.0, start + 1.0 / kParts) : (low + high) / 2;
    if (llvm::Error failure = choose(part))
      return failure;
    llvm::Expected<Score> found = score(pruned, heldOut);
    if (!found)
      return found.takeError();
    bool holds = found->getCertainDrop() <= *options.maxDrop;
    progress(llvm::formatv("{0:P0} of the target: {1:F2} points lost, {2:F2} with the standard error", part,
                           found->getDrop(), found->getCertainDrop())
                 .str());
    (holds ? low : high) = part;
    if (holds)
      best = part;
    if (part == 1 && holds)
      return llvm::Error::success();
  }
  return reached == best ? llvm::Error::success() : choose(best);
}

} // namespace winnow
