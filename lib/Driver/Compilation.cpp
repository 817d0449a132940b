//===- Compilation.cpp - one run of the compiler --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"

#include "Autotune.h"
#include "PruneModel.h"
#include "QuantizationKind.h"
#include "QuantizeModel.h"
#include "ReportFigures.h"

#include "winnow/Export/OnnxExport.h"
#include "winnow/InitAll.h"
#include "winnow/Support/MachineSpeed.h"
#include "winnow/Support/TargetFacts.h"
#include "winnow/Target/EmitCode.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Remark/RemarkStreamer.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

namespace winnow {

LogicalResult fail(const CompileOptions &options, const llvm::Twine &message) {
  CompileDiagnostic diagnostic;
  diagnostic.message = message.str();
  options.diagnostics(diagnostic);
  return failure();
}

LogicalResult fail(const CompileOptions &options, llvm::Error error) {
  return fail(options, llvm::toString(std::move(error)));
}

DialectRegistry Compilation::makeRegistry() {
  DialectRegistry registry;
  registerDriverDialects(registry);
  return registry;
}

LogicalResult Compilation::checkOptions() {
  if (options.input.empty() || options.output.empty())
    return fail("expected an input and an output file");
  std::optional<OutputKind> found = getOutputKind(options.output);
  if (!found)
    return fail("'" + options.output + "': unknown ending, expected one of " + getOutputEndings());
  kind = *found;
  options.explain = !isModuleKind(kind);
  // What algorithms and later phases decide has no form in ONNX.
  unsigned last = kind == OutputKind::Onnx ? *findPhase("algorithm") - 1 : getPhases().size() - 1;
  lastPhase = last;
  if (!options.compileTo.empty()) {
    std::optional<unsigned> phase = findPhase(options.compileTo);
    if (!phase)
      return fail("unknown phase '" + options.compileTo + "': expected one of " + getPhaseNames());
    if (!isModuleKind(kind))
      return fail("--compile-to writes .mlir, .mlirbc or .onnx, not '" + options.output + "'");
    if (*phase > last)
      return fail("--compile-to=" + options.compileTo + ": a model has a form in ONNX up to the phase " +
                  getPhases()[last].name);
    lastPhase = *phase;
  }
  if (!options.algorithm.empty() && !isAlgorithmName(options.algorithm))
    return fail("unknown algorithm '" + options.algorithm + "': expected one of " + getAlgorithmNames());
  if (llvm::Error error = checkQuantization(options))
    return fail(std::move(error));
  if (kind == OutputKind::Onnx && !options.precision.empty() && options.precision != "f32")
    return fail("--precision says how code computes: expected no output '" + options.output + "' in ONNX");
  for (llvm::StringRef phase : {kPrunePhase, kQuantizePhase})
    if (isWanted(*findPhase(phase)) && lastPhase < *findPhase(phase))
      return fail("--compile-to=" + options.compileTo + " stops before the phase " + phase);
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
  LogicalResult exported = success();
  llvm::Error error = writeFile(options.output, [&](llvm::raw_pwrite_stream &stream) -> llvm::Error {
    if (kind == OutputKind::Onnx) {
      exported = exportOnnx(*module, stream);
      return failed(exported) ? llvm::createStringError("said already") : llvm::Error(llvm::Error::success());
    }
    if (kind == OutputKind::Bytecode)
      return failed(writeBytecodeToFile(*module, stream)) ? llvm::createStringError("cannot write bytecode")
                                                          : llvm::Error(llvm::Error::success());
    module->print(stream, OpPrintingFlags().enableDebugInfo());
    stream << "\n";
    return llvm::Error::success();
  });
  if (failed(exported)) { // its diagnostic named the op
    llvm::consumeError(std::move(error));
    return failure();
  }
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

bool Compilation::isWanted(unsigned phase) const {
  if (phase == *findPhase(kPrunePhase))
    return !options.prune.empty();
  return phase != *findPhase(kQuantizePhase) || !options.quantize.empty() || options.precision == "auto";
}

std::function<void(const std::string &)> Compilation::tellIn(llvm::StringRef phase) {
  return [this, phase = phase.str()](const std::string &what) {
    if (options.progress)
      options.progress(phase + ": " + what, stepIndex - 1, stepCount);
  };
}

LogicalResult Compilation::prune() {
  auto found = pruneModel(*module, options, tellIn(kPrunePhase));
  if (!found)
    return fail(found.takeError());
  report.pruning = std::move(*found);
  releaseConstants();
  return success();
}

/// Replaces f32 layers by integer ones, or by such on 16 bits where that is fast and accurate.
LogicalResult Compilation::quantize() {
  if (options.precision == "auto") {
    llvm::Error error = choosePrecision(*module, options, tellIn(kQuantizePhase));
    return error ? fail(std::move(error)) : success();
  }
  auto found = quantizeModel(*module, options, tellIn(kQuantizePhase));
  if (!found)
    return fail(found.takeError());
  report.quantization = std::move(*found);
  releaseConstants();
  return success();
}

LogicalResult Compilation::run() {
  if (failed(checkOptions()) || failed(prepareTarget()) || failed(enableRemarks()))
    return failure();
  if (!options.crashReproducer.empty())
    context.disableMultithreading();
  bool emitsCode = !isModuleKind(kind);
  bool tunes = options.autotune || !options.tuningCache.empty();
  unsigned pruning = *findPhase(kPrunePhase), quantization = *findPhase(kQuantizePhase);
  stepCount = tunes + (emitsCode ? 3 : 1);
  for (unsigned index = 0; index <= lastPhase; ++index)
    stepCount += isWanted(index);
  if (failed(step("import", [&] {
        module = loadModel(options, &context);
        return success(static_cast<bool>(module));
      })))
    return failure();
  TargetFacts facts = detectTargetFacts(*machine, target.isHost);
  if (target.isHost && options.measuredSpeed)
    setMeasuredSpeed(facts);
  facts.hasInt8Tiles |= options.emulateTiles;
  facts.hasBF16Tiles |= options.emulateTiles;
  facts.setOn(*module);
  unsigned done = detectPhase(*module), algorithm = *findPhase("algorithm"), memory = *findPhase("memory");
  stepIndex = done + 1;
  for (unsigned phase : {pruning, quantization})
    if (isWanted(phase) && done >= phase)
      return fail("'" + options.input + "' is past the phase " + getPhases()[phase].name +
                  ": expected a model before it");
  for (unsigned index = done + 1; index <= lastPhase; ++index) {
    // Lowering to llvm forgets what the descriptor is made of.
    if (index == memory + 1 && failed(readInterface()))
      return failure();
    if (!isWanted(index))
      continue;
    auto run = [&] {
      return index == pruning ? prune() : index == quantization ? quantize() : runPhase(getPhases()[index]);
    };
    if (failed(step(getPhases()[index].name, run)))
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

} // namespace winnow
