//===- TranslateModule.h - from the llvm dialect to LLVM IR -----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TARGET_TRANSLATEMODULE_H
#define WINNOW_TARGET_TRANSLATEMODULE_H

#include "winnow/Target/ModelInterface.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace winnow {

/// The global that holds all weights.
inline constexpr llvm::StringLiteral kConstantsSymbol = "winnow_constants";

/// How the function that returns a model's descriptor is named and seen.
struct ModelSymbol {
  /// `winnow_model` in a shared library, `winnow_model_<name>` in an object.
  std::string name = "winnow_model";
  /// Whether only the object that chooses among variants sees it.
  bool isVariant = false;
};

/// Translates a module of the llvm dialect (by winnow-lower-to-llvm) for
/// `machine`, adds the descriptor of `interface` and the function that returns
/// it. The weights' bytes in `module` are freed. Null after an error, which is emitted.
std::unique_ptr<llvm::Module> translateModule(mlir::ModuleOp module, const ModelInterface &interface,
                                              const ModelSymbol &symbol, llvm::TargetMachine &machine,
                                              llvm::LLVMContext &context);

/// Adds the constant WinnowModel and the function `symbol` that returns it.
void addModelDescriptor(llvm::Module &module, const ModelInterface &interface, const ModelSymbol &symbol,
                        const llvm::TargetMachine &machine);

/// A module whose function `symbol` returns the first of `variants` (functions of
/// other objects, the best first) that the processor can run.
std::unique_ptr<llvm::Module> makeVariantChoice(llvm::StringRef symbol, llvm::ArrayRef<std::string> variants,
                                                llvm::TargetMachine &machine, llvm::LLVMContext &context);

} // namespace winnow

#endif // WINNOW_TARGET_TRANSLATEMODULE_H
