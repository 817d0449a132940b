//===- winnow-run.cpp - runs, checks and times a model===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Benchmark.h"
#include "LoadedModel.h"
#include "Reference.h"

#include "winnow/Driver/Compile.h"
#include "winnow/Target/OutputFile.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace winnow;
using namespace winnow::run;

static cl::OptionCategory category("winnow-run options");
static cl::opt<std::string> modelPath(cl::Positional, cl::Required, cl::desc("MODEL.so|.onnx|.mlir|.mlirbc"),
                                      cl::cat(category));
static cl::list<std::string> inputFiles("input",
                                        cl::desc("An input, in the model's order or by name: .npy, .png, .jpg"),
                                        cl::value_desc("[NAME=]FILE"), cl::cat(category));
static cl::opt<std::string> outputFolder("output", cl::desc("Write output_0.npy, output_1.npy, ... there"),
                                         cl::value_desc("DIR"), cl::cat(category));

/// --threads. LLVM's library registers an option of that name: ours takes its
/// place before the command line is read.
static cl::opt<int> &getThreads() {
  static bool isFree = [] {
    auto &registered = cl::getRegisteredOptions();
    if (auto other = registered.find("threads"); other != registered.end())
      other->second->removeArgument();
    return true;
  }();
  (void)isFree;
  static cl::opt<int> threads("threads", cl::desc("Threads to run on"), cl::init(1), cl::cat(category));
  return threads;
}

static cl::opt<int64_t> batchSize("batch", cl::desc("Batch of random inputs where it is dynamic"), cl::init(1),
                                  cl::cat(category));
static cl::list<std::string> inputShapes("input-shape", cl::desc("Shape of an input of an .onnx model"),
                                         cl::value_desc("NAME:1x3x224x224"), cl::cat(category));
static cl::list<std::string> fixedInputs("fix-input", cl::desc("Bind an input of an .onnx model to a constant"),
                                         cl::value_desc("NAME=FILE.npy"), cl::cat(category));
static cl::opt<bool> useInterpreter("interpret", cl::desc("Run an .onnx or .mlir model in the interpreter"),
                                    cl::cat(category));
static cl::opt<std::string> verifyPath("verify", cl::desc("Compare the outputs with the interpreter's for this model"),
                                       cl::value_desc("MODEL.onnx"), cl::cat(category));
static cl::opt<double> tolerance("tolerance", cl::desc("Largest difference that --verify takes, of an output's scale"),
                                 cl::init(1e-4), cl::cat(category));
static cl::opt<bool> runBenchmark("benchmark", cl::desc("Time the model; random inputs where none are given"),
                                  cl::cat(category));
static cl::opt<bool> runProfile("profile", cl::desc("Time each layer"), cl::cat(category));
static cl::opt<std::string> reportPath("report",
                                       cl::desc("With --profile of an .onnx or .mlir model: the compiler's "
                                                "report with measured times, as .txt, .json or .html"),
                                       cl::value_desc("FILE"), cl::cat(category));
static cl::opt<double> seconds("seconds", cl::desc("How long to time"), cl::init(2), cl::cat(category));
static cl::opt<bool> json("json", cl::desc("Results for machines"), cl::cat(category));
static cl::list<double> mean("mean", cl::CommaSeparated, cl::desc("Subtracted from pictures (0..255), per channel"),
                             cl::cat(category));
static cl::list<double> deviation("std", cl::CommaSeparated, cl::desc("Divides pictures, per channel"),
                                  cl::cat(category));
static cl::opt<bool> bgr("bgr", cl::desc("Pictures with blue as the first channel"), cl::cat(category));
static cl::opt<PictureOptions::Fit>
    fit("fit", cl::desc("How a picture of another size becomes the model's"), cl::init(PictureOptions::Fit::Stretch),
        cl::values(clEnumValN(PictureOptions::Fit::Stretch, "stretch", "resized to it"),
                   clEnumValN(PictureOptions::Fit::Crop, "crop", "resized to cover it, then its centre"),
                   clEnumValN(PictureOptions::Fit::None, "none", "its centre")),
        cl::cat(category));

static Expected<ImportOptions> getImportOptions() {
  ImportOptions options;
  if (batchSize.getNumOccurrences())
    options.batch = batchSize;
  for (const std::string &text : inputShapes)
    if (auto message = parseInputShape(text, options))
      return createStringError("%s", message->c_str());
  for (const std::string &text : fixedInputs)
    if (auto message = parseFixedInput(text, options))
      return createStringError("%s", message->c_str());
  return options;
}

