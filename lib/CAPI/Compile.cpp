//===- Compile.cpp - from a model to machine code, in C ---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handles.h"

using namespace winnow;

/// Keeps a diagnostic, tells the callback.
static void keep(const CompileDiagnostic &diagnostic, const WinnowCompileOptions &options, WinnowCompilation &made) {
  WinnowCompilation::Message &message = made.messages.emplace_back();
  message.diagnostic = diagnostic;
  llvm::raw_string_ostream stream(message.text);
  printDiagnostic(diagnostic, stream);
  message.text.pop_back(); // the end of the line
  const CompileDiagnostic &kept = message.diagnostic;
  message.view = {static_cast<WinnowSeverity>(kept.severity),
                  kept.file.c_str(),
                  kept.node.c_str(),
                  kept.message.c_str(),
                  message.text.c_str(),
                  kept.line,
                  kept.column};
  if (options.diagnosticCallback)
    options.diagnosticCallback(options.diagnosticUser, &message.view);
}

WinnowResult
capi::runCompilation(const WinnowCompileOptions &options, WinnowCompilation **compilation,
                     llvm::function_ref<mlir::LogicalResult(const CompileOptions &, CompileResult &)> work) {
  auto made = std::make_unique<WinnowCompilation>();
  CompileOptions own = options.options;
  own.diagnostics = [&](const CompileDiagnostic &diagnostic) { keep(diagnostic, options, *made); };
  CompileResult result;
  bool succeeded = mlir::succeeded(work(own, result));
  if (succeeded) {
    if (result.output)
      made->output.reset(new WinnowBuffer{std::move(result.output)});
    made->header = std::move(result.header);
    made->symbol = std::move(result.symbol);
    llvm::raw_string_ostream report(made->report);
    printReport(result.report, ReportFormat::JSON, report);
  }
  if (compilation)
    *compilation = made.release();
  return succeeded ? WINNOW_SUCCESS : WINNOW_COMPILE_FAILED;
}

WinnowResult winnowCompile(const WinnowCompileOptions *options, WinnowCompilation **compilation) {
  if (compilation)
    *compilation = nullptr;
  if (!options)
    return WINNOW_INVALID_ARGUMENT;
  return capi::runCompilation(*options, compilation,
                              [](const CompileOptions &o, CompileResult &result) { return compile(o, result); });
}

void winnowCompilationDestroy(WinnowCompilation *compilation) { delete compilation; }

size_t winnowCompilationGetDiagnosticCount(const WinnowCompilation *compilation) {
  return compilation ? compilation->messages.size() : 0;
}

const WinnowDiagnostic *winnowCompilationGetDiagnostic(const WinnowCompilation *compilation, size_t index) {
  return index < winnowCompilationGetDiagnosticCount(compilation) ? &compilation->messages[index].view : nullptr;
}

const WinnowBuffer *winnowCompilationGetOutput(const WinnowCompilation *compilation) {
  return compilation ? compilation->output.get() : nullptr;
}

WinnowBuffer *winnowCompilationTakeOutput(WinnowCompilation *compilation) {
  return compilation ? compilation->output.release() : nullptr;
}

const char *winnowCompilationGetHeader(const WinnowCompilation *compilation) {
  return compilation ? compilation->header.c_str() : "";
}

const char *winnowCompilationGetSymbol(const WinnowCompilation *compilation) {
  return compilation ? compilation->symbol.c_str() : "";
}

const char *winnowCompilationGetReportJson(const WinnowCompilation *compilation) {
  return compilation ? compilation->report.c_str() : "";
}
