//===- QuantizedLowering.cpp - quantized numbers in loops -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Bit for bit what the interpreter computes: one rounding an operation, in f32.

#include "Quantize.h"
#include "QuantizedPicture.h"
#include "Requantize.h"

#include "winnow/Kernel/ElementFunctions.h"
#include "winnow/Support/QuantizedTypes.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

#include <cmath>

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

namespace {

struct QuantizeLowering : KernelPattern<QuantizeOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(QuantizeOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
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

/// Four vectors of real numbers, none larger than `largest`, as bytes of the quantization `type`, which has no sign.
static Value packBytes(OpBuilder &b, Location loc, Value reals, quant::UniformQuantizedType type, float largest,
                       const TargetFacts &facts) {
  Requantization numbers;
  numbers.outputZero = type.getZeroPoint();
  numbers.low = type.getStorageTypeMin();
  numbers.high = type.getStorageTypeMax();
  numbers.overflows = !(largest < (1 << 30));
  int64_t lanes = facts.getF32Lanes();
  Values parts;
  for (int64_t start = 0; start < 4 * lanes; start += lanes)
    parts.push_back(vector::ExtractStridedSliceOp::create(b, loc, reals, start, lanes, int64_t{1}));
  KernelBuilder kb(b, loc, b.getInsertionBlock());
  return Requantizer(kb, numbers, facts, lanes).pack(parts);
}

/// Sums and products of two quantized operands.
template <typename OpTy> struct QuantizedArithmeticLowering : KernelPattern<OpTy> {
  using KernelPattern<OpTy>::KernelPattern;
  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    quant::UniformQuantizedType lhs = getQuantization(op.getLhs()), rhs = getQuantization(op.getRhs()),
                                out = getQuantization(op.getOutput());
    if (!lhs || !rhs)
      return failure();
    const TargetFacts &facts = this->context.getFacts();
    float largest = std::is_same_v<OpTy, AddOp>
                        ? 255 * (getScale(lhs) + getScale(rhs)) / getScale(out)
                        : 255 * 255 * getRequantization(getScale(lhs), getScale(rhs), getScale(out));
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t count) -> SmallVector<Value> {
      Value x = emitDifference(b, loc, lanes[0], lhs), y = emitDifference(b, loc, lanes[1], rhs), result;
      if (std::is_same_v<OpTy, AddOp>)
        result = arith::AddFOp::create(b, loc, emitProduct(b, loc, x, getScale(lhs) / getScale(out)),
                                       emitProduct(b, loc, y, getScale(rhs) / getScale(out)));
      else
        result = emitProduct(b, loc, arith::MulFOp::create(b, loc, x, y),
                             getRequantization(getScale(lhs), getScale(rhs), getScale(out)));
      bool packs = out && !out.isSigned() && facts.dot != DotUnit::None && count == 4 * facts.getF32Lanes();
      return {packs ? packBytes(b, loc, result, out, largest, facts) : emitToResult(b, loc, result, out)};
    };
    rewriter.replaceOp(op, lowerElementwise(rewriter, op.getLoc(), adaptor.getOperands(), op->getOperandTypes(),
                                            cast<RankedTensorType>(op.getType()), facts, body));
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
    quant::UniformQuantizedType in = getQuantization(inputType), out = getQuantization(resultType);
    if (float factor = getScale(in) / getScale(out); isRescaling(table, in, out, factor)) {
      rewriter.replaceOp(op, rescale(rewriter, loc, adaptor.getInput(), inputType, resultType, factor));
      return success();
    }
    Value result = allocateResultLike(rewriter, loc, resultType, adaptor.getInput());
    // One element at a time: places in the table are addresses.
    emitElementwiseLoop(rewriter, loc, adaptor.getInput(), result, /*lanes=*/1,
                        [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
                          Value place = emitCast(b, loc, lanes[0], b.getI32Type(), /*fromUnsigned=*/!isSigned, false);
                          if (isSigned)
                            place =
                                arith::AddIOp::create(b, loc, place, emitConstantLike(b, loc, place.getType(), 128));
                          Value index = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), place);
                          return {memref::LoadOp::create(b, loc, constant, ValueRange{index}).getResult()};
                        });
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  /// Whether every entry of `table` is the product with `factor`, on the grid of `out`.
  static bool isRescaling(ArrayRef<int8_t> table, quant::UniformQuantizedType in, quant::UniformQuantizedType out,
                          float factor) {
    if (in.isSigned() || out.isSigned())
      return false;
    for (auto [stored, entry] : llvm::enumerate(table)) {
      float product = static_cast<float>(static_cast<int64_t>(stored) - in.getZeroPoint()) * factor;
      if (saturateTo(out, std::nearbyint(product)) != static_cast<uint8_t>(entry))
        return false;
    }
    return true;
  }

  /// The change of a scale is arithmetic on whole vectors, where a table is read byte by byte.
  Value rescale(OpBuilder &b, Location loc, Value input, RankedTensorType inputType, RankedTensorType resultType,
                float factor) const {
    const TargetFacts &facts = context.getFacts();
    quant::UniformQuantizedType in = getQuantization(inputType), out = getQuantization(resultType);
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t count) -> SmallVector<Value> {
      Value product = emitProduct(b, loc, emitDifference(b, loc, lanes[0], in), factor);
      bool packs = facts.dot != DotUnit::None && count == 4 * facts.getF32Lanes();
      return {packs ? packBytes(b, loc, product, out, 255 * factor, facts) : emitToResult(b, loc, product, out)};
    };
    return lowerElementwise(b, loc, input, Type(inputType), resultType, facts, body);
  }
};

} // namespace

void winnow::kernel::populateQuantizedLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                               KernelContext &context) {
  patterns.add<QuantizeLowering, DequantizeLowering, StorageCastLowering, QuantizedArithmeticLowering<AddOp>,
               QuantizedArithmeticLowering<MulOp>, LookupLowering>(converter, context);
}
