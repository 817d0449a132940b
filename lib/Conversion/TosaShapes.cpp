//===- TosaShapes.cpp - constants, movements and reductions of tosa -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaToCNN.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace winnow {

/// The numbers of a shape operand, which must be constant.
static std::optional<SmallVector<int64_t>> getShapeValues(Value shape) {
  DenseIntElementsAttr attribute;
  if (!matchPattern(shape, m_Constant(&attribute)))
    return std::nullopt;
  return SmallVector<int64_t>(attribute.getValues<int64_t>());
}

static constexpr llvm::StringLiteral kShapeReason = "expected a shape operand that is constant";

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {

struct ConvertConst : OpConversionPattern<tosa::ConstOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::ConstOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, op.getType(), cast<TypedAttr>(op.getValues()));
    return success();
  }
};

template <typename Op> struct ConvertIdentity : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getOperands().front());
    return success();
  }
};

/// Reductions keep the axis; of bools, all is the minimum and any the maximum.
template <typename Op, cnn::ReductionKind Kind> struct ConvertReduce : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if constexpr (std::is_same_v<Op, tosa::ReduceMaxOp> || std::is_same_v<Op, tosa::ReduceMinOp>)
      if (op.getNanMode() != tosa::NanPropagationMode::PROPAGATE)
        return winnow::refuse(rewriter, op, "expected nan_mode PROPAGATE");
    rewriter.replaceOpWithNewOp<cnn::ReduceOp>(op, op.getType(), Kind, adaptor.getInput(),
                                               ArrayRef<int64_t>{static_cast<int64_t>(op.getAxis())},
                                               /*keep_dims=*/true);
    return success();
  }
};

struct ConvertArgMax : OpConversionPattern<tosa::ArgMaxOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::ArgMaxOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    RankedTensorType type = getType(op.getResult());
    Value index = cnn::ArgMaxOp::create(rewriter, op.getLoc(), type.clone(rewriter.getI64Type()), adaptor.getInput(),
                                        op.getAxis(), /*keep_dims=*/false, /*select_last=*/false);
    rewriter.replaceOp(op, castElements(rewriter, op.getLoc(), index, type.getElementType()));
    return success();
  }
};

struct ConvertConcat : OpConversionPattern<tosa::ConcatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::ConcatOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    rewriter.replaceOpWithNewOp<cnn::ConcatOp>(op, op.getType(), adaptor.getOperands(), op.getAxis());
    return success();
  }
};

/// `padding` is [begin0, end0, begin1, ...].
struct ConvertPad : OpConversionPattern<tosa::PadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::PadOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    std::optional<SmallVector<int64_t>> padding = getShapeValues(op.getPadding());
    if (!padding)
      return winnow::refuse(rewriter, op, kShapeReason);
    SmallVector<int64_t> pads;
    for (size_t side : {0, 1})
      for (size_t i = side; i < padding->size(); i += 2)
        pads.push_back((*padding)[i]);
    Value value = reshape(rewriter, op.getLoc(), adaptor.getPadConst(), {});
    rewriter.replaceOpWithNewOp<cnn::PadOp>(op, op.getType(), cnn::PadMode::Constant, adaptor.getInput1(), value, pads);
    return success();
  }
};

struct ConvertReshape : OpConversionPattern<tosa::ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::ReshapeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    RankedTensorType type = getType(op.getResult());
    if (type.getNumDynamicDims() > 1)
      return winnow::refuse(rewriter, op, "expected at most one dynamic extent of the result");
    rewriter.replaceOp(op, reshape(rewriter, op.getLoc(), adaptor.getInput1(), type.getShape()));
    return success();
  }
};

/// From the last element to the one before the first.
struct ConvertReverse : OpConversionPattern<tosa::ReverseOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::ReverseOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    rewriter.replaceOpWithNewOp<cnn::SliceOp>(
        op, op.getType(), adaptor.getInput1(), ArrayRef<int64_t>{static_cast<int64_t>(op.getAxis())},
        ArrayRef<int64_t>{-1}, ArrayRef<int64_t>{std::numeric_limits<int64_t>::min()}, ArrayRef<int64_t>{-1});
    return success();
  }
};

struct ConvertSlice : OpConversionPattern<tosa::SliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::SliceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    std::optional<SmallVector<int64_t>> start = getShapeValues(op.getStart()), size = getShapeValues(op.getSize());
    if (!start || !size)
      return winnow::refuse(rewriter, op, kShapeReason);
    SmallVector<int64_t> axes, starts, ends;
    for (auto [axis, extent] : llvm::enumerate(getType(op.getInput1()).getShape())) {
      // A size of -1 is a dynamic one: to the end.
      int64_t end = (*size)[axis] < 0 ? std::numeric_limits<int64_t>::max() : (*start)[axis] + (*size)[axis];
      if ((*start)[axis] == 0 && (end == extent || (*size)[axis] < 0))
        continue;
      axes.push_back(axis);
      starts.push_back((*start)[axis]);
      ends.push_back(end);
    }
    if (axes.empty()) {
      rewriter.replaceOp(op, adaptor.getInput1());
      return success();
    }
    rewriter.replaceOpWithNewOp<cnn::SliceOp>(op, op.getType(), adaptor.getInput1(), axes, starts, ends,
                                              SmallVector<int64_t>(axes.size(), 1));
    return success();
  }
};

struct ConvertTile : OpConversionPattern<tosa::TileOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::TileOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    std::optional<SmallVector<int64_t>> multiples = getShapeValues(op.getMultiples());
    if (!multiples)
      return winnow::refuse(rewriter, op, kShapeReason);
    rewriter.replaceOpWithNewOp<cnn::TileOp>(op, op.getType(), adaptor.getInput1(), *multiples);
    return success();
  }
};

struct ConvertTranspose : OpConversionPattern<tosa::TransposeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::TransposeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    Permutation permutation(op.getPerms().begin(), op.getPerms().end());
    rewriter.replaceOpWithNewOp<cnn::TransposeOp>(op, op.getType(), adaptor.getInput1(), permutation);
    return success();
  }
};

} // namespace

void populateTosaShapePatterns(RewritePatternSet &patterns) {
  using cnn::ReductionKind;
  patterns.add<
      ConvertConst, ConvertIdentity<tosa::IdentityOp>, ConvertReduce<tosa::ReduceSumOp, ReductionKind::Sum>,
      ConvertReduce<tosa::ReduceMaxOp, ReductionKind::Max>, ConvertReduce<tosa::ReduceMinOp, ReductionKind::Min>,
      ConvertReduce<tosa::ReduceProductOp, ReductionKind::Prod>, ConvertReduce<tosa::ReduceAllOp, ReductionKind::Min>,
      ConvertReduce<tosa::ReduceAnyOp, ReductionKind::Max>, ConvertArgMax, ConvertConcat, ConvertPad, ConvertReshape,
      ConvertReverse, ConvertSlice, ConvertTile, ConvertTranspose>(patterns.getContext());
}

} // namespace winnow
