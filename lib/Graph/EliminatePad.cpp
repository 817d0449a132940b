//===- EliminatePad.cpp - padding done by the op that follows -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

namespace winnow {
#define GEN_PASS_DEF_ELIMINATEPADPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-eliminate-pad";

/// Whether an activation never gives a negative number.
static bool isNotNegative(ActivationAttr activation) {
  if (!activation)
    return false;
  ActivationKind kind = activation.getKind();
  return kind == ActivationKind::Relu || kind == ActivationKind::Sigmoid || kind == ActivationKind::HardSigmoid ||
         kind == ActivationKind::Softplus || (kind == ActivationKind::Clip && activation.getParam(0) >= 0);
}

/// Whether the op that defines `value` never gives a negative number.
static bool isNotNegative(Value value) {
  if (auto activation = value.getDefiningOp<ActivationOpInterface>())
    return isNotNegative(activation.getActivation());
  if (auto conv = value.getDefiningOp<ConvolutionOp>())
    return isNotNegative(conv.getActivationAttr());
  if (auto pool = value.getDefiningOp<MaxPoolOp>())
    return isNotNegative(pool.getInput());
  return false;
}

/// The number that a pad in mode `constant` fills in; nothing if it is not known.
static std::optional<double> getFill(PadOp pad) {
  if (pad.getMode() != PadMode::Constant)
    return std::nullopt;
  return pad.getValue() ? getSplatNumber(pad.getValue()) : 0.0;
}

/// Whether `fill` means to `op` what its own padding means.
static LogicalResult checkFill(RewriterBase &rewriter, Operation *op, PadOp pad, double fill) {
  auto pads = cast<WindowOpInterface>(op).getPads();
  if (isa<MaxPoolOp>(op)) {
    bool never = fill == -std::numeric_limits<double>::infinity() || (fill <= 0 && isNotNegative(pad.getInput()));
    return never ? success() : rewriter.notifyMatchFailure(op, "the padding could be the maximum");
  }
  if (fill != 0)
    return rewriter.notifyMatchFailure(op, "it is padded with a number other than zero");
  auto average = dyn_cast<AveragePoolOp>(op);
  if (!average)
    return success();
  if (!average.getCountIncludePad() && llvm::any_of(pads, [](int64_t p) { return p != 0; }))
    return rewriter.notifyMatchFailure(op, "its own padding does not count, that of the pad does");
  return success();
}

/// The op's pads with those of `pad` added; nothing where an op on its own cannot pad so.
static std::optional<SmallVector<int64_t>> addPads(WindowOpInterface op, PadOp pad) {
  ArrayRef<int64_t> all = pad.getPads();
  SmallVector<int64_t> pads(op.getPads());
  size_t rank = all.size() / 2, spatial = pads.size() / 2;
  SmallVector<int64_t> window = op.getWindowShape();
  for (size_t i = 0; i < rank; ++i) {
    int64_t begin = all[i], end = all[rank + i];
    if (i < rank - spatial ? begin != 0 || end != 0 : begin < 0 || end < 0)
      return std::nullopt;
    if (i < rank - spatial)
      continue;
    size_t dim = i - (rank - spatial);
    pads[dim] += begin;
    pads[spatial + dim] += end;
    // A pool whose window may lie wholly in the padding has nothing to look at.
    int64_t extent = (window[dim] - 1) * op.getDilations()[dim] + 1;
    if (!isa<ConvolutionOp>(op.getOperation()) && std::max(pads[dim], pads[spatial + dim]) >= extent)
      return std::nullopt;
  }
  return pads;
}

LogicalResult eliminatePad(RewriterBase &rewriter, WindowOpInterface op) {
  auto pad = op->getOperand(0).getDefiningOp<PadOp>();
  if (!pad)
    return failure();
  if (!isa<ConvolutionOp, MaxPoolOp, AveragePoolOp, LpPoolOp>(op.getOperation()))
    return rewriter.notifyMatchFailure(op.getOperation(), "it does not pad with one number");
  if (op.getAutoPad() != AutoPad::Explicit)
    return rewriter.notifyMatchFailure(op.getOperation(), "its own padding is not explicit yet");
  if (auto ceilMode = op->getAttrOfType<BoolAttr>("ceil_mode"); ceilMode && ceilMode.getValue())
    return rewriter.notifyMatchFailure(op.getOperation(), "it rounds the number of windows up");
  std::optional<double> fill = getFill(pad);
  if (!fill)
    return rewriter.notifyMatchFailure(op.getOperation(), "the pad does not fill in a known number");
  if (failed(checkFill(rewriter, op, pad, *fill)))
    return failure();
  std::optional<SmallVector<int64_t>> pads = addPads(op, pad);
  if (!pads)
    return rewriter.notifyMatchFailure(op.getOperation(),
                                       "the pad cuts, is as wide as the window, or not only spatial");
  rewriter.modifyOpInPlace(op, [&] {
    op->setOperand(0, pad.getInput());
    op->setAttr("pads", rewriter.getDenseI64ArrayAttr(*pads));
    if (auto average = dyn_cast<AveragePoolOp>(op.getOperation()))
      average.setCountIncludePad(true);
    op->setLoc(rewriter.getFusedLoc({pad.getLoc(), op->getLoc()}));
  });
  remarkPassed(op, kPass, "pads by itself now");
  return success();
}

void populateEliminatePadPatterns(RewritePatternSet &patterns) {
  patterns.add<CallInterfaceRewrite<WindowOpInterface, eliminatePad>>(patterns.getContext());
}

namespace {
struct EliminatePadPass : impl::EliminatePadPassBase<EliminatePadPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateEliminatePadPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
