//===- LinalgShapes.cpp - fills, movements, arith on tensors --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgToCNN.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {

/// A fill of static shape is a constant. Others stay, for users that only ask what they are filled with.
struct ConvertFill : OpConversionPattern<linalg::FillOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(linalg::FillOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    Attribute value;
    if (op->getNumResults() != 1 || !getType(op->getResult(0)).hasStaticShape() ||
        !matchPattern(op.getInputs()[0], m_Constant(&value)))
      return failure();
    RankedTensorType type = getType(op->getResult(0));
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, type, DenseElementsAttr::get(type, value));
    return success();
  }
};

struct ConvertSoftmax : OpConversionPattern<linalg::SoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(linalg::SoftmaxOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)) || op->getNumResults() != 1)
      return failure();
    rewriter.replaceOpWithNewOp<cnn::SoftmaxOp>(op, op->getResult(0).getType(), adaptor.getInput(), op.getDimension());
    return success();
  }
};

struct ConvertPad : OpConversionPattern<tensor::PadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::PadOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    Value filler = op.getConstantPaddingValue();
    std::optional<double> number = filler ? getSplatValue(filler) : std::nullopt;
    if (!number || ShapedType::isDynamicShape(op.getStaticLow()) || ShapedType::isDynamicShape(op.getStaticHigh()))
      return winnow::refuse(rewriter, op, "expected a constant value and constant extents");
    SmallVector<int64_t> pads(op.getStaticLow());
    llvm::append_range(pads, op.getStaticHigh());
    Value value = makeScalar(rewriter, op.getLoc(), op.getResultType().getElementType(), *number);
    rewriter.replaceOpWithNewOp<cnn::PadOp>(op, op.getResultType(), cnn::PadMode::Constant, adaptor.getSource(), value,
                                            pads);
    return success();
  }
};

/// expand_shape and collapse_shape.
template <typename Op> struct ConvertReshape : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if (op.getResultType().getNumDynamicDims() > 1)
      return winnow::refuse(rewriter, op, "expected at most one dynamic extent of the result");
    rewriter.replaceOp(op, reshape(rewriter, op.getLoc(), adaptor.getSrc(), op.getResultType().getShape()));
    return success();
  }
};

struct ConvertExtractSlice : OpConversionPattern<tensor::ExtractSliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::ExtractSliceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    RankedTensorType source = op.getSourceType();
    SmallVector<int64_t> axes, starts, ends, steps, shape(source.getShape());
    for (int64_t axis = 0; axis < source.getRank(); ++axis) {
      int64_t offset = op.getStaticOffsets()[axis], size = op.getStaticSizes()[axis],
              step = op.getStaticStrides()[axis];
      if (offset == 0 && step == 1 && size == source.getDimSize(axis) && !ShapedType::isDynamic(size))
        continue;
      if (ShapedType::isDynamic(offset) || ShapedType::isDynamic(size) || ShapedType::isDynamic(step))
        return winnow::refuse(rewriter, op, "expected offsets, sizes and strides that are constant");
      axes.push_back(axis);
      starts.push_back(offset);
      ends.push_back(offset + (size - 1) * step + 1);
      steps.push_back(step);
      shape[axis] = size;
    }
    Value result = adaptor.getSource();
    if (!axes.empty())
      result = cnn::SliceOp::create(rewriter, op.getLoc(), source.clone(shape), result, axes, starts, ends, steps);
    // A slice may drop dimensions of extent 1.
    rewriter.replaceOp(op, reshape(rewriter, op.getLoc(), result, op.getType().getShape()));
    return success();
  }
};

/// `input` with `step - 1` elements of `value` behind each of its own in every dimension.
Value interleave(OpBuilder &b, Location loc, Value input, ArrayRef<int64_t> steps, Value value) {
  RankedTensorType type = getType(input);
  if (llvm::all_of(steps, [](int64_t step) { return step == 1; }))
    return input;
  SmallVector<int64_t> split, padded, merged, pads;
  for (auto [extent, step] : llvm::zip_equal(type.getShape(), steps)) {
    split.append({extent, 1});
    padded.append({extent, step});
    pads.append({0, step - 1});
    merged.push_back(extent * step);
  }
  SmallVector<int64_t> all(pads.size(), 0);
  llvm::append_range(all, pads);
  Value result =
      cnn::PadOp::create(b, loc, type.clone(padded), cnn::PadMode::Constant, reshape(b, loc, input, split), value, all);
  return reshape(b, loc, result, merged);
}

