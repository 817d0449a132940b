//===- RecognizeGlobalPool.cpp - pools over whole feature maps ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"

namespace winnow {
#define GEN_PASS_DEF_RECOGNIZEGLOBALPOOLPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-recognize-global-pool";

/// Replaces `op` by a pool of `input`, followed by a reshape where dimensions vanish.
static void replaceByGlobalPool(RewriterBase &rewriter, Operation *op, Value input, PoolKind kind) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[0] = type.getDimSize(0);
  shape[1] = type.getDimSize(1);
  auto poolType = RankedTensorType::get(shape, type.getElementType());
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  bool keepsRank = resultType.getRank() == poolType.getRank();
  auto pool = GlobalPoolOp::create(rewriter, op->getLoc(), keepsRank ? resultType : poolType, kind, input);
  Value result = pool;
  if (!keepsRank)
    result = ReshapeOp::create(rewriter, op->getLoc(), resultType, result, Value());
  remarkPassed(pool, kPass, "a pool over the whole feature map");
  rewriter.replaceOp(op, result);
}

/// A mean or maximum over all spatial dimensions.
static LogicalResult recognizeReduce(RewriterBase &rewriter, ReduceOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  if (!isa<FloatType>(type.getElementType()) || type.getRank() < 3)
    return failure();
  if (op.getKind() != ReductionKind::Mean && op.getKind() != ReductionKind::Max)
    return failure();
  if (!llvm::equal(op.getAxes(), llvm::seq<int64_t>(2, type.getRank())))
    return rewriter.notifyMatchFailure(op, "it does not reduce exactly the spatial dimensions");
  replaceByGlobalPool(rewriter, op, op.getInput(),
                      op.getKind() == ReductionKind::Mean ? PoolKind::Average : PoolKind::Max);
  return success();
}

/// A pool whose only window is the feature map.
template <typename PoolOp> static LogicalResult recognizePool(RewriterBase &rewriter, PoolOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  if (!isa<FloatType>(type.getElementType()))
    return rewriter.notifyMatchFailure(op, "its input is not a feature map of floats");
  bool pads = op.getAutoPad() != AutoPad::Valid &&
              (op.getAutoPad() != AutoPad::Explicit || llvm::any_of(op.getPads(), [](int64_t p) { return p; }));
  ArrayRef<int64_t> outputs = cast<RankedTensorType>(op.getType()).getShape().drop_front(2);
  bool whole = op.getKernel() == type.getShape().drop_front(2) &&
               llvm::all_of(outputs, [](int64_t extent) { return extent == 1; }) &&
               llvm::all_of(op.getDilations(), [](int64_t dilation) { return dilation == 1; });
  if (pads || !whole)
    return rewriter.notifyMatchFailure(op, "its window is not the whole feature map");
  replaceByGlobalPool(rewriter, op, op.getInput(), isa<MaxPoolOp>(op) ? PoolKind::Max : PoolKind::Average);
  return success();
}

void populateRecognizeGlobalPoolPatterns(RewritePatternSet &patterns) {
  patterns.add<CallRewrite<ReduceOp, recognizeReduce>, CallRewrite<MaxPoolOp, recognizePool<MaxPoolOp>>,
               CallRewrite<AveragePoolOp, recognizePool<AveragePoolOp>>>(patterns.getContext());
}

namespace {
struct RecognizeGlobalPoolPass : impl::RecognizeGlobalPoolPassBase<RecognizeGlobalPoolPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateRecognizeGlobalPoolPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
