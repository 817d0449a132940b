//===- winnowc.cpp - compiles a network to native code -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Compile.h"
#include "winnow/Driver/Emit.h"
#include "winnow/Driver/Phases.h"
#include "winnow/InitAll.h"
#include "winnow/Target/OutputFile.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Process.h"

namespace cl = llvm::cl;

namespace {

/// The command line. Options live in one object, not as globals, so that they are
/// registered when main runs.
struct CommandLine {
  /// LLVM's library registers an option "threads": ours takes its place.
  struct FreeName {
    FreeName() {
      auto &registered = cl::getRegisteredOptions();
      if (auto other = registered.find("threads"); other != registered.end())
        other->second->removeArgument();
    }
  } freeName;

  cl::OptionCategory category{"winnowc options"};
  cl::opt<std::string> input{cl::Positional, cl::Required, cl::desc("MODEL.onnx|.mlir|.mlirbc"), cl::cat(category)};
  cl::opt<std::string> output{
      "o", cl::value_desc("file"), cl::cat(category),
      cl::desc("Output; its ending picks the form: .so .o (with .h) .exe .ll .s .mlir .mlirbc .onnx")};
  cl::opt<std::string> target{
      "target", cl::init("host"), cl::cat(category),
      cl::desc("host, x86-64-v3, x86-64-v4, x86-64-multi (both, chosen when loaded) or a triple")};
  cl::opt<std::string> cpu{"mcpu", cl::value_desc("name"), cl::cat(category), cl::desc("Processor to generate for")};
  cl::opt<std::string> features{"mattr", cl::value_desc("+a,-b"), cl::cat(category),
                                cl::desc("Features to add to the processor's or take away")};
  cl::opt<int64_t> batch{"batch", cl::value_desc("n"), cl::cat(category),
                         cl::desc("Batch, where the model leaves it open")};
  cl::list<std::string> inputShapes{"input-shape", cl::value_desc("NAME:1x3x224x224"), cl::cat(category),
                                    cl::desc("Shape of an input; ? for a dynamic batch")};
  cl::list<std::string> fixedInputs{"fix-input", cl::value_desc("NAME=FILE.npy"), cl::cat(category),
                                    cl::desc("Make an input a constant")};
  cl::opt<std::string> prune{"prune", cl::value_desc("sparsity:0.7|macs:0.5|latency:0.6|bytes:n[,pattern=2:4]"),
                             cl::cat(category),
                             cl::desc("Make weights zero after training, by what --calibrate shows of the network")};
  cl::opt<std::string> dryRun{"dry-run", cl::ValueOptional, cl::value_desc("full|quick"), cl::cat(category),
                              cl::desc("Write no model: tell what several levels of --prune would do to accuracy, "
                                       "time, size and energy")};
  cl::opt<std::string> quantize{"quantize", cl::value_desc("int8|w4a8|w4|..."), cl::cat(category),
                                cl::desc("Quantize after training, by what --calibrate shows of the network")};
  cl::list<std::string> compareBits{"compare-bits", cl::value_desc("w8a8,w6a6,..."), cl::CommaSeparated,
                                    cl::cat(category),
                                    cl::desc("Quantize with these bits of weights and activations too, and report "
                                             "the accuracy of each")};
  cl::opt<std::string> calibrate{"calibrate", cl::value_desc("DIR|FILE.npz"), cl::cat(category),
                                 cl::desc("A folder of pictures, or arrays keyed by input name, samples first")};
  cl::opt<std::string> preprocess{"preprocess", cl::value_desc("FILE.json"), cl::cat(category),
                                  cl::desc("How pictures become inputs: size, resize, crop, order, mean, scale")};
  cl::opt<std::string> labels{"labels", cl::value_desc("FILE"), cl::cat(category),
                              cl::desc("Classes of the samples: .npy, or lines of a picture's name and a number")};
  cl::opt<int64_t> calibrationSamples{"calibration-samples", cl::value_desc("n"), cl::cat(category),
                                      cl::init(winnow::CompileOptions().calibrationSamples),
                                      cl::desc("The most samples to take, spread evenly (default: 256)")};
  cl::opt<double> maxDrop{"max-drop", cl::value_desc("points"), cl::cat(category),
                          cl::desc("Keep layers in f32 until at most so many points of accuracy are lost")};
  cl::opt<std::string> precision{"precision", cl::value_desc("f32|bf16|f16|auto"), cl::cat(category),
                                 cl::desc("What values between layers and filters are stored in (default: f32)")};
  // Descriptions are referred to, not copied.
  const std::string algorithmText = "Compute convolutions by this where it is legal: " + winnow::getAlgorithmNames();
  cl::opt<std::string> algorithm{"algorithm", cl::value_desc("name"), cl::cat(category), cl::desc(algorithmText)};
  cl::opt<std::string> sparsity{"sparsity", cl::value_desc("auto|off"), cl::init("auto"), cl::cat(category),
                                cl::desc("Leave the zeros of filters out where that is faster (default), or never")};
  cl::opt<int64_t> threads{"threads", cl::init(0), cl::value_desc("n"), cl::cat(category),
                           cl::desc("The most threads that runs will have (default: this machine's processors)")};
  cl::opt<bool> autotune{"autotune", cl::cat(category),
                         cl::desc("Time the algorithms of each convolution on this machine, take the fastest")};
  cl::opt<std::string> tuningCache{"tuning-cache", cl::value_desc("FILE.json"), cl::cat(category),
                                   cl::desc("Keep measured times there, and use those that are there")};
  cl::opt<double> forkJoinCycles{"fork-join-cycles", cl::Hidden, cl::cat(category),
                                 cl::init(winnow::CompileOptions().forkJoinCycles),
                                 cl::desc("What dividing work among threads costs; 0 divides all that can be")};
  cl::opt<bool> measuredSpeed{"measured-speed", cl::init(true), cl::cat(category),
                              cl::desc("Predict with this machine's measured speeds (measured once, then kept in the "
                                       "cache folder); =false: with typical ones")};
  cl::opt<bool> emulateTiles{"emulate-tiles", cl::Hidden, cl::cat(category),
                             cl::desc("Select the kernels of matrix units and compute their tiles by vectors")};
  cl::opt<char> optLevel{"O",
                         cl::Prefix,
                         cl::init('2'),
                         cl::value_desc("0-3"),
                         cl::cat(category),
                         cl::desc("How hard to optimize the generated code")};
  const std::string compileToText = "Write the .mlir, .mlirbc or .onnx after a phase: " + winnow::getPhaseNames();
  cl::opt<std::string> compileTo{"compile-to", cl::value_desc("phase"), cl::cat(category), cl::desc(compileToText)};
  cl::opt<bool> instrument{"instrument", cl::cat(category),
                           cl::desc("Take the time of each layer (winnow-run --profile shows it)")};
  cl::opt<std::string> report{"report", cl::ValueOptional, cl::value_desc("file"), cl::cat(category),
                              cl::desc("Table of the layers: to stdout, or to FILE.txt, .json or .html")};
  cl::opt<std::string> remarks{"remarks", cl::value_desc("FILE.yaml"), cl::cat(category),
                               cl::desc("Write what passes did and declined")};
  cl::opt<std::string> crashReproducer{
      "crash-reproducer", cl::value_desc("FILE.mlir"), cl::cat(category),
      cl::desc("Where a pass that fails or crashes leaves what winnow-opt --run-reproducer replays")};
  cl::opt<bool> progress{"progress", cl::cat(category), cl::desc("Name each step on stderr (always so on a terminal)")};
  cl::opt<bool> verifyEach{"verify-each", cl::cat(category), cl::desc("Check the IR after each pass")};
  cl::opt<bool> timing{"timing", cl::cat(category), cl::desc("Print the time of each pass to stderr")};

