//===- PruneModel.cpp - pruning as the options ask for it -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PruneModel.h"

#include "NetworkCost.h"
#include "ReleaseConstants.h"
#include "RunModel.h"

#include "winnow/Algorithm/Passes.h"

#include "llvm/ADT/StringSwitch.h"

namespace winnow {

static llvm::Error parseTarget(llvm::StringRef text, PruningOptions &pruning) {
  auto [measure, number] = text.split(':');
  auto found = llvm::StringSwitch<std::optional<PruningMeasure>>(measure)
                   .Case("sparsity", PruningMeasure::Sparsity)
                   .Case("macs", PruningMeasure::Macs)
                   .Case("bytes", PruningMeasure::Bytes)
                   .Case("latency", PruningMeasure::Latency)
                   .Default(std::nullopt);
  if (!found)
    return llvm::createStringError("unknown target '" + text +
                                   "' of pruning: expected sparsity:PART, macs:PART, bytes:NUMBER or latency:PART");
  pruning.measure = *found;
  bool isAbsolute = *found == PruningMeasure::Bytes;
  if (number.getAsDouble(pruning.target) || !(pruning.target > 0) || (!isAbsolute && pruning.target >= 1))
    return llvm::createStringError("target '" + text + "' of pruning: expected a number above 0" +
                                   (isAbsolute ? "" : " and below 1") + ", found '" + number + "'");
  return llvm::Error::success();
}

static llvm::Error parseOption(llvm::StringRef key, llvm::StringRef value, PruningOptions &pruning) {
  if (key == "target")
    return parseTarget(value, pruning);
  if (key == "pattern") {
    std::optional<PruningPattern> pattern = PruningPattern::parse(value);
    if (!pattern)
      return llvm::createStringError("unknown pattern '" + value + "' of pruning: expected " +
                                     PruningPattern::getForms());
    pruning.pattern = *pattern;
    return llvm::Error::success();
  }
  if (key != "criterion")
    return llvm::createStringError("unknown option '" + key + "' of pruning: expected target, pattern or criterion");
  std::optional<PruningCriterion> criterion = parseCriterion(value);
  if (!criterion)
    return llvm::createStringError("unknown criterion '" + value + "' of pruning: expected " + getCriteria());
  pruning.criterion = *criterion;
  return llvm::Error::success();
}

llvm::Expected<PruningOptions> parsePruning(llvm::StringRef text) {
  PruningOptions pruning;
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',');
  bool hasTarget = false;
  for (llvm::StringRef part : parts) {
    auto [key, value] =
        part.contains('=') ? part.split('=') : std::pair<llvm::StringRef, llvm::StringRef>("target", part);
    hasTarget |= key == "target";
    if (llvm::Error error = parseOption(key, value, pruning))
      return std::move(error);
  }
  if (!hasTarget && !pruning.pattern.hasFixedDensity())
    return llvm::createStringError("pruning '" + text + "' has no target: expected one as in sparsity:0.7");
  // With a fixed density all layers that can have it do.
  if (!hasTarget)
    pruning.target = 0;
  return pruning;
}

llvm::Expected<PruningReport> pruneModel(mlir::ModuleOp module, const CompileOptions &options, const Tell &tell) {
  llvm::Expected<PruningOptions> pruning = parsePruning(options.prune);
  if (!pruning)
    return pruning.takeError();
  llvm::Expected<SampleSet> samples = loadSamples(module, options, tell);
  if (!samples)
    return samples.takeError();
  pruning->maxDrop = options.maxDrop;
  // What may be lost is for both.
  if (pruning->maxDrop && !options.quantize.empty())
    *pruning->maxDrop /= 2;
  // Copies have weights of their own: those of hundreds do not fit into memory.
  pruning->predict = [&](mlir::ModuleOp copy) {
    double cycles = predictCycles(copy);
    releaseConstantsOfCopy(copy, module);
    return cycles;
  };
  pruning->trial = options.dryRun.empty()     ? PruningTrial::None
                   : options.dryRun == "full" ? PruningTrial::Full
                                              : PruningTrial::Quick;
  pruning->getCost = [&](mlir::ModuleOp copy) -> llvm::Expected<RunCost> {
    llvm::Expected<CompileReport> report = inspectNetwork(copy, options, /*isMeasured=*/false);
    if (!report)
      return report.takeError();
    releaseConstantsOfCopy(copy, module);
    return getRunCost(*report);
  };
  pruning->progress = tell;
  CompilingRunner runner(options);
  return pruneNetwork(module, *samples, runner, *pruning);
}

} // namespace winnow
