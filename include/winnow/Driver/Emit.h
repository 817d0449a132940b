//===- Emit.h - the last steps: code, files ---------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_EMIT_H
#define WINNOW_DRIVER_EMIT_H

#include "winnow/Target/ModelInterface.h"

#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm

namespace winnow {

/// What an output file is, by its ending.
enum class OutputKind { MLIR, Bytecode, LLVMIR, Assembly, Object, SharedLibrary, Program };

/// Whether a file of this kind holds a module of MLIR, as text or bytecode, and no code.
inline bool isModuleKind(OutputKind kind) { return kind == OutputKind::MLIR || kind == OutputKind::Bytecode; }

/// The kind behind the ending of `path`; nothing for one that is unknown.
std::optional<OutputKind> getOutputKind(llvm::StringRef path);

/// ".so, .o, ..." for help and errors.
std::string getOutputEndings();

/// Fails (with a message) where this compiler carries no runtime for the machine.
mlir::LogicalResult checkOutputKind(OutputKind kind, const llvm::TargetMachine &machine, llvm::raw_ostream &errors);

/// Machine code of a model for one processor.
struct VariantCode {
  std::string target, symbol;
  llvm::SmallVector<char, 0> bytes;
  int64_t constantBytes = 0;
};

/// Links variants of one model, the best first, to a library, object or program
/// that chooses among them when it is loaded.
llvm::Error linkVariants(llvm::ArrayRef<VariantCode> variants, llvm::StringRef modelName, OutputKind kind,
                         llvm::TargetMachine &machine, const std::string &path);

/// Takes a module of the llvm dialect to a file, in three steps.
class CodeEmitter {
public:
  CodeEmitter(llvm::TargetMachine &machine, OutputKind kind, std::string path, unsigned optLevel);
  ~CodeEmitter();

  /// To LLVM IR; the module is gone afterwards.
  mlir::LogicalResult translate(mlir::OwningOpRef<mlir::ModuleOp> module, const ModelInterface &interface);
  /// To optimized code, in memory.
  llvm::Error generate();
  /// To the file.
  llvm::Error link();
  /// In place of a file, as one variant of several.
  VariantCode takeVariant();
  /// Makes the code that of a variant with this name; before translate().
  void setVariant(llvm::StringRef name) { variant = name.str(); }
  /// Bytes of the weights, as they are packed.
  int64_t getConstantBytes() const { return constantBytes; }

private:
  llvm::TargetMachine &machine;
  OutputKind kind;
  std::string path;
  unsigned optLevel;
  std::string symbol = "winnow_model", variant;
  int64_t constantBytes = 0;
  // The context must outlive the module.
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  llvm::SmallVector<char, 0> code;
};

} // namespace winnow

#endif // WINNOW_DRIVER_EMIT_H
