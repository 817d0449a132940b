//===- ExplorePruning.cpp - what levels of pruning would do ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pruner.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace winnow {

/// Parts of the target that are looked at: accuracy falls towards the end.
static constexpr double kExplored[] = {0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1};

/// Whether `a` is at least as good as `b` in all that a user may look at, and better in something.
static bool isBetter(const PruningPoint &a, const PruningPoint &b) {
  auto getFigures = [](const PruningPoint &point) {
    return std::array<double, 4>{point.drop, point.cost.cycles, double(point.cost.storedBytes), point.cost.energy};
  };
  std::array<double, 4> left = getFigures(a), right = getFigures(b);
  bool isWorse = false;
  for (auto [x, y] : llvm::zip_equal(left, right))
    isWorse |= x > y;
  return !isWorse && left != right;
}

llvm::Expected<PruningPoint> Pruner::explore(double part) {
  llvm::Expected<std::vector<unsigned>> levels = allocate(part);
  if (!levels)
    return levels.takeError();
  std::vector<LayerWeights> weights = getWeights(*levels);
  if (options.trial == PruningTrial::Full && part > 0) {
    if (llvm::Error failure = choose(part))
      return std::move(failure);
    weights = pruned;
  }
  llvm::Expected<Score> found = score(weights, heldOut);
  if (!found)
    return found.takeError();
  PruningPoint point;
  found->reportTo(point);
  point.part = part;
  point.drop = found->getDrop();
  point.certainDrop = found->getCertainDrop();
  for (auto [layer, nonzeros] : llvm::zip_equal(layers, countNonzeros(*levels))) {
    point.weights += layer.op.getRows() * layer.op.getRowLength();
    point.nonzeros += nonzeros;
  }
  OwningOpRef<ModuleOp> copy = ModuleOp(module).clone();
  writeTo(copy->lookupSymbol<func::FuncOp>("main"), weights, getGone(*levels));
  llvm::Expected<RunCost> cost = options.getCost(*copy);
  if (!cost)
    return cost.takeError();
  point.cost = *cost;
  return point;
}

llvm::Expected<PruningReport> Pruner::explore() {
  if (auto farthest = allocate(1); !farthest)
    return farthest.takeError();
  PruningReport report;
  report.trial = options.trial;
  report.pattern = options.pattern.str();
  report.measure = options.measure;
  report.target = options.target;
  report.maxDrop = options.maxDrop;
  report.fittedSamples = fitted.size() * network->getBatch();
  for (auto [k, part] : llvm::enumerate(kExplored)) {
    progress(llvm::formatv("level {0} of {1}: {2:P0} of the target", k + 1, std::size(kExplored), part).str());
    llvm::Expected<PruningPoint> point = explore(part);
    if (!point)
      return point.takeError();
    progress(llvm::formatv("{0:P0} of the target: {1:F2} points lost, {2:F2} with the standard error", part,
                           point->drop, point->certainDrop)
                 .str());
    report.points.push_back(std::move(*point));
  }
  for (PruningPoint &point : report.points)
    point.isOptimal = llvm::none_of(report.points, [&](const PruningPoint &other) { return isBetter(other, point); });
  static_cast<NetworkScore &>(report) = report.points.back();
  return report;
}

} // namespace winnow
