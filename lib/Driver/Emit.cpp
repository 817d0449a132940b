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
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;

namespace winnow {

static constexpr std::pair<OutputKind, llvm::StringLiteral> kEndings[] = {
    {OutputKind::SharedLibrary, ".so"}, {OutputKind::Object, ".o"},   {OutputKind::Program, ".exe"},
    {OutputKind::LLVMIR, ".ll"},        {OutputKind::Assembly, ".s"}, {OutputKind::MLIR, ".mlir"},
    {OutputKind::Bytecode, ".mlirbc"},  {OutputKind::Onnx, ".onnx"}};

std::optional<OutputKind> getOutputKind(StringRef path) {
  for (auto &[kind, ending] : kEndings)
    if (llvm::sys::path::extension(path) == ending)
      return kind;
  return std::nullopt;
}

StringRef getOutputEnding(OutputKind kind) {
  for (auto &[known, ending] : kEndings)
    if (known == kind)
      return ending;
  llvm_unreachable("every kind has an ending");
}

std::string getOutputEndings() {
  return llvm::join(llvm::map_range(kEndings, [](auto &entry) { return entry.second; }), ", ");
}

llvm::Error checkOutputKind(OutputKind kind, const llvm::TargetMachine &machine) {
  bool needsRuntime = kind == OutputKind::SharedLibrary || kind == OutputKind::Object || kind == OutputKind::Program;
  const llvm::Triple &triple = machine.getTargetTriple();
  if (!needsRuntime || (triple.isOSBinFormatELF() && hasRuntimeFor(triple.getArchName().str())))
    return llvm::Error::success();
  return llvm::createStringError("this compiler has no runtime for " + triple.str() +
                                 ": expected .ll, .s or .mlir as the output's ending");
}

/// A C identifier that resembles `name`.
static std::string makeIdentifier(StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  return result.empty() ? "model" : result;
}

std::string getModelSymbol(OutputKind kind, StringRef modelName) {
  return kind == OutputKind::Object ? "winnow_model_" + makeIdentifier(modelName) : "winnow_model";
}

/// Keeps the first error that LLVM reports.
static void keepProblem(const llvm::DiagnosticInfo *info, void *problems) {
  auto &text = *static_cast<std::string *>(problems);
  if (info->getSeverity() != llvm::DS_Error || !text.empty())
    return;
  llvm::raw_string_ostream stream(text);
  llvm::DiagnosticPrinterRawOStream printer(stream);
  info->print(printer);
}

CodeEmitter::CodeEmitter(llvm::TargetMachine &machine, OutputKind kind, std::string path, unsigned optLevel)
    : machine(machine), kind(kind), path(std::move(path)), optLevel(optLevel),
      context(std::make_unique<llvm::LLVMContext>()) {
  context->setDiagnosticHandlerCallBack(keepProblem, &problems);
}

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
  if (!problems.empty())
    return llvm::createStringError("LLVM cannot generate code: " + problems);
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
