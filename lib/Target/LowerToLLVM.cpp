//===- LowerToLLVM.cpp - the passes from memrefs to the llvm dialect -----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace winnow {

/// What still works on memrefs: copies, math, calls and the entry.
static void buildMemRefPart(OpPassManager &pm, bool instrument) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createApproximateMath());
  pm.addNestedPass<func::FuncOp>(createExpandHalfConversions());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true; // x86 has no instruction for it, and libgcc's function is not everywhere.
  pm.addNestedPass<func::FuncOp>(arith::createArithExpandOpsPass(expand));
  if (instrument)
    pm.addPass(createInstrumentLayers());
  pm.addPass(createLowerKernelArguments());
  pm.addPass(createOutlineParallel());
  pm.addPass(createGenerateEntry());
}

void buildLowerToLLVMPipeline(OpPassManager &pm, bool instrument) {
  buildMemRefPart(pm, instrument);
  pm.addPass(createConvertVectorToSCFPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
  pm.addNestedPass<func::FuncOp>(createLowerTiles());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createSCFToControlFlowPass());
  // Before the conversion of arith, so that indices of memref.dim are still seen as constants.
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createCollectConstants());
}

/// MLIR's own passes of the pipeline, so that a part of it can be run by itself, as reproducers of crashes do.
static void registerUpstreamPasses() {
  arith::registerArithExpandOpsPass();
  memref::registerExpandStridedMetadataPass();
  registerConvertVectorToSCF();
  registerLowerAffinePass();
  registerConvertVectorToLLVMPass();
  registerSCFToControlFlowPass();
  registerFinalizeMemRefToLLVMConversionPass();
  registerConvertMathToLLVMPass();
  registerConvertMathToLibmPass();
  registerArithToLLVMConversionPass();
  registerConvertIndexToLLVMPass();
  registerUBToLLVMConversionPass();
  registerConvertFuncToLLVMPass();
  registerConvertControlFlowToLLVMPass();
  registerReconcileUnrealizedCastsPass();
}

void registerTargetPipelines() {
  registerUpstreamPasses();
  PassPipelineRegistration<>("winnow-lower-to-llvm",
                             "from memrefs with a planned arena to the llvm dialect, with the entry for the runtime",
                             [](OpPassManager &pm) { buildLowerToLLVMPipeline(pm); });
}

} // namespace winnow
