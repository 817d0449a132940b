//===- Compile.cpp - from a model to machine code ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Compile.h"

#include "Autotune.h"
#include "ReportFigures.h"

#include "winnow/Driver/Emit.h"
#include "winnow/Driver/Phases.h"
#include "winnow/Driver/Report.h"
#include "winnow/InitAll.h"
#include "winnow/Support/MachineSpeed.h"
#include "winnow/Support/TargetFacts.h"
#include "winnow/Target/EmitCode.h"
#include "winnow/Target/TargetDescription.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Remark/RemarkStreamer.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Target/TargetMachine.h"

#include <chrono>

using namespace mlir;

namespace winnow {

/// The target that is several, and those, the best first.
static constexpr llvm::StringLiteral kMultiTarget = "x86-64-multi";
static constexpr llvm::StringLiteral kVariantTargets[] = {"x86-64-v4", "x86-64-v3"};

/// Says what is wrong with the options or the machine, and fails.
static LogicalResult fail(const CompileOptions &options, const llvm::Twine &message) {
  CompileDiagnostic diagnostic;
  diagnostic.message = message.str();
  options.diagnostics(diagnostic);
  return failure();
}

static LogicalResult fail(const CompileOptions &options, llvm::Error error) {
  return fail(options, llvm::toString(std::move(error)));
}

namespace {

/// One run of the compiler: the state that steps share.
class Compilation {
public:
  /// `options` must have a callback for diagnostics.
  explicit Compilation(const CompileOptions &options)
      : options(options), context(makeRegistry()), forwarder(&context, options.input, options.diagnostics) {}

  LogicalResult run();
  /// The same for one variant of several, to code in memory: `variant` names it.
  LogicalResult runVariant(llvm::StringRef variant, VariantCode &code);

  const CompileReport &getReport() const { return report; }
  llvm::TargetMachine &getMachine() const { return *machine; }

private:
  static DialectRegistry makeRegistry() {
    DialectRegistry registry;
    registerDriverDialects(registry);
    return registry;
  }

  LogicalResult fail(const llvm::Twine &message) const { return winnow::fail(options, message); }
  LogicalResult fail(llvm::Error error) const { return winnow::fail(options, std::move(error)); }

  LogicalResult checkOptions();
  LogicalResult prepareTarget();
  LogicalResult enableRemarks();
  LogicalResult runPhase(const Phase &phase);
  LogicalResult writeModule();
  LogicalResult readInterface();
  LogicalResult tune();
  LogicalResult emitCode();
  void releaseConstants();

  /// Runs one step, telling the user before it and the report afterwards.
  template <typename Fn> LogicalResult step(llvm::StringRef name, Fn &&work) {
    if (options.progress)
      options.progress(name.str(), stepIndex, stepCount);
    ++stepIndex;
    auto start = std::chrono::steady_clock::now();
    LogicalResult result = work();
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    report.steps.emplace_back(name.str(), seconds.count());
    return result;
  }

