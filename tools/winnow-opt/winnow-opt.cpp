//===- winnow-opt.cpp - runs any pass or pipeline on IR -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Import/OnnxImport.h"
#include "winnow/InitAll.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

namespace cl = llvm::cl;

/// The options of `--import-onnx`; the rest are those of every MLIR optimizer driver.
struct ImportCommandLine {
  cl::OptionCategory category{"Import options"};
  cl::opt<std::string> model{"import-onnx", cl::desc("Read this ONNX model instead of an input file"),
                             cl::value_desc("model.onnx"), cl::cat(category)};
  cl::opt<int64_t> batch{"batch", cl::desc("Extent of dimension 0 of the model's inputs"), cl::cat(category)};
  cl::list<std::string> inputShapes{"input-shape", cl::desc("Shape of an input"), cl::value_desc("NAME:1x3x224x224"),
                                    cl::cat(category)};
  cl::list<std::string> fixedInputs{"fix-input", cl::desc("Bind an input to a constant"),
                                    cl::value_desc("NAME=file.npy"), cl::cat(category)};

  /// The options as the importer takes them; nothing (and a message) if one is malformed.
  std::optional<winnow::ImportOptions> getOptions() const {
    winnow::ImportOptions options;
    if (batch.getNumOccurrences())
      options.batch = batch;
    std::optional<std::string> message;
    for (const std::string &text : inputShapes)
      message = message ? message : winnow::parseInputShape(text, options);
    for (const std::string &text : fixedInputs)
      message = message ? message : winnow::parseFixedInput(text, options);
    if (!message)
      return options;
    llvm::WithColor::error(llvm::errs(), "winnow-opt") << *message << "\n";
    return std::nullopt;
  }
};

/// Imports the model and hands it to the driver as bytecode; null after an error.
static std::unique_ptr<llvm::MemoryBuffer> importModel(const ImportCommandLine &commandLine,
                                                       const mlir::DialectRegistry &registry) {
  std::optional<winnow::ImportOptions> options = commandLine.getOptions();
  if (!options)
    return nullptr;
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::ScopedDiagnosticHandler handler(&context, [](mlir::Diagnostic &diagnostic) {
    if (auto file = diagnostic.getLocation()->findInstanceOf<mlir::FileLineColLoc>())
      llvm::errs() << file.getFilename().getValue() << ": ";
    llvm::errs() << "error: " << diagnostic << "\n";
  });
  mlir::OwningOpRef<mlir::ModuleOp> module = winnow::importOnnxFile(commandLine.model, *options, &context);
  if (!module)
    return nullptr;
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (failed(mlir::writeBytecodeToFile(*module, stream)))
    return nullptr;
  // Bytecode wants its resources aligned.
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(bytes.size(), commandLine.model, llvm::Align(64));
  llvm::copy(bytes, buffer->getBufferStart());
  return buffer;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::DialectRegistry registry;
  winnow::registerAllDialects(registry);
  winnow::registerAllPasses();
  ImportCommandLine commandLine;
  auto [inputFile, outputFile] = mlir::registerAndParseCLIOptions(argc, argv, "Winnow's optimizer driver\n", registry);
  if (commandLine.model.empty())
    return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, inputFile, outputFile, registry));

  std::unique_ptr<llvm::MemoryBuffer> input = importModel(commandLine, registry);
  if (!input)
    return 1;
  std::string error;
  std::unique_ptr<llvm::ToolOutputFile> output = mlir::openOutputFile(outputFile, &error);
  if (!output) {
    llvm::errs() << error << "\n";
    return 1;
  }
  if (failed(
          mlir::MlirOptMain(output->os(), std::move(input), registry, mlir::MlirOptMainConfig::createFromCLOptions())))
    return 1;
  output->keep();
  return 0;
}
