//===- Phases.cpp - the phases of a compilation in order -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Driver/Phases.h"

#include "winnow/Graph/Passes.h"
#include "winnow/Kernel/Passes.h"
#include "winnow/Memory/Passes.h"
#include "winnow/Target/ModelInterface.h"
#include "winnow/Target/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace winnow {

static LogicalResult buildGraph(OpPassManager &pm, const CompileOptions &options, llvm::raw_ostream &errors) {
  GraphPipelineOptions graphOptions;
  if (options.import.batch)
    graphOptions.batch = *options.import.batch;
  buildGraphPipeline(pm, graphOptions);
  return success();
}

static LogicalResult buildAlgorithm(OpPassManager &pm, const CompileOptions &options, llvm::raw_ostream &errors) {
  if (!PassPipelineInfo::lookup("winnow-algorithm-pipeline"))
    return success();
  return parsePassPipeline("winnow-algorithm-pipeline", pm, errors);
}

static LogicalResult buildKernel(OpPassManager &pm, const CompileOptions &options, llvm::raw_ostream &errors) {
  pm.addPass(createRecordInterface());
  pm.addPass(createLowerToKernelsPass());
  pm.addPass(createVerifyKernelsPass());
  return success();
}

static LogicalResult buildMemory(OpPassManager &pm, const CompileOptions &options, llvm::raw_ostream &errors) {
  buildMemoryPipeline(pm);
  return success();
}

static LogicalResult buildTarget(OpPassManager &pm, const CompileOptions &options, llvm::raw_ostream &errors) {
  pm.addNestedPass<func::FuncOp>(createExpandCopiesPass());
  buildLowerToLLVMPipeline(pm, options.instrument);
  return success();
}

static constexpr Phase kPhases[] = {
    {"import", "cnn, func and arith.constant; node names are locations", nullptr},
    {"graph", "fused and folded cnn ops", buildGraph},
    {"algorithm", "cnn with a layout on each value and an algorithm on each convolution", buildAlgorithm},
    {"kernel", "vectors, loops and memrefs; no cnn op", buildKernel},
    {"memory", "one arena; no allocation", buildMemory},
    {"target", "the llvm dialect, weights in one section", buildTarget},
};

llvm::ArrayRef<Phase> getPhases() { return kPhases; }

std::optional<unsigned> findPhase(llvm::StringRef name) {
  for (auto [index, phase] : llvm::enumerate(kPhases))
    if (phase.name == name)
      return index;
  return std::nullopt;
}

std::string getPhaseNames() {
  return llvm::join(llvm::map_range(kPhases, [](const Phase &phase) { return phase.name; }), ", ");
}

unsigned detectPhase(ModuleOp module) {
  if (module.lookupSymbol<LLVM::LLVMFuncOp>("winnow_entry"))
    return *findPhase("target");
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main)
    return *findPhase("import");
  if (main->hasAttr(kArenaBytesAttr))
    return *findPhase("memory");
  if (main->hasAttr("winnow.inputs"))
    return *findPhase("kernel");
  if (module->hasAttr(kInterfaceAttr))
    return *findPhase("algorithm");
  return *findPhase("import");
}

} // namespace winnow
