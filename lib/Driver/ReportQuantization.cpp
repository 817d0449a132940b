//===- ReportQuantization.cpp - what quantization did, in reports -*- C++ -*-===//
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

/// The network with the bits that it has and with those that it was compared with, the most first.
static std::vector<BitsReport> getAllBits(const QuantizationReport &report) {
  std::vector<BitsReport> all = report.compared;
  BitsReport own{report.weightBits, report.activationBits, report.accuracyAfter,
                 report.agreement,  report.outputError,    report.bytesAfter};
  llvm::erase_if(all, [&](const BitsReport &other) {
    return other.weightBits == own.weightBits && other.activationBits == own.activationBits;
  });
  all.push_back(own);
  llvm::sort(all, [](const BitsReport &a, const BitsReport &b) {
    return std::pair(a.weightBits, a.activationBits) > std::pair(b.weightBits, b.activationBits);
  });
  return all;
}

static void printBits(const QuantizationReport &report, llvm::raw_ostream &os) {
  os << "\naccuracy against bits\nweights  activations  accuracy  agreement  output error         bytes\n";
  for (const BitsReport &bits : getAllBits(report)) {
    std::string accuracy = bits.accuracy < 0 ? "-" : llvm::formatv("{0:F2}%", bits.accuracy).str();
    os << llvm::formatv("{0,7}  {1,11}  {2,8}  {3,8:F2}%  {4,12:E2}  {5,12:N0}\n", bits.weightBits, bits.activationBits,
                        accuracy, bits.agreement, bits.outputError, bits.bytes);
  }
}

void printQuantizationText(const QuantizationReport &report, llvm::raw_ostream &os) {
  size_t width = 5;
  for (const QuantizedLayerReport &layer : report.layers)
    width = std::max(width, layer.name.size());
  os << "\nquantized after training"
     << (report.samples ? ", calibrated on " + llvm::Twine(report.samples) + " samples\n" : llvm::Twine("\n"));
  os << llvm::left_justify("layer", width) << "  weights  input range            result range           SNR dB  why\n";
  auto range = [](double scale, int64_t zero, llvm::StringRef choice) {
    return scale > 0 ? llvm::formatv("{0:E2} {1} {2}", scale, zero, choice).str() : std::string("f32");
  };
  for (const QuantizedLayerReport &layer : report.layers)
    os << llvm::left_justify(layer.name, width) << "  "
       << llvm::left_justify(layer.weightBits == 32 ? "f32" : "i" + std::to_string(layer.weightBits), 7) << "  "
       << llvm::left_justify(range(layer.inputScale, layer.inputZero, layer.inputChoice), 21) << "  "
       << llvm::left_justify(range(layer.outputScale, layer.outputZero, layer.outputChoice), 21) << "  "
       << (std::isnan(layer.signalToNoise) ? "     -" : llvm::formatv("{0,6:F1}", layer.signalToNoise).str()) << "  "
       << layer.reason << "\n";
  os << llvm::formatv("weights {0:N0} bytes before, {1:N0} after\n", report.bytesBefore, report.bytesAfter);
  if (report.samples == 0)
    return;
  os << llvm::formatv(
      "{0:F2}% of the samples have the same largest output as in f32; squared error of outputs {1:E2} of "
      "their squares\n",
      report.agreement, report.outputError);
  if (report.accuracyBefore >= 0)
    os << llvm::formatv("accuracy on the samples {0:F2}% before, {1:F2}% after\n", report.accuracyBefore,
                        report.accuracyAfter);
  if (!report.compared.empty())
    printBits(report, os);
}

llvm::json::Object makeQuantizationJson(const QuantizationReport &report) {
  auto known = [](double value) { return value >= 0 ? llvm::json::Value(value) : nullptr; };
  auto range = [](double scale, int64_t zero, llvm::StringRef choice) -> llvm::json::Value {
    if (scale <= 0)
      return nullptr;
    return llvm::json::Object{{"scale", scale}, {"zero_point", zero}, {"choice", choice}};
  };
  llvm::json::Array layers;
  for (const QuantizedLayerReport &layer : report.layers)
    layers.push_back(llvm::json::Object{{"name", layer.name},
                                        {"weight_bits", layer.weightBits},
                                        {"why", layer.reason},
                                        {"input", range(layer.inputScale, layer.inputZero, layer.inputChoice)},
                                        {"output", range(layer.outputScale, layer.outputZero, layer.outputChoice)},
                                        {"least_weight_scale", layer.leastWeightScale},
                                        {"largest_weight_scale", layer.largestWeightScale},
                                        {"signal_to_noise_db", known(layer.signalToNoise)},
                                        {"bias_corrected", layer.biasCorrected}});
  llvm::json::Array bits;
  for (const BitsReport &one : getAllBits(report))
    bits.push_back(llvm::json::Object{{"weight_bits", one.weightBits},
                                      {"activation_bits", one.activationBits},
                                      {"accuracy", known(one.accuracy)},
                                      {"agreement", one.agreement},
                                      {"output_error", one.outputError},
                                      {"weight_bytes", one.bytes}});
  return llvm::json::Object{{"samples", static_cast<int64_t>(report.samples)},
                            {"accuracy_before", known(report.accuracyBefore)},
                            {"accuracy_after", known(report.accuracyAfter)},
                            {"agreement", report.samples ? llvm::json::Value(report.agreement) : nullptr},
                            {"output_error", report.samples ? llvm::json::Value(report.outputError) : nullptr},
                            {"weight_bytes_before", report.bytesBefore},
                            {"weight_bytes_after", report.bytesAfter},
                            {"weight_bits", report.weightBits},
                            {"activation_bits", report.activationBits},
                            {"bits", std::move(bits)},
                            {"layers", std::move(layers)}};
}

} // namespace winnow