  /// The options struct; nothing (after a message) where text is malformed.
  std::optional<winnow::CompileOptions> read() const;
};

} // namespace

std::optional<winnow::CompileOptions> CommandLine::read() const {
  winnow::CompileOptions options;
  options.input = input;
  options.output = output;
  options.target = target;
  options.cpu = cpu;
  options.features = features;
  auto refuse = [](llvm::StringRef message) {
    llvm::errs() << "error: " << message << "\n";
    return std::nullopt;
  };
  if (batch.getNumOccurrences()) {
    if (batch < 1)
      return refuse("--batch: expected at least 1");
    options.import.batch = batch;
  }
  for (const std::string &text : inputShapes)
    if (std::optional<std::string> message = winnow::parseInputShape(text, options.import))
      return refuse("--input-shape: " + *message);
  for (const std::string &text : fixedInputs)
    if (std::optional<std::string> message = winnow::parseFixedInput(text, options.import))
      return refuse("--fix-input: " + *message);
  if (threads < 0 || threads > winnow::CompileOptions::kMaxThreads)
    return refuse("--threads: expected 1 to 1024");
  options.threads = threads;
  options.prune = prune;
  options.dryRun = dryRun.getNumOccurrences() && dryRun.empty() ? "full" : dryRun.getValue();
  options.quantize = quantize;
  options.compareBits.assign(compareBits.begin(), compareBits.end());
  options.precision = precision;
  options.calibrate = calibrate;
  options.preprocess = preprocess;
  options.labels = labels;
  options.calibrationSamples = calibrationSamples;
  if (maxDrop.getNumOccurrences())
    options.maxDrop = maxDrop;
  options.autotune = autotune;
  options.tuningCache = tuningCache;
  if (forkJoinCycles < 0)
    return refuse("--fork-join-cycles: expected at least 0");
  options.forkJoinCycles = forkJoinCycles;
  options.measuredSpeed = measuredSpeed;
  options.emulateTiles = emulateTiles;
  if (optLevel < '0' || optLevel > '3')
    return refuse("-O: expected 0 to 3");
  options.optLevel = optLevel - '0';
  options.algorithm = algorithm;
  if (sparsity != "auto" && sparsity != "off")
    return refuse("--sparsity: expected auto or off but got '" + sparsity + "'");
  options.sparsity = sparsity == "auto";
  options.compileTo = compileTo;
  options.instrument = instrument;
  options.report = report.getNumOccurrences() && report.empty() ? "-" : report.getValue();
  options.remarks = remarks;
  options.crashReproducer = crashReproducer;
  options.verifyEach = verifyEach;
  options.timing = timing;
  if (progress || llvm::sys::Process::StandardErrIsDisplayed())
    options.progress = [](const std::string &step, unsigned index, unsigned count) {
      llvm::errs() << "[" << index + 1 << "/" << count << "] " << step << "\n";
    };
  return options;
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  winnow::removeFilesOnSignal();
  llvm::setBugReportMsg("winnowc crashed: this is a bug in Winnow. Please report it with the model and this trace.\n");
  CommandLine line;
  cl::HideUnrelatedOptions(line.category);
  cl::ParseCommandLineOptions(argc, argv, "winnowc: compiles a convolutional network to native code\n");
  winnow::registerAllPasses();
  std::optional<winnow::CompileOptions> options = line.read();
  winnow::CompileResult result;
  if (!options || mlir::failed(winnow::compile(*options, result)))
    return 1;
  // All that a dry run makes is this table.
  if (!options->dryRun.empty() && options->report != "-")
    winnow::printPruning(*result.report.pruning, llvm::outs());
  return 0;
}
