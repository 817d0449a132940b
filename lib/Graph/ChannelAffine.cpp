//===- ChannelAffine.cpp - affine maps of channels moved into weights -----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// With W the weights, b the bias, s and t the scale and shift of a channel:
//   after:   s (W x + b) + t   =  (s W) x + (s b + t)
//   before:  W (s x + t) + b   =  (W s) x + (W t + b)
// Weights are multiplied in double precision and rounded once.
//
//===----------------------------------------------------------------------===//

#include "ChannelAffine.h"

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Which input and output channel each element of a filter connects.
struct FilterIndex {
  int64_t group, inputsPerGroup, outputsPerGroup, taps;
  bool transposed;

  static FilterIndex get(RankedTensorType filter, int64_t group, bool transposed) {
    int64_t taps = 1;
    for (int64_t extent : filter.getShape().drop_front(2))
      taps *= extent;
    if (transposed)
      return {group, filter.getDimSize(0) / group, filter.getDimSize(1), taps, true};
    return {group, filter.getDimSize(1), filter.getDimSize(0) / group, taps, false};
  }
  int64_t getInput(int64_t i) const {
    if (transposed)
      return i / (outputsPerGroup * taps);
    return i / (outputsPerGroup * inputsPerGroup * taps) * inputsPerGroup + i / taps % inputsPerGroup;
  }
  int64_t getOutput(int64_t i) const {
    if (!transposed)
      return i / (inputsPerGroup * taps);
    return i / (inputsPerGroup * outputsPerGroup * taps) * outputsPerGroup + i / taps % outputsPerGroup;
  }
  int64_t getNumOutputs() const { return group * outputsPerGroup; }
};

/// The bias of each channel: zeros without one, nothing if it is not constant.
static std::optional<SmallVector<double>> readBias(Value bias, int64_t channels) {
  if (!bias)
    return SmallVector<double>(channels, 0.0);
  ElementsAttr attr = getConstant(bias);
  if (!attr)
    return std::nullopt;
  return getConstantDoubles(attr);
}

/// A constant of one value for each channel.
static Value createBias(OpBuilder &builder, Location loc, Type elementType, ArrayRef<double> values) {
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, elementType);
  return createConstant(builder, loc, buildFloatConstant(type, [&](int64_t i) { return values[i]; }));
}

/// A constant like `weights` with element i multiplied by factor(i).
static Value createScaled(OpBuilder &builder, Value weights, llvm::function_ref<double(int64_t)> factor) {
  ElementsAttr attr = getConstant(weights);
  ConstantReader reader(attr);
  auto type = cast<RankedTensorType>(weights.getType());
  return createConstant(builder, weights.getLoc(),
                        buildFloatConstant(type, [&](int64_t i) { return reader[i] * factor(i); }));
}

/// Replaces `root` by a copy of `producer` at its place that `change` adapts.
template <typename OpTy>
static void replaceByCopy(RewriterBase &rewriter, Operation *root, OpTy producer,
                          llvm::function_ref<void(OpTy)> change) {
  auto copy = cast<OpTy>(rewriter.clone(*producer.getOperation()));
  copy->setLoc(rewriter.getFusedLoc({producer.getLoc(), root->getLoc()}));
  copy->getResult(0).setType(root->getResult(0).getType());
  change(copy);
  rewriter.replaceOp(root, copy->getResults());
}

//===----------------------------------------------------------------------===//
// After a producer
//===----------------------------------------------------------------------===//

