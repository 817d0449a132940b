//===- ReportFigures.h - what a report says of a layer beside its facts -*- C++ -*- -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_REPORTFIGURES_H
#define WINNOW_LIB_DRIVER_REPORTFIGURES_H

#include "winnow/Driver/Report.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"

namespace winnow {

/// An estimate of the energy of one run of a layer, in picojoules.
struct EnergyEstimate {
  double arithmetic = 0; ///< its multiply-accumulates, as the network has them, that code does
  double cache = 0;      ///< its activations, each read or written once
  double memory = 0;     ///< its weights as they are stored, each read once
  double getTotal() const { return arithmetic + cache + memory; }
};

/// What follows from the facts of a layer.
struct LayerFigures {
  /// Cycles of one core: by the model of the algorithm, else (`byRoofline`) the least that the target's peak and
  /// memory allow.
  double predictedCycles = 0;
  bool byRoofline = false;
  /// The same as time; 0 where the clock is not known.
  double predictedMicroseconds = 0;
  /// In a run, or by itself where algorithms were measured; 0 where it was not.
  double measuredMicroseconds = 0;
  EnergyEstimate energy;
  /// Why it is computed as it is; empty where there is one way only.
  std::string why;
};

/// What is known of the algorithm that a layer is computed by; null where nothing is.
const AlgorithmCandidate *findChosen(const LayerInterface &layer);

/// Figures of layer `index`.
LayerFigures getFigures(const CompileReport &report, size_t index);

/// What a user who asked for a largest drop has to know of what came of it; empty: nothing.
std::string getPruningWarning(const PruningReport &report);

/// The formula of EnergyEstimate and where its numbers are from, one line each.
llvm::StringRef getEnergyFormula();
llvm::StringRef getEnergySource();

/// Moves the plan of the arena from the attributes of `main` to `report`.
void takeArenaPlan(mlir::func::FuncOp main, CompileReport &report);

/// Sums over the layers.
struct ReportTotals {
  int64_t macs = 0, weightBytes = 0;
  double energy = 0, predictedMicroseconds = 0, measuredMicroseconds = 0;
};
ReportTotals getTotals(const CompileReport &report);

/// The forms of a report.
void printReportText(const CompileReport &report, llvm::raw_ostream &os);
llvm::json::Object makeReportJson(const CompileReport &report);
/// The parts of them that say what pruning and quantization did.
/// Costs of layers before and after, and the table of a dry run; nothing where there are none.
void printPruningCosts(const PruningReport &report, llvm::raw_ostream &os);
void printPruningPoints(const PruningReport &report, llvm::raw_ostream &os);
llvm::json::Object makeRunCostJson(const RunCost &cost);
llvm::json::Array makePointsJson(const PruningReport &report);
llvm::json::Object makePruningJson(const PruningReport &report);
void printQuantizationText(const QuantizationReport &report, llvm::raw_ostream &os);
llvm::json::Object makeQuantizationJson(const QuantizationReport &report);
void printReportHtml(const CompileReport &report, llvm::raw_ostream &os);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_REPORTFIGURES_H
