//===- ReportJson.cpp - a report for programs -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// docs/Report.md describes every field.

#include "ReportFigures.h"

#include "mlir/IR/BuiltinTypes.h"

namespace winnow {

/// Counts up when fields change their meaning; new fields do not.
static constexpr int64_t kVersion = 1;

/// A number that is 0 where it is not known, as null.
static llvm::json::Value orNull(double value) { return value > 0 ? llvm::json::Value(value) : nullptr; }

static llvm::json::Array makeTensors(llvm::ArrayRef<TensorInterface> tensors) {
  llvm::json::Array array;
  for (const TensorInterface &tensor : tensors) {
    llvm::json::Array extents;
    for (int64_t extent : tensor.extents)
      extents.push_back(mlir::ShapedType::isDynamic(extent) ? -1 : extent);
    array.push_back(
        llvm::json::Object{{"name", tensor.name}, {"type", tensor.elementType}, {"extents", std::move(extents)}});
  }
  return array;
}

static llvm::json::Array makeCandidates(const LayerInterface &layer) {
  llvm::json::Array array;
  for (const AlgorithmCandidate &candidate : layer.candidates) {
    llvm::json::Object object{{"name", candidate.name}, {"chosen", &candidate == findChosen(layer)}};
    if (candidate.obstacle.empty()) {
      object["cycles"] = orNull(candidate.cycles);
      object["measured_us"] = orNull(candidate.microseconds);
    } else {
      object["obstacle"] = candidate.obstacle;
    }
    array.push_back(std::move(object));
  }
  return array;
}

static llvm::json::Object makeLayer(const CompileReport &report, size_t index) {
  const LayerInterface &layer = report.model.layers[index];
  LayerFigures figures = getFigures(report, index);
  return llvm::json::Object{{"name", layer.name},
                            {"op", layer.op},
                            {"inputs", layer.inputs},
                            {"shape", layer.shape},
                            {"algorithm", layer.algorithm},
                            {"why", figures.why},
                            {"macs", layer.macs},
                            {"bytes", layer.bytes},
                            {"weight_bytes", layer.weightBytes},
                            {"stored_bytes", layer.storedBytes},
                            {"storage", layer.storage},
                            {"computed_macs", layer.computedMacs},
                            {"predicted_cycles", orNull(figures.predictedCycles)},
                            {"predicted_us", orNull(figures.predictedMicroseconds)},
                            {"predicted_by", figures.byRoofline ? "roofline" : "model"},
                            {"measured_us", orNull(figures.measuredMicroseconds)},
                            {"energy_pj", llvm::json::Object{{"arithmetic", figures.energy.arithmetic},
                                                             {"cache", figures.energy.cache},
                                                             {"memory", figures.energy.memory}}},
                            {"candidates", makeCandidates(layer)}};
}

static llvm::json::Object makeArena(const CompileReport &report) {
  llvm::json::Array buffers;
  for (const ArenaInterval &buffer : report.arena)
    buffers.push_back(llvm::json::Object{{"name", buffer.name},
                                         {"offset", buffer.offset},
                                         {"bytes", buffer.bytes},
                                         {"first", buffer.first},
                                         {"last", buffer.last},
                                         {"per_sample", buffer.perSample},
                                         {"inside", buffer.inside}});
  return llvm::json::Object{{"steps", llvm::json::Array(report.arenaSteps)}, {"buffers", std::move(buffers)}};
}

llvm::json::Object makeReportJson(const CompileReport &report) {
  llvm::json::Array layers, steps;
  for (size_t index = 0; index < report.model.layers.size(); ++index)
    layers.push_back(makeLayer(report, index));
  llvm::json::Object packed;
  for (auto &[target, bytes] : report.constantBytes)
    packed[target] = bytes;
  for (auto &[step, seconds] : report.steps)
    steps.push_back(llvm::json::Object{{"step", step}, {"seconds", seconds}});
  ReportTotals totals = getTotals(report);
  return llvm::json::Object{
      {"version", kVersion},
      {"input", report.input},
      {"output", report.output},
      {"target", report.target},
      {"model", report.model.name},
      {"inputs", makeTensors(report.model.inputs)},
      {"outputs", makeTensors(report.model.outputs)},
      {"arena_bytes", report.model.arenaBytes},
      {"arena_bytes_per_batch", report.model.arenaBytesPerBatch},
      {"arena_lower_bound", report.arenaLowerBound},
      {"arena", makeArena(report)},
      {"macs", totals.macs},
      {"weight_bytes", totals.weightBytes},
      {"packed_bytes", std::move(packed)},
      {"clock_ghz", orNull(report.gigahertz)},
      {"macs_per_cycle", orNull(report.macsPerCycle)},
      {"measured_by", report.measuredBy},
      {"energy",
       llvm::json::Object{{"total_pj", totals.energy}, {"formula", getEnergyFormula()}, {"source", getEnergySource()}}},
      {"pruning", report.pruning ? llvm::json::Value(makePruningJson(*report.pruning)) : nullptr},
      {"quantization", report.quantization ? llvm::json::Value(makeQuantizationJson(*report.quantization)) : nullptr},
      {"layers", std::move(layers)},
      {"steps", std::move(steps)}};
}

} // namespace winnow
