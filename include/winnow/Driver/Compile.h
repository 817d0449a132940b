//===- Compile.h - from a model to machine code -----------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_COMPILE_H
#define WINNOW_DRIVER_COMPILE_H

#include "winnow/Driver/CompileOptions.h"
#include "winnow/Driver/Report.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

namespace winnow {

/// What a compilation made.
struct CompileResult {
  /// The output where CompileOptions::memoryOutput asks for it, else null.
  std::unique_ptr<llvm::MemoryBuffer> output;
  /// Of objects: the C header, and the function that returns the model (`const WinnowModel *symbol(void)`).
  std::string header, symbol;
  /// The layers, sizes and times.
  CompileReport report;
};

/// Compiles `options.input` to `options.output`. Errors go to `options.diagnostics`, else to `errors` as one line
/// each, with the file and the node they are about; the output is whole or untouched. Calls on several threads do not
/// meet: nothing of a compilation is global (linking, whose linker has state, takes turns).
mlir::LogicalResult compile(const CompileOptions &options, llvm::raw_ostream &errors = llvm::errs());

/// The same with all that came of it. Where it fails, `result` is as it was.
mlir::LogicalResult compile(const CompileOptions &options, CompileResult &result,
                            llvm::raw_ostream &errors = llvm::errs());

/// Compiles `module`, which may be after any phase, in place of a file. It is read and not changed: the work is done
/// on a copy in a context of its own. `options.input` names it in errors and may be empty.
mlir::LogicalResult compileModule(mlir::ModuleOp module, CompileOptions options, CompileResult &result,
                                  llvm::raw_ostream &errors = llvm::errs());

/// Reads a model of any form (.onnx, .mlir, .mlirbc) into a module; one of tosa or linalg becomes cnn. Emits
/// diagnostics.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(const CompileOptions &options, mlir::MLIRContext *context);

/// Prints one line: `error: FILE: node 'NAME': message`. What the message itself says is not said twice.
void printDiagnostic(const CompileDiagnostic &diagnostic, llvm::raw_ostream &stream);

/// Hands on diagnostics of `context` while it lives.
class DiagnosticForwarder : public mlir::ScopedDiagnosticHandler {
public:
  /// `file` is the model that is compiled; notes follow what they belong to.
  DiagnosticForwarder(mlir::MLIRContext *context, std::string file, DiagnosticCallback callback);
  /// Prints each.
  DiagnosticForwarder(mlir::MLIRContext *context, std::string file, llvm::raw_ostream &stream);

private:
  void forward(mlir::Diagnostic &diagnostic);

  std::string file;
  DiagnosticCallback callback;
};

/// Registers the dialects that modules have between import and emission.
void registerDriverDialects(mlir::DialectRegistry &registry);

} // namespace winnow

#endif // WINNOW_DRIVER_COMPILE_H
