//===- MergeReshapes.cpp - reshapes in a row ------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_MERGERESHAPESPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-merge-reshapes";

LogicalResult mergeReshapes(RewriterBase &rewriter, ReshapeOp op) {
  auto before = op.getInput().getDefiningOp<ReshapeOp>();
  if (!before)
    return failure();
  if (op.getShape())
    return rewriter.notifyMatchFailure(op, "its shape is only known at run time");
  rewriter.modifyOpInPlace(op, [&] { op.getInputMutable().assign(before.getInput()); });
  remarkPassed(op, kPass, "merged with the reshape before it");
  return success();
}

LogicalResult sinkReshape(RewriterBase &rewriter, ActivationOpInterface op) {
  auto reshape = op->getOperand(0).getDefiningOp<ReshapeOp>();
  if (!reshape)
    return failure();
  if (reshape.getShape() || !reshape->hasOneUse() || reshape.getType() != op->getResult(0).getType())
    return rewriter.notifyMatchFailure(op.getOperation(), "the reshape before it has other uses or a dynamic shape");
  Operation *copy = rewriter.clone(*op.getOperation());
  copy->setOperand(0, reshape.getInput());
  copy->getResult(0).setType(reshape.getInput().getType());
  auto moved = ReshapeOp::create(rewriter, reshape.getLoc(), reshape.getType(), copy->getResult(0), Value());
  rewriter.replaceOp(op, moved);
  remarkPassed(copy, kPass, "moved before the reshape");
  return success();
}

void populateMergeReshapesPatterns(RewritePatternSet &patterns) {
  patterns.add<CallRewrite<ReshapeOp, mergeReshapes>, CallInterfaceRewrite<ActivationOpInterface, sinkReshape>>(
      patterns.getContext());
}

namespace {
struct MergeReshapesPass : impl::MergeReshapesPassBase<MergeReshapesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMergeReshapesPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
