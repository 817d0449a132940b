//===- Compilation.cpp - one run of the compiler --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"

#include "ReleaseConstants.h"

#include "winnow/Support/TargetFacts.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

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
  releaseConstants(*module);
  return success();
}

bool Compilation::isWanted(unsigned phase) const {
  if (phase == *findPhase(kPrunePhase))
    return !options.prune.empty();
  return phase != *findPhase(kQuantizePhase) || !options.quantize.empty() || options.precision == "auto";
}

LogicalResult Compilation::run() {
  if (failed(checkOptions()) || failed(prepareTarget()) || failed(enableRemarks()))
    return failure();
  if (!options.crashReproducer.empty())
    context.disableMultithreading();
  bool emitsCode = !inspects && !isModuleKind(kind);
  bool tunes = options.autotune || !options.tuningCache.empty();
  unsigned pruning = *findPhase(kPrunePhase), quantization = *findPhase(kQuantizePhase);
  stepCount = tunes + (emitsCode ? 3 : inspects ? 0 : 1);
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
  if (inspects)
    return readInterface();
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

LogicalResult Compilation::runToInterface() {
  inspects = true;
  return run();
}

LogicalResult Compilation::runVariant(llvm::StringRef name, VariantCode &code) {
  variant = name.str();
  variantCode = &code;
  return run();
}

} // namespace winnow
