//===- ReportFigures.cpp - what a report says of a layer beside its facts -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Energy: M. Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014, figure 1.1.9: picojoules
// of operations and of 64-bit accesses in a 45 nm process at 0.9 V.

#include "ReportFigures.h"

#include "winnow/Support/ReportAttributes.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace winnow {

static constexpr double kCacheAccess = 100;   // of 8 bytes in a cache of 1 MB
static constexpr double kMemoryAccess = 1300; // of 8 bytes in DRAM: the lower end of 1.3 to 2.6 nJ

llvm::StringRef getEnergyFormula() {
  return "energy = MACs x (multiplication + addition) + activation bytes / 8 x 100 pJ (cache of 1 MB) + bytes of "
         "weights "
         "as stored / 8 x 1300 pJ (DRAM); MACs as the network has them, less those by zeros that code leaves out: f32 "
         "3.7 + 0.9 pJ, f16 and bf16 1.1 + 0.4 pJ, 8-bit integers 0.2 + 0.1 pJ (32-bit sums)";
}

llvm::StringRef getEnergySource() {
  return "M. Horowitz, Computing's energy problem (and what we can do about it), ISSCC 2014, figure 1.1.9 (45 nm, 0.9 "
         "V): an estimate to compare layers with, not this machine's consumption";
}

/// Picojoules of one multiply-accumulate on elements of the first operand of `layer`.
static double getMacEnergy(const LayerInterface &layer) {
  llvm::StringRef type = llvm::StringRef(layer.inputs).split(',').first.rsplit('x').second;
  if (type == "i8" || type == "ui8")
    return 0.2 + 0.1;
  return type == "f16" || type == "bf16" ? 1.1 + 0.4 : 3.7 + 0.9;
}

static EnergyEstimate estimateEnergy(const LayerInterface &layer) {
  EnergyEstimate energy;
  energy.arithmetic = layer.computedMacs * getMacEnergy(layer);
  energy.cache = std::max<int64_t>(0, layer.bytes - layer.weightBytes) / 8.0 * kCacheAccess;
  // What another layer's constants are as well is noted there.
  energy.memory = (layer.storedBytes ? layer.storedBytes : layer.weightBytes) / 8.0 * kMemoryAccess;
  return energy;
}

const AlgorithmCandidate *findChosen(const LayerInterface &layer) {
  for (const AlgorithmCandidate &candidate : layer.candidates)
    if (candidate.obstacle.empty() && llvm::StringRef(candidate.name).split(' ').first == layer.algorithm)
      return &candidate;
  return nullptr;
}

/// Legal candidates come first, the fastest first: the first that is not `chosen`.
static const AlgorithmCandidate *findNext(const LayerInterface &layer, const AlgorithmCandidate *chosen) {
  for (const AlgorithmCandidate &candidate : layer.candidates)
    if (&candidate != chosen && candidate.obstacle.empty())
      return &candidate;
  return nullptr;
}

static std::string explain(const LayerInterface &layer) {
  if (layer.algorithm.empty())
    return "";
  if (layer.algorithm == "row_strips")
    return "computed with its neighbours in strips of rows, so that what lies between them stays in the cache";
  const AlgorithmCandidate *chosen = findChosen(layer);
  if (!chosen)
    return "chosen before this compilation";
  const AlgorithmCandidate *next = findNext(layer, chosen);
  if (!next)
    return "the only one that is legal";
  if (chosen->microseconds > 0)
    return next->microseconds > 0 ? llvm::formatv("fastest as measured: {0:F1} us, {1} took {2:F1} us",
                                                  chosen->microseconds, next->name, next->microseconds)
                                        .str()
                                  : "the only one that was measured";
  double more = 100 * (next->cycles / chosen->cycles - 1);
  if (more < 0)
    return llvm::formatv("asked for: {0} would take {1:F0}% less by the models", next->name, -more);
  if (more < 1)
    return llvm::formatv("least predicted time, as {0} has", next->name);
  return llvm::formatv("least predicted time: {0} would take {1:F0}% more", next->name, more);
}

LayerFigures getFigures(const CompileReport &report, size_t index) {
  const LayerInterface &layer = report.model.layers[index];
  LayerFigures figures;
  const AlgorithmCandidate *chosen = findChosen(layer);
  if (chosen && chosen->cycles > 0) {
    figures.predictedCycles = chosen->cycles;
  } else if (report.macsPerCycle > 0 && report.memoryBytesPerCycle > 0) {
    figures.byRoofline = true;
    figures.predictedCycles = std::max(layer.macs / report.macsPerCycle, layer.bytes / report.memoryBytesPerCycle);
  }
  if (report.gigahertz > 0)
    figures.predictedMicroseconds = figures.predictedCycles / report.gigahertz / 1e3;
  if (index < report.layerMicroseconds.size())
    figures.measuredMicroseconds = report.layerMicroseconds[index];
  else if (chosen)
    figures.measuredMicroseconds = chosen->microseconds;
  figures.energy = estimateEnergy(layer);
  figures.why = explain(layer);
  return figures;
}

ReportTotals getTotals(const CompileReport &report) {
  ReportTotals totals;
  for (auto [index, layer] : llvm::enumerate(report.model.layers)) {
    LayerFigures figures = getFigures(report, index);
    totals.macs += layer.macs;
    totals.weightBytes += layer.weightBytes;
    totals.energy += figures.energy.getTotal();
    totals.predictedMicroseconds += figures.predictedMicroseconds;
    totals.measuredMicroseconds += figures.measuredMicroseconds;
  }
  return totals;
}

void takeArenaPlan(func::FuncOp main, CompileReport &report) {
  auto plan = main->getAttrOfType<ArrayAttr>(kArenaPlanAttr), steps = main->getAttrOfType<ArrayAttr>(kArenaStepsAttr);
  if (!plan || !steps)
    return;
  auto getInt = [](DictionaryAttr entry, StringRef key) {
    auto value = entry.getAs<IntegerAttr>(key);
    return value ? value.getInt() : 0;
  };
  for (auto entry : plan.getAsRange<DictionaryAttr>()) {
    auto name = entry.getAs<StringAttr>("name");
    report.arena.push_back({name ? name.str() : "", getInt(entry, "offset"), getInt(entry, "bytes"),
                            getInt(entry, "first"), getInt(entry, "last"), entry.contains("per_sample"),
                            entry.contains("inside")});
  }
  for (auto step : steps.getAsRange<StringAttr>())
    report.arenaSteps.push_back(step.str());
  main->removeAttr(kArenaPlanAttr);
  main->removeAttr(kArenaStepsAttr);
}

} // namespace winnow
