//===- Report.cpp - what became of each layer -===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Report.h"

#include "ReportFigures.h"

#include "winnow/Target/EmitCode.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace winnow {

void printReport(const CompileReport &report, ReportFormat format, llvm::raw_ostream &os) {
  switch (format) {
  case ReportFormat::Text:
    return printReportText(report, os);
  case ReportFormat::JSON:
    os << llvm::formatv("{0:2}\n", llvm::json::Value(makeReportJson(report)));
    return;
  case ReportFormat::HTML:
    return printReportHtml(report, os);
  }
}

llvm::Error writeReport(const CompileReport &report, llvm::StringRef path) {
  if (path == "-") {
    printReportText(report, llvm::outs());
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
