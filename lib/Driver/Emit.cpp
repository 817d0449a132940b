//===- Emit.cpp - the last steps: code, files ----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Emit.h"

#include "winnow/Runtime/EmbeddedObjects.h"
#include "winnow/Target/EmitCode.h"
#include "winnow/Target/TranslateModule.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace winnow {

std::optional<OutputKind> getOutputKind(StringRef path) {
  return llvm::StringSwitch<std::optional<OutputKind>>(llvm::sys::path::extension(path))
      .Case(".so", OutputKind::SharedLibrary)
      .Case(".o", OutputKind::Object)
      .Case(".exe", OutputKind::Program)
      .Case(".ll", OutputKind::LLVMIR)
      .Case(".s", OutputKind::Assembly)
      .Case(".mlir", OutputKind::MLIR)
      .Case(".mlirbc", OutputKind::Bytecode)
      .Default(std::nullopt);
}

std::string getOutputEndings() { return ".so, .o, .exe, .ll, .s, .mlir, .mlirbc"; }

LogicalResult checkOutputKind(OutputKind kind, const llvm::TargetMachine &machine, llvm::raw_ostream &errors) {
  bool needsRuntime = kind == OutputKind::SharedLibrary || kind == OutputKind::Object || kind == OutputKind::Program;
  const llvm::Triple &triple = machine.getTargetTriple();
  if (!needsRuntime || (triple.isOSBinFormatELF() && hasRuntimeFor(triple.getArchName().str())))
    return success();
  errors << "error: this compiler has no runtime for " << triple.str()
         << ": expected .ll, .s or .mlir as the output's ending\n";
  return failure();
}

/// A C identifier that resembles `name`.
static std::string makeIdentifier(StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  return result.empty() ? "model" : result;
}

/// The function that returns the model. Several objects may meet in one program; a
/// library is alone behind its handle.
static std::string getModelSymbol(OutputKind kind, StringRef modelName) {
  return kind == OutputKind::Object ? "winnow_model_" + makeIdentifier(modelName) : "winnow_model";
}

CodeEmitter::CodeEmitter(llvm::TargetMachine &machine, OutputKind kind, std::string path, unsigned optLevel)
    : machine(machine), kind(kind), path(std::move(path)), optLevel(optLevel),
      context(std::make_unique<llvm::LLVMContext>()) {}

CodeEmitter::~CodeEmitter() = default;

LogicalResult CodeEmitter::translate(OwningOpRef<ModuleOp> source, const ModelInterface &interface) {
  symbol = getModelSymbol(kind, interface.name);
  if (!variant.empty())
    symbol += "_" + makeIdentifier(variant);
  module = translateModule(*source, interface, {symbol, /*isVariant=*/!variant.empty()}, machine, *context);
  return success(module != nullptr);
}

llvm::Error CodeEmitter::generate() {
  optimizeModule(*module, machine, optLevel);
  // A buffer that grew by doubling would take three times the weights' bytes.
  for (const llvm::GlobalVariable &global : module->globals())
    constantBytes += module->getDataLayout().getTypeAllocSize(global.getValueType());
  code.reserve(constantBytes + (int64_t(4) << 20));
  llvm::raw_svector_ostream stream(code);
  if (kind == OutputKind::LLVMIR) {
    module->print(stream, nullptr);
  } else if (llvm::Error error = emitCode(*module, machine, kind == OutputKind::Assembly, stream)) {
    return error;
  }
  // Constants belong to the context: both go before the linker takes memory.
  module.reset();
  context.reset();
  return llvm::Error::success();
}

/// Links an object and writes the header beside it: both or none.
static llvm::Error linkObjectAndHeader(ArrayRef<StringRef> objects, StringRef symbol, const std::string &path) {
  llvm::SmallString<128> header(path);
  llvm::sys::path::replace_extension(header, ".h");
  if (llvm::Error error = linkObject(objects, path))
    return error;
  llvm::Error error = writeFile(header, [&](llvm::raw_pwrite_stream &stream) {
    stream << makeObjectHeader(symbol);
    return llvm::Error::success();
  });
  if (error)
    (void)llvm::sys::fs::remove(path);
  return error;
}

/// Links what ends as machine code.
static llvm::Error linkAs(OutputKind kind, ArrayRef<StringRef> objects, StringRef symbol, const std::string &path) {
  if (kind == OutputKind::SharedLibrary)
    return linkSharedLibrary(objects, path);
  return kind == OutputKind::Program ? linkProgram(objects, path) : linkObjectAndHeader(objects, symbol, path);
}

llvm::Error CodeEmitter::link() {
  StringRef bytes(code.data(), code.size());
  if (kind == OutputKind::SharedLibrary || kind == OutputKind::Program || kind == OutputKind::Object)
    return linkAs(kind, bytes, symbol, path);
  return writeFile(path, [&](llvm::raw_pwrite_stream &stream) {
    stream << bytes;
    return llvm::Error::success();
  });
}

VariantCode CodeEmitter::takeVariant() { return {variant, symbol, std::move(code), constantBytes}; }

llvm::Error linkVariants(ArrayRef<VariantCode> variants, StringRef modelName, OutputKind kind,
                         llvm::TargetMachine &machine, const std::string &path) {
  std::vector<std::string> symbols;
  SmallVector<StringRef> objects;
  for (const VariantCode &variant : variants) {
    symbols.push_back(variant.symbol);
    objects.push_back(StringRef(variant.bytes.data(), variant.bytes.size()));
  }
  std::string symbol = getModelSymbol(kind, modelName);
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = makeVariantChoice(symbol, symbols, machine, context);
  llvm::SmallVector<char, 0> choice;
  llvm::raw_svector_ostream stream(choice);
  if (llvm::Error error = emitCode(*module, machine, /*assembly=*/false, stream))
    return error;
  objects.push_back(StringRef(choice.data(), choice.size()));
  return linkAs(kind, objects, symbol, path);
}

} // namespace winnow
