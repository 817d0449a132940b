//===- CalibrationData.cpp - samples as the options name them -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CalibrationData.h"

#include "winnow/Compress/Quantize.h"

namespace winnow {

void say(const CompileOptions &options, CompileDiagnostic::Severity severity, const std::string &message) {
  CompileDiagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.message = message;
  options.diagnostics(diagnostic);
}

llvm::Expected<SampleSet> loadSamples(mlir::ModuleOp module, const CompileOptions &options, const Tell &tell) {
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

} // namespace winnow
