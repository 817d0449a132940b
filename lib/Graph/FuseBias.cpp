//===- FuseBias.cpp - arithmetic with channel constants into weights ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelAffine.h"

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_FUSEBIASPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-fuse-bias";

/// The map that `op` applies to `input` with the constants `values` on its other side.
static std::optional<ChannelAffine> getAffine(Operation *op, bool constantIsLhs, ArrayRef<double> values) {
  ChannelAffine affine;
  affine.scale.assign(values.size(), 1.0);
  affine.shift.assign(values.size(), 0.0);
  for (auto [value, scale, shift] : llvm::zip_equal(values, affine.scale, affine.shift)) {
    if (isa<AddOp>(op)) {
      shift = value;
    } else if (isa<SubOp>(op)) {
      scale = constantIsLhs ? -1.0 : 1.0;
      shift = constantIsLhs ? value : -value;
    } else if (isa<MulOp>(op)) {
      scale = value;
    } else if (constantIsLhs || value == 0) {
      return std::nullopt;
    } else {
      scale = 1.0 / value;
    }
  }
  return affine;
}

LogicalResult fuseBias(RewriterBase &rewriter, Operation *op) {
  if (!isa<AddOp, SubOp, MulOp, DivOp>(op))
    return failure();
  bool constantIsLhs = static_cast<bool>(getConstant(op->getOperand(0)));
  Value input = op->getOperand(constantIsLhs ? 1 : 0), constant = op->getOperand(constantIsLhs ? 0 : 1);
  auto type = cast<RankedTensorType>(input.getType());
  if (!getConstant(constant))
    return rewriter.notifyMatchFailure(op, "no operand is constant");
  if (type != op->getResult(0).getType())
    return rewriter.notifyMatchFailure(op, "the constant changes the shape");
  std::optional<SmallVector<double>> values = getPerChannel(constant, type);
  if (!values)
    return rewriter.notifyMatchFailure(op, "the constant is not one number for each channel");
  std::optional<ChannelAffine> affine = getAffine(op, constantIsLhs, *values);
  if (!affine)
    return rewriter.notifyMatchFailure(op, "it divides by its input or by zero");
  Operation *producer = input.getDefiningOp();
  Operation *consumer = op->hasOneUse() ? *op->user_begin() : nullptr;
  if (succeeded(foldIntoProducer(rewriter, op, input, *affine))) {
    remarkPassed(producer, kPass, "takes in arithmetic with constants after it");
    return success();
  }
  if (failed(foldIntoConsumer(rewriter, op, input, *affine)))
    return failure();
  remarkPassed(consumer, kPass, "takes in arithmetic with constants before it");
  return success();
}

void populateFuseBiasPatterns(RewritePatternSet &patterns) {
  patterns.add<CallAnyRewrite<fuseBias>>(patterns.getContext());
}

namespace {
struct FuseBiasPass : impl::FuseBiasPassBase<FuseBiasPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFuseBiasPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
