//===- ReportHtml.cpp - a report for browsers -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The page is the report as JSON with a script that draws it: what a browser shows and what a program reads are one.
// Nothing is loaded from elsewhere.

#include "ReportFigures.h"

#include "llvm/Support/raw_ostream.h"

// .incbin keeps the bytes out of the C++ compiler: they go straight to the object.
#define WINNOW_EMBED(symbol, path)                                                                                     \
  __asm__(".pushsection .rodata\n" #symbol "_begin:\n"                                                                 \
          ".incbin \"" path "\"\n" #symbol "_end:\n"                                                                   \
          ".byte 0\n"                                                                                                  \
          ".popsection\n");                                                                                            \
  extern "C" {                                                                                                         \
  __attribute__((visibility("hidden"))) extern const char symbol##_begin[], symbol##_end[];                            \
  }

WINNOW_EMBED(winnow_report_page, WINNOW_REPORT_PAGE "/page.html")
WINNOW_EMBED(winnow_report_style, WINNOW_REPORT_PAGE "/style.css")
WINNOW_EMBED(winnow_report_table, WINNOW_REPORT_PAGE "/table.js")
WINNOW_EMBED(winnow_report_charts, WINNOW_REPORT_PAGE "/charts.js")
WINNOW_EMBED(winnow_report_pruning, WINNOW_REPORT_PAGE "/pruning.js")
WINNOW_EMBED(winnow_report_points, WINNOW_REPORT_PAGE "/points.js")
WINNOW_EMBED(winnow_report_quantization, WINNOW_REPORT_PAGE "/quantization.js")

namespace winnow {

/// The bytes between two labels.
static llvm::StringRef makeText(const char *begin, const char *end) {
  return llvm::StringRef(begin, static_cast<size_t>(end - begin));
}

static std::string escapeText(llvm::StringRef text) {
  std::string result;
  for (char c : text)
    result += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return result;
}

/// JSON that may stand in a script element: no "<" can end it.
static std::string makeScriptData(const CompileReport &report) {
  std::string json, result;
  llvm::raw_string_ostream(json) << llvm::json::Value(makeReportJson(report));
  for (char c : json)
    result += c == '<' ? "\\u003c" : std::string(1, c);
  return result;
}

void printReportHtml(const CompileReport &report, llvm::raw_ostream &os) {
  llvm::StringRef rest = makeText(winnow_report_page_begin, winnow_report_page_end);
  // The template names what goes where as {{name}}.
  while (true) {
    auto [before, after] = rest.split("{{");
    os << before;
    if (after.empty())
      return;
    auto [name, behind] = after.split("}}");
    if (name == "title")
      os << escapeText(report.model.name);
    else if (name == "style")
      os << makeText(winnow_report_style_begin, winnow_report_style_end);
    else if (name == "table")
      os << makeText(winnow_report_table_begin, winnow_report_table_end);
    else if (name == "charts")
      os << makeText(winnow_report_charts_begin, winnow_report_charts_end);
    else if (name == "pruning")
      os << makeText(winnow_report_pruning_begin, winnow_report_pruning_end);
    else if (name == "points")
      os << makeText(winnow_report_points_begin, winnow_report_points_end);
    else if (name == "quantization")
      os << makeText(winnow_report_quantization_begin, winnow_report_quantization_end);
    else if (name == "data")
      os << makeScriptData(report);
    rest = behind;
  }
}

} // namespace winnow
