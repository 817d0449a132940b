//===- FoldBatchNorm.cpp - batch normalisation into weights ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With stored statistics batch normalisation (Ioffe and Szegedy 2015, section
// 3.1) is affine: y = s x + t, s = scale / sqrt(variance + epsilon) and
// t = bias - mean s for each channel.
//
//===----------------------------------------------------------------------===//

#include "ChannelAffine.h"

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include <cmath>

namespace winnow {
#define GEN_PASS_DEF_FOLDBATCHNORMPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-fold-batch-norm";

/// The affine map of a batch normalisation; nothing if a parameter is not constant.
static std::optional<ChannelAffine> getAffine(BatchNormOp op) {
  SmallVector<SmallVector<double>> parameters;
  for (Value operand : op->getOperands().drop_front()) {
    ElementsAttr attr = getConstant(operand);
    if (!attr)
      return std::nullopt;
    parameters.push_back(getConstantDoubles(attr));
  }
  ChannelAffine affine;
  double epsilon = op.getEpsilon().convertToDouble();
  for (auto [scale, bias, mean, variance] :
       llvm::zip_equal(parameters[0], parameters[1], parameters[2], parameters[3])) {
    affine.scale.push_back(scale / std::sqrt(variance + epsilon));
    affine.shift.push_back(bias - mean * affine.scale.back());
  }
  return affine;
}

/// y = s x + t as two elementwise ops.
static void writeAsMulAdd(RewriterBase &rewriter, BatchNormOp op, const ChannelAffine &affine) {
  auto type = cast<RankedTensorType>(op.getType());
  auto constantType = RankedTensorType::get(getChannelShape(static_cast<int64_t>(affine.scale.size()), type.getRank()),
                                            type.getElementType());
  auto create = [&](ArrayRef<double> values) {
    return createConstant(rewriter, op.getLoc(),
                          buildFloatConstant(constantType, [&](int64_t i) { return values[i]; }));
  };
  Value result = op.getInput();
  if (affine.scales() || result.getType() != type)
    result = MulOp::create(rewriter, op.getLoc(), type, result, create(affine.scale));
  if (affine.shifts())
    result = AddOp::create(rewriter, op.getLoc(), type, result, create(affine.shift));
  rewriter.replaceOp(op, result);
}

LogicalResult foldBatchNorm(RewriterBase &rewriter, BatchNormOp op) {
  std::optional<ChannelAffine> affine = getAffine(op);
  if (!affine)
    return rewriter.notifyMatchFailure(op, "its parameters are not constant");
  Value input = op.getInput();
  if (cast<RankedTensorType>(op.getType()).getRank() < 2)
    return rewriter.notifyMatchFailure(op, "it has no channels");
  int64_t channels = static_cast<int64_t>(affine->scale.size());
  Operation *producer = input.getDefiningOp();
  if (succeeded(foldIntoProducer(rewriter, op, input, *affine))) {
    // `op` is gone: the remark belongs to what it was folded into.
    remarkPassed(producer, kPass, "folded into the op before it", {{"channels", channels}});
    return success();
  }
  Operation *consumer = op->hasOneUse() ? *op->user_begin() : nullptr;
  if (succeeded(foldIntoConsumer(rewriter, op, input, *affine))) {
    remarkPassed(consumer, kPass, "folded into the op after it", {{"channels", channels}});
    return success();
  }
  remarkAnalysis(op, kPass, "written as a multiplication and an addition for each channel", {{"channels", channels}});
  writeAsMulAdd(rewriter, op, *affine);
  return success();
}

void populateFoldBatchNormPatterns(RewritePatternSet &patterns) {
  patterns.add<CallRewrite<BatchNormOp, foldBatchNorm>>(patterns.getContext());
}

namespace {
struct FoldBatchNormPass : impl::FoldBatchNormPassBase<FoldBatchNormPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFoldBatchNormPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