/// Shared by both kinds of convolution.
template <typename ConvOp>
static LogicalResult scaleConvolution(RewriterBase &rewriter, Operation *root, ConvOp conv, bool transposed,
                                      const ChannelAffine &affine) {
  auto filterType = cast<RankedTensorType>(conv.getFilter().getType());
  if (affine.scales() && !getConstant(conv.getFilter()))
    return rewriter.notifyMatchFailure(root, "the filter of the producer is not constant");
  auto bias = readBias(conv.getBias(), affine.scale.size());
  if (!bias)
    return rewriter.notifyMatchFailure(root, "the bias of the producer is not constant");

  FilterIndex index = FilterIndex::get(filterType, conv.getGroup(), transposed);
  for (auto [value, scale, shift] : llvm::zip_equal(*bias, affine.scale, affine.shift))
    value = value * scale + shift;
  replaceByCopy<ConvOp>(rewriter, root, conv, [&](ConvOp copy) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(copy);
    if (affine.scales())
      copy.getFilterMutable().assign(
          createScaled(rewriter, conv.getFilter(), [&](int64_t i) { return affine.scale[index.getOutput(i)]; }));
    if (conv.getBias() || affine.shifts())
      copy.getBiasMutable().assign(createBias(rewriter, root->getLoc(), filterType.getElementType(), *bias));
  });
  return success();
}

static LogicalResult foldAfter(RewriterBase &rewriter, Operation *root, ConvolutionOp conv,
                               const ChannelAffine &affine) {
  if (conv.getActivation())
    return rewriter.notifyMatchFailure(root, "the producer has an activation");
  if (conv.getResidual() && affine.scales())
    return rewriter.notifyMatchFailure(root, "the producer adds a residual");
  return scaleConvolution(rewriter, root, conv, /*transposed=*/false, affine);
}

static LogicalResult foldAfter(RewriterBase &rewriter, Operation *root, TransposedConvolutionOp conv,
                               const ChannelAffine &affine) {
  return scaleConvolution(rewriter, root, conv, /*transposed=*/true, affine);
}

static LogicalResult foldAfter(RewriterBase &rewriter, Operation *root, GemmOp gemm, const ChannelAffine &affine) {
  if (gemm.getActivation())
    return rewriter.notifyMatchFailure(root, "the producer has an activation");
  if (affine.scales() && !getConstant(gemm.getRhs()))
    return rewriter.notifyMatchFailure(root, "the weights of the producer are not constant");
  SmallVector<double> addend(affine.scale.size(), 0.0);
  if (gemm.getAddend()) {
    auto values = getPerChannel(gemm.getAddend(), cast<RankedTensorType>(gemm.getType()));
    if (!values)
      return rewriter.notifyMatchFailure(root, "the addend of the producer is not one constant per column");
    addend = *values;
  }
  double beta = gemm.getBeta().convertToDouble();
  for (auto [value, scale, shift] : llvm::zip_equal(addend, affine.scale, affine.shift))
    value = value * beta * scale + shift;
  auto rhsType = cast<RankedTensorType>(gemm.getRhs().getType());
  int64_t columns = rhsType.getDimSize(1);
  replaceByCopy<GemmOp>(rewriter, root, gemm, [&](GemmOp copy) {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(copy);
    if (affine.scales())
      copy.getRhsMutable().assign(createScaled(rewriter, gemm.getRhs(), [&](int64_t i) {
        return affine.scale[gemm.getTransposeRhs() ? i / columns : i % columns];
      }));
    if (gemm.getAddend() || affine.shifts()) {
      copy.getAddendMutable().assign(createBias(rewriter, root->getLoc(), rhsType.getElementType(), addend));
      copy.setBeta(APFloat(1.0));
    }
  });
  return success();
}

