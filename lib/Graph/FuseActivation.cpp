//===- FuseActivation.cpp - activations as epilogues ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace winnow {
#define GEN_PASS_DEF_FUSEACTIVATIONPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-fuse-activation";

/// Gives `producer` the activation of `op`, if it has none yet.
template <typename ProducerOp>
static LogicalResult fuseInto(RewriterBase &rewriter, ActivationOpInterface op, ActivationAttr activation,
                              ProducerOp producer) {
  if (producer.getActivation())
    return rewriter.notifyMatchFailure(op.getOperation(), "its producer has an activation already");
  rewriter.modifyOpInPlace(producer, [&] {
    producer.setActivationAttr(activation);
    producer->getResult(0).setType(op->getResult(0).getType());
    producer->setLoc(rewriter.getFusedLoc({producer.getLoc(), op->getLoc()}));
  });
  remarkPassed(producer, kPass, "applies " + stringifyActivationKind(activation.getKind()));
  rewriter.replaceOp(op, producer->getResults());
  return success();
}

LogicalResult fuseActivation(RewriterBase &rewriter, ActivationOpInterface op) {
  Value input = op->getOperand(0);
  Operation *producer = input.getDefiningOp();
  if (!isa_and_nonnull<ConvolutionOp, GemmOp>(producer))
    return rewriter.notifyMatchFailure(op.getOperation(), "its input is not made by a convolution or gemm");
  if (!input.hasOneUse())
    return rewriter.notifyMatchFailure(op.getOperation(), "the result of the producer has other uses");
  if (!isa<FloatType>(getElementTypeOrSelf(input.getType())))
    return rewriter.notifyMatchFailure(op.getOperation(), "the producer computes with integers");
  ActivationAttr activation = op.getActivation();
  if (!activation)
    return rewriter.notifyMatchFailure(op.getOperation(), "its parameters are only known at run time");
  return llvm::TypeSwitch<Operation *, LogicalResult>(producer)
      .Case<ConvolutionOp, GemmOp>([&](auto conv) { return fuseInto(rewriter, op, activation, conv); })
      .Default([](Operation *) { return failure(); });
}

void populateFuseActivationPatterns(RewritePatternSet &patterns) {
  patterns.add<CallInterfaceRewrite<ActivationOpInterface, fuseActivation>>(patterns.getContext());
}

namespace {
struct FuseActivationPass : impl::FuseActivationPassBase<FuseActivationPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFuseActivationPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
