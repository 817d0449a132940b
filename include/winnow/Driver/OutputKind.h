//===- OutputKind.h - forms that a compiled model can have ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_OUTPUTKIND_H
#define WINNOW_DRIVER_OUTPUTKIND_H

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace winnow {

/// What an output is; of a file, its ending says it.
enum class OutputKind { MLIR, LLVMIR, Assembly, Object, SharedLibrary, Program, Bytecode, Onnx };

/// Whether an output of this kind holds the module itself, as text, bytecode or ONNX, and no code.
inline bool isModuleKind(OutputKind kind) {
  return kind == OutputKind::MLIR || kind == OutputKind::Bytecode || kind == OutputKind::Onnx;
}

/// The kind behind the ending of `path`; nothing for one that is unknown.
std::optional<OutputKind> getOutputKind(llvm::StringRef path);

/// The ending of files of this kind, with its dot.
llvm::StringRef getOutputEnding(OutputKind kind);

/// ".so, .o, ..." for help and errors.
std::string getOutputEndings();

} // namespace winnow

#endif // WINNOW_DRIVER_OUTPUTKIND_H
