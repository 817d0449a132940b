//===- Report.h - what became of each layer ---------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_REPORT_H
#define WINNOW_DRIVER_REPORT_H

#include "winnow/Compress/Prune.h"
#include "winnow/Compress/Quantize.h"
#include "winnow/Target/ModelInterface.h"

#include "llvm/Support/Error.h"

namespace winnow {

/// A buffer of the arena: where it lies, and the first and last step that uses it.
struct ArenaInterval {
  std::string name; ///< of the node that it belongs to
  int64_t offset = 0, bytes = 0, first = 0, last = 0;
  bool perSample = false; ///< offset and bytes are those of one sample
  bool inside = false;    ///< shares bytes of a larger one on purpose
};

/// A compilation in numbers.
struct CompileReport {
  std::string input, output, target;
  ModelInterface model;
  /// The most bytes that live at one time: no plan of the arena can be smaller.
  int64_t arenaLowerBound = 0;
  /// What pruning did; nothing where there was none.
  std::optional<PruningReport> pruning;
  /// What quantization did; nothing where there was none.
  std::optional<QuantizationReport> quantization;
  /// Bytes of weights as they are packed (each processor has its own packing).
  std::vector<std::pair<std::string, int64_t>> constantBytes;
  /// Seconds each step took.
  std::vector<std::pair<std::string, double>> steps;
  /// The plan of the arena, and the nodes of its steps in order; empty where it was not explained.
  std::vector<ArenaInterval> arena;
  std::vector<std::string> arenaSteps;
  /// What one core of the target does at most in a cycle, in f32 multiply-accumulates and in bytes from memory.
  double macsPerCycle = 0, memoryBytesPerCycle = 0;
  /// The clock at which cycles are shown as time; 0: they are not.
  double gigahertz = 0;
  /// Microseconds of each layer as a run measured them, and how; empty where none did.
  std::vector<double> layerMicroseconds;
  std::string measuredBy;
};

/// Forms of a report.
enum class ReportFormat { Text, JSON, HTML };

/// Prints `report`.
void printReport(const CompileReport &report, ReportFormat format, llvm::raw_ostream &os);

/// Prints what pruning did, or would do, as text.
void printPruning(const PruningReport &report, llvm::raw_ostream &os);

/// Writes `report` as text to stdout ("-") or to a .txt, .json or .html file.
llvm::Error writeReport(const CompileReport &report, llvm::StringRef path);

} // namespace winnow

#endif // WINNOW_DRIVER_REPORT_H
