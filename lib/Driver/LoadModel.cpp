//===- LoadModel.cpp - models of any form as modules ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Compile.h"

#include "winnow/Conversion/Passes.h"
#include "winnow/InitAll.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

namespace winnow {

/// What MLIR bytecode begins with.
static constexpr llvm::StringLiteral kBytecodeMagic = "ML\xefR";
/// Constants of bytecode are aligned in it, if it is.
static constexpr uint64_t kBytecodeAlignment = 64;

void registerDriverDialects(DialectRegistry &registry) { registerAllDialects(registry); }

/// Lets a network of tosa, or of linalg on tensors, in; others stay as they are.
static LogicalResult convertToCNN(ModuleOp module) {
  bool hasTosa = false, hasLinalg = false;
  module.walk([&](Operation *op) {
    hasTosa |= isa_and_nonnull<tosa::TosaDialect>(op->getDialect());
    hasLinalg |= isa_and_nonnull<linalg::LinalgDialect>(op->getDialect()) &&
                 llvm::any_of(op->getResultTypes(), llvm::IsaPred<TensorType>);
  });
  PassManager pm(module.getContext());
  if (hasTosa)
    pm.addNestedPass<func::FuncOp>(createConvertTosaToCNNPass());
  if (hasLinalg)
    pm.addNestedPass<func::FuncOp>(createConvertLinalgToCNNPass());
  return hasTosa || hasLinalg ? pm.run(module) : success();
}

/// A module as text or bytecode.
static OwningOpRef<ModuleOp> parseModule(std::unique_ptr<llvm::MemoryBuffer> bytes, MLIRContext *context) {
  // Constants stay where they are in the buffer, which lives as long as one of them.
  auto sources = std::make_shared<llvm::SourceMgr>();
  sources->AddNewSourceBuffer(std::move(bytes), llvm::SMLoc());
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, context);
  if (module && failed(convertToCNN(*module)))
    return nullptr;
  return module;
}

/// The model in memory that `options` have.
static OwningOpRef<ModuleOp> loadBytes(const CompileOptions &options, MLIRContext *context) {
  StringRef bytes(options.inputBytes->data(), options.inputBytes->size());
  if (llvm::sys::path::extension(options.input) != ".mlir" && !bytes.starts_with(kBytecodeMagic))
    return importOnnxBuffer(bytes, options.input, options.import, context);
  // Text must end with a zero.
  auto copy =
      llvm::WritableMemoryBuffer::getNewUninitMemBuffer(bytes.size(), options.input, llvm::Align(kBytecodeAlignment));
  llvm::copy(bytes, copy->getBufferStart());
  return parseModule(std::move(copy), context);
}

OwningOpRef<ModuleOp> loadModel(const CompileOptions &options, MLIRContext *context) {
  if (options.inputBytes)
    return loadBytes(options, context);
  if (llvm::sys::path::extension(options.input) == ".onnx")
    return importOnnxFile(options.input, options.import, context);
  std::string message;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(options.input, llvm::Align(kBytecodeAlignment), &message);
  if (!file) {
    emitError(UnknownLoc::get(context)) << message;
    return nullptr;
  }
  return parseModule(std::move(file), context);
}

} // namespace winnow
