//===- PanelLowering.cpp - convolutions of computed panels as one call ----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PanelKernel.h"
#include "StripLowering.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// A convolution that computes its input, a chain of elementwise ops, in panels. The ops of the chain leave nothing.
struct PanelLowering : KernelPattern<cnn::ConvolutionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::ConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Operation *producer = op.getInput().getDefiningOp();
    if (getNumFollowing(op) != 0 || !producer || !isPanelProducer(producer))
      return failure(); // StripLowering says what is wrong with the others
    if (llvm::StringRef obstacle = getStripObstacle(op); !obstacle.empty())
      return rewriter.notifyMatchFailure(op, obstacle);
    auto chain = context.chains.find(producer);
    if (chain == context.chains.end())
      return rewriter.notifyMatchFailure(op, "expected elementwise ops that panels can compute before it");
    PanelShape shape;
    shape.conv = getStripShape(op);
    shape.chain = &chain->second;
    int64_t height = shape.conv.window.out[1], rows = std::max<int64_t>(1, op.getAlgorithmAttr().getOutputs());
    if (height % rows != 0)
      return rewriter.notifyMatchFailure(op, "expected strips of equal size");
    shape.pixels = rows * shape.conv.window.out[2];
    shape.parts = getNumParts(height, rows, 2);
    Values sources;
    for (const ElementwiseChain::Step &step : chain->second.steps)
      for (auto [i, operand] : llvm::enumerate(step.operands)) {
        if (static_cast<int64_t>(i) == step.carried)
          continue;
        std::optional<PanelOperand> kind = getPanelOperand(operand.getType(), op.getInput().getType());
        if (!kind)
          return rewriter.notifyMatchFailure(op, "expected whole maps, one value a channel or one value in panels");
        shape.operands.push_back(*kind);
        sources.push_back(rewriter.getRemappedValue(operand));
      }
    rewriter.replaceOp(op, emit(rewriter, op, shape, sources, adaptor));
    return success();
  }

private:
  Value emit(OpBuilder &b, cnn::ConvolutionOp op, const PanelShape &shape, ValueRange sources,
             OpAdaptor adaptor) const {
    Location loc = op.getLoc();
    GroupCall call;
    call.kernel = getPanelKernel(context, loc, shape);
    call.last = op;
    call.result = op.getOutput();
    call.like = adaptor.getInput();
    call.residual = adaptor.getResidual();
    call.scratchSize = shape.getScratchSize();
    call.addStage(b, context, op, shape.conv);
    return call.emit(b, [&](OpBuilder &b, Value n) {
      Values operands;
      for (auto [source, kind] : llvm::zip_equal(sources, shape.operands)) {
        auto type = cast<MemRefType>(source.getType());
        bool shared = type.getRank() == 0 || type.getDimSize(0) == 1;
        operands.push_back(kind == PanelOperand::Scalar
                               ? getFlatBuffer(b, loc, source)
                               : getFlatImage(b, loc, source, shared ? indexConstant(b, loc, 0) : n));
      }
      return operands;
    });
  }
};

} // namespace

void populatePanelLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<PanelLowering>(converter, context);
}

} // namespace winnow::kernel