static LogicalResult foldAfter(RewriterBase &rewriter, Operation *root, MatmulOp matmul, const ChannelAffine &affine) {
  auto lhsType = cast<RankedTensorType>(matmul.getLhs().getType());
  auto rhsType = cast<RankedTensorType>(matmul.getRhs().getType());
  if (lhsType.getRank() != 2 || rhsType.getRank() != 2)
    return rewriter.notifyMatchFailure(root, "the producer is not a product of two matrices");
  if (affine.scales() && !getConstant(matmul.getRhs()))
    return rewriter.notifyMatchFailure(root, "the weights of the producer are not constant");
  Value rhs = matmul.getRhs(), addend;
  int64_t columns = rhsType.getDimSize(1);
  if (affine.scales())
    rhs = createScaled(rewriter, rhs, [&](int64_t i) { return affine.scale[i % columns]; });
  if (affine.shifts())
    addend = createBias(rewriter, root->getLoc(), rhsType.getElementType(), affine.shift);
  Location loc = rewriter.getFusedLoc({matmul.getLoc(), root->getLoc()});
  auto gemm = GemmOp::create(rewriter, loc, root->getResult(0).getType(), matmul.getLhs(), rhs, addend, APFloat(1.0),
                             APFloat(1.0), /*transpose_lhs=*/false, /*transpose_rhs=*/false, ActivationAttr());
  rewriter.replaceOp(root, gemm);
  return success();
}

LogicalResult foldIntoProducer(RewriterBase &rewriter, Operation *root, Value input, const ChannelAffine &affine) {
  Operation *producer = input.getDefiningOp();
  if (!producer)
    return rewriter.notifyMatchFailure(root, "the input is an argument of the function");
  if (!isa<ConvolutionOp, TransposedConvolutionOp, GemmOp, MatmulOp>(producer))
    return rewriter.notifyMatchFailure(root, "the input is not made by a convolution or matrix product");
  if (!input.hasOneUse())
    return rewriter.notifyMatchFailure(root, "the result of the producer has other uses");
  return llvm::TypeSwitch<Operation *, LogicalResult>(producer)
      .Case<ConvolutionOp, TransposedConvolutionOp, GemmOp, MatmulOp>(
          [&](auto op) { return foldAfter(rewriter, root, op, affine); })
      .Default([](Operation *) { return failure(); });
}

//===----------------------------------------------------------------------===//
// Before a consumer
//===----------------------------------------------------------------------===//

/// Shared by both kinds of convolution: `shiftOf` is what the shift adds to
/// each output channel.
template <typename ConvOp>
static LogicalResult foldBeforeConvolution(RewriterBase &rewriter, Operation *root, Value input, ConvOp conv,
                                           bool transposed, const ChannelAffine &affine) {
  if (!getConstant(conv.getFilter()))
    return rewriter.notifyMatchFailure(root, "the filter of the consumer is not constant");
  auto filterType = cast<RankedTensorType>(conv.getFilter().getType());
  FilterIndex index = FilterIndex::get(filterType, conv.getGroup(), transposed);
  auto bias = readBias(conv.getBias(), index.getNumOutputs());
  if (!bias)
    return rewriter.notifyMatchFailure(root, "the bias of the consumer is not constant");
  if (affine.shifts()) {
    ConstantReader reader(getConstant(conv.getFilter()));
    for (int64_t i = 0, n = filterType.getNumElements(); i < n; ++i)
      (*bias)[index.getOutput(i)] += reader[i] * affine.shift[index.getInput(i)];
  }
  Value filter = createScaled(rewriter, conv.getFilter(), [&](int64_t i) { return affine.scale[index.getInput(i)]; });
  Value newBias = conv.getBias();
  if (affine.shifts())
    newBias = createBias(rewriter, root->getLoc(), filterType.getElementType(), *bias);
  rewriter.modifyOpInPlace(conv, [&] {
    conv.getInputMutable().assign(input);
    conv.getFilterMutable().assign(filter);
    if (newBias)
      conv.getBiasMutable().assign(newBias);
    conv->setLoc(rewriter.getFusedLoc({root->getLoc(), conv.getLoc()}));
  });
  return success();
}

static LogicalResult foldBefore(RewriterBase &rewriter, Operation *root, Value input, ConvolutionOp conv,
                                const ChannelAffine &affine) {
  bool pads = conv.getAutoPad() != AutoPad::Valid &&
              (conv.getAutoPad() != AutoPad::Explicit || llvm::any_of(conv.getPads(), [](int64_t p) { return p; }));
  if (affine.shifts() && pads)
    return rewriter.notifyMatchFailure(root, "the consumer pads with zeros, which the shift would miss");
  return foldBeforeConvolution(rewriter, root, input, conv, /*transposed=*/false, affine);
}

