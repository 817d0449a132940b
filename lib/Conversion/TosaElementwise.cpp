//===- TosaElementwise.cpp - arithmetic and activations of tosa -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaToCNN.h"

#include "llvm/ADT/APFloat.h"

using namespace mlir;

namespace winnow {
namespace {

/// An op of the same meaning with the same tensors.
template <typename TosaOp, typename CNNOp> struct ConvertSame : OpConversionPattern<TosaOp> {
  using OpConversionPattern<TosaOp>::OpConversionPattern;
  LogicalResult matchAndRewrite(TosaOp op, typename TosaOp::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if constexpr (std::is_same_v<TosaOp, tosa::MaximumOp> || std::is_same_v<TosaOp, tosa::MinimumOp>)
      if (op.getNanMode() != tosa::NanPropagationMode::PROPAGATE)
        return winnow::refuse(rewriter, op, "expected nan_mode PROPAGATE");
    rewriter.replaceOpWithNewOp<CNNOp>(op, op->getResultTypes(), adaptor.getOperands());
    return success();
  }
};

/// Integer products may be shifted; others have a shift of 0.
struct ConvertMul : OpConversionPattern<tosa::MulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::MulOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    std::optional<double> shift = getSplatValue(op.getShift());
    if (!shift || *shift != 0.0)
      return winnow::refuse(rewriter, op, "expected a shift that is constant and 0");
    if (cast<ShapedType>(op.getInput1().getType()).getElementType() != op.getType().getElementType())
      return winnow::refuse(rewriter, op, "expected operands and a result of one element type");
    rewriter.replaceOpWithNewOp<cnn::MulOp>(op, TypeRange{op.getType()},
                                            ValueRange{adaptor.getInput1(), adaptor.getInput2()});
    return success();
  }
};

struct ConvertNegate : OpConversionPattern<tosa::NegateOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::NegateOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)) || failed(checkZeroPoint(rewriter, op, op.getInput1Zp())) ||
        failed(checkZeroPoint(rewriter, op, op.getOutputZp())))
      return failure();
    rewriter.replaceOpWithNewOp<cnn::NegOp>(op, TypeRange{op.getType()}, ValueRange{adaptor.getInput1()});
    return success();
  }
};

struct ConvertRsqrt : OpConversionPattern<tosa::RsqrtOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::RsqrtOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    Value root = cnn::SqrtOp::create(rewriter, op.getLoc(), TypeRange{op.getType()}, ValueRange{adaptor.getInput1()});
    rewriter.replaceOpWithNewOp<cnn::ReciprocalOp>(op, TypeRange{op.getType()}, ValueRange{root});
    return success();
  }
};

/// A bound as a double, or nothing where it does not bound (the extreme of its type).
std::optional<double> getBound(Attribute attribute, bool isLower) {
  if (auto number = dyn_cast<FloatAttr>(attribute)) {
    llvm::APFloat value = number.getValue();
    if (value.isInfinity() || value.isLargest())
      return value.isNegative() == isLower ? std::nullopt : std::optional<double>(number.getValueAsDouble());
    return number.getValueAsDouble();
  }
  auto number = cast<IntegerAttr>(attribute);
  return number.getType().isUnsignedInteger() ? static_cast<double>(number.getValue().getZExtValue())
                                              : static_cast<double>(number.getValue().getSExtValue());
}

struct ConvertClamp : OpConversionPattern<tosa::ClampOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::ClampOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if (op.getNanMode() != tosa::NanPropagationMode::PROPAGATE)
      return winnow::refuse(rewriter, op, "expected nan_mode PROPAGATE");
    std::optional<double> lower = getBound(op.getMinVal(), true), upper = getBound(op.getMaxVal(), false);
    if (lower && *lower == 0.0 && !upper) {
      rewriter.replaceOpWithNewOp<cnn::ReluOp>(op, TypeRange{op.getType()}, ValueRange{adaptor.getInput()});
      return success();
    }
    Type element = op.getType().getElementType();
    Value low = lower ? makeScalar(rewriter, op.getLoc(), element, *lower) : Value();
    Value high = upper ? makeScalar(rewriter, op.getLoc(), element, *upper) : Value();
    rewriter.replaceOpWithNewOp<cnn::ClipOp>(op, op.getType(), adaptor.getInput(), low, high);
    return success();
  }
};

