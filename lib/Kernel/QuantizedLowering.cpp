//===- QuantizedLowering.cpp - quantized numbers in loops -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Bit for bit what the interpreter computes: one rounding an operation, in f32.

#include "Quantize.h"
#include "QuantizedPicture.h"

#include "winnow/Kernel/ElementFunctions.h"
#include "winnow/Support/QuantizedTypes.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

Value winnow::kernel::emitDifference(OpBuilder &b, Location loc, Value stored, quant::UniformQuantizedType type) {
  Value wide = emitCast(b, loc, stored, b.getI32Type(), !type.isSigned(), false);
  Value zero = emitConstantLike(b, loc, wide.getType(), static_cast<double>(type.getZeroPoint()));
  return emitCast(b, loc, arith::SubIOp::create(b, loc, wide, zero), b.getF32Type(), false, false);
}

static Value emitProduct(OpBuilder &b, Location loc, Value x, float factor) {
  return arith::MulFOp::create(b, loc, x, emitConstantLike(b, loc, x.getType(), factor));
}

Value winnow::kernel::emitToResult(OpBuilder &b, Location loc, Value x, quant::UniformQuantizedType type) {
  if (!type)
    return x;
  auto storage = b.getIntegerType(type.getStorageTypeIntegralWidth());
  Value zero = emitConstantLike(b, loc, x.getType(), static_cast<double>(type.getZeroPoint()));
  return emitSaturate(b, loc, math::RoundEvenOp::create(b, loc, x), zero, /*zeroUnsigned=*/false, storage,
                      !type.isSigned());
}

static float getScale(quant::UniformQuantizedType type) { return type ? static_cast<float>(type.getScale()) : 1.0f; }

namespace {

struct QuantizeLowering : KernelPattern<QuantizeOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(QuantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto inputType = cast<RankedTensorType>(op.getInput().getType());
    auto resultType = cast<RankedTensorType>(op.getResult().getType());
    quant::UniformQuantizedType type = getQuantization(resultType);
    if (!type)
      return rewriter.notifyMatchFailure(op, "expected one scale");
    if (isPicture(inputType, resultType)) {
      rewriter.replaceOp(op, quantizePicture(rewriter, op.getLoc(), adaptor.getInput(), resultType, context));
      return success();
    }
    if (getLayout(inputType) != getLayout(resultType))
      return rewriter.notifyMatchFailure(op, "expected input and result in one layout");
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      Value scale = emitConstantLike(b, loc, lanes[0].getType(), getScale(type));
      return {emitToResult(b, loc, arith::DivFOp::create(b, loc, lanes[0], scale), type)};
    };
    rewriter.replaceOp(op, lowerElementwise(rewriter, op.getLoc(), adaptor.getInput(), Type(inputType), resultType,
                                            context.getFacts(), body));
    return success();
  }
};

struct DequantizeLowering : KernelPattern<DequantizeOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(DequantizeOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto inputType = cast<RankedTensorType>(op.getInput().getType());
    auto resultType = cast<RankedTensorType>(op.getResult().getType());
    quant::UniformQuantizedType type = getQuantization(inputType);
    if (!type)
      return rewriter.notifyMatchFailure(op, "expected one scale");
    if (getLayout(inputType) != getLayout(resultType))
      return rewriter.notifyMatchFailure(op, "expected input and result in one layout");
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      return {emitProduct(b, loc, emitDifference(b, loc, lanes[0], type), getScale(type))};
    };
    rewriter.replaceOp(op, lowerElementwise(rewriter, op.getLoc(), adaptor.getInput(), Type(inputType), resultType,
                                            context.getFacts(), body));
    return success();
  }
};

/// What is stored does not change.
struct StorageCastLowering : KernelPattern<quant::StorageCastOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(quant::StorageCastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getInput());
    return success();
  }
};

/// Sums and products of two quantized operands.
template <typename OpTy> struct QuantizedArithmeticLowering : KernelPattern<OpTy> {
  using KernelPattern<OpTy>::KernelPattern;
  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    quant::UniformQuantizedType lhs = getQuantization(op.getLhs()), rhs = getQuantization(op.getRhs()),
                                out = getQuantization(op.getOutput());
    if (!lhs || !rhs)
      return failure();
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      Value x = emitDifference(b, loc, lanes[0], lhs), y = emitDifference(b, loc, lanes[1], rhs), result;
      if (std::is_same_v<OpTy, AddOp>)
        result = arith::AddFOp::create(b, loc, emitProduct(b, loc, x, getScale(lhs) / getScale(out)),
                                       emitProduct(b, loc, y, getScale(rhs) / getScale(out)));
      else
        result = emitProduct(b, loc, arith::MulFOp::create(b, loc, x, y),
                             getRequantization(getScale(lhs), getScale(rhs), getScale(out)));
      return {emitToResult(b, loc, result, out)};
    };
    rewriter.replaceOp(op, lowerElementwise(rewriter, op.getLoc(), adaptor.getOperands(), op->getOperandTypes(),
                                            cast<RankedTensorType>(op.getType()), this->context.getFacts(), body));
    return success();
  }
};

struct LookupLowering : KernelPattern<LookupOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(LookupOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto inputType = cast<RankedTensorType>(op.getInput().getType());
    auto resultType = cast<RankedTensorType>(op.getType());
    if (getLayout(inputType) != getLayout(resultType))
      return rewriter.notifyMatchFailure(op, "expected input and result in one layout");
    ArrayRef<int8_t> table = op.getTable();
    auto tableType = RankedTensorType::get({static_cast<int64_t>(table.size())}, rewriter.getI8Type());
    Value constant = context.getConstantBuffer(
        rewriter, loc,
        makeConstant(tableType, ArrayRef<char>(reinterpret_cast<const char *>(table.data()), table.size())));
    bool isSigned = getQuantization(inputType).isSigned();
    Value result = allocateResultLike(rewriter, loc, resultType, adaptor.getInput());
    // One element at a time: places in the table are addresses.
    emitElementwiseLoop(rewriter, loc, adaptor.getInput(), result, /*lanes=*/1,
                        [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
                          Value place = emitCast(b, loc, lanes[0], b.getI32Type(), /*fromUnsigned=*/!isSigned, false);
                          if (isSigned)
                            place = arith::AddIOp::create(b, loc, place, emitConstantLike(b, loc, place.getType(), 128));
                          Value index = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), place);
                          return {memref::LoadOp::create(b, loc, constant, ValueRange{index}).getResult()};
                        });
    rewriter.replaceOp(op, result);
    return success();
  }
};

} // namespace

void winnow::kernel::populateQuantizedLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                               KernelContext &context) {
  patterns.add<QuantizeLowering, DequantizeLowering, StorageCastLowering, QuantizedArithmeticLowering<AddOp>,
               QuantizedArithmeticLowering<MulOp>, LookupLowering>(converter, context);
}
