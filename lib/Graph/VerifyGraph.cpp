//===- VerifyGraph.cpp - what the graph stage promises --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_VERIFYGRAPHPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Checks the promises about one op.
static LogicalResult verifyOp(Operation *op) {
  if (isa<arith::ConstantOp>(op) || isa_and_nonnull<func::FuncDialect>(op->getDialect()))
    return success();
  if (!isa_and_nonnull<CNNDialect>(op->getDialect()))
    return op->emitOpError("is not of the dialects `cnn`, `func` or `arith.constant` that a graph consists of");
  for (Type type : op->getResultTypes())
    if (!isa<RankedTensorType>(type))
      return op->emitOpError("expected results that are ranked tensors but got ") << type;
  if (auto norm = dyn_cast<BatchNormOp>(op)) {
    auto conv = norm.getInput().getDefiningOp<ConvolutionOp>();
    bool constant = llvm::all_of(op->getOperands().drop_front(), [](Value v) { return !!getConstant(v); });
    if (conv && getConstant(conv.getFilter()) && constant)
      return op->emitOpError("is left after a convolution with constant weights");
  }
  if (auto window = dyn_cast<WindowOpInterface>(op); window && window.getAutoPad() != AutoPad::Explicit)
    return op->emitOpError("has padding that is not resolved to numbers");
  if (getIdentitySource(op))
    return op->emitOpError("does nothing and should be gone");
  return success();
}

LogicalResult verifyGraph(FunctionOpInterface function) {
  WalkResult walk = function.getFunctionBody().walk(
      [](Operation *op) { return failed(verifyOp(op)) ? WalkResult::interrupt() : WalkResult::advance(); });
  return failure(walk.wasInterrupted());
}

namespace {
struct VerifyGraphPass : impl::VerifyGraphPassBase<VerifyGraphPass> {
  void runOnOperation() override {
    if (failed(verifyGraph(getOperation())))
      signalPassFailure();
    markAllAnalysesPreserved();
  }
};
} // namespace

} // namespace winnow
