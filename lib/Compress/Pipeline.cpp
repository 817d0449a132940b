//===- Pipeline.cpp - the Compress room in order --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Compress/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace winnow {

void buildIntegerPipeline(OpPassManager &manager) {
  OpPassManager &function = manager.nest<func::FuncOp>();
  function.addPass(createTypeQuantizationPass());
  // Equal constants and casts must be one value for what compares them.
  function.addPass(createCSEPass());
  function.addPass(createFuseQuantizationPass());
  function.addPass(createFoldDequantizedPass());
  function.addPass(createCSEPass());
}

void buildPrecisionPipeline(OpPassManager &manager, llvm::StringRef precision) {
  OpPassManager &function = manager.nest<func::FuncOp>();
  ConvertPrecisionPassOptions options;
  options.precision = precision.str();
  function.addPass(createConvertPrecisionPass(options));
  // The f32 forms of constants are nobody's now.
  function.addPass(createCSEPass());
}

void registerCompressPasses() {
  registerWinnowCompressPasses();
  PassPipelineRegistration<>("winnow-integer-pipeline", "Make integer ops out of (de)quantized islands",
                             buildIntegerPipeline);
}

} // namespace winnow
