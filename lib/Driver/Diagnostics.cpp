//===- Diagnostics.cpp - errors as users read them -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Compile.h"
#include "winnow/Target/ModelInterface.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace winnow {

DiagnosticForwarder::DiagnosticForwarder(MLIRContext *context, std::string file, DiagnosticCallback callback)
    : ScopedDiagnosticHandler(context), file(std::move(file)), callback(std::move(callback)) {
  setHandler([this](Diagnostic &diagnostic) { forward(diagnostic); });
}

DiagnosticForwarder::DiagnosticForwarder(MLIRContext *context, std::string file, llvm::raw_ostream &stream)
    : DiagnosticForwarder(context, std::move(file),
                          [&stream](const CompileDiagnostic &diagnostic) { printDiagnostic(diagnostic, stream); }) {}

static CompileDiagnostic::Severity getSeverity(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return CompileDiagnostic::Severity::Error;
  case DiagnosticSeverity::Warning:
    return CompileDiagnostic::Severity::Warning;
  case DiagnosticSeverity::Note:
    return CompileDiagnostic::Severity::Note;
  case DiagnosticSeverity::Remark:
    return CompileDiagnostic::Severity::Remark;
  }
  llvm_unreachable("no such severity");
}

void DiagnosticForwarder::forward(Diagnostic &diagnostic) {
  CompileDiagnostic result;
  result.severity = getSeverity(diagnostic.getSeverity());
  result.file = file;
  result.node = getLayerName(diagnostic.getLocation()).str();
  if (result.node == file) // what a module is named after is no node
    result.node.clear();
  auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
  if (place && place.getLine() > 0) {
    result.file = place.getFilename().str();
    result.line = place.getLine();
    result.column = place.getColumn();
  }
  result.message = diagnostic.str();
  callback(result);
  for (Diagnostic &note : diagnostic.getNotes())
    if (!StringRef(note.str()).starts_with("see current operation")) // IR, no use to users
      forward(note);
}

void printDiagnostic(const CompileDiagnostic &diagnostic, llvm::raw_ostream &stream) {
  static constexpr llvm::StringLiteral kSeverities[] = {"error", "warning", "note", "remark"};
  stream << kSeverities[static_cast<int>(diagnostic.severity)] << ": ";
  // An importer that already names the file and the node says it once.
  StringRef message = diagnostic.message, file = diagnostic.file, node = diagnostic.node;
  if (diagnostic.line > 0 && node.empty())
    stream << file << ":" << diagnostic.line << ":" << diagnostic.column << ": ";
  else if (!file.empty() && !message.contains(file))
    stream << file << ": ";
  if (!node.empty() && !message.contains(node))
    stream << "node '" << node << "': ";
  stream << message << "\n";
}

} // namespace winnow
