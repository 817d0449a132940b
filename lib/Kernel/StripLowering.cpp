//===- StripLowering.cpp - groups of convolutions as one call -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StripLowering.h"

#include "ChannelBlocks.h"
#include "FilterPacking.h"
#include "PanelKernel.h"
#include "PooledKernel.h"
#include "StripKernel.h"

using namespace mlir;

namespace winnow::kernel {

namespace {
/// The convolutions of a group, by what each of them does.
struct StripGroup {
  cnn::ConvolutionOp expand, depthwise, project;

  cnn::ConvolutionOp getFirst() const { return expand ? expand : depthwise; }
  cnn::ConvolutionOp getLast() const { return project ? project : depthwise; }
};
} // namespace

static bool isDepthwise(cnn::ConvolutionOp op) {
  int64_t channels = op.getInput().getType().getDimSize(1);
  return op.getGroup() > 1 && static_cast<int64_t>(op.getGroup()) == channels &&
         op.getOutput().getType().getDimSize(1) == channels;
}

std::optional<int64_t> getNumFollowing(cnn::ConvolutionOp op) {
  cnn::AlgorithmAttr algorithm = op ? op.getAlgorithmAttr() : cnn::AlgorithmAttr();
  if (!algorithm || algorithm.getKind() != cnn::AlgorithmKind::RowStrips)
    return std::nullopt;
  return algorithm.getDepth();
}

llvm::StringRef getStripObstacle(cnn::ConvolutionOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  auto isStatic = [](RankedTensorType type) {
    return llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
  };
  if (input.getRank() != 4 || !isStatic(input) || !isStatic(output))
    return "expected two spatial dimensions of static extents in strips";
  if (getLayout(input) != getLayout(output) || !getLayout(input) || getLayout(input).getHalo())
    return "expected one blocked layout without halo in strips";
  if (input.getElementType() != output.getElementType() ||
      getComputeType(input.getElementType()) != input.getElementType())
    return "expected f32 or f64 in strips";
  if (!getConstant(op.getFilter()) || (op.getBias() && !getConstant(op.getBias())))
    return "expected constant weights in strips";
  if (isDepthwise(op))
    return {};
  bool plain = op.getGroup() == 1 && input.getShape().drop_front(2) == output.getShape().drop_front(2) &&
               llvm::all_of(op.getWindowShape(), [](int64_t extent) { return extent == 1; });
  return plain ? llvm::StringRef() : "expected a depthwise or pointwise convolution in strips";
}

/// The group that ends with `last`; or why there is none.
static llvm::StringRef findGroup(cnn::ConvolutionOp last, StripGroup &group) {
  for (cnn::ConvolutionOp op = last; op;) {
    if (llvm::StringRef obstacle = getStripObstacle(op); !obstacle.empty())
      return obstacle;
    cnn::ConvolutionOp &role = isDepthwise(op) ? group.depthwise : group.depthwise ? group.expand : group.project;
    if (role)
      return "expected one depthwise convolution in strips, with pointwise ones around it";
    role = op;
    if (op != last && op.getResidual())
      return "expected a residual only at the end of strips";
    auto before = op.getInput().getDefiningOp<cnn::ConvolutionOp>();
    op = getNumFollowing(before) == *getNumFollowing(op) + 1 ? before : cnn::ConvolutionOp();
  }
  if (!group.depthwise || group.getFirst() == group.getLast())
    return "expected a depthwise convolution and a pointwise one in strips";
  return {};
}

ConvolutionShape getStripShape(cnn::ConvolutionOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  ConvolutionShape shape;
  shape.window = WindowShape::get(op, input, output);
  shape.inChannels = input.getDimSize(1);
  shape.outChannels = output.getDimSize(1);
  shape.group = static_cast<int64_t>(op.getGroup());
  shape.inBlock = getBlock(input);
  shape.block = getBlock(output);
  shape.inType = input.getElementType();
  shape.outType = output.getElementType();
  shape.computeType = getComputeType(shape.outType);
  shape.bias = static_cast<bool>(op.getBias());
  shape.residual = static_cast<bool>(op.getResidual());
  shape.activation = op.getActivationAttr();
  shape.pixels = std::max<int64_t>(1, op.getAlgorithmAttr().getPixels());
  shape.vectors = std::max<int64_t>(1, op.getAlgorithmAttr().getChannels() / shape.block);
  return shape;
}

int64_t getNumParts(int64_t height, int64_t rows, int64_t most) {
  for (int64_t parts = most; parts > 1; parts /= 2)
    if (height % (parts * rows) == 0)
      return parts;
  return 1;
}

void GroupCall::addStage(OpBuilder &b, KernelContext &context, cnn::ConvolutionOp op, const ConvolutionShape &shape) {
  ElementsAttr filter = getConstant(op.getFilter());
  weights.push_back(context.getConstantBuffer(
      b, op.getLoc(), isDepthwise(op) ? packDepthwiseFilter(filter, shape) : packFilter(filter, shape)));
  if (!shape.bias)
    return;
  int64_t size = shape.getOutBlocks() * shape.block;
  weights.push_back(
      context.getConstantBuffer(b, op.getLoc(), packChannels(getConstant(op.getBias()), shape.computeType, size)));
}

Value GroupCall::emit(OpBuilder &b, llvm::function_ref<Values(OpBuilder &b, Value n)> getSources) {
  Location loc = result.getLoc();
  auto type = cast<RankedTensorType>(result.getType());
  Value scratch;
  if (scratchSize)
    scratch = allocateBuffer(b, loc, MemRefType::get({scratchSize}, type.getElementType()));
  Value output = allocateResultLike(b, loc, type, like);
  Value added =
      residual ? getReblocked(b, loc, type, residual, getBlock(last.getResidual().getType()), getBlock(type)) : Value();
  forEachImage(b, loc, output, [&](OpBuilder &b, Value n) {
    Values operands = getSources(b, n);
    llvm::append_range(operands, weights);
    if (added)
      operands.push_back(getFlatImage(b, loc, added, n));
    if (scratch)
      operands.push_back(scratch);
    operands.push_back(getFlatImage(b, loc, output, n));
    func::CallOp::create(b, loc, kernel, operands);
  });
  return output;
}

namespace {

/// The last convolution of a group computes all of it. The results of the
/// others are buffers that nobody writes or reads, which are removed in the end.
struct StripLowering : KernelPattern<cnn::ConvolutionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::ConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    std::optional<int64_t> following = getNumFollowing(op);
    if (!following)
      return rewriter.notifyMatchFailure(op, "not computed in strips");
    if (getSharedPool(op))
      return failure(); // see PooledLowering
    if (*following > 0) {
      auto next = op->hasOneUse() ? dyn_cast<cnn::ConvolutionOp>(*op->user_begin()) : cnn::ConvolutionOp();
      if (getNumFollowing(next) != *following - 1)
        return rewriter.notifyMatchFailure(op, "expected the convolution behind it in the same strips");
      rewriter.replaceOp(op, allocateResultLike(rewriter, op.getLoc(), op.getOutput().getType(), adaptor.getInput()));
      return success();
    }
    if (Operation *producer = op.getInput().getDefiningOp(); producer && isPanelProducer(producer))
      return failure(); // see PanelLowering
    StripGroup group;
    if (llvm::StringRef obstacle = findGroup(op, group); !obstacle.empty())
      return rewriter.notifyMatchFailure(op, obstacle);
    StripShape shape;
    if (group.expand)
      shape.expand = getStripShape(group.expand);
    shape.depthwise = getStripShape(group.depthwise);
    if (group.project)
      shape.project = getStripShape(group.project);
    shape.rows = std::max<int64_t>(1, op.getAlgorithmAttr().getOutputs());
    if (shape.depthwise.window.out[1] % shape.rows != 0)
      return rewriter.notifyMatchFailure(op, "expected strips of equal size");
    // Each part computes the rows between it and the one before again.
    shape.parts = getNumParts(shape.depthwise.window.out[1], shape.rows, group.expand ? 2 : 4);
    rewriter.replaceOp(op, emit(rewriter, group, shape, adaptor));
    return success();
  }

private:
  Value emit(ConversionPatternRewriter &rewriter, StripGroup group, const StripShape &shape, OpAdaptor adaptor) const {
    Location loc = group.getLast().getLoc();
    Value input = rewriter.getRemappedValue(group.getFirst().getInput());
    GroupCall call;
    call.kernel = getStripKernel(context, loc, shape);
    call.last = group.getLast();
    call.result = call.last.getOutput();
    call.like = input;
    call.residual = adaptor.getResidual();
    call.scratchSize = shape.getScratchSize();
    if (group.expand)
      call.addStage(rewriter, context, group.expand, *shape.expand);
    call.addStage(rewriter, context, group.depthwise, shape.depthwise);
    if (group.project)
      call.addStage(rewriter, context, group.project, *shape.project);
    return call.emit(rewriter, [&](OpBuilder &b, Value n) { return Values{getFlatImage(b, loc, input, n)}; });
  }
};

} // namespace

void populateStripLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<StripLowering>(converter, context);
}

} // namespace winnow::kernel