/// Values for all inputs: files in order or by name, noise for the rest where `allowRandom`.
static Expected<std::vector<HostTensor>> readInputs(ArrayRef<InputSpec> specs, bool allowRandom) {
  PictureOptions picture{fit, mean, deviation, bgr};
  std::vector<std::string> paths(specs.size());
  size_t next = 0;
  for (StringRef text : inputFiles) {
    StringRef name = text.split('=').first, path = text.split('=').second;
    const InputSpec *named = find_if(specs, [&](const InputSpec &spec) { return spec.name == name; });
    size_t index = named - specs.begin();
    if (path.empty() || index == specs.size())
      path = text, index = next++;
    if (index >= specs.size())
      return createStringError("--input=%s: the model has %zu input(s)", text.str().c_str(), specs.size());
    paths[index] = path.str();
  }
  std::vector<HostTensor> inputs;
  for (auto [i, spec] : enumerate(specs)) {
    if (paths[i].empty() && !allowRandom)
      return createStringError("input '%s' (%s of shape %s) needs a value: --input=FILE", spec.name.c_str(),
                               getTypeName(spec.type).str().c_str(), formatShape(spec.shape).c_str());
    if (paths[i].empty()) {
      inputs.push_back(makeRandomInput(spec, batchSize, /*seed=*/i + 1));
      continue;
    }
    Expected<HostTensor> input = readInput(paths[i], spec, picture);
    if (!input)
      return input.takeError();
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

static Error writeOutputs(ArrayRef<HostTensor> outputs) {
  if (outputFolder.empty())
    return Error::success();
  if (std::error_code code = sys::fs::create_directories(outputFolder))
    return createStringError(code, "%s: %s", outputFolder.c_str(), code.message().c_str());
  for (auto [i, output] : enumerate(outputs))
    if (Error error = writeOutput(outputFolder + "/output_" + std::to_string(i) + ".npy", output))
      return error;
  return Error::success();
}

/// One line for each output: name, type, shape and its first or largest elements.
static void printOutputs(ArrayRef<HostTensor> outputs) {
  for (const HostTensor &output : outputs) {
    outs() << output.name << ": " << getTypeName(output.type) << ' ' << formatShape(output.shape);
    int64_t count = countElements(output.shape), best = 0;
    for (int64_t i = 1; i < count; ++i)
      if (getElement(output, i) > getElement(output, best))
        best = i;
    if (count > 0)
      outs() << format(", largest %g at %lld", getElement(output, best), (long long)best);
    outs() << '\n';
  }
}

static Error verify(ArrayRef<HostTensor> inputs, ArrayRef<HostTensor> outputs, const ImportOptions &options) {
  auto reference = ReferenceModel::load(verifyPath, options);
  if (!reference)
    return reference.takeError();
  auto expected = (*reference)->run(inputs);
  if (!expected)
    return expected.takeError();
  if (expected->size() != outputs.size())
    return createStringError("%s: expected %zu outputs but the model has %zu", verifyPath.c_str(), expected->size(),
                             outputs.size());
  bool good = true;
  for (auto [want, got] : zip_equal(*expected, outputs)) {
    Difference difference = compare(want, got);
    bool fits = difference.mismatch.empty() && difference.ofScale <= tolerance;
    good &= fits;
    outs() << (fits ? "same      " : "DIFFERENT ") << want.name << ": ";
    if (difference.mismatch.empty())
      outs() << format("largest difference %.3g, %.3g of scale\n", difference.absolute, difference.ofScale);
    else
      outs() << difference.mismatch << '\n';
  }
  return good ? Error::success() : createStringError("outputs differ from the interpreter's");
}

static Error runInterpreter(const ImportOptions &options) {
  auto model = ReferenceModel::load(modelPath, options);
  if (!model)
    return model.takeError();
  auto inputs = readInputs((*model)->getInputs(), /*allowRandom=*/false);
  if (!inputs)
    return inputs.takeError();
  auto outputs = (*model)->run(*inputs);
  if (!outputs)
    return outputs.takeError();
  printOutputs(*outputs);
  return writeOutputs(*outputs);
}

/// Runs a compiled model as the options say; `report` is that of its compilation, null where it is not known.
static Error runCompiled(StringRef library, const ImportOptions &options, CompileReport *report = nullptr) {
  auto model = LoadedModel::load(library);
  if (!model)
    return model.takeError();
  bool timing = runBenchmark || runProfile;
  auto inputs = readInputs((*model)->getInputs(), timing || !verifyPath.empty());
  if (!inputs)
    return inputs.takeError();
  if (Error error = (*model)->prepare(*inputs, getThreads()))
    return error;
  if (runBenchmark)
    return benchmark(**model, seconds, json);
  if (runProfile) {
    if (Error error = profile(**model, seconds, json, report))
      return error;
    return report && !reportPath.empty() ? writeReport(*report, reportPath) : Error::success();
  }
  if (Error error = (*model)->run())
    return error;
  std::vector<HostTensor> outputs = (*model)->getOutputs();
  if (Error error = writeOutputs(outputs))
    return error;
  if (!verifyPath.empty())
    return verify(*inputs, outputs, options);
  printOutputs(outputs);
  return Error::success();
}

/// Compiles an .onnx or .mlir model into a file that vanishes with this process, and runs it.
static Error compileAndRun(const ImportOptions &import) {
  SmallString<128> library;
  if (std::error_code code = sys::fs::createTemporaryFile("winnow", "so", library))
    return createStringError(code, "cannot make a temporary file: %s", code.message().c_str());
  FileRemover remover(library);
  CompileOptions options;
  options.input = modelPath;
  options.output = library.str();
  options.import = import;
  options.instrument = runProfile;
  options.threads = std::max(1, getThreads().getValue());
  CompileResult result;
  if (failed(compile(options, result)))
    return createStringError("%s: cannot be compiled", modelPath.c_str());
  result.report.output.clear();
  return runCompiled(library, import, &result.report);
}

static Error runTool() {
  Expected<ImportOptions> options = getImportOptions();
  if (!options)
    return options.takeError();
  StringRef ending = sys::path::extension(modelPath);
  if (!reportPath.empty() && (!runProfile || useInterpreter || ending == ".so"))
    return createStringError("--report: expected --profile of an .onnx or .mlir model (winnowc --report needs no run)");
  if (ending == ".so" && !useInterpreter)
    return runCompiled(modelPath, *options);
  if (ending != ".onnx" && ending != ".mlir" && ending != ".mlirbc")
    return createStringError("%s: expected a model that ends in .so, .onnx, .mlir or .mlirbc%s", modelPath.c_str(),
                             useInterpreter ? " (--interpret: not .so)" : "");
  return useInterpreter ? runInterpreter(*options) : compileAndRun(*options);
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  removeFilesOnSignal();
  getThreads();
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Runs, checks and times a model\n");
  if (Error error = runTool()) {
    errs() << "winnow-run: error: " << toString(std::move(error)) << '\n';
    return 1;
  }
  return 0;
}
