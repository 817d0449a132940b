//===- ResolveAutoPad.cpp - explicit padding ------------------------------===//
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
#define GEN_PASS_DEF_RESOLVEAUTOPADPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-resolve-auto-pad";

LogicalResult resolveAutoPad(RewriterBase &rewriter, WindowOpInterface op) {
  if (op.getAutoPad() == AutoPad::Explicit)
    return failure();
  FailureOr<SmallVector<int64_t>> pads = resolvePads(op);
  if (failed(pads))
    return rewriter.notifyMatchFailure(op.getOperation(), "the padding depends on a dynamic extent");
  rewriter.modifyOpInPlace(op, [&] {
    op->setAttr("pads", rewriter.getDenseI64ArrayAttr(*pads));
    op->setAttr("auto_pad", AutoPadAttr::get(op->getContext(), AutoPad::Explicit));
    // `same` and `valid` say how many windows there are; none is left to round up to.
    if (op->hasAttr("ceil_mode"))
      op->setAttr("ceil_mode", rewriter.getBoolAttr(false));
  });
  return success();
}

void populateResolveAutoPadPatterns(RewritePatternSet &patterns) {
  patterns.add<CallInterfaceRewrite<WindowOpInterface, resolveAutoPad>>(patterns.getContext());
}

namespace {
struct ResolveAutoPadPass : impl::ResolveAutoPadPassBase<ResolveAutoPadPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateResolveAutoPadPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
