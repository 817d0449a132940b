//===- TosaWindows.cpp - convolutions, pools and products of tosa ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaToCNN.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace winnow {

/// [0, rank - 1, 1, ...]: channels from last to first behind the batch.
static Permutation getToChannelsFirst(int64_t rank) {
  Permutation permutation{0, rank - 1};
  for (int64_t i = 1; i < rank - 1; ++i)
    permutation.push_back(i);
  return permutation;
}

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// [begin0, end0, begin1, end1, ...] as all begins, then all ends.
static SmallVector<int64_t> splitPads(ArrayRef<int64_t> pairs) {
  SmallVector<int64_t> pads;
  for (size_t side : {0, 1})
    for (size_t i = side; i < pairs.size(); i += 2)
      pads.push_back(pairs[i]);
  return pads;
}

/// Fails with a reason unless `op` computes with floats of one type without zero points.
template <typename Op> static LogicalResult checkConvolution(ConversionPatternRewriter &rewriter, Op op) {
  if (failed(checkTensors(rewriter, op)))
    return failure();
  Type element = getType(op.getInput()).getElementType();
  if (!isa<FloatType>(element))
    return winnow::refuse(rewriter, op, "expected floating-point elements; integers enter by ONNX");
  for (Type type : {op.getWeight().getType(), op.getBias().getType(), op.getType()})
    if (cast<ShapedType>(type).getElementType() != element)
      return winnow::refuse(rewriter, op, "expected operands and a result of one element type");
  if (!getType(op.getWeight()).hasStaticShape())
    return winnow::refuse(rewriter, op, "expected weights of static shape");
  if (failed(checkZeroPoint(rewriter, op, op.getInputZp())) || failed(checkZeroPoint(rewriter, op, op.getWeightZp())))
    return failure();
  return success();
}

/// The bias with a value for each of `channels`: TOSA allows one for all. Null where it is zero.
static Value getBias(OpBuilder &b, Location loc, Value bias, int64_t channels) {
  if (std::optional<double> value = getSplatValue(bias); value && *value == 0.0)
    return {};
  RankedTensorType type = getType(bias);
  if (type.getDimSize(0) == channels)
    return bias;
  return cnn::ExpandOp::create(b, loc, TypeRange{RankedTensorType::get({channels}, type.getElementType())},
                               ValueRange{bias});
}

namespace {

/// conv2d and conv3d: NHWC with filters OHWI.
template <typename Op> struct ConvertConvolution : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkConvolution(rewriter, op)))
      return failure();
    Location loc = op.getLoc();
    Permutation first = getToChannelsFirst(getType(op.getInput()).getRank());
    Value input = transpose(rewriter, loc, adaptor.getInput(), first);
    Value filter = transpose(rewriter, loc, adaptor.getWeight(), first);
    RankedTensorType type = permuteType(getType(op.getResult()), first);
    WindowParameters window{SmallVector<int64_t>(op.getStride()), SmallVector<int64_t>(op.getDilation()),
                            splitPads(op.getPad())};
    Value bias = getBias(rewriter, loc, adaptor.getBias(), getType(filter).getDimSize(0));
    Value result = makeConvolution(rewriter, loc, type, input, filter, bias, window, /*group=*/1);
    rewriter.replaceOp(op, transpose(rewriter, loc, result, invert(first)));
    return success();
  }
};

/// Filters are HWCM: M results for each channel, which are neighbours.
struct ConvertDepthwise : OpConversionPattern<tosa::DepthwiseConv2DOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::DepthwiseConv2DOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkConvolution(rewriter, op)))
      return failure();
    Location loc = op.getLoc();
    Permutation first = getToChannelsFirst(4);
    Value input = transpose(rewriter, loc, adaptor.getInput(), first);
    Value filter = transpose(rewriter, loc, adaptor.getWeight(), {2, 3, 0, 1});
    ArrayRef<int64_t> shape = getType(filter).getShape();
    int64_t channels = shape[0], results = shape[0] * shape[1];
    filter = reshape(rewriter, loc, filter, {results, 1, shape[2], shape[3]});
    WindowParameters window{SmallVector<int64_t>(op.getStride()), SmallVector<int64_t>(op.getDilation()),
                            splitPads(op.getPad())};
    Value bias = getBias(rewriter, loc, adaptor.getBias(), results);
    Value result = makeConvolution(rewriter, loc, permuteType(getType(op.getResult()), first), input, filter, bias,
                                   window, channels);
    rewriter.replaceOp(op, transpose(rewriter, loc, result, invert(first)));
    return success();
  }
};

