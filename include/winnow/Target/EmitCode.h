//===- EmitCode.h - optimized machine code and files ------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TARGET_EMITCODE_H
#define WINNOW_TARGET_EMITCODE_H

#include "winnow/Target/OutputFile.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class Module;
class TargetMachine;
class raw_pwrite_stream;
} // namespace llvm

namespace winnow {

/// Runs LLVM's mid-end over `module` at `level` (0 to 3). Register tiles come
/// unrolled and vectorised from the kernel generator: loops are not unrolled again.
void optimizeModule(llvm::Module &module, llvm::TargetMachine &machine, unsigned level);

/// Writes `module` as an object file or as assembly.
llvm::Error emitCode(llvm::Module &module, llvm::TargetMachine &machine, bool assembly,
                     llvm::raw_pwrite_stream &stream);

/// Links a model's objects with the runtime to a shared library at `path`.
llvm::Error linkSharedLibrary(llvm::ArrayRef<llvm::StringRef> objects, llvm::StringRef path);

/// Merges a model's objects and the runtime into the object at `path`.
llvm::Error linkObject(llvm::ArrayRef<llvm::StringRef> objects, llvm::StringRef path);

/// Links a program with the system's compiler driver.
llvm::Error linkProgram(llvm::ArrayRef<llvm::StringRef> objects, llvm::StringRef path);

/// The C header that declares `symbol`, the function that returns the model.
std::string makeObjectHeader(llvm::StringRef symbol);

} // namespace winnow

#endif // WINNOW_TARGET_EMITCODE_H
