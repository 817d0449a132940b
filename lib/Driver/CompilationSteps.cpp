//===- CompilationSteps.cpp - steps that are no passes -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"

#include "Autotune.h"
#include "NetworkCost.h"
#include "PruneModel.h"
#include "QuantizeModel.h"
#include "ReleaseConstants.h"
#include "ReportFigures.h"

#include "winnow/Export/OnnxExport.h"
#include "winnow/Support/MachineSpeed.h"
#include "winnow/Support/TargetFacts.h"
#include "winnow/Target/EmitCode.h"

#include "mlir/Bytecode/BytecodeWriter.h"

using namespace mlir;

namespace winnow {

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
  takeStoredBytes(*module, report.model.layers);
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

std::function<void(const std::string &)> Compilation::tellIn(llvm::StringRef phase) {
  return [this, phase = phase.str()](const std::string &what) {
    if (options.progress)
      options.progress(phase + ": " + what, stepIndex - 1, stepCount);
  };
}

LogicalResult Compilation::inspect(CompileReport &costs) {
  llvm::Expected<CompileReport> found =
      inspectNetwork(*module, options, /*isMeasured=*/target.isHost && !options.report.empty());
  if (!found)
    return fail(found.takeError());
  costs = std::move(*found);
  return success();
}

LogicalResult Compilation::finishPruning() {
  CompileReport pruned;
  if (failed(inspect(pruned)))
    return failure();
  addCosts(unpruned, pruned, *report.pruning);
  return success();
}

LogicalResult Compilation::prune() {
  std::function<void(const std::string &)> tell = tellIn(kPrunePhase);
  bool isTrial = !options.dryRun.empty();
  if (!isTrial) {
    tell("what the network costs");
    if (failed(inspect(unpruned)))
      return failure();
  }
  auto found = pruneModel(*module, options, tell);
  if (!found)
    return fail(found.takeError());
  report.pruning = std::move(*found);
  releaseConstants(*module);
  if (isTrial)
    return success();
  if (std::string warning = getPruningWarning(*report.pruning); !warning.empty())
    say(options, CompileDiagnostic::Severity::Warning, warning);
  return isWanted(*findPhase(kQuantizePhase)) ? success() : finishPruning();
}

/// Replaces f32 layers by integer ones, or by such on 16 bits where that is fast and accurate.
LogicalResult Compilation::quantize() {
  if (options.precision == "auto") {
    if (llvm::Error error = choosePrecision(*module, options, tellIn(kQuantizePhase)))
      return fail(std::move(error));
  } else {
    auto found = quantizeModel(*module, options, tellIn(kQuantizePhase));
    if (!found)
      return fail(found.takeError());
    report.quantization = std::move(*found);
    releaseConstants(*module);
  }
  return report.pruning ? finishPruning() : success();
}

} // namespace winnow
