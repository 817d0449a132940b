//===- VerifyKernels.cpp - the contract after kernel generation ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Kernel/Passes.h"

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_VERIFYKERNELSPASS
#include "winnow/Kernel/Passes.h.inc"
} // namespace winnow

static bool isTensor(Type type) { return isa<TensorType>(type); }

/// Emits an error if `op` breaks the contract.
static LogicalResult verifyOp(Operation *op) {
  if (isa_and_nonnull<winnow::cnn::CNNDialect>(op->getDialect()))
    return op->emitOpError("is left after kernel generation");
  if (llvm::any_of(op->getOperandTypes(), isTensor) || llvm::any_of(op->getResultTypes(), isTensor))
    return op->emitOpError("has a tensor after kernel generation");
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (llvm::any_of(block.getArgumentTypes(), isTensor))
        return op->emitOpError("has a tensor argument after kernel generation");
  return success();
}

namespace {
struct VerifyKernelsPass : winnow::impl::VerifyKernelsPassBase<VerifyKernelsPass> {
  void runOnOperation() override {
    bool failed = false;
    getOperation().walk([&](Operation *op) { failed |= mlir::failed(verifyOp(op)); });
    if (failed)
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace
