//===- Pipelines.cpp - the graph stage in order ---------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Graph/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace winnow {

/// Equal ops become one; ops that do nothing go, and with them, by the driver of
/// their patterns, dead ones and those that fold.
static void addCleanup(OpPassManager &manager) {
  manager.addPass(createCSEPass());
  manager.addPass(createEliminateIdentityPass());
}

void buildGraphPipeline(OpPassManager &manager, const GraphPipelineOptions &options) {
  OpPassManager &function = manager.nest<func::FuncOp>();
  FoldConstantsPassOptions folding{options.maxFoldedBytes, options.foldDequantize};

  // Types first: everything below declines on what it does not know.
  if (options.batch > 0)
    function.addPass(createSetBatchPass({options.batch}));
  else
    function.addPass(createInferShapesPass());
  function.addPass(createResolveAutoPadPass());
  function.addPass(createFoldConstantsPass(folding));
  function.addPass(createInferShapesPass());

  // Fewer and larger ops: what follows looks at neighbours.
  addCleanup(function);
  // A transpose in front would sink between a pad and its convolution.
  function.addPass(createEliminatePadPass());
  function.addPass(createCancelTransposesPass());
  // Constants that were transposed back must be constants again for the fusions.
  function.addPass(createFoldConstantsPass(folding));
  function.addPass(createMergeReshapesPass());
  function.addPass(createRecognizeGlobalPoolPass());
  function.addPass(createRecognizeActivationsPass());
  function.addPass(createEliminatePadPass());
  addCleanup(function);

  // Weights, then epilogues in the order in which a convolution applies them:
  // bias, residual, activation.
  function.addPass(createFoldBatchNormPass());
  manager.addPass(createReleaseConstantsPass());
  OpPassManager &fusion = manager.nest<func::FuncOp>();
  fusion.addPass(createFuseBiasPass());
  fusion.addPass(createFuseResidualPass());
  fusion.addPass(createFuseActivationPass());
  // Only now: the reshape behind the convolution would hide the activation.
  fusion.addPass(createConvertFcToConvPass());
  fusion.addPass(createMergeReshapesPass());
  fusion.addPass(createFoldConstantsPass(folding));
  fusion.addPass(createGatherChannelsPass());
  addCleanup(fusion);
  fusion.addPass(createNestConcatsPass());
  fusion.addPass(createVerifyGraphPass());
  manager.addPass(createReleaseConstantsPass());
}

void registerGraphPasses() {
  registerWinnowGraphPasses();
  PassPipelineRegistration<GraphPipelineOptions>("winnow-graph-pipeline", "All passes of the graph stage in order",
                                                 buildGraphPipeline);
}

} // namespace winnow
