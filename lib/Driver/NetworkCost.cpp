//===- NetworkCost.cpp - what runs of a network cost ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkCost.h"

#include "Compilation.h"
#include "ReportFigures.h"
#include "TimeModel.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace winnow {

/// How long a network is run to take its time.
static constexpr double kSeconds = 0.5;

void takeStoredBytes(ModuleOp module, llvm::MutableArrayRef<LayerInterface> layers) {
  // Several ops may come from one node: its constants are those of the one that multiplies.
  llvm::StringMap<LayerInterface *> byName;
  for (LayerInterface &layer : layers) {
    LayerInterface *&known = byName[layer.name];
    if (!known || (known->weightBytes == 0 && layer.weightBytes > 0))
      known = &layer;
  }
  llvm::DenseSet<Operation *> seen;
  SymbolTable symbols(module);
  module.walk([&](memref::GetGlobalOp op) {
    auto global = symbols.lookup<memref::GlobalOp>(op.getName());
    auto layer = byName.find(getLayerName(op.getLoc()));
    if (!global || !global.getConstant() || layer == byName.end() || !seen.insert(global).second)
      return;
    int64_t bits = global.getType().getElementTypeBitWidth();
    layer->second->storedBytes += global.getType().getNumElements() * ((bits + 7) / 8);
  });
  // Code that computes a layer together with what follows is named after the last of them.
  LayerInterface *open = nullptr;
  for (LayerInterface &layer : layers) {
    if (layer.weightBytes > 0)
      open = layer.storedBytes == 0 ? &layer : nullptr;
    else if (open)
      std::swap(open->storedBytes, layer.storedBytes);
    if (open && open->storedBytes > 0)
      open = nullptr;
  }
}

/// What of `given` says how a network that is already as it should be is computed.
static CompileOptions getCodeOptions(const CompileOptions &given) {
  CompileOptions options;
  options.input = given.input;
  options.target = given.target;
  options.cpu = given.cpu;
  options.features = given.features;
  options.import.batch = given.import.batch;
  options.precision = given.precision == "auto" ? "" : given.precision;
  options.algorithm = given.algorithm;
  options.sparsity = given.sparsity;
  options.tuningCache = given.tuningCache;
  options.threads = given.threads;
  options.forkJoinCycles = given.forkJoinCycles;
  options.measuredSpeed = given.measuredSpeed;
  options.emulateTiles = given.emulateTiles;
  options.optLevel = given.optLevel;
  options.diagnostics = given.diagnostics;
  return options;
}

/// Compiles `module` to code that takes its time, and runs it.
static llvm::Expected<CompileReport> measureNetwork(ModuleOp module, CompileOptions options) {
  options.memoryOutput = OutputKind::SharedLibrary;
  options.instrument = true;
  CompileResult result;
  if (failed(compileModule(module, options, result)))
    return llvm::createStringError("the network cannot be compiled to take its time");
  int runs = 0;
  llvm::Expected<std::vector<double>> times = timeLayers(result.output->getBuffer(), kSeconds, runs);
  if (!times)
    return times.takeError();
  result.report.layerMicroseconds = std::move(*times);
  result.report.measuredBy =
      llvm::formatv("runs on one thread for {0:F1} s each, the least of at least {1}", kSeconds, runs).str();
  return std::move(result.report);
}

llvm::Expected<CompileReport> inspectNetwork(ModuleOp module, const CompileOptions &given, bool isMeasured) {
  CompileOptions options = getCodeOptions(given);
  if (isMeasured)
    return measureNetwork(module, std::move(options));
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (failed(writeBytecodeToFile(module, stream)))
    return llvm::createStringError("the network cannot be copied");
  options.inputBytes = bytes;
  Compilation compilation(options);
  if (failed(compilation.runToInterface()))
    return llvm::createStringError("the network cannot be lowered to see what it costs");
  return compilation.getReport();
}

static RunCost &operator+=(RunCost &sum, const RunCost &cost) {
  sum.macs += cost.macs;
  sum.storedBytes += cost.storedBytes;
  sum.cycles += cost.cycles;
  sum.microseconds += cost.microseconds;
  sum.energy += cost.energy;
  return sum;
}

static RunCost getLayerCost(const CompileReport &report, size_t index) {
  const LayerInterface &layer = report.model.layers[index];
  LayerFigures figures = getFigures(report, index);
  return {layer.computedMacs, layer.storedBytes, figures.predictedCycles, figures.measuredMicroseconds,
          figures.energy.getTotal()};
}

RunCost getRunCost(const CompileReport &report) {
  RunCost sum;
  for (size_t index = 0; index < report.model.layers.size(); ++index)
    sum += getLayerCost(report, index);
  return sum;
}

void addCosts(const CompileReport &before, const CompileReport &after, PruningReport &pruning) {
  // What a node became may be several layers: conversions of its layout count with it.
  auto collect = [](const CompileReport &report) {
    llvm::StringMap<RunCost> costs;
    for (auto [index, layer] : llvm::enumerate(report.model.layers))
      costs[layer.name] += getLayerCost(report, index);
    return costs;
  };
  llvm::StringMap<RunCost> costsBefore = collect(before), costsAfter = collect(after);
  llvm::StringMap<std::string> storage;
  for (const LayerInterface &layer : after.model.layers)
    if (!layer.storage.empty())
      storage[layer.name] = layer.storage;
  for (PrunedLayerReport &layer : pruning.layers) {
    layer.before = costsBefore.lookup(layer.name);
    layer.after = costsAfter.lookup(layer.name);
    layer.storage = storage.lookup(layer.name);
  }
  pruning.before = getRunCost(before);
  pruning.after = getRunCost(after);
  pruning.measuredBy = after.measuredBy;
}

} // namespace winnow