  CompileOptions options; ///< completed by what the target is
  MLIRContext context;
  DiagnosticForwarder forwarder;
  OutputKind kind = OutputKind::MLIR;
  TargetDescription target;
  std::unique_ptr<llvm::TargetMachine> machine;
  OwningOpRef<ModuleOp> module;
  CompileReport report;
  unsigned lastPhase = 0, stepIndex = 0, stepCount = 0;
  /// Where the code of a variant goes; null where there is only one.
  VariantCode *variantCode = nullptr;
  std::string variant;
};

} // namespace

LogicalResult Compilation::checkOptions() {
  if (options.input.empty() || options.output.empty())
    return fail("expected an input and an output file");
  std::optional<OutputKind> found = getOutputKind(options.output);
  if (!found)
    return fail("'" + options.output + "': unknown ending, expected one of " + getOutputEndings());
  kind = *found;
  options.explain = !isModuleKind(kind);
  lastPhase = getPhases().size() - 1;
  if (!options.compileTo.empty()) {
    std::optional<unsigned> phase = findPhase(options.compileTo);
    if (!phase)
      return fail("unknown phase '" + options.compileTo + "': expected one of " + getPhaseNames());
    if (!isModuleKind(kind))
      return fail("--compile-to writes .mlir or .mlirbc, not '" + options.output + "'");
    lastPhase = *phase;
  }
  if (!options.algorithm.empty() && !isAlgorithmName(options.algorithm))
    return fail("unknown algorithm '" + options.algorithm + "': expected one of " + getAlgorithmNames());
  if (options.threads < 0 || options.threads > CompileOptions::kMaxThreads)
    return fail("expected 0 to 1024 threads");
  if (options.forkJoinCycles < 0)
    return fail("expected what dividing work costs to be 0 cycles or more");
  if (options.tunePart >= options.tuneParts)
    return fail("expected a part of the tuning from 0 to " + llvm::Twine(options.tuneParts) + " (not included)");
  if (options.optLevel > 3)
    return fail("expected an optimization level of 0 to 3");
  return success();
}

LogicalResult Compilation::prepareTarget() {
  llvm::Expected<TargetDescription> found = resolveTarget(options.target, options.cpu, options.features);
  if (!found)
    return fail(found.takeError());
  target = *found;
  auto created = createTargetMachine(target);
  if (!created)
    return fail(created.takeError());
  machine = std::move(*created);
  if (options.threads == 0)
    options.threads = target.isHost ? std::max(1u, llvm::hardware_concurrency().compute_thread_count())
                                    : CompileOptions::kDefaultThreads;
  report.target = target.triple + " " + target.cpu;
  llvm::Error error = checkOutputKind(kind, *machine);
  return error ? fail(std::move(error)) : success();
}

LogicalResult Compilation::enableRemarks() {
  if (options.remarks.empty())
    return success();
  // A kind without a pattern of its own is off, whatever `all` says.
  remark::RemarkCategories categories{/*all=*/".*", /*passed=*/".*", /*missed=*/".*", /*analysis=*/".*",
                                      /*failed=*/".*"};
  if (failed(remark::enableOptimizationRemarksWithLLVMStreamer(context, options.remarks, llvm::remarks::Format::YAML,
                                                               std::make_unique<remark::RemarkEmittingPolicyAll>(),
                                                               categories)))
    return fail("cannot write remarks to '" + options.remarks + "'");
  return success();
}

LogicalResult Compilation::runPhase(const Phase &phase) {
  PassManager pm(&context);
  pm.enableVerifier(options.verifyEach);
  if (options.timing)
    pm.enableTiming();
  // The smallest pipeline that fails: the one pass, with the module as it was before it.
  if (!options.crashReproducer.empty())
    pm.enableCrashReproducerGeneration(options.crashReproducer, /*genLocalReproducer=*/true);
  phase.build(pm, options);
  if (failed(pm.run(*module)) || failed(verify(*module)))
    return failure();
  releaseConstants();
  return success();
}

/// Frees the bytes of constants that no operation refers to any more: the context
/// would keep them until the end.
void Compilation::releaseConstants() {
  llvm::DenseSet<StringRef> used;
  module->walk([&](Operation *op) {
    op->getAttrDictionary().walk([&](DenseResourceElementsAttr attr) { used.insert(attr.getRawHandle().getKey()); });
  });
  auto &manager = DenseResourceElementsHandle::getManagerInterface(&context).getBlobManager();
  llvm::SmallVector<std::string> unused;
  manager.getBlobMap([&](const llvm::StringMap<DialectResourceBlobManager::BlobEntry> &blobs) {
    for (auto &entry : blobs)
      if (entry.second.getBlob() && !used.contains(entry.first()))
        unused.push_back(entry.first().str());
  });
  for (const std::string &key : unused)
    manager.update(key, {});
}

LogicalResult Compilation::writeModule() {
  llvm::Error error = writeFile(options.output, [&](llvm::raw_pwrite_stream &stream) -> llvm::Error {
    if (kind == OutputKind::Bytecode)
      return failed(writeBytecodeToFile(*module, stream)) ? llvm::createStringError("cannot write bytecode")
                                                          : llvm::Error(llvm::Error::success());
    module->print(stream, OpPrintingFlags().enableDebugInfo());
    stream << "\n";
    return llvm::Error::success();
  });
  return error ? fail(std::move(error)) : success();
}

LogicalResult Compilation::readInterface() {
  FailureOr<ModelInterface> interface = ModelInterface::read(*module);
  if (failed(interface))
    return failure();
  report.model = *interface;
  report.model.instrumented = options.instrument;
  auto main = module->lookupSymbol<func::FuncOp>("main");
  if (auto bound = main->getAttrOfType<IntegerAttr>("winnow.arena_lower_bound"))
    report.arenaLowerBound = bound.getInt();
  takeArenaPlan(main, report);
  TargetFacts facts = TargetFacts::fromModule(*module);
  report.macsPerCycle = facts.getF32Lanes() * facts.multiplyAddsPerCycle;
  report.memoryBytesPerCycle = facts.memoryBytesPerCycle;
  if (target.isHost && options.measuredSpeed && !options.report.empty())
    report.gigahertz = measurePeakGFlops() / (2 * report.macsPerCycle);
  return success();
}

/// Replaces predicted algorithms by measured ones.
LogicalResult Compilation::tune() {
  TuningCache cache;
  if (!options.tuningCache.empty())
    if (llvm::Error error = cache.read(options.tuningCache))
      return fail(std::move(error));
  if (llvm::Error error = tuneAlgorithms(*module, options, report.target, cache))
    return fail(std::move(error));
  if (options.autotune && !options.tuningCache.empty())
    if (llvm::Error error = cache.write(options.tuningCache))
      return fail(std::move(error));
  return success();
}

LogicalResult Compilation::run() {
  if (failed(checkOptions()) || failed(prepareTarget()) || failed(enableRemarks()))
    return failure();
  if (!options.crashReproducer.empty())
    context.disableMultithreading();
  bool emitsCode = !isModuleKind(kind);
  bool tunes = options.autotune || !options.tuningCache.empty();
  stepCount = lastPhase + 1 + tunes + (emitsCode ? 3 : 1);
  if (failed(step("import", [&] {
        module = loadModel(options, &context);
        return success(static_cast<bool>(module));
      })))
    return failure();
  TargetFacts facts = detectTargetFacts(*machine, target.isHost);
  if (target.isHost && options.measuredSpeed)
    setMeasuredSpeed(facts);
  facts.setOn(*module);
  unsigned done = detectPhase(*module), algorithm = *findPhase("algorithm"), memory = *findPhase("memory");
  stepIndex = done + 1;
  for (unsigned index = done + 1; index <= lastPhase; ++index) {
    // Lowering to llvm forgets what the descriptor is made of.
    if (index == memory + 1 && failed(readInterface()))
      return failure();
    if (failed(step(getPhases()[index].name, [&] { return runPhase(getPhases()[index]); })))
      return failure();
    if (tunes && index == algorithm && failed(step("tune", [&] { return tune(); })))
      return failure();
  }
  if (emitsCode && done > memory)
    return fail("'" + options.input + "' is already in the llvm dialect: expected a model after " +
                getPhases()[memory].name + " at most");
  if (emitsCode)
    return emitCode();
  return step("write", [&] { return writeModule(); });
}

LogicalResult Compilation::emitCode() {
  CodeEmitter emitter(*machine, kind, options.output, options.optLevel);
  auto runStep = [&](llvm::StringRef name, llvm::function_ref<llvm::Error()> work) {
    return step(name, [&]() -> LogicalResult {
      llvm::Error error = work();
      return error ? fail(std::move(error)) : success();
    });
  };
  if (variantCode)
    emitter.setVariant(variant);
  if (failed(step("translate", [&] { return emitter.translate(std::move(module), report.model); })) ||
      failed(runStep("generate", [&] { return emitter.generate(); })))
    return failure();
  report.constantBytes.emplace_back(target.cpu, emitter.getConstantBytes());
  if (!variantCode)
    return runStep("link", [&] { return emitter.link(); });
  *variantCode = emitter.takeVariant();
  return success();
}

LogicalResult Compilation::runVariant(llvm::StringRef name, VariantCode &code) {
  variant = name.str();
  variantCode = &code;
  return run();
}

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
