//===- QuantizeModel.cpp - quantization by runs of the network -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizeModel.h"

#include "RunModel.h"

#include "winnow/Algorithm/Passes.h"
#include "winnow/Compress/Precision.h"

#include "llvm/Support/FormatVariadic.h"

namespace winnow {

/// The kinds of quantization, and the bits of weights of each.
static constexpr std::pair<llvm::StringLiteral, unsigned> kKinds[] = {{"int8", 8}, {"w4a8", 4}};

static std::optional<unsigned> findWeightBits(llvm::StringRef kind) {
  for (auto [name, bits] : kKinds)
    if (name == kind)
      return bits;
  return std::nullopt;
}

static llvm::Error checkCalibration(const CompileOptions &options) {
  if (options.calibrationSamples < 1)
    return llvm::createStringError("expected at least 1 calibration sample");
  if (options.maxDrop && !(*options.maxDrop >= 0 && *options.maxDrop <= 100))
    return llvm::createStringError("expected a drop of accuracy from 0 to 100 points");
  return llvm::Error::success();
}

static llvm::Error checkPrecision(const CompileOptions &options) {
  if (options.precision.empty() || options.precision == "f32")
    return llvm::Error::success();
  if (options.precision != "bf16" && options.precision != "f16" && options.precision != "auto")
    return llvm::createStringError("unknown precision '" + options.precision + "': expected f32, bf16, f16 or auto");
  if (!options.quantize.empty())
    return llvm::createStringError("expected --quantize or --precision, not both");
  if (options.precision == "auto" && options.calibrate.empty())
    return llvm::createStringError("choosing a precision needs calibration data: expected --calibrate=DIR or FILE.npz "
                                   "with --precision=auto");
  return llvm::Error::success();
}

llvm::Error checkQuantization(const CompileOptions &options) {
  if (llvm::Error error = checkPrecision(options))
    return error;
  // They are what a precision is chosen by, too.
  if (options.precision == "auto")
    return checkCalibration(options);
  bool isGiven = !options.calibrate.empty() || !options.preprocess.empty() || !options.labels.empty() ||
                 options.maxDrop.has_value();
  if (options.quantize.empty())
    return isGiven
               ? llvm::createStringError("calibration data, its preprocessing, its labels and the largest drop of "
                                         "accuracy belong to a quantization: expected --quantize or --precision=auto")
               : llvm::Error::success();
  if (!findWeightBits(options.quantize))
    return llvm::createStringError("unknown quantization '" + options.quantize + "': expected int8 or w4a8");
  if (options.calibrate.empty())
    return llvm::createStringError("quantization needs calibration data: expected --calibrate=DIR or FILE.npz");
  return checkCalibration(options);
}

static void say(const CompileOptions &options, CompileDiagnostic::Severity severity, const std::string &message) {
  CompileDiagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.message = message;
  options.diagnostics(diagnostic);
}

/// The calibration data of `options`.
static llvm::Expected<SampleSet> loadSamples(mlir::ModuleOp module, const CompileOptions &options, const Tell &tell) {
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
  auto warn = [&](const std::string &message) { say(options, CompileDiagnostic::Severity::Warning, message); };
  return SampleSet::load(*inputs, sampleOptions, warn, count);
}

llvm::Error choosePrecision(mlir::ModuleOp module, const CompileOptions &options, Tell tell) {
  llvm::Expected<SampleSet> samples = loadSamples(module, options, tell);
  if (!samples)
    return samples.takeError();
  PrecisionOptions precision;
  precision.maxDrop = options.maxDrop.value_or(precision.maxDrop);
  precision.predict = predictCycles;
  precision.progress = tell;
  CompilingRunner runner(options);
  auto candidates = choosePrecision(module, *samples, runner, precision);
  if (!candidates)
    return candidates.takeError();
  for (const PrecisionCandidate &candidate : *candidates) {
    std::string kept =
        candidate.keptLayers && candidate.keptLayers < candidate.layers
            ? llvm::formatv(" with {0} of {1} layers in f32", candidate.keptLayers, candidate.layers).str()
            : std::string();
    say(options, CompileDiagnostic::Severity::Note,
        (&candidate == &candidates->front() ? "precision " : "not ") + candidate.type + kept + ": " + candidate.reason);
  }
  return llvm::Error::success();
}

llvm::Expected<QuantizationReport> quantizeModel(mlir::ModuleOp module, const CompileOptions &options, Tell tell) {
  llvm::Expected<SampleSet> samples = loadSamples(module, options, tell);
  if (!samples)
    return samples.takeError();
  QuantizationOptions quantization;
  quantization.weightBits = *findWeightBits(options.quantize);
  quantization.maxDrop = options.maxDrop;
  quantization.progress = tell;
  quantization.warn = [&](const std::string &message) { say(options, CompileDiagnostic::Severity::Warning, message); };
  CompilingRunner runner(options);
  return quantizeNetwork(module, *samples, runner, quantization);
}

} // namespace winnow
