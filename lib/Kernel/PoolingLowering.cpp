//===- PoolingLowering.cpp - pools as kernel calls ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"
#include "PoolKernel.h"
#include "PooledKernel.h"

using namespace mlir;

namespace winnow::kernel {

/// Calls `kernel` for each image and replaces `op` by its output.
static LogicalResult replaceByCalls(Operation *op, Value input, RankedTensorType resultType, func::FuncOp kernel,
                                    ConversionPatternRewriter &rewriter) {
  Location loc = op->getLoc();
  Value output = allocateBlocked(rewriter, loc, resultType, getBlock(resultType), input);
  forEachImage(rewriter, loc, input, [&](OpBuilder &b, Value n) {
    func::CallOp::create(b, loc, kernel, ValueRange{getFlatImage(b, loc, input, n), getFlatImage(b, loc, output, n)});
  });
  rewriter.replaceOp(op, output);
  return success();
}

namespace {

template <typename OpTy> struct WindowPoolLowering : KernelPattern<OpTy> {
  using KernelPattern<OpTy>::KernelPattern;

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto inputType = cast<RankedTensorType>(op.getInput().getType());
    auto resultType = cast<RankedTensorType>(op.getOutput().getType());
    if (auto conv = op.getInput().template getDefiningOp<cnn::ConvolutionOp>(); conv && getSharedPool(conv) == op)
      return failure(); // see PooledLowering
    for (RankedTensorType type : {inputType, resultType})
      if (llvm::StringRef obstacle = getPoolObstacle(type); !obstacle.empty())
        return rewriter.notifyMatchFailure(op, obstacle);
    if (getLayout(inputType) != getLayout(resultType))
      return rewriter.notifyMatchFailure(op, "expected input and result in one layout");
    PoolShape shape = *getWindowPoolShape(op, this->context.getFacts());
    return replaceByCalls(op, adaptor.getInput(), resultType, getPoolKernel(this->context, op.getLoc(), shape),
                          rewriter);
  }
};

struct GlobalPoolLowering : KernelPattern<cnn::GlobalPoolOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::GlobalPoolOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType inputType = op.getInput().getType(), resultType = op.getOutput().getType();
    for (int64_t extent : inputType.getShape().drop_front())
      if (ShapedType::isDynamic(extent))
        return rewriter.notifyMatchFailure(op, "expected static channels and spatial extents");
    PoolFunction function = op.getKind() == cnn::PoolKind::Max       ? PoolFunction::Max
                            : op.getKind() == cnn::PoolKind::Average ? PoolFunction::Average
                                                                     : PoolFunction::Lp;
    PoolShape shape = getPoolShape(function, inputType);
    shape.p = op.getP();
    setQuantization(shape, inputType, resultType);
    int64_t size = 1;
    for (int64_t extent : inputType.getShape().drop_front(2))
      size *= extent;
    shape.window.in = shape.window.kernel = shape.counted.in = {1, 1, size};
    if (getBlock(resultType) != shape.block)
      return rewriter.notifyMatchFailure(op, "expected input and result in one layout");
    return replaceByCalls(op, adaptor.getInput(), resultType, getGlobalPoolKernel(context, op.getLoc(), shape),
                          rewriter);
  }
};

} // namespace

void populatePoolingLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<WindowPoolLowering<cnn::MaxPoolOp>, WindowPoolLowering<cnn::AveragePoolOp>,
               WindowPoolLowering<cnn::LpPoolOp>, GlobalPoolLowering>(converter, context);
}

} // namespace winnow::kernel
