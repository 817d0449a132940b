//===- Compile.h - from a model to machine code -----------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_COMPILE_H
#define WINNOW_DRIVER_COMPILE_H

#include "winnow/Driver/CompileOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/raw_ostream.h"

namespace winnow {

/// Compiles `options.input` to `options.output`. Errors go to `errors` as one line
/// each, with the file and the node they are about; the output is whole or untouched.
mlir::LogicalResult compile(const CompileOptions &options, llvm::raw_ostream &errors = llvm::errs());

/// Reads a model of any form (.onnx, .mlir, .mlirbc) into a module; one of tosa or linalg becomes cnn. Emits
/// diagnostics.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(const CompileOptions &options, mlir::MLIRContext *context);

/// Prints diagnostics of `context` as `error: FILE: node 'NAME': message` while it lives.
class DiagnosticPrinter : public mlir::ScopedDiagnosticHandler {
public:
  DiagnosticPrinter(mlir::MLIRContext *context, std::string file, llvm::raw_ostream &stream);

private:
  void print(mlir::Diagnostic &diagnostic);

  std::string file;
  llvm::raw_ostream &stream;
};

/// Registers the dialects that modules have between import and emission.
void registerDriverDialects(mlir::DialectRegistry &registry);

} // namespace winnow

#endif // WINNOW_DRIVER_COMPILE_H
