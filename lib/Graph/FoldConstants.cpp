//===- FoldConstants.cpp - what only depends on constants -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Interpreter/Interpreter.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

namespace winnow {
#define GEN_PASS_DEF_FOLDCONSTANTSPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-fold-constants";

/// A result may have this many times the bytes of the operands whatever the
/// limit: i8 weights become f32 ones.
static constexpr int64_t kGrowth = 4;

/// Bytes of the operands, which must all be constant; nothing otherwise.
static std::optional<int64_t> getOperandBytes(Operation *op) {
  int64_t bytes = 0;
  for (Value operand : op->getOperands()) {
    ElementsAttr attr = getConstant(operand);
    if (!attr)
      return std::nullopt;
    auto dense = dyn_cast<DenseElementsAttr>(attr);
    int64_t count = dense && dense.isSplat() ? 1 : attr.getNumElements();
    bytes += count * getElementBytes(attr.getElementType());
  }
  return bytes;
}

/// Whether all who use `value` accept one of a more static type.
static bool acceptsType(Value value, Type type) {
  return value.getType() == type || llvm::all_of(value.getUsers(), [](Operation *user) {
           return isa_and_nonnull<CNNDialect>(user->getDialect());
         });
}

LogicalResult foldConstant(RewriterBase &rewriter, Operation *op, const FoldConstantsOptions &options) {
  if (!isa_and_nonnull<CNNDialect>(op->getDialect()) || op->getNumOperands() == 0 || !isPure(op))
    return failure();
  std::optional<int64_t> operandBytes = getOperandBytes(op);
  if (!operandBytes)
    return failure();
  if (isa<DequantizeLinearOp>(op) && !options.dequantize)
    return rewriter.notifyMatchFailure(op, "dequantization of constants is switched off");
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  if (auto reshape = dyn_cast<ReshapeOp>(op); reshape && resultType.hasStaticShape()) {
    Value constant =
        createConstant(rewriter, op->getLoc(), reshapeConstant(getConstant(reshape.getInput()), resultType));
    rewriter.replaceOp(op, constant);
    return success();
  }
  int64_t limit = std::max(options.maxBytes, kGrowth * *operandBytes);
  FailureOr<SmallVector<ElementsAttr>> values = foldOperation(op, limit);
  if (failed(values))
    return rewriter.notifyMatchFailure(op, "the result has more than " + llvm::Twine(limit) +
                                               " bytes, or cannot be computed");
  for (auto [result, value] : llvm::zip_equal(op->getResults(), *values))
    if (!acceptsType(result, value.getType()))
      return rewriter.notifyMatchFailure(op, "the function returns a value of a less static type");
  remarkPassed(op, kPass, "computed at compile time");
  SmallVector<Value> constants;
  for (ElementsAttr value : *values)
    constants.push_back(createConstant(rewriter, op->getLoc(), value));
  rewriter.replaceOp(op, constants);
  return success();
}

namespace {
struct FoldConstantsPattern : RewritePattern {
  FoldConstantsPattern(MLIRContext *context, const FoldConstantsOptions &options)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context), options(options) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    return foldConstant(rewriter, op, options);
  }
  FoldConstantsOptions options;
};
} // namespace

void populateFoldConstantsPatterns(RewritePatternSet &patterns, const FoldConstantsOptions &options) {
  patterns.add<FoldConstantsPattern>(patterns.getContext(), options);
}

namespace {
struct FoldConstantsPass : impl::FoldConstantsPassBase<FoldConstantsPass> {
  using FoldConstantsPassBase::FoldConstantsPassBase;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFoldConstantsPatterns(patterns, {maxBytes, dequantize});
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
