//===- QuantizeModel.cpp - quantization by runs of the network -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizeModel.h"

#include "RunModel.h"

namespace winnow {

/// The kinds of quantization, and the bits of weights of each.
namespace {
/// Bits of weights and of activations.
struct Bits {
  unsigned weights = 8, activations = 8;
};
} // namespace

/// The bits that "int8" or "w4a8" name; nothing for what is no kind of quantization.
static std::optional<Bits> parseKind(llvm::StringRef kind) {
  Bits bits;
  if (kind == "int8")
    return bits;
  bool isRead = kind.consume_front("w") && !kind.consumeInteger(10, bits.weights) && kind.consume_front("a") &&
                !kind.consumeInteger(10, bits.activations) && kind.empty();
  auto isKnown = [](unsigned number) { return number >= 2 && number <= 8; };
  return isRead && isKnown(bits.weights) && isKnown(bits.activations) ? std::optional(bits) : std::nullopt;
}

static llvm::Error makeUnknownKind(llvm::StringRef kind) {
  return llvm::createStringError("unknown quantization '" + kind +
                                 "': expected int8, or bits of weights and activations from 2 to 8 as in w4a8");
}

llvm::Error checkQuantization(const CompileOptions &options) {
  bool isGiven = !options.calibrate.empty() || !options.preprocess.empty() || !options.labels.empty() ||
                 options.maxDrop.has_value() || !options.compareBits.empty();
  if (options.quantize.empty())
    return isGiven ? llvm::createStringError("calibration data, its preprocessing, its labels and the largest drop of "
                                             "accuracy belong to a quantization: expected --quantize")
                   : llvm::Error::success();
  if (!parseKind(options.quantize))
    return makeUnknownKind(options.quantize);
  for (const std::string &kind : options.compareBits)
    if (!parseKind(kind))
      return makeUnknownKind(kind);
  if (options.calibrate.empty())
    return llvm::createStringError("quantization needs calibration data: expected --calibrate=DIR or FILE.npz");
  if (options.calibrationSamples < 1)
    return llvm::createStringError("expected at least 1 calibration sample");
  if (options.maxDrop && !(*options.maxDrop >= 0 && *options.maxDrop <= 100))
    return llvm::createStringError("expected a drop of accuracy from 0 to 100 points");
  return llvm::Error::success();
}

/// Quantizes copies of `module` with each of `kinds`: what becomes of the network with those bits.
static llvm::Expected<std::vector<BitsReport>> compareKinds(mlir::ModuleOp module, llvm::ArrayRef<std::string> kinds,
                                                            const SampleSet &samples, NetworkRunner &runner,
                                                            const QuantizationOptions &common) {
  std::vector<BitsReport> reports;
  for (const std::string &kind : kinds) {
    QuantizationOptions options = common;
    options.maxDrop.reset();
    options.progress = [&](const std::string &step) { common.progress(kind + ": " + step); };
    Bits bits = *parseKind(kind);
    options.weightBits = bits.weights;
    options.activationBits = bits.activations;
    mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
    llvm::Expected<QuantizationReport> found = quantizeNetwork(*copy, samples, runner, options);
    if (!found)
      return found.takeError();
    reports.push_back({bits.weights, bits.activations, found->accuracyAfter, found->agreement, found->outputError,
                       found->bytesAfter});
  }
  return reports;
}

llvm::Expected<QuantizationReport> quantizeModel(mlir::ModuleOp module, const CompileOptions &options,
                                                 std::function<void(const std::string &)> tell) {
  auto warn = [&](const std::string &message) {
    CompileDiagnostic diagnostic;
    diagnostic.severity = CompileDiagnostic::Severity::Warning;
    diagnostic.message = message;
    options.diagnostics(diagnostic);
  };
  SampleOptions sampleOptions;
  sampleOptions.path = options.calibrate;
  sampleOptions.labels = options.labels;
  sampleOptions.maxSamples = options.calibrationSamples;
  if (!options.preprocess.empty()) {
    llvm::Expected<Preprocess> preprocess = readPreprocess(options.preprocess);
    if (!preprocess)
      return preprocess.takeError();
    sampleOptions.preprocess = std::move(*preprocess);
  }
  llvm::Expected<std::vector<SampleInput>> inputs = getSampleInputs(module);
  if (!inputs)
    return inputs.takeError();
  auto count = [&](size_t done, size_t total) {
    if (done % 64 == 0 || done == total)
      tell("read sample " + std::to_string(done) + " of " + std::to_string(total));
  };
  llvm::Expected<SampleSet> samples = SampleSet::load(*inputs, sampleOptions, warn, count);
  if (!samples)
    return samples.takeError();
  QuantizationOptions quantization;
  Bits bits = *parseKind(options.quantize);
  quantization.weightBits = bits.weights;
  quantization.activationBits = bits.activations;
  quantization.maxDrop = options.maxDrop;
  quantization.progress = tell;
  quantization.warn = warn;
  CompilingRunner runner(options);
  llvm::Expected<std::vector<BitsReport>> compared =
      compareKinds(module, options.compareBits, *samples, runner, quantization);
  if (!compared)
    return compared.takeError();
  llvm::Expected<QuantizationReport> report = quantizeNetwork(module, *samples, runner, quantization);
  if (report)
    report->compared = std::move(*compared);
  return report;
}

} // namespace winnow
