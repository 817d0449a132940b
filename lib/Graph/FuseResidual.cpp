//===- FuseResidual.cpp - shortcuts added by convolutions -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_FUSERESIDUALPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-fuse-residual";

/// The convolution that computes `value` if it can add something to it; else
/// the reason why not.
static ConvolutionOp getAddingConvolution(Value value, llvm::StringRef &reason) {
  auto conv = value.getDefiningOp<ConvolutionOp>();
  if (!conv)
    reason = "no operand is made by a convolution";
  else if (!value.hasOneUse())
    reason = "the result of the convolution has other uses";
  else if (conv.getActivation())
    reason = "the convolution has an activation";
  else if (conv.getResidual())
    reason = "the convolution adds a residual already";
  else
    return conv;
  return {};
}

FailureOr<ConvolutionOp> fuseResidual(RewriterBase &rewriter, AddOp op) {
  if (!haveSameShape(op.getLhs(), op.getRhs()) || op.getLhs().getType() != op.getType())
    return rewriter.notifyMatchFailure(op, "the operands have different shapes");
  llvm::StringRef reason;
  ConvolutionOp rhs = getAddingConvolution(op.getRhs(), reason);
  ConvolutionOp lhs = getAddingConvolution(op.getLhs(), reason);
  // The later of two convolutions stays where it is and finds the other one done.
  ConvolutionOp conv = lhs && (!rhs || rhs->isBeforeInBlock(lhs)) ? lhs : rhs;
  if (!conv)
    return rewriter.notifyMatchFailure(op, reason);
  Value residual = conv == lhs ? op.getRhs() : op.getLhs();

  // The shortcut may be computed after the convolution: the copy stands where the addition did.
  auto copy = cast<ConvolutionOp>(rewriter.clone(*conv.getOperation()));
  copy.getResidualMutable().assign(residual);
  copy->setLoc(rewriter.getFusedLoc({conv.getLoc(), op.getLoc()}));
  rewriter.replaceOp(op, copy);
  rewriter.eraseOp(conv);
  remarkPassed(copy, kPass, "adds its shortcut");
  return copy;
}

void populateFuseResidualPatterns(RewritePatternSet &patterns) {
  patterns.add<CallRewrite<AddOp, fuseResidual>>(patterns.getContext());
}

namespace {
struct FuseResidualPass : impl::FuseResidualPassBase<FuseResidualPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFuseResidualPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
