//===- Pipeline.cpp - the Algorithm room in order -------------------- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Algorithm/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

namespace winnow {

void buildAlgorithmPipeline(OpPassManager &pm, const AlgorithmPipelineOptions &options) {
  pm.addPass(createStoreUnsignedPass());
  pm.addPass(createExpandQuantizedConvolutionPass());
  pm.addPass(createAssignLayoutsPass());
  pm.addPass(createSelectAlgorithmsPass({options.algorithm, options.explain, options.sparsity}));
}

void registerAlgorithmPasses() {
  registerWinnowAlgorithmPasses();
  PassPipelineRegistration<AlgorithmPipelineOptions> pipeline("winnow-algorithm-pipeline",
                                                              "Decide layouts and algorithms", buildAlgorithmPipeline);
}

} // namespace winnow
