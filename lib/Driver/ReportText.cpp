//===- ReportText.cpp - a report for terminals -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReportFigures.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace winnow {

static constexpr llvm::StringLiteral kColumns[] = {"layer",        "op",      "result",      "algorithm", "MACs",
                                                   "weight bytes", "kcycles", "measured us", "uJ"};
static constexpr size_t kWords = 4; // columns to the left; numbers go to the right

using Row = std::array<std::string, std::size(kColumns)>;

static Row getRow(const CompileReport &report, size_t index) {
  const LayerInterface &layer = report.model.layers[index];
  LayerFigures figures = getFigures(report, index);
  auto count = [](int64_t value) { return value ? llvm::formatv("{0:N0}", value).str() : std::string(); };
  return {layer.name,
          layer.op,
          layer.shape,
          layer.algorithm,
          count(layer.macs),
          count(layer.weightBytes),
          llvm::formatv("{0:F1}", figures.predictedCycles / 1e3),
          figures.measuredMicroseconds > 0 ? llvm::formatv("{0:F1}", figures.measuredMicroseconds).str() : "",
          llvm::formatv("{0:F1}", figures.energy.getTotal() / 1e6)};
}

/// Lines under the table.
static std::vector<std::string> getSummary(const CompileReport &report) {
  ReportTotals totals = getTotals(report);
  std::vector<std::string> lines;
  lines.push_back(llvm::formatv("model {0} for {1}: {2} layers, {3:N0} MACs, {4:N0} bytes of weights",
                                report.model.name, report.target, report.model.layers.size(), totals.macs,
                                totals.weightBytes));
  lines.push_back(llvm::formatv("arena {0:N0} bytes + {1:N0} a batch (no plan can take less than {2:N0} at batch 1)",
                                report.model.arenaBytes, report.model.arenaBytesPerBatch, report.arenaLowerBound));
  for (auto &[target, bytes] : report.constantBytes)
    lines.push_back(llvm::formatv(
        "{0:N0} bytes of weights packed for {1}{2}", bytes, target,
        totals.weightBytes
            ? llvm::formatv(", {0:F2} of the model's (transformed ones are larger)", double(bytes) / totals.weightBytes)
                  .str()
            : ""));
  if (!report.measuredBy.empty())
    lines.push_back(llvm::formatv("{0:F1} us measured by {1}", totals.measuredMicroseconds, report.measuredBy));
  lines.push_back(llvm::formatv("{0:F2} mJ estimated: {1}", totals.energy / 1e9, getEnergyFormula()));
  lines.push_back(llvm::formatv("from {0}", getEnergySource()));
  for (auto &[step, seconds] : report.steps)
    lines.push_back(llvm::formatv("{0,-12} {1:F2} s", step, seconds));
  return lines;
}

void printReportText(const CompileReport &report, llvm::raw_ostream &os) {
  std::vector<Row> rows(1);
  llvm::copy(kColumns, rows.front().begin());
  for (size_t index = 0; index < report.model.layers.size(); ++index)
    rows.push_back(getRow(report, index));
  std::array<size_t, std::size(kColumns)> widths{};
  for (const Row &row : rows)
    for (auto [width, cell] : llvm::zip_equal(widths, row))
      width = std::max(width, cell.size());
  for (const Row &row : rows) {
    for (auto [i, cell] : llvm::enumerate(row)) {
      if (i < kWords)
        os << llvm::left_justify(cell, widths[i]);
      else
        os << llvm::right_justify(cell, widths[i]);
      os << (i + 1 == row.size() ? "\n" : "  ");
    }
  }
  for (const std::string &line : getSummary(report))
    os << line << "\n";
  if (report.pruning)
    printPruning(*report.pruning, os);
  if (report.quantization)
    printQuantizationText(*report.quantization, os);
}

} // namespace winnow
