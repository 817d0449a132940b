//===- QuantizationLowering.cpp - quantization as loops -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantize.h"
#include "Rows.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

Value winnow::kernel::emitSaturate(OpBuilder &b, Location loc, Value rounded, Value zeroPoint, bool zeroUnsigned,
                                   IntegerType to, bool toUnsigned) {
  // f64 holds the sum of any two of the integers exactly; eight and sixteen
  // bits fit in f32 as well, where twice as many lanes work at once.
  Type wide = to.getWidth() <= 16 ? Type(b.getF32Type()) : Type(b.getF64Type());
  Value x = emitCast(b, loc, rounded, wide, false, false);
  double lowest = toUnsigned ? 0.0 : -std::ldexp(1.0, to.getWidth() - 1);
  double highest = std::ldexp(1.0, toUnsigned ? to.getWidth() : to.getWidth() - 1) - 1;
  if (zeroPoint)
    x = arith::AddFOp::create(b, loc, x, emitCast(b, loc, zeroPoint, wide, zeroUnsigned, false));
  auto constant = [&](double value) { return emitConstantLike(b, loc, x.getType(), value); };
  Value isNaN = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, x, x);
  x = arith::SelectOp::create(b, loc, isNaN, constant(0), x);
  auto clamp = [&](arith::CmpFPredicate predicate, double bound) {
    Value outside = arith::CmpFOp::create(b, loc, predicate, x, constant(bound));
    x = arith::SelectOp::create(b, loc, outside, constant(bound), x);
  };
  clamp(arith::CmpFPredicate::OLT, lowest);
  clamp(arith::CmpFPredicate::OGT, highest);
  return emitCast(b, loc, x, to, false, toUnsigned);
}

Value winnow::kernel::alignParameter(OpBuilder &b, Location loc, Value parameter, int64_t axis, int64_t rank) {
  auto type = cast<MemRefType>(parameter.getType());
  if (type.getRank() == 0 || type.getNumElements() == 1)
    return reinterpretShape(b, loc, parameter, MemRefType::get({}, type.getElementType()));
  SmallVector<int64_t> shape(rank - axis, 1);
  shape.front() = type.getNumElements();
  return reinterpretShape(b, loc, parameter, MemRefType::get(shape, type.getElementType()));
}

