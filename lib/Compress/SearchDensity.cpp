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

llvm::Expected<Pruner::Result> Pruner::choose(double part) {
  llvm::Expected<std::vector<unsigned>> levels = allocate(part);
  if (!levels)
    return levels.takeError();
  llvm::Expected<Result> made = pruneInOrder(*levels);
  if (!made)
    return made.takeError();
  made->reached = part;
  // Each step has to help: else layers stay what they are on the inputs of the network as it was.
  std::vector<LayerWeights> alone = getWeights(*levels);
  llvm::Expected<Score> with = score(made->weights, heldOut), without = score(alone, heldOut);
  if (!with)
    return llvm::joinErrors(with.takeError(), without ? llvm::Error::success() : without.takeError());
  if (!without)
    return without.takeError();
  progress(
      llvm::formatv("output error {0:E2} layer by layer, {1:E2} each for itself", with->getError(), without->getError())
          .str());
  if (without->getError() < with->getError())
    made->weights = std::move(alone);
  return made;
}

llvm::Expected<int> Pruner::searchAlone() {
  int low = 0, high = kParts + 1;
  while (high - low > 1) {
    int tried = low == 0 && high > kParts ? kParts : (low + high) / 2;
    double part = double(tried) / kParts;
    llvm::Expected<std::vector<unsigned>> levels = allocate(part);
    if (!levels)
      return levels.takeError();
    llvm::Expected<Score> found = score(getWeights(*levels), heldOut);
    if (!found)
      return found.takeError();
    progress(
        llvm::formatv("{0:P0} of the target, layers by themselves: {1:F2} points lost, {2:F2} with the standard error",
                      part, found->getDrop(), found->getCertainDrop())
            .str());
    (found->getCertainDrop() <= *options.maxDrop ? low : high) = tried;
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
  result = {0, std::vector<unsigned>(choices.size(), 0), network->getOwnWeights(),
            std::vector<double>(layers.size(), 0.0)};
  int low = 0, high = kParts + 1, tried = std::min(kParts, *alone + 1);
  for (int k = 0; k < kMostPrunings && high - low > 1; ++k, tried = (low + high) / 2) {
    llvm::Expected<Result> made = choose(double(tried) / kParts);
    if (!made)
      return made.takeError();
    llvm::Expected<Score> found = score(made->weights, heldOut);
    if (!found)
      return found.takeError();
    progress(llvm::formatv("{0:P0} of the target: {1:F2} points lost, {2:F2} with the standard error", made->reached,
                           found->getDrop(), found->getCertainDrop())
                 .str());
    bool holds = found->getCertainDrop() <= *options.maxDrop;
    (holds ? low : high) = tried;
    if (holds)
      result = std::move(*made);
  }
  return llvm::Error::success();
}

} // namespace winnow
