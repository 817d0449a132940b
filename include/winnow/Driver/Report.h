//===- Report.h - what became of each layer ---------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_REPORT_H
#define WINNOW_DRIVER_REPORT_H

#include "winnow/Target/ModelInterface.h"

#include "llvm/Support/Error.h"

namespace winnow {

/// A compilation in numbers.
struct CompileReport {
  std::string input, output, target;
  ModelInterface model;
  /// The most bytes that live at one time: no plan of the arena can be smaller.
  int64_t arenaLowerBound = 0;
  /// Bytes of weights as they are packed (each processor has its own packing).
  std::vector<std::pair<std::string, int64_t>> constantBytes;
  /// Seconds each step took.
  std::vector<std::pair<std::string, double>> steps;
};

/// Forms of a report.
enum class ReportFormat { Text, JSON, HTML };

/// Prints `report`.
void printReport(const CompileReport &report, ReportFormat format, llvm::raw_ostream &os);

/// Writes `report` as text to stdout ("-") or to a .txt, .json or .html file.
llvm::Error writeReport(const CompileReport &report, llvm::StringRef path);

} // namespace winnow

#endif // WINNOW_DRIVER_REPORT_H
