//===- QuantizeModel.cpp - quantization as the options ask for it ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizeModel.h"

#include "CalibrationData.h"
#include "QuantizationKind.h"
#include "RunModel.h"

#include "winnow/Algorithm/Passes.h"
#include "winnow/Compress/Passes.h"
#include "winnow/Compress/Precision.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

namespace winnow {

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

/// Leaves `bits` of the weights that memory delivers; no activation changes. What that costs is measured where there
/// are samples.
static llvm::Expected<QuantizationReport> quantizeWeights(mlir::ModuleOp module, unsigned bits,
                                                          const CompileOptions &options, const Tell &tell) {
  mlir::OwningOpRef<mlir::ModuleOp> before;
  if (!options.calibrate.empty())
    before = module.clone();
  mlir::PassManager manager(module.getContext());
  manager.addNestedPass<mlir::func::FuncOp>(createQuantizeWeightsPass({bits}));
  if (mlir::failed(manager.run(module)))
    return llvm::createStringError("weights could not be quantized");
  QuantizationReport report = reportPackedWeights(module);
  if (llvm::all_of(report.layers, [](const QuantizedLayerReport &layer) { return layer.weightBits == 32; }))
    return llvm::createStringError("nothing to quantize: the network has no fully connected layer of at least 8192 "
                                   "weights, which memory delivers; the weights of others need bits of activations "
                                   "too, as in int8 or w4a8");
  report.weightBits = bits;
  report.activationBits = 32;
  if (!before)
    return report;
  llvm::Expected<SampleSet> samples = loadSamples(*before, options, tell);
  if (!samples)
    return samples.takeError();
  CompilingRunner runner(options);
  if (llvm::Error error = compareNetworks(*before, module, *samples, runner, report))
    return std::move(error);
  return report;
}

/// Quantizes copies of `module` with each of `kinds`: what becomes of the network with those bits. That with the bits
/// of `common` is left blank: the network itself gets them, and its report takes that place.
static llvm::Expected<std::vector<BitsReport>> compareKinds(mlir::ModuleOp module, llvm::ArrayRef<std::string> kinds,
                                                            const SampleSet &samples, NetworkRunner &runner,
                                                            const QuantizationOptions &common) {
  std::vector<BitsReport> reports;
  for (const std::string &name : kinds) {
    QuantizationKind kind = *QuantizationKind::parse(name);
    if (kind.weightBits == common.weightBits && kind.activationBits == common.activationBits) {
      reports.push_back({kind.weightBits, kind.activationBits});
      continue;
    }
    QuantizationOptions options = common;
    options.maxDrop.reset();
    options.progress = [&](const std::string &step) { common.progress(name + ": " + step); };
    options.weightBits = kind.weightBits;
    options.activationBits = kind.activationBits;
    mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
    llvm::Expected<QuantizationReport> found = quantizeNetwork(*copy, samples, runner, options);
    if (!found)
      return found.takeError();
    reports.push_back({kind.weightBits, kind.activationBits, found->accuracyAfter, found->agreement, found->outputError,
                       found->bytesAfter});
  }
  return reports;
}

llvm::Expected<QuantizationReport> quantizeModel(mlir::ModuleOp module, const CompileOptions &options, Tell tell) {
  QuantizationKind kind = *QuantizationKind::parse(options.quantize);
  if (kind.isWeightsOnly())
    return quantizeWeights(module, kind.weightBits, options, tell);
  llvm::Expected<SampleSet> samples = loadSamples(module, options, tell);
  if (!samples)
    return samples.takeError();
  QuantizationOptions quantization;
  quantization.weightBits = kind.weightBits;
  quantization.activationBits = kind.activationBits;
  quantization.maxDrop = options.maxDrop;
  quantization.progress = tell;
  quantization.warn = [&](const std::string &message) { say(options, CompileDiagnostic::Severity::Warning, message); };
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
