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
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace winnow {

DiagnosticPrinter::DiagnosticPrinter(MLIRContext *context, std::string file, llvm::raw_ostream &stream)
    : ScopedDiagnosticHandler(context), file(std::move(file)), stream(stream) {
  setHandler([this](Diagnostic &diagnostic) { print(diagnostic); });
}

/// The place in a file that a location names, if it names one.
static FileLineColLoc findFileLocation(Location loc) {
  FileLineColLoc result;
  loc->walk([&](Location part) {
    result = dyn_cast<FileLineColLoc>(part);
    return result ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result;
}

void DiagnosticPrinter::print(Diagnostic &diagnostic) {
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    stream << "error: ";
    break;
  case DiagnosticSeverity::Warning:
    stream << "warning: ";
    break;
  case DiagnosticSeverity::Note:
    stream << "note: ";
    break;
  case DiagnosticSeverity::Remark:
    stream << "remark: ";
    break;
  }
  // An importer that already names the file and the node says it once.
  std::string message = diagnostic.str();
  StringRef node = getLayerName(diagnostic.getLocation());
  FileLineColLoc place = findFileLocation(diagnostic.getLocation());
  if (place && place.getLine() > 0 && node.empty())
    stream << place.getFilename().getValue() << ":" << place.getLine() << ":" << place.getColumn() << ": ";
  else if (message.find(file) == std::string::npos)
    stream << file << ": ";
  if (!node.empty() && message.find(node.str()) == std::string::npos)
    stream << "node '" << node << "': ";
  stream << message << "\n";
  for (Diagnostic &note : diagnostic.getNotes())
    if (!StringRef(note.str()).starts_with("see current operation")) // IR, no use to users
      print(note);
}

} // namespace winnow