/// A slice in a tensor of one value is that slice, spread by its strides and padded.
struct ConvertInsertIntoFill : OpConversionPattern<tensor::InsertSliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    std::optional<double> fill = getFillValue(op.getDest());
    RankedTensorType type = op.getType(), source = op.getSourceType();
    if (!fill || !type.hasStaticShape() || !source.hasStaticShape() || source.getRank() != type.getRank() ||
        ShapedType::isDynamicShape(op.getStaticOffsets()) || ShapedType::isDynamicShape(op.getStaticStrides()) ||
        failed(checkTensors(rewriter, op)))
      return failure();
    Value value = makeScalar(rewriter, op.getLoc(), type.getElementType(), *fill);
    Value result = interleave(rewriter, op.getLoc(), adaptor.getSource(), op.getStaticStrides(), value);
    // Negative padding cuts what the last stride left behind.
    SmallVector<int64_t> pads(op.getStaticOffsets());
    for (auto [dim, extent] : llvm::enumerate(getType(result).getShape()))
      pads.push_back(type.getDimSize(dim) - op.getStaticOffsets()[dim] - extent);
    rewriter.replaceOpWithNewOp<cnn::PadOp>(op, type, cnn::PadMode::Constant, result, value, pads);
    return success();
  }
};

/// Inserted slices, one behind the other in an empty tensor, are a concatenation.
struct ConvertInsertSlices : OpConversionPattern<tensor::InsertSliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::InsertSliceOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    SmallVector<tensor::InsertSliceOp> chain;
    Value last = op.getResult();
    for (auto insert = op; insert; insert = last.getDefiningOp<tensor::InsertSliceOp>()) {
      chain.push_back(insert);
      last = insert.getDest();
    }
    std::reverse(chain.begin(), chain.end());
    RankedTensorType type = op.getType();
    if (!last.getDefiningOp<tensor::EmptyOp>() || !type.hasStaticShape())
      return winnow::refuse(rewriter, op, "expected slices that fill an empty tensor of static shape");
    std::optional<int64_t> axis;
    int64_t next = 0;
    SmallVector<Value> parts;
    for (tensor::InsertSliceOp insert : chain) {
      if (!fits(insert, type, axis, next))
        return winnow::refuse(rewriter, op, "expected slices one behind the other along one dimension");
      parts.push_back(rewriter.getRemappedValue(insert.getSource()));
    }
    if (!axis || next != type.getDimSize(*axis))
      return winnow::refuse(rewriter, op, "expected slices that fill the tensor");
    rewriter.replaceOpWithNewOp<cnn::ConcatOp>(op, type, parts, *axis);
    return success();
  }

private:
  /// Whether `insert` is whole but for one dimension, where it starts at `next`; moves `next` behind it.
  static bool fits(tensor::InsertSliceOp insert, RankedTensorType type, std::optional<int64_t> &axis, int64_t &next) {
    if (insert.getSourceType().getRank() != type.getRank())
      return false;
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      int64_t offset = insert.getStaticOffsets()[dim], size = insert.getStaticSizes()[dim];
      if (insert.getStaticStrides()[dim] != 1 || ShapedType::isDynamic(offset) || ShapedType::isDynamic(size))
        return false;
      bool isWhole = offset == 0 && size == type.getDimSize(dim);
      if (isWhole && axis != dim)
        continue;
      if (axis.value_or(dim) != dim || offset != next)
        return false;
      axis = dim;
      next += size;
    }
    return true;
  }
};

struct ConvertConcat : OpConversionPattern<tensor::ConcatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::ConcatOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    rewriter.replaceOpWithNewOp<cnn::ConcatOp>(op, op.getType(), adaptor.getInputs(), op.getDim());
    return success();
  }
};

/// Casts only forget or state extents, which are inferred again.
struct ConvertTensorCast : OpConversionPattern<tensor::CastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tensor::CastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if (getType(op.getResult()).getNumDynamicDims() > 1)
      return winnow::refuse(rewriter, op, "expected at most one dynamic extent of the result");
    rewriter.replaceOp(op, reshape(rewriter, op.getLoc(), adaptor.getSource(), getType(op.getResult()).getShape()));
    return success();
  }
};

/// arith and math on tensors are elementwise ops.
struct ConvertTensorMath : ConversionPattern {
  explicit ConvertTensorMath(MLIRContext *context) : ConversionPattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect()) || op->getNumResults() != 1)
      return failure();
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if (!llvm::all_of(op->getOperandTypes(), llvm::IsaPred<RankedTensorType>))
      return winnow::refuse(rewriter, op, "expected operands that are all tensors");
    Value result = convertScalarOp(rewriter, op, operands);
    if (!result)
      return winnow::refuse(rewriter, op, "there is no op of this meaning");
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void populateLinalgShapePatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertFill, ConvertSoftmax, ConvertPad, ConvertReshape<tensor::ExpandShapeOp>,
               ConvertReshape<tensor::CollapseShapeOp>, ConvertExtractSlice, ConvertInsertIntoFill, ConvertInsertSlices,
               ConvertConcat, ConvertTensorCast, ConvertTensorMath>(patterns.getContext());
}

} // namespace winnow
