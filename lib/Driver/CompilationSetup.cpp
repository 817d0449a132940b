//===- CompilationSetup.cpp - what a compilation is asked for ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"

#include "QuantizationKind.h"

#include "winnow/InitAll.h"
#include "winnow/Target/EmitCode.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Remark/RemarkStreamer.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

namespace winnow {

LogicalResult Compilation::checkOptions() {
  if (llvm::Error error = checkDryRun(options))
    return fail(std::move(error));
  inspects |= !options.dryRun.empty();
  if (options.input.empty() || (options.output.empty() && !inspects))
    return fail("expected an input and an output file");
  std::optional<OutputKind> found = getOutputKind(options.output);
  if (!found && !inspects)
    return fail("'" + options.output + "': unknown ending, expected one of " + getOutputEndings());
  kind = inspects ? OutputKind::MLIR : *found;
  options.explain = inspects || !isModuleKind(kind);
  // What algorithms and later phases decide has no form in ONNX.
  unsigned last = kind == OutputKind::Onnx ? *findPhase("algorithm") - 1 : getPhases().size() - 1;
  lastPhase = inspects ? *findPhase("memory") : last;
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
  llvm::Error error = inspects ? llvm::Error::success() : checkOutputKind(kind, *machine);
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

} // namespace winnow
