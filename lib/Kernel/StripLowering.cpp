//===- StripLowering.cpp - groups of convolutions as one call -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"
#include "FilterPacking.h"
#include "KernelLowering.h"
#include "PanelKernel.h"
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

/// How many convolutions follow `op` in its strips; nothing where it is not computed in strips.
static std::optional<int64_t> getNumFollowing(cnn::ConvolutionOp op) {
  cnn::AlgorithmAttr algorithm = op ? op.getAlgorithmAttr() : cnn::AlgorithmAttr();
  if (!algorithm || algorithm.getKind() != cnn::AlgorithmKind::RowStrips)
    return std::nullopt;
  return algorithm.getDepth();
}

/// What one convolution must be to take part in strips; empty when it is.
static llvm::StringRef getObstacle(cnn::ConvolutionOp op) {
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
    if (llvm::StringRef obstacle = getObstacle(op); !obstacle.empty())
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

/// The convolution `op` as numbers.
static ConvolutionShape getShape(cnn::ConvolutionOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  ConvolutionShape shape;
  shape.window = WindowShape::get(op, input, output);
  shape.inChannels = input.getDimSize(1);
  shape.outChannels = output.getDimSize(1);
  shape.group = static_cast<int64_t>(op.getGroup());
  shape.inBlock = getBlock(input);
  shape.block = getBlock(output);
  shape.inType = shape.outType = shape.computeType = output.getElementType();
  shape.bias = static_cast<bool>(op.getBias());
  shape.residual = static_cast<bool>(op.getResidual());
  shape.activation = op.getActivationAttr();
  shape.pixels = std::max<int64_t>(1, op.getAlgorithmAttr().getPixels());
  shape.vectors = std::max<int64_t>(1, op.getAlgorithmAttr().getChannels() / shape.block);
  return shape;
}

/// Parts of `height` rows that threads may share, in strips of `rows`.
static int64_t getNumParts(int64_t height, int64_t rows, int64_t most) {
  for (int64_t parts = most; parts > 1; parts /= 2)
    if (height % (parts * rows) == 0)
      return parts;
  return 1;
}

/// The packed filter of a stage and its bias, appended to the operands of the call.
static void addStage(OpBuilder &b, Location loc, KernelContext &context, cnn::ConvolutionOp op,
                     const ConvolutionShape &shape, Values &operands) {
  ElementsAttr filter = getConstant(op.getFilter());
  operands.push_back(context.getConstantBuffer(
      b, loc, isDepthwise(op) ? packDepthwiseFilter(filter, shape) : packFilter(filter, shape)));
  if (shape.bias)
    operands.push_back(context.getConstantBuffer(
        b, loc, packChannels(getConstant(op.getBias()), shape.computeType, shape.getOutBlocks() * shape.block)));
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
    Location loc = op.getLoc();
    if (*following > 0) {
      auto next = op->hasOneUse() ? dyn_cast<cnn::ConvolutionOp>(*op->user_begin()) : cnn::ConvolutionOp();
      if (getNumFollowing(next) != *following - 1)
        return rewriter.notifyMatchFailure(op, "expected the convolution behind it in the same strips");
      rewriter.replaceOp(op, allocateResultLike(rewriter, loc, op.getOutput().getType(), adaptor.getInput()));
      return success();
    }
    if (Operation *producer = op.getInput().getDefiningOp(); producer && isPanelProducer(producer))
      return lowerPanels(op, producer, adaptor, rewriter);
    StripGroup group;
    if (llvm::StringRef obstacle = findGroup(op, group); !obstacle.empty())
      return rewriter.notifyMatchFailure(op, obstacle);
    StripShape shape;
    if (group.expand)
      shape.expand = getShape(group.expand);
    shape.depthwise = getShape(group.depthwise);
    if (group.project)
      shape.project = getShape(group.project);
    shape.rows = std::max<int64_t>(1, op.getAlgorithmAttr().getOutputs());
    if (shape.depthwise.window.out[1] % shape.rows != 0)
      return rewriter.notifyMatchFailure(op, "expected strips of equal size");
    // Each part computes the rows between it and the one before again.
    shape.parts = getNumParts(shape.depthwise.window.out[1], shape.rows, group.expand ? 2 : 4);
    rewriter.replaceOp(op, emit(rewriter, loc, group, shape, adaptor));
    return success();
  }

private:
  /// A convolution that computes its input, a chain of elementwise ops, in panels.
  LogicalResult lowerPanels(cnn::ConvolutionOp op, Operation *producer, OpAdaptor adaptor,
                            ConversionPatternRewriter &rewriter) const {
    if (llvm::StringRef obstacle = getObstacle(op); !obstacle.empty())
      return rewriter.notifyMatchFailure(op, obstacle);
    auto chain = context.chains.find(producer);
    if (chain == context.chains.end())
      return rewriter.notifyMatchFailure(op, "expected elementwise ops that panels can compute before it");
    PanelShape shape;
    shape.conv = getShape(op);
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
    rewriter.replaceOp(op, emitPanels(rewriter, op, shape, sources, adaptor));
    return success();
  }

  Value emitPanels(ConversionPatternRewriter &rewriter, cnn::ConvolutionOp op, const PanelShape &shape,
                   ValueRange sources, OpAdaptor adaptor) const {
    Location loc = op.getLoc();
    RankedTensorType type = op.getOutput().getType();
    Values weights;
    addStage(rewriter, loc, context, op, shape.conv, weights);
    Value scratch = allocateBuffer(rewriter, loc, MemRefType::get({shape.getScratchSize()}, shape.conv.computeType));
    Value output = allocateResultLike(rewriter, loc, type, adaptor.getInput()), residual;
    if (shape.conv.residual)
      residual = getReblocked(rewriter, loc, type, adaptor.getResidual(), getBlock(op.getResidual().getType()),
                              getBlock(type));
    func::FuncOp kernel = getPanelKernel(context, loc, shape);
    forEachImage(rewriter, loc, output, [&](OpBuilder &b, Value n) {
      Values operands;
      for (auto [source, kind] : llvm::zip_equal(sources, shape.operands)) {
        bool shared =
            cast<MemRefType>(source.getType()).getRank() == 0 || cast<MemRefType>(source.getType()).getDimSize(0) == 1;
        operands.push_back(kind == PanelOperand::Scalar
                               ? getFlatBuffer(b, loc, source)
                               : getFlatImage(b, loc, source, shared ? indexConstant(b, loc, 0) : n));
      }
      llvm::append_range(operands, weights);
      if (residual)
        operands.push_back(getFlatImage(b, loc, residual, n));
      operands.push_back(scratch);
      operands.push_back(getFlatImage(b, loc, output, n));
      func::CallOp::create(b, loc, kernel, operands);
    });
    return output;
  }

  Value emit(ConversionPatternRewriter &rewriter, Location loc, StripGroup group, const StripShape &shape,
             OpAdaptor adaptor) const {
    Value input = rewriter.getRemappedValue(group.getFirst().getInput());
    Values weights;
    if (group.expand)
      addStage(rewriter, loc, context, group.expand, *shape.expand, weights);
    addStage(rewriter, loc, context, group.depthwise, shape.depthwise, weights);
    if (group.project)
      addStage(rewriter, loc, context, group.project, *shape.project, weights);
    RankedTensorType type = group.getLast().getOutput().getType();
    Value scratch =
        allocateBuffer(rewriter, loc, MemRefType::get({shape.getScratchSize()}, shape.depthwise.computeType));
    Value output = allocateResultLike(rewriter, loc, type, input), residual;
    if (shape.getLast().residual)
      residual = getReblocked(rewriter, loc, type, adaptor.getResidual(),
                              getBlock(group.getLast().getResidual().getType()), getBlock(type));
    func::FuncOp kernel = getStripKernel(context, loc, shape);
    forEachImage(rewriter, loc, input, [&](OpBuilder &b, Value n) {
      Values operands{getFlatImage(b, loc, input, n)};
      llvm::append_range(operands, weights);
      if (residual)
        operands.push_back(getFlatImage(b, loc, residual, n));
      operands.push_back(scratch);
      operands.push_back(getFlatImage(b, loc, output, n));
      func::CallOp::create(b, loc, kernel, operands);
    });
    return output;
  }
};

} // namespace

void populateStripLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<StripLowering>(converter, context);
}

} // namespace winnow::kernel
