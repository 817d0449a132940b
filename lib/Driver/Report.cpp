//===- Report.cpp - what became of each layer ----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Report.h"

#include "winnow/Target/EmitCode.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace winnow {

/// A table row: what is shown for one layer, in text and in HTML.
static std::array<std::string, 6> getRow(const LayerInterface &layer) {
  return {layer.name,
          layer.op,
          layer.shape,
          layer.algorithm,
          layer.macs ? llvm::formatv("{0:N0}", layer.macs).str() : "",
          layer.weightBytes ? llvm::formatv("{0:N0}", layer.weightBytes).str() : ""};
}

static constexpr llvm::StringLiteral kColumns[] = {"layer", "op", "result", "algorithm", "MACs", "weight bytes"};

namespace {
struct Totals {
  int64_t macs = 0, weightBytes = 0;
};
} // namespace

static Totals getTotals(const CompileReport &report) {
  Totals totals;
  for (const LayerInterface &layer : report.model.layers) {
    totals.macs += layer.macs;
    totals.weightBytes += layer.weightBytes;
  }
  return totals;
}

/// Lines under the table.
static std::vector<std::string> getSummary(const CompileReport &report) {
  Totals totals = getTotals(report);
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
  for (auto &[step, seconds] : report.steps)
    lines.push_back(llvm::formatv("{0,-12} {1:F2} s", step, seconds));
  return lines;
}

static void writeText(const CompileReport &report, llvm::raw_ostream &os) {
  size_t widths[6];
  for (size_t i = 0; i < 6; ++i)
    widths[i] = kColumns[i].size();
  for (const LayerInterface &layer : report.model.layers)
    for (auto [i, cell] : llvm::enumerate(getRow(layer)))
      widths[i] = std::max(widths[i], cell.size());
  auto writeCell = [&](size_t i, StringRef cell) {
    // Names to the left, numbers to the right.
    if (i < 4)
      os << llvm::left_justify(cell, widths[i]);
    else
      os << llvm::right_justify(cell, widths[i]);
    os << (i == 5 ? "\n" : "  ");
  };
  for (size_t i = 0; i < 6; ++i)
    writeCell(i, kColumns[i]);
  for (const LayerInterface &layer : report.model.layers)
    for (auto [i, cell] : llvm::enumerate(getRow(layer)))
      writeCell(i, cell);
  for (const std::string &line : getSummary(report))
    os << line << "\n";
}

static llvm::json::Array makeTensors(ArrayRef<TensorInterface> tensors) {
  llvm::json::Array array;
  for (const TensorInterface &tensor : tensors) {
    llvm::json::Array extents;
    for (int64_t extent : tensor.extents)
      extents.push_back(ShapedType::isDynamic(extent) ? -1 : extent);
    array.push_back(
        llvm::json::Object{{"name", tensor.name}, {"type", tensor.elementType}, {"extents", std::move(extents)}});
  }
  return array;
}

static void writeJSON(const CompileReport &report, llvm::raw_ostream &os) {
  llvm::json::Array layers, steps;
  for (const LayerInterface &layer : report.model.layers)
    layers.push_back(llvm::json::Object{{"name", layer.name},
                                        {"op", layer.op},
                                        {"shape", layer.shape},
                                        {"algorithm", layer.algorithm},
                                        {"macs", layer.macs},
                                        {"weight_bytes", layer.weightBytes}});
  llvm::json::Object packed;
  for (auto &[target, bytes] : report.constantBytes)
    packed[target] = bytes;
  for (auto &[step, seconds] : report.steps)
    steps.push_back(llvm::json::Object{{"step", step}, {"seconds", seconds}});
  Totals totals = getTotals(report);
  llvm::json::Object object{{"input", report.input},
                            {"output", report.output},
                            {"target", report.target},
                            {"model", report.model.name},
                            {"inputs", makeTensors(report.model.inputs)},
                            {"outputs", makeTensors(report.model.outputs)},
                            {"arena_bytes", report.model.arenaBytes},
                            {"arena_bytes_per_batch", report.model.arenaBytesPerBatch},
                            {"arena_lower_bound", report.arenaLowerBound},
                            {"macs", totals.macs},
                            {"weight_bytes", totals.weightBytes},
                            {"packed_bytes", std::move(packed)},
                            {"layers", std::move(layers)},
                            {"steps", std::move(steps)}};
  os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
}

static void writeHTML(const CompileReport &report, llvm::raw_ostream &os) {
  auto escape = [](StringRef text) {
    std::string result;
    for (char c : text)
      result += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    return result;
  };
  os << "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" << escape(report.model.name)
     << "</title>\n<style>body{font:14px sans-serif}td,th{padding:2px 8px;text-align:left}"
        "td:nth-child(n+5){text-align:right}tr:nth-child(even){background:#f4f4f4}</style></head>\n<body><h1>"
     << escape(report.model.name) << "</h1>\n";
  for (const std::string &line : getSummary(report))
    os << "<p>" << escape(line) << "</p>\n";
  os << "<table><tr>";
  for (StringRef column : kColumns)
    os << "<th>" << column << "</th>";
  os << "</tr>\n";
  for (const LayerInterface &layer : report.model.layers) {
    os << "<tr>";
    for (const std::string &cell : getRow(layer))
      os << "<td>" << escape(cell) << "</td>";
    os << "</tr>\n";
  }
  os << "</table></body></html>\n";
}

void printReport(const CompileReport &report, ReportFormat format, llvm::raw_ostream &os) {
  static constexpr decltype(&writeText) kWriters[] = {writeText, writeJSON, writeHTML};
  kWriters[static_cast<int>(format)](report, os);
}

llvm::Error writeReport(const CompileReport &report, StringRef path) {
  if (path == "-") {
    writeText(report, llvm::outs());
    llvm::outs().flush();
    return llvm::Error::success();
  }
  ReportFormat format = path.ends_with(".json")   ? ReportFormat::JSON
                        : path.ends_with(".html") ? ReportFormat::HTML
                                                  : ReportFormat::Text;
  return writeFile(path, [&](llvm::raw_pwrite_stream &stream) {
    printReport(report, format, stream);
    return llvm::Error::success();
  });
}

} // namespace winnow
