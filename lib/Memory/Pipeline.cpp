//===- Pipeline.cpp - the passes of the room in order===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Memory/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void winnow::buildMemoryPipeline(OpPassManager &pm, bool explain) {
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createElideCopies());
  pm.addPass(createPlanMemory({explain}));
  pm.addPass(createVerifyMemory());
  pm.addPass(createCanonicalizerPass());
}

void winnow::registerMemoryPasses() {
  ::winnow::registerWinnowMemoryPasses();
  PassPipelineRegistration<>("winnow-memory-pipeline", "Elide copies, plan the arena and verify the result",
                             [](OpPassManager &pm) { buildMemoryPipeline(pm); });
}
