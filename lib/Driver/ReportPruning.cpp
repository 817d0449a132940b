//===- ReportPruning.cpp - what pruning did, in reports -------------------===//
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

static constexpr llvm::StringLiteral kMeasures[] = {"sparsity", "macs", "bytes", "latency"};

/// What the target counts, for people.
static constexpr llvm::StringLiteral kCounted[] = {"weights that are not zero", "multiplications", "bytes of weights",
                                                   "predicted cycles of convolutions"};

std::string getPruningWarning(const PruningReport &report) {
  if (!report.maxDrop || report.reached > 0)
    return "";
  return llvm::formatv(
             "no level of pruning that was tried keeps a largest drop of {0} points (with one standard error, "
             "on {1} samples): all weights stay; more samples, or a larger drop, may leave some pruning",
             *report.maxDrop, report.samples)
      .str();
}

/// The table of what layers lose.
static void printPrunedLayers(const PruningReport &report, llvm::raw_ostream &os) {
  size_t width = 5;
  for (const PrunedLayerReport &layer : report.layers)
    width = std::max(width, layer.name.size());
  os << llvm::left_justify("layer", width)
     << "     weights  nonzeros  density  MACs kept   error  output error alone  why\n";
  for (const PrunedLayerReport &layer : report.layers) {
    std::string alone = layer.decidedWith.empty() ? llvm::formatv("{0:E1}", layer.outputError).str() : "-";
    std::string reason = layer.decidedWith.empty() ? layer.reason : "decided with " + layer.decidedWith;
    os << llvm::left_justify(layer.name, width)
       << llvm::formatv("  {0,10:N0}  {1,8:N0}  {2,7:P1}  {3,9:N0}  {4:E0}  {5,18}  {6}\n", layer.weights,
                        layer.nonzeros, double(layer.nonzeros) / layer.weights, layer.macsKept, layer.error, alone,
                        reason);
  }
}

void printPruning(const PruningReport &report, llvm::raw_ostream &os) {
  if (!report.points.empty())
    return printPruningPoints(report, os);
  int64_t weights = 0, nonzeros = 0, macs = 0, macsKept = 0;
  for (const PrunedLayerReport &layer : report.layers) {
    weights += layer.weights, nonzeros += layer.nonzeros;
    macs += layer.macs, macsKept += layer.macsKept;
  }
  os << "\npruned after training, pattern " << report.pattern << ", fitted to " << report.fittedSamples
     << " samples, chosen by " << report.criterion << "\n";
  if (report.reached < 1)
    os << llvm::formatv("of what was asked for, {0:P0} keep the largest drop\n", report.reached);
  if (std::string warning = getPruningWarning(report); !warning.empty())
    os << "warning: " << warning << "\n";
  printPrunedLayers(report, os);
  os << llvm::formatv("{0:P1} of the weights are zero, {1:P1} of the MACs are left; {2}: {3:N0} before, {4:N0} after\n",
                      1 - double(nonzeros) / weights, double(macsKept) / macs, kCounted[size_t(report.measure)],
                      int64_t(report.totalBefore), int64_t(report.totalAfter));
  os << llvm::formatv("{0:F2}% of {1} other samples have the same largest output as before; squared error of outputs "
                      "{2:E2} of their squares\n",
                      report.agreement, report.samples, report.outputError);
  if (report.accuracyBefore >= 0)
    os << llvm::formatv("accuracy on them {0:F2}% before, {1:F2}% after\n", report.accuracyBefore,
                        report.accuracyAfter);
  printPruningCosts(report, os);
}

llvm::json::Object makePruningJson(const PruningReport &report) {
  auto known = [](double value) { return value >= 0 ? llvm::json::Value(value) : nullptr; };
  llvm::json::Array layers;
  for (const PrunedLayerReport &layer : report.layers)
    layers.push_back(llvm::json::Object{
        {"name", layer.name},
        {"weights", layer.weights},
        {"nonzeros", layer.nonzeros},
        {"macs", layer.macs},
        {"macs_kept", layer.macsKept},
        {"error", layer.error},
        {"output_error_alone", layer.decidedWith.empty() ? llvm::json::Value(layer.outputError) : nullptr},
        {"decided_with", layer.decidedWith},
        {"storage", layer.storage},
        {"before", makeRunCostJson(layer.before)},
        {"after", makeRunCostJson(layer.after)},
        {"why", layer.reason}});
  return llvm::json::Object{{"pattern", report.pattern},
                            {"measure", kMeasures[size_t(report.measure)]},
                            {"criterion", report.criterion},
                            {"target", report.target},
                            {"total_before", report.totalBefore},
                            {"total_after", report.totalAfter},
                            {"max_drop", report.maxDrop ? llvm::json::Value(*report.maxDrop) : nullptr},
                            {"warning", getPruningWarning(report)},
                            {"reached", report.reached},
                            {"fitted_samples", static_cast<int64_t>(report.fittedSamples)},
                            {"samples", static_cast<int64_t>(report.samples)},
                            {"accuracy_before", known(report.accuracyBefore)},
                            {"accuracy_after", known(report.accuracyAfter)},
                            {"agreement", report.agreement},
                            {"output_error", report.outputError},
                            {"weight_bytes_before", report.bytesBefore},
                            {"weight_bytes_after", report.bytesAfter},
                            {"before", makeRunCostJson(report.before)},
                            {"after", makeRunCostJson(report.after)},
                            {"measured_by", report.measuredBy},
                            {"dry_run", report.trial == PruningTrial::None   ? llvm::json::Value(nullptr)
                                        : report.trial == PruningTrial::Full ? "full"
                                                                             : "quick"},
                            {"points", makePointsJson(report)},
                            {"layers", std::move(layers)}};
}

} // namespace winnow
