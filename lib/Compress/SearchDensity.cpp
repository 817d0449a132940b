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

/// Parts of the target that are told apart, and prunings of the whole network that a search takes.
static constexpr int kParts = 20, kMostPrunings = 3;

llvm::Expected<Pruner::Result> Pruner::takeAlone(double part) {
  // Levels that lose nothing are taken for any part but none.
  llvm::Expected<std::vector<unsigned>> levels = part > 0 ? allocate(part) : std::vector<unsigned>(choices.size(), 0);
  if (!levels)
    return levels.takeError();
  Result made{part, *levels, getWeights(*levels), std::vector<double>(layers.size(), 0.0), std::nullopt};
  if (llvm::Error failure = score(made.weights, heldOut).moveInto(made.score))
    return std::move(failure);
  return made;
}

llvm::Expected<Pruner::Result> Pruner::choose(double part) {
  llvm::Expected<Result> alone = takeAlone(part);
  if (!alone)
    return alone.takeError();
  llvm::Expected<Result> made = pruneInOrder(alone->levels);
  if (!made)
    return made.takeError();
  made->reached = part;
  if (llvm::Error failure = score(made->weights, heldOut).moveInto(made->score))
    return std::move(failure);
  double with = made->score->getError(), without = alone->score->getError();
  progress(llvm::formatv("output error {0:E2} layer by layer, {1:E2} each for itself", with, without).str());
  // Each step has to help: else layers stay what they are on the inputs of the network as it was.
  if (without < with) {
    made->weights = std::move(alone->weights);
    made->score = alone->score;
  }
  return made;
}

llvm::Expected<int> Pruner::searchAlone() {
  int low = 0, high = kParts + 1;
  while (high - low > 1) {
    int tried = low == 0 && high > kParts ? kParts : (low + high) / 2;
    double part = double(tried) / kParts;
    llvm::Expected<Result> made = takeAlone(part);
    if (!made)
      return made.takeError();
    progress(
        llvm::formatv("{0:P0} of the target, layers by themselves: {1:F2} points lost, {2:F2} with the standard error",
                      part, made->score->getDrop(), made->score->getCertainDrop())
            .str());
    (made->score->getCertainDrop() <= *options.maxDrop ? low : high) = tried;
  }
  return low;
}

llvm::Error Pruner::search() {
  if (!options.maxDrop)
    return choose(1).moveInto(result);
  // What levels lose without the fit of one layer to the next is more than what will be lost.
  llvm::Expected<int> alone = searchAlone();
  if (!alone)
    return alone.takeError();
  if (llvm::Error failure = takeAlone(0).moveInto(result))
    return failure;
  int low = 0, high = kParts + 1, tried = std::min(kParts, *alone + 1);
  for (int k = 0; k < kMostPrunings && high - low > 1; ++k, tried = (low + high) / 2) {
    llvm::Expected<Result> made = choose(double(tried) / kParts);
    if (!made)
      return made.takeError();
    progress(llvm::formatv("{0:P0} of the target: {1:F2} points lost, {2:F2} with the standard error", made->reached,
                           made->score->getDrop(), made->score->getCertainDrop())
                 .str());
    bool holds = made->score->getCertainDrop() <= *options.maxDrop;
    (holds ? low : high) = tried;
    if (holds)
      result = std::move(*made);
  }
  return llvm::Error::success();
}

} // namespace winnow
