//===- CNNToLinalgShapes.cpp - movements towards linalg -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CNNToLinalg.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {

struct ConvertReshape : OpConversionPattern<cnn::ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::ReshapeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getInput()};
    Value result = linalg.reshape(adaptor.getInput(), getType(op.getResult()));
    if (!result)
      return winnow::refuse(rewriter, op, "expected a dynamic batch to stay a dimension of its own");
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ConvertTranspose : OpConversionPattern<cnn::TransposeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::TransposeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getInput()};
    rewriter.replaceOp(op, linalg.transpose(adaptor.getInput(), op.getPermutation()));
    return success();
  }
};

struct ConvertExpand : OpConversionPattern<cnn::ExpandOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::ExpandOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    RankedTensorType type = getType(op.getResult());
    if (!type.hasStaticShape())
      return winnow::refuse(rewriter, op, "expected a result of static shape");
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getInput()};
    rewriter.replaceOp(
        op, linalg.map(type, {adaptor.getInput()}, [](OpBuilder &, ValueRange values) { return values[0]; }));
    return success();
  }
};

/// Parts are inserted into an empty tensor, one behind the other.
struct ConvertConcat : OpConversionPattern<cnn::ConcatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::ConcatOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    RankedTensorType type = getType(op.getResult());
    if (!type.hasStaticShape() || llvm::any_of(op.getInputs(), [](Value v) { return !getType(v).hasStaticShape(); }))
      return winnow::refuse(rewriter, op, "expected static shapes");
    Value result = LinalgBuilder{rewriter, op.getLoc(), {}}.empty(type);
    SmallVector<int64_t> offsets(type.getRank(), 0), steps(type.getRank(), 1);
    auto asResults = [&](ArrayRef<int64_t> values) { return getAsIndexOpFoldResult(op.getContext(), values); };
    for (Value part : adaptor.getInputs()) {
      result = tensor::InsertSliceOp::create(rewriter, op.getLoc(), part, result, asResults(offsets),
                                             asResults(getType(part).getShape()), asResults(steps));
      offsets[op.getAxis()] += getType(part).getDimSize(op.getAxis());
    }
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ConvertSlice : OpConversionPattern<cnn::SliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::SliceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    RankedTensorType input = getType(op.getInput()), type = getType(op.getResult());
    if (!input.hasStaticShape() || !type.hasStaticShape())
      return winnow::refuse(rewriter, op, "expected static shapes");
    SmallVector<int64_t> offsets(input.getRank(), 0), steps(input.getRank(), 1);
    for (auto [axis, start, step] : llvm::zip_equal(op.getAxes(), op.getStarts(), op.getSteps())) {
      if (step < 0)
        return winnow::refuse(rewriter, op, "slices that walk backwards are not supported");
      int64_t extent = input.getDimSize(axis);
      offsets[axis] = std::clamp<int64_t>(start < 0 ? start + extent : start, 0, extent);
      steps[axis] = step;
    }
    auto asResults = [&](ArrayRef<int64_t> values) { return getAsIndexOpFoldResult(op.getContext(), values); };
    rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(op, adaptor.getInput(), asResults(offsets),
                                                        asResults(type.getShape()), asResults(steps));
    return success();
  }
};

struct ConvertPad : OpConversionPattern<cnn::PadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::PadOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    std::optional<double> value = op.getValue() ? getSplatValue(op.getValue()) : 0.0;
    if (op.getMode() != cnn::PadMode::Constant || !value ||
        llvm::any_of(op.getPads(), [](int64_t pad) { return pad < 0; }))
      return winnow::refuse(rewriter, op, "expected a constant value and pads that are not negative");
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getInput()};
    size_t rank = getType(op.getInput()).getRank();
    rewriter.replaceOp(
        op, linalg.pad(adaptor.getInput(), op.getPads().take_front(rank), op.getPads().drop_front(rank), *value));
    return success();
  }
};

/// Reads element by element where constant indices (counted from the end when negative) point.
struct ConvertGather : OpConversionPattern<cnn::GatherOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::GatherOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    ElementsAttr constant = getConstant(op.getIndices());
    RankedTensorType input = getType(op.getInput()), type = getType(op.getResult());
    if (!constant || !input.hasStaticShape() || !type.hasStaticShape())
      return winnow::refuse(rewriter, op, "expected constant indices and static shapes");
    int64_t axis = op.getAxis(), indexRank = constant.getShapedType().getRank();
    SmallVector<int64_t> places;
    std::optional<SmallVector<int64_t>> numbers = getConstantInts(constant);
    for (int64_t index : *numbers)
      places.push_back(index < 0 ? index + input.getDimSize(axis) : index);
    auto placesType = RankedTensorType::get(constant.getShapedType().getShape(), rewriter.getIndexType());
    Value indices =
        arith::ConstantOp::create(rewriter, op.getLoc(), placesType, DenseIntElementsAttr::get(placesType, places));
    SmallVector<AffineExpr> exprs;
    for (int64_t dim = 0; dim < indexRank; ++dim)
      exprs.push_back(rewriter.getAffineDimExpr(axis + dim));
    AffineMap map = AffineMap::get(type.getRank(), 0, exprs, op.getContext());
    LinalgBuilder linalg{rewriter, op.getLoc(), adaptor.getInput()};
    rewriter.replaceOp(op, linalg.map(type, {indices}, {map}, [&](OpBuilder &b, ValueRange values) -> Value {
      SmallVector<Value> place;
      for (int64_t dim = 0; dim < input.getRank(); ++dim)
        place.push_back(
            dim == axis ? values[0]
                        : linalg::IndexOp::create(b, op.getLoc(), dim < axis ? dim : dim + indexRank - 1).getResult());
      return tensor::ExtractOp::create(b, op.getLoc(), adaptor.getInput(), place);
    }));
    return success();
  }
};

} // namespace

void populateCNNToLinalgShapePatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertReshape, ConvertTranspose, ConvertExpand, ConvertConcat, ConvertSlice, ConvertPad, ConvertGather>(
      patterns.getContext());
}

} // namespace winnow