/// Filters are OHWI; `out_pad` adds to the result's rows, or takes them away.
struct ConvertTransposed : OpConversionPattern<tosa::TransposeConv2DOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::TransposeConv2DOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkConvolution(rewriter, op)))
      return failure();
    SmallVector<int64_t> pads(4, 0), outputPadding(2, 0);
    for (auto [i, added] : llvm::enumerate(op.getOutPad())) {
      size_t dim = i / 2;
      bool isEnd = i % 2;
      if (added <= 0)
        pads[dim + 2 * isEnd] = -added;
      else if (isEnd && added < op.getStride()[dim])
        outputPadding[dim] = added;
      else
        return winnow::refuse(rewriter, op, "out_pad adds rows before the result, or a stride of them behind it");
    }
    Location loc = op.getLoc();
    Permutation first = getToChannelsFirst(4);
    Value input = transpose(rewriter, loc, adaptor.getInput(), first);
    Value filter = transpose(rewriter, loc, adaptor.getWeight(), {3, 0, 1, 2});
    Value bias = getBias(rewriter, loc, adaptor.getBias(), getType(filter).getDimSize(1));
    Value result = cnn::TransposedConvolutionOp::create(
        rewriter, loc, permuteType(getType(op.getResult()), first), input, filter, bias, op.getStride(), pads,
        ArrayRef<int64_t>{1, 1}, outputPadding, /*group=*/1, cnn::AutoPad::Explicit);
    rewriter.replaceOp(op, transpose(rewriter, loc, result, invert(first)));
    return success();
  }
};

template <typename Op> struct ConvertPool : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  static constexpr bool kIsMaximum = std::is_same_v<Op, tosa::MaxPool2dOp>;

  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)) || failed(checkArithmetic(rewriter, op)))
      return failure();
    Location loc = op.getLoc();
    Permutation first = getToChannelsFirst(4);
    Value input = transpose(rewriter, loc, adaptor.getInput(), first);
    WindowParameters window{SmallVector<int64_t>(op.getStride()), {1, 1}, splitPads(op.getPad())};
    Value result =
        makePool(rewriter, loc, permuteType(getType(op.getResult()), first), input, op.getKernel(), window, kIsMaximum);
    rewriter.replaceOp(op, transpose(rewriter, loc, result, invert(first)));
    return success();
  }

private:
  static LogicalResult checkArithmetic(ConversionPatternRewriter &rewriter, Op op) {
    if constexpr (kIsMaximum) {
      if (op.getNanMode() != tosa::NanPropagationMode::PROPAGATE)
        return winnow::refuse(rewriter, op, "expected nan_mode PROPAGATE");
      return success();
    } else {
      if (!isa<FloatType>(getType(op.getInput()).getElementType()))
        return winnow::refuse(rewriter, op, "expected floating-point elements; integers enter by ONNX");
      return success(succeeded(checkZeroPoint(rewriter, op, op.getInputZp())) &&
                     succeeded(checkZeroPoint(rewriter, op, op.getOutputZp())));
    }
  }
};

struct ConvertMatmul : OpConversionPattern<tosa::MatMulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::MatMulOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)) || failed(checkZeroPoint(rewriter, op, op.getAZp())) ||
        failed(checkZeroPoint(rewriter, op, op.getBZp())))
      return failure();
    if (getType(op.getA()).getElementType() != getType(op.getResult()).getElementType())
      return winnow::refuse(rewriter, op, "expected operands and a result of one element type");
    rewriter.replaceOpWithNewOp<cnn::MatmulOp>(op, TypeRange{op.getType()}, ValueRange{adaptor.getA(), adaptor.getB()});
    return success();
  }
};

} // namespace

void populateTosaWindowPatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertConvolution<tosa::Conv2DOp>, ConvertConvolution<tosa::Conv3DOp>, ConvertDepthwise,
               ConvertTransposed, ConvertPool<tosa::MaxPool2dOp>, ConvertPool<tosa::AvgPool2dOp>, ConvertMatmul>(
      patterns.getContext());
}

} // namespace winnow