namespace {

/// What quantization and its inverse share: which scale and zero point belong
/// to each element.
template <typename OpTy> struct LinearLowering : KernelPattern<OpTy> {
  using KernelPattern<OpTy>::KernelPattern;
  using Body = llvm::function_ref<Value(OpBuilder &, Location, Value x, Value scale, Value zeroPoint)>;

  LogicalResult lowerWith(OpTy op, typename OpTy::Adaptor adaptor, ConversionPatternRewriter &rewriter,
                          Body body) const {
    RankedTensorType scaleType = op.getScale().getType();
    if (!scaleType.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "expected scales of a static shape");
    if (op.getBlockSize() > 0 && scaleType.getNumElements() != 1)
      return lowerBlocks(op, adaptor, rewriter, body);
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    int64_t rank = type.getRank(), axis = op.getAxis() < 0 ? op.getAxis() + rank : op.getAxis();
    if (scaleType.getNumElements() != 1 && (axis < 0 || axis >= rank))
      return rewriter.notifyMatchFailure(op, "the axis lies outside of the input's dimensions");
    SmallVector<Value> operands = {adaptor.getInput(), alignParameter(rewriter, loc, adaptor.getScale(), axis, rank)};
    if (op.getZeroPoint())
      operands.push_back(alignParameter(rewriter, loc, adaptor.getZeroPoint(), axis, rank));
    SmallVector<Type> types = {type};
    for (Value operand : ArrayRef(operands).drop_front())
      types.push_back(RankedTensorType::get(cast<MemRefType>(operand.getType()).getShape(),
                                            cast<MemRefType>(operand.getType()).getElementType()));
    rewriter.replaceOp(op, lowerElementwise(rewriter, loc, operands, types, op.getOutput().getType(),
                                            this->context.getFacts(), adapt(body)));
    return success();
  }

  /// One scale for each block of `block_size` elements along the axis.
  LogicalResult lowerBlocks(OpTy op, typename OpTy::Adaptor adaptor, ConversionPatternRewriter &rewriter,
                            Body body) const {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    int64_t rank = type.getRank(), axis = op.getAxis() < 0 ? op.getAxis() + rank : op.getAxis();
    int64_t block = op.getBlockSize(), extent = type.getDimSize(axis);
    if (!type.hasStaticShape() || extent % block || getLayout(type) || getLayout(op.getOutput().getType()))
      return rewriter.notifyMatchFailure(op, "blocks must divide an axis of a static plain tensor");
    SmallVector<int64_t> dataShape(type.getShape()), scaleShape(type.getShape());
    dataShape[axis] = scaleShape[axis] = extent / block;
    dataShape.insert(dataShape.begin() + axis + 1, block);
    scaleShape.insert(scaleShape.begin() + axis + 1, 1);
    auto view = [&](Value buffer, ArrayRef<int64_t> shape) {
      return reinterpretShape(rewriter, loc, buffer,
                              MemRefType::get(shape, cast<MemRefType>(buffer.getType()).getElementType()));
    };
    SmallVector<Value> operands = {view(adaptor.getInput(), dataShape), view(adaptor.getScale(), scaleShape)};
    if (op.getZeroPoint())
      operands.push_back(view(adaptor.getZeroPoint(), scaleShape));
    Value result = allocateResult(rewriter, loc, op.getOutput().getType());
    SmallVector<Value> all(operands);
    all.push_back(result);
    emitElementwiseLoop(rewriter, loc, operands, view(result, dataShape), getCommonLanes(this->context.getFacts(), all),
                        adapt(body));
    rewriter.replaceOp(op, result);
    return success();
  }

  static auto adapt(Body body) {
    return [body](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      return {body(b, loc, lanes[0], lanes[1], lanes.size() > 2 ? lanes[2] : Value())};
    };
  }
};

struct QuantizeLinearLowering : LinearLowering<QuantizeLinearOp> {
  using LinearLowering::LinearLowering;
  LogicalResult matchAndRewrite(QuantizeLinearOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type element = op.getInput().getType().getElementType(), to = op.getOutput().getType().getElementType();
    bool fromUnsigned = isUnsigned(op.getInput().getType());
    bool zeroUnsigned = op.getZeroPoint() && isUnsigned(op.getZeroPoint().getType());
    auto storage = cast<IntegerType>(getStorageType(to));
    return lowerWith(op, adaptor, rewriter, [&](OpBuilder &b, Location loc, Value x, Value scale, Value zero) {
      Type compute = element.isF64() ? Type(b.getF64Type()) : Type(b.getF32Type());
      Value quotient = arith::DivFOp::create(b, loc, emitCast(b, loc, x, compute, fromUnsigned, false),
                                             emitCast(b, loc, scale, compute, false, false));
      Value rounded = math::RoundEvenOp::create(b, loc, quotient);
      return emitSaturate(b, loc, rounded, zero, zeroUnsigned, storage, to.isUnsignedInteger());
    });
  }
};

struct DequantizeLinearLowering : LinearLowering<DequantizeLinearOp> {
  using LinearLowering::LinearLowering;
  LogicalResult matchAndRewrite(DequantizeLinearOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    bool noSign = isUnsigned(op.getInput().getType());
    unsigned width = op.getInput().getType().getElementType().getIntOrFloatBitWidth();
    Type to = op.getOutput().getType().getElementType();
    return lowerWith(op, adaptor, rewriter, [&](OpBuilder &b, Location loc, Value x, Value scale, Value zero) {
      // The difference of 32-bit integers may need one bit more.
      Type wide = b.getIntegerType(width >= 32 && zero ? 64 : 32);
      Value difference = emitCast(b, loc, x, wide, noSign, false);
      if (zero)
        difference = arith::SubIOp::create(b, loc, difference, emitCast(b, loc, zero, wide, noSign, false));
      Type compute = getElementTypeOrSelf(scale.getType()).isF64() ? Type(b.getF64Type()) : Type(b.getF32Type());
      Value y = arith::MulFOp::create(b, loc, emitCast(b, loc, difference, compute, false, false),
                                      emitCast(b, loc, scale, compute, false, false));
      return emitCast(b, loc, y, to, false, false);
    });
  }
};

/// Range of the data, scale and zero point from it, then quantization.
struct DynamicQuantizeLowering : PlainPattern<DynamicQuantizeLinearOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(DynamicQuantizeLinearOp op, DynamicQuantizeLinearOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto storage = cast<IntegerType>(getStorageType(op.getOutput().getType().getElementType()));
    bool noSign = isUnsigned(op.getOutput().getType());
    Type f32 = rewriter.getF32Type();
    Value output = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    Value scaleBuffer = allocateResult(rewriter, loc, op.getScale().getType());
    Value zeroBuffer = allocateResult(rewriter, loc, op.getZeroPoint().getType());
    Value flat = flatten(rewriter, loc, plain.getInput());
    RowView view(rewriter, loc, flat, 0, 1, context.getFacts(), /*isUnsigned=*/false, f32);
    Value zero = indexConstant(rewriter, loc, 0);
    Row row(view, zero, zero, 1);
    auto identity = [](OpBuilder &, Location, Value x) { return x; };
    Value none = scalarConstant(rewriter, loc, f32, 0), one = scalarConstant(rewriter, loc, f32, 1);
    Value largest =
        arith::MaximumFOp::create(rewriter, loc, row.reduce(rewriter, loc, ElementwiseKind::Max, identity), none);
    Value smallest =
        arith::MinimumFOp::create(rewriter, loc, row.reduce(rewriter, loc, ElementwiseKind::Min, identity), none);
    Value range = arith::SubFOp::create(rewriter, loc, largest, smallest);
    Value isEmpty = arith::CmpFOp::create(rewriter, loc, arith::CmpFPredicate::OEQ, largest, smallest);
    Value scale = arith::DivFOp::create(rewriter, loc, range, scalarConstant(rewriter, loc, f32, 255));
    scale = arith::SelectOp::create(rewriter, loc, isEmpty, one, scale);
    Value offset = arith::SubFOp::create(rewriter, loc, none, arith::DivFOp::create(rewriter, loc, smallest, scale));
    Value zeroPoint =
        emitSaturate(rewriter, loc, math::RoundEvenOp::create(rewriter, loc, offset), Value(), false, storage, noSign);
    memref::StoreOp::create(rewriter, loc,
                            emitCast(rewriter, loc, scale, op.getScale().getType().getElementType(), false, false),
                            scaleBuffer);
    memref::StoreOp::create(rewriter, loc, zeroPoint, zeroBuffer);
    emitElementwiseLoop(rewriter, loc, flat, flatten(rewriter, loc, output), view.lanes,
                        [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t count) -> SmallVector<Value> {
                          Value quotient = arith::DivFOp::create(b, loc, emitCast(b, loc, lanes[0], f32, false, false),
                                                                 broadcastLanes(b, loc, scale, count));
                          return {emitSaturate(b, loc, math::RoundEvenOp::create(b, loc, quotient),
                                               broadcastLanes(b, loc, zeroPoint, count), noSign, storage, noSign)};
                        });
    return SmallVector<Value>{output, scaleBuffer, zeroBuffer};
  }
};

} // namespace

void winnow::kernel::populateQuantizationLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                                  KernelContext &context) {
  patterns.add<QuantizeLinearLowering, DequantizeLinearLowering, DynamicQuantizeLowering>(converter, context);
}