static LogicalResult foldBefore(RewriterBase &rewriter, Operation *root, Value input, TransposedConvolutionOp conv,
                                const ChannelAffine &affine) {
  if (affine.shifts())
    return rewriter.notifyMatchFailure(root, "windows of the transposed convolution overlap unevenly at the border");
  return foldBeforeConvolution(rewriter, root, input, conv, /*transposed=*/true, affine);
}

static LogicalResult foldBefore(RewriterBase &rewriter, Operation *root, Value input, GemmOp gemm,
                                const ChannelAffine &affine) {
  if (gemm.getTransposeLhs() || !getConstant(gemm.getRhs()))
    return rewriter.notifyMatchFailure(root, "the consumer is not a product with constant weights");
  auto rhsType = cast<RankedTensorType>(gemm.getRhs().getType());
  bool transposed = gemm.getTransposeRhs();
  int64_t columns = rhsType.getDimSize(1), outputs = rhsType.getDimSize(transposed ? 0 : 1);
  auto inputOf = [&](int64_t i) { return transposed ? i % columns : i / columns; };
  Value addend = gemm.getAddend();
  if (affine.shifts()) {
    SmallVector<double> sums(outputs, 0.0), addends(outputs, 0.0);
    if (addend) {
      auto values = getPerChannel(addend, cast<RankedTensorType>(gemm.getType()));
      if (!values)
        return rewriter.notifyMatchFailure(root, "the addend of the consumer is not one constant per column");
      addends = *values;
    }
    ConstantReader reader(getConstant(gemm.getRhs()));
    for (int64_t i = 0, n = rhsType.getNumElements(); i < n; ++i)
      sums[transposed ? i / columns : i % columns] += reader[i] * affine.shift[inputOf(i)];
    double alpha = gemm.getAlpha().convertToDouble(), beta = gemm.getBeta().convertToDouble();
    for (auto [sum, value] : llvm::zip_equal(sums, addends))
      sum = alpha * sum + beta * value;
    addend = createBias(rewriter, root->getLoc(), rhsType.getElementType(), sums);
  }
  Value rhs = createScaled(rewriter, gemm.getRhs(), [&](int64_t i) { return affine.scale[inputOf(i)]; });
  rewriter.modifyOpInPlace(gemm, [&] {
    gemm.getLhsMutable().assign(input);
    gemm.getRhsMutable().assign(rhs);
    if (affine.shifts()) {
      gemm.getAddendMutable().assign(addend);
      gemm.setBeta(APFloat(1.0));
    }
    gemm->setLoc(rewriter.getFusedLoc({root->getLoc(), gemm.getLoc()}));
  });
  return success();
}

LogicalResult foldIntoConsumer(RewriterBase &rewriter, Operation *root, Value input, const ChannelAffine &affine) {
  Value result = root->getResult(0);
  if (!result.hasOneUse())
    return rewriter.notifyMatchFailure(root, "the result has several uses");
  OpOperand &use = *result.use_begin();
  if (use.getOperandNumber() != 0)
    return rewriter.notifyMatchFailure(root, "the only user does not take it as its input");
  if (input.getType() != result.getType())
    return rewriter.notifyMatchFailure(root, "the shape changes");
  return llvm::TypeSwitch<Operation *, LogicalResult>(use.getOwner())
      .Case<ConvolutionOp, TransposedConvolutionOp, GemmOp>(
          [&](auto op) { return foldBefore(rewriter, root, input, op, affine); })
      .Default(
          [&](Operation *) { return rewriter.notifyMatchFailure(root, "the only user is not a convolution or gemm"); });
}

} // namespace winnow
