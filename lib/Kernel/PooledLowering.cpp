//===- PooledLowering.cpp - a convolution and its pool as one call --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"
#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "PoolKernel.h"
#include "PooledKernel.h"
#include "StripLowering.h"

#include "winnow/Dialect/CNN/SquarePool.h"

using namespace mlir;

namespace winnow::kernel {

Operation *getSharedPool(cnn::ConvolutionOp op) {
  cnn::AlgorithmAttr algorithm = op.getAlgorithmAttr();
  bool isWinograd = algorithm && algorithm.getKind() == cnn::AlgorithmKind::Winograd;
  if ((isWinograd ? algorithm.getDepth() : getNumFollowing(op)) != 1 || !op->hasOneUse())
    return nullptr;
  Operation *user = *op->user_begin();
  return isa<cnn::MaxPoolOp, cnn::AveragePoolOp, cnn::LpPoolOp>(user) ? user : nullptr;
}

/// Why `op` and the pool behind it cannot share a kernel; empty when they can.
static llvm::StringRef getPooledObstacle(cnn::ConvolutionOp op, Operation *pool) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  for (RankedTensorType type : {input, output})
    if (llvm::StringRef obstacle = getFeatureMapObstacle(type); !obstacle.empty())
      return obstacle;
  if (output.getRank() != 4)
    return "expected two spatial dimensions of a convolution that is pooled";
  if (getLayout(pool->getResult(0).getType()) != getLayout(output) || !getLayout(output))
    return "expected one blocked layout of a convolution and its pool";
  if (getComputeType(input.getElementType()) != input.getElementType())
    return "expected a convolution of f32 or f64 before a pool that shares its kernel";
  if (op.getGroup() != 1 || op.getResidual())
    return "expected no groups and no residual of a convolution that is pooled";
  if (!getConstant(op.getFilter()) || (op.getBias() && !getConstant(op.getBias())))
    return "expected constant weights of a convolution that is pooled";
  return {};
}

/// The maxima of Winograd's outputs, taken in registers.
static FailureOr<Value> emitPooledWinograd(OpBuilder &b, KernelContext &context, cnn::ConvolutionOp op, Operation *pool,
                                           Value input, llvm::StringRef &reason) {
  reason = "expected a maximum pool of 2x2 squares behind Winograd's outputs, and an activation that grows";
  if (!cnn::poolsSquares(op, pool))
    return failure();
  Convolution conv = makeConvolution(context, op, input);
  conv.resultType = cast<RankedTensorType>(pool->getResult(0).getType());
  conv.shape.pool = 2;
  return emitWinogradConvolution(b, pool->getLoc(), context, conv, reason);
}

namespace {

/// The pool makes the call. The result of the convolution is a buffer that nobody writes or reads.
struct PooledConvolutionLowering : KernelPattern<cnn::ConvolutionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::ConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Operation *pool = getSharedPool(op);
    if (!pool)
      return failure();
    if (llvm::StringRef obstacle = getPooledObstacle(op, pool); !obstacle.empty())
      return rewriter.notifyMatchFailure(op, obstacle);
    rewriter.replaceOp(op, allocateResultLike(rewriter, op.getLoc(), op.getOutput().getType(), adaptor.getInput()));
    return success();
  }
};

template <typename OpTy> struct PooledLowering : KernelPattern<OpTy> {
  using KernelPattern<OpTy>::KernelPattern;

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto conv = op.getInput().template getDefiningOp<cnn::ConvolutionOp>();
    if (!conv || getSharedPool(conv) != op)
      return failure();
    if (llvm::StringRef obstacle = getPooledObstacle(conv, op); !obstacle.empty())
      return rewriter.notifyMatchFailure(op, obstacle);
    Value input = rewriter.getRemappedValue(conv.getInput());
    if (conv.getAlgorithmAttr().getKind() == cnn::AlgorithmKind::Winograd) {
      llvm::StringRef reason;
      FailureOr<Value> result = emitPooledWinograd(rewriter, this->context, conv, op, input, reason);
      if (failed(result))
        return rewriter.notifyMatchFailure(op, reason);
      rewriter.replaceOp(op, *result);
      return success();
    }
    const TargetFacts &facts = this->context.getFacts();
    PooledShape shape{getStripShape(conv), *getWindowPoolShape(op, facts)};
    GroupCall call;
    call.kernel = getPooledKernel(this->context, op.getLoc(), shape);
    call.result = op.getOutput();
    call.like = input;
    call.addStage(rewriter, this->context, conv, shape.conv);
    rewriter.replaceOp(
        op, call.emit(rewriter, [&](OpBuilder &b, Value n) { return Values{getFlatImage(b, op.getLoc(), input, n)}; }));
    return success();
  }
};

} // namespace

void populatePooledLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<PooledConvolutionLowering, PooledLowering<cnn::MaxPoolOp>, PooledLowering<cnn::AveragePoolOp>,
               PooledLowering<cnn::LpPoolOp>>(converter, context);
}

} // namespace winnow::kernel
