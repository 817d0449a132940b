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

/// Whether `a` is at least as good as `b` in all that a user may look at; samples on which pruning helps by chance
/// count for nothing.
static bool isAsGood(const PruningPoint &a, const PruningPoint &b) {
  return std::max(0.0, a.drop) <= std::max(0.0, b.drop) && a.cost.cycles <= b.cost.cycles &&
         a.cost.storedBytes <= b.cost.storedBytes && a.cost.energy <= b.cost.energy;
}

/// Marks the points that no other is better than; of several that are as good, the first.
static void markOptimal(MutableArrayRef<PruningPoint> points) {
  for (PruningPoint &point : points)
    point.isOptimal = llvm::none_of(points, [&](const PruningPoint &other) {
      return isAsGood(other, point) && (!isAsGood(point, other) || &other < &point);
    });
}

llvm::Expected<PruningPoint> Pruner::explore(double part) {
  llvm::Expected<Result> made = part > 0 && options.trial == PruningTrial::Full ? choose(part) : takeAlone(part);
  if (!made)
    return made.takeError();
  PruningPoint point;
  made->score->reportTo(point);
  point.part = part;
  point.drop = made->score->getDrop();
  point.certainDrop = made->score->getCertainDrop();
  for (auto [layer, nonzeros] : llvm::zip_equal(layers, countNonzeros(made->levels))) {
    point.weights += layer.op.getRows() * layer.op.getRowLength();
    point.nonzeros += nonzeros;
  }
  OwningOpRef<ModuleOp> copy = ModuleOp(module).clone();
  writeTo(copy->lookupSymbol<func::FuncOp>("main"), made->weights, getGone(made->levels));
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
  report.criterion = getName(options.criterion).str();
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
  markOptimal(report.points);
  static_cast<NetworkScore &>(report) = report.points.back();
  return report;
}

} // namespace winnow