/// TOSA rounds to the nearest integer where cnn drops the fraction.
struct ConvertCast : OpConversionPattern<tosa::CastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::CastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    Value input = adaptor.getInput();
    auto from = cast<RankedTensorType>(input.getType());
    Type to = op.getType().getElementType();
    if (isa<FloatType>(from.getElementType()) && isa<IntegerType>(to) && !to.isInteger(1))
      input = cnn::RoundOp::create(rewriter, op.getLoc(), TypeRange{from}, ValueRange{input});
    rewriter.replaceOp(op, castElements(rewriter, op.getLoc(), input, to));
    return success();
  }
};

struct ConvertShiftRight : OpConversionPattern<tosa::ArithmeticRightShiftOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(tosa::ArithmeticRightShiftOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkTensors(rewriter, op)))
      return failure();
    if (op.getRound())
      return winnow::refuse(rewriter, op, "a shift that rounds is not supported");
    rewriter.replaceOpWithNewOp<cnn::ShiftRightOp>(op, op->getResultTypes(), adaptor.getOperands());
    return success();
  }
};

} // namespace

void populateTosaElementwisePatterns(RewritePatternSet &patterns) {
  patterns
      .add<ConvertSame<tosa::AbsOp, cnn::AbsOp>, ConvertSame<tosa::CeilOp, cnn::CeilOp>,
           ConvertSame<tosa::FloorOp, cnn::FloorOp>, ConvertSame<tosa::ExpOp, cnn::ExpOp>,
           ConvertSame<tosa::LogOp, cnn::LogOp>, ConvertSame<tosa::SinOp, cnn::SinOp>,
           ConvertSame<tosa::CosOp, cnn::CosOp>, ConvertSame<tosa::ReciprocalOp, cnn::ReciprocalOp>,
           ConvertSame<tosa::ErfOp, cnn::ErfOp>, ConvertSame<tosa::SigmoidOp, cnn::SigmoidOp>,
           ConvertSame<tosa::TanhOp, cnn::TanhOp>, ConvertSame<tosa::LogicalNotOp, cnn::NotOp>,
           ConvertSame<tosa::BitwiseNotOp, cnn::BitwiseNotOp>, ConvertSame<tosa::AddOp, cnn::AddOp>,
           ConvertSame<tosa::SubOp, cnn::SubOp>, ConvertSame<tosa::IntDivOp, cnn::DivOp>,
           ConvertSame<tosa::PowOp, cnn::PowOp>, ConvertSame<tosa::MaximumOp, cnn::MaxOp>,
           ConvertSame<tosa::MinimumOp, cnn::MinOp>, ConvertSame<tosa::LogicalAndOp, cnn::AndOp>,
           ConvertSame<tosa::LogicalOrOp, cnn::OrOp>, ConvertSame<tosa::LogicalXorOp, cnn::XorOp>,
           ConvertSame<tosa::BitwiseAndOp, cnn::BitwiseAndOp>, ConvertSame<tosa::BitwiseOrOp, cnn::BitwiseOrOp>,
           ConvertSame<tosa::BitwiseXorOp, cnn::BitwiseXorOp>, ConvertSame<tosa::LogicalLeftShiftOp, cnn::ShiftLeftOp>,
           ConvertSame<tosa::EqualOp, cnn::EqualOp>, ConvertSame<tosa::GreaterOp, cnn::GreaterOp>,
           ConvertSame<tosa::GreaterEqualOp, cnn::GreaterOrEqualOp>, ConvertSame<tosa::SelectOp, cnn::WhereOp>,
           ConvertMul, ConvertNegate, ConvertRsqrt, ConvertClamp, ConvertCast, ConvertShiftRight>(
          patterns.getContext());
}

} // namespace winnow
