//===- Compile.cpp - from a model to machine code ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Compile.h"

#include "Compilation.h"

#include "winnow/Driver/Report.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;

namespace winnow {

/// The target that is several, and those, the best first.
static constexpr llvm::StringLiteral kMultiTarget = "x86-64-multi";
static constexpr llvm::StringLiteral kVariantTargets[] = {"x86-64-v4", "x86-64-v3"};

/// Writes the report of `options`, if it asks for one.
static LogicalResult finishReport(const CompileOptions &options, CompileReport &report) {
  report.input = options.input;
  report.output = options.memoryOutput ? "" : options.output;
  if (options.report.empty())
    return success();
  llvm::Error error = writeReport(report, options.report);
  return error ? fail(options, std::move(error)) : success();
}

/// Compiles for each of the processors of `x86-64-multi`, the best first, and
/// links what comes out with code that chooses by the processor's features.
static LogicalResult compileVariants(const CompileOptions &options, CompileResult &result) {
  if (!options.dryRun.empty())
    return fail(options, "a dry run is for one processor: expected another target than " + kMultiTarget);
  std::optional<OutputKind> kind = getOutputKind(options.output);
  if (!kind || (*kind != OutputKind::SharedLibrary && *kind != OutputKind::Object && *kind != OutputKind::Program))
    return fail(options, kMultiTarget + " makes .so, .o or .exe, not '" + options.output + "'");
  if (!options.cpu.empty() || !options.features.empty())
    return fail(options, kMultiTarget + " names its processors itself: expected neither --mcpu nor --mattr");
  llvm::SmallVector<VariantCode> codes;
  CompileReport &report = result.report;
  for (llvm::StringRef target : kVariantTargets) {
    CompileOptions variant = options;
    variant.target = target.str();
    Compilation compilation(variant);
    if (failed(compilation.runVariant(target, codes.emplace_back())))
      return failure();
    CompileReport one = compilation.getReport();
    // The table is that of the best variant; steps and sizes are those of all.
    if (codes.size() == 1)
      report = one;
    else
      llvm::append_range(report.steps, one.steps), llvm::append_range(report.constantBytes, one.constantBytes);
    if (codes.size() < std::size(kVariantTargets))
      continue;
    if (llvm::Error error = linkVariants(codes, one.model.name, *kind, compilation.getMachine(), options.output))
      return fail(options, std::move(error));
  }
  report.target = kMultiTarget.str();
  return success();
}

/// Compiles to the file `options.output`.
static LogicalResult compileToFile(const CompileOptions &options, CompileResult &result) {
  if (options.target == kMultiTarget) {
    if (failed(compileVariants(options, result)))
      return failure();
  } else {
    Compilation compilation(options);
    if (failed(compilation.run()))
      return failure();
    result.report = compilation.getReport();
  }
  if (getOutputKind(options.output) == OutputKind::Object)
    result.symbol = getModelSymbol(OutputKind::Object, result.report.model.name);
  return finishReport(options, result.report);
}

/// Compiles to files in a folder of their own, which is gone afterwards: linkers want files.
static LogicalResult compileToMemory(CompileOptions options, CompileResult &result) {
  if (!options.output.empty())
    return fail(options, "expected either a file or memory as output, not both");
  llvm::SmallString<128> folder;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("winnow", folder))
    return fail(options, "cannot create a temporary folder: " + error.message());
  llvm::scope_exit remove([&] { (void)llvm::sys::fs::remove_directories(folder); });
  std::string path = (folder + "/model").str();
  options.output = path + getOutputEnding(*options.memoryOutput).str();
  if (failed(compileToFile(options, result)))
    return failure();
  auto read = [&](const llvm::Twine &name, std::unique_ptr<llvm::MemoryBuffer> &buffer) {
    auto file = llvm::MemoryBuffer::getFile(name, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!file)
      return fail(options, "cannot read '" + name + "': " + file.getError().message());
    buffer = std::move(*file);
    return success();
  };
  std::unique_ptr<llvm::MemoryBuffer> header;
  if (failed(read(options.output, result.output)))
    return failure();
  if (options.memoryOutput == OutputKind::Object && failed(read(path + ".h", header)))
    return failure();
  result.header = header ? header->getBuffer().str() : "";
  return success();
}

LogicalResult compile(const CompileOptions &given, CompileResult &result, llvm::raw_ostream &errors) {
  CompileOptions options = given;
  if (!options.diagnostics)
    options.diagnostics = [&](const CompileDiagnostic &diagnostic) { printDiagnostic(diagnostic, errors); };
  if (options.inputBytes && options.input.empty())
    options.input = "<memory>";
  CompileResult made;
  if (failed(options.memoryOutput ? compileToMemory(options, made) : compileToFile(options, made)))
    return failure();
  result = std::move(made);
  return success();
}

LogicalResult compile(const CompileOptions &options, llvm::raw_ostream &errors) {
  CompileResult result;
  return compile(options, result, errors);
}

LogicalResult compileModule(ModuleOp module, CompileOptions options, CompileResult &result, llvm::raw_ostream &errors) {
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (failed(writeBytecodeToFile(module, stream)))
    return failure();
  options.inputBytes = bytes;
  return compile(options, result, errors);
}

} // namespace winnow
