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

void printPruningText(const PruningReport &report, llvm::raw_ostream &os) {
  size_t width = 5;
  int64_t weights = 0, nonzeros = 0, macs = 0, macsKept = 0;
  for (const PrunedLayerReport &layer : report.layers) {
    width = std::max(width, layer.name.size());
    weights += layer.weights, nonzeros += layer.nonzeros;
    macs += layer.macs, macsKept += layer.macsKept;
  }
  os << "\npruned after training, pattern " << report.pattern << ", fitted to " << report.fittedSamples
     << " samples, chosen by " << report.criterion << "\n";
  if (report.reached < 1)
    os << llvm::formatv("of what was asked for, {0:P0} keep the largest drop\n", report.reached);
  os << llvm::left_justify("layer", width)
     << "     weights  nonzeros  density  MACs kept   error  output error alone  why\n";
  for (const PrunedLayerReport &layer : report.layers)
    os << llvm::left_justify(layer.name, width)
       << llvm::formatv("  {0,10:N0}  {1,8:N0}  {2,7:P1}  {3,9:N0}  {4:E0}  {5,18:E1}  {6}\n", layer.weights,
                        layer.nonzeros, double(layer.nonzeros) / layer.weights, layer.macsKept, layer.error,
                        layer.outputError, layer.reason);
  os << llvm::formatv(
      "{0:P1} of the weights are zero, {1:P1} of the MACs are left; weights {2:N0} bytes before, {3:N0} "
      "after\n",
      1 - double(nonzeros) / weights, double(macsKept) / macs, report.bytesBefore, report.bytesAfter);
  os << llvm::formatv("{0:F2}% of {1} other samples have the same largest output as before; squared error of outputs "
                      "{2:E2} of their squares\n",
                      report.agreement, report.samples, report.outputError);
  if (report.accuracyBefore >= 0)
    os << llvm::formatv("accuracy on them {0:F2}% before, {1:F2}% after\n", report.accuracyBefore,
                        report.accuracyAfter);
}

llvm::json::Object makePruningJson(const PruningReport &report) {
  auto known = [](double value) { return value >= 0 ? llvm::json::Value(value) : nullptr; };
  llvm::json::Array layers;
  for (const PrunedLayerReport &layer : report.layers)
    layers.push_back(llvm::json::Object{{"name", layer.name},
                                        {"weights", layer.weights},
                                        {"nonzeros", layer.nonzeros},
                                        {"macs", layer.macs},
                                        {"macs_kept", layer.macsKept},
                                        {"error", layer.error},
                                        {"output_error_alone", layer.outputError},
                                        {"why", layer.reason}});
  return llvm::json::Object{{"pattern", report.pattern},
                            {"criterion", report.criterion},
                            {"target", report.target},
                            {"reached", report.reached},
                            {"fitted_samples", static_cast<int64_t>(report.fittedSamples)},
                            {"samples", static_cast<int64_t>(report.samples)},
                            {"accuracy_before", known(report.accuracyBefore)},
                            {"accuracy_after", known(report.accuracyAfter)},
                            {"agreement", report.agreement},
                            {"output_error", report.outputError},
                            {"weight_bytes_before", report.bytesBefore},
                            {"weight_bytes_after", report.bytesAfter},
                            {"layers", std::move(layers)}};
}

} // namespace winnow
