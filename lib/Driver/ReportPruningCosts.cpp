//===- ReportPruningCosts.cpp - what pruning is worth ---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReportFigures.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace winnow {

/// A row of the table of costs; times only where they were measured.
static void printCosts(llvm::StringRef name, size_t width, const RunCost &before, const RunCost &after,
                       bool hasMeasured, llvm::StringRef storage, llvm::raw_ostream &os) {
  os << llvm::left_justify(name, width)
     << llvm::formatv("  {0,11:N0} {1,11:N0}  {2,9:F1} {3,9:F1}", before.storedBytes, after.storedBytes,
                      before.cycles / 1e3, after.cycles / 1e3);
  // Layers in strips of rows take their time in the last of them.
  auto known = [](double time) { return time > 0 ? llvm::formatv("{0:F1}", time).str() : std::string("-"); };
  if (hasMeasured)
    os << llvm::formatv("  {0,9} {1,9}", known(before.microseconds), known(after.microseconds));
  os << llvm::formatv("  {0,8:F1} {1,8:F1}  {2}\n", before.energy / 1e6, after.energy / 1e6, storage);
}

void printPruningCosts(const PruningReport &report, llvm::raw_ostream &os) {
  if (report.before.cycles == 0)
    return;
  size_t width = 11; // "all, others"
  for (const PrunedLayerReport &layer : report.layers)
    width = std::max(width, layer.name.size());
  bool hasMeasured = !report.measuredBy.empty();
  os << "costs of a run, before and after pruning: bytes of weights as stored, predicted cycles of one core, "
     << (hasMeasured ? "measured time (" + report.measuredBy + "), " : "") << "estimated energy\n"
     << llvm::left_justify("layer", width) << "        bytes       after    kcycles     after"
     << (hasMeasured ? "         us     after" : "") << "        uJ    after  stored as\n";
  for (const PrunedLayerReport &layer : report.layers)
    printCosts(layer.name, width, layer.before, layer.after, hasMeasured,
               layer.storage.empty() ? "dense" : llvm::StringRef(layer.storage), os);
  printCosts("the network", width, report.before, report.after, hasMeasured, "", os);
}

/// The last of the points that keep the largest drop; null where there is none, or none was asked for.
static const PruningPoint *findFarthest(const PruningReport &report) {
  const PruningPoint *farthest = nullptr;
  for (const PruningPoint &point : report.points)
    if (report.maxDrop && point.part > 0 && point.certainDrop <= *report.maxDrop)
      farthest = &point;
  return farthest;
}

void printPruningPoints(const PruningReport &report, llvm::raw_ostream &os) {
  bool hasLabels = report.points.front().accuracyBefore >= 0;
  os << "\nwhat pruning would do, pattern " << report.pattern << ", fitted to " << report.fittedSamples
     << " samples, seen on " << report.samples << " others: "
     << (report.trial == PruningTrial::Full ? "each level pruned as it would be"
                                            : "layers not fitted to each other, which loses more than pruning will")
     << "\n  of the target  density   kcycles        bytes        uJ  " << (hasLabels ? "accuracy  " : "")
     << "agreement  drop  + std. error\n";
  for (const PruningPoint &point : report.points) {
    os << llvm::formatv("{0} {1,13:P0}  {2,7:P1}  {3,8:F1}  {4,11:N0}  {5,8:F1}  ", point.isOptimal ? "*" : " ",
                        point.part, double(point.nonzeros) / point.weights, point.cost.cycles / 1e3,
                        point.cost.storedBytes, point.cost.energy / 1e6);
    if (hasLabels)
      os << llvm::formatv("{0,7:F2}%  ", point.accuracyAfter);
    os << llvm::formatv("{0,8:F2}%  {1,4:F2}  {2,12:F2}\n", point.agreement, point.drop, point.certainDrop);
  }
  os << "*: no other level loses as little and costs as little; drop: points of "
     << (hasLabels ? "accuracy" : "agreement with the network as it was") << "\n";
  if (!report.maxDrop)
    return;
  if (const PruningPoint *farthest = findFarthest(report))
    os << llvm::formatv("a largest drop of {0} points leaves {1:P0} of the target\n", *report.maxDrop, farthest->part);
  else
    os << llvm::formatv("no level keeps a largest drop of {0} points\n", *report.maxDrop);
}

llvm::json::Object makeRunCostJson(const RunCost &cost) {
  auto known = [](double value) { return value > 0 ? llvm::json::Value(value) : nullptr; };
  return llvm::json::Object{{"macs", cost.macs},
                            {"stored_bytes", cost.storedBytes},
                            {"predicted_cycles", known(cost.cycles)},
                            {"measured_us", known(cost.microseconds)},
                            {"energy_pj", known(cost.energy)}};
}

llvm::json::Array makePointsJson(const PruningReport &report) {
  const PruningPoint *farthest = findFarthest(report);
  llvm::json::Array array;
  for (const PruningPoint &point : report.points) {
    llvm::json::Object object = makeRunCostJson(point.cost);
    object["part"] = point.part;
    object["weights"] = point.weights;
    object["nonzeros"] = point.nonzeros;
    object["accuracy"] = point.accuracyAfter >= 0 ? llvm::json::Value(point.accuracyAfter) : nullptr;
    object["agreement"] = point.agreement;
    object["output_error"] = point.outputError;
    object["drop"] = point.drop;
    object["drop_with_error"] = point.certainDrop;
    object["optimal"] = point.isOptimal;
    object["farthest_in_drop"] = &point == farthest;
    array.push_back(std::move(object));
  }
  return array;
}

} // namespace winnow
