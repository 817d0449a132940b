//===- ShapeLowering.cpp - ops that change or describe shapes -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

/// Element `position` of a 1-D i64 buffer as an index.
static Value loadExtent(OpBuilder &b, Location loc, Value shape, int64_t position) {
  Value value = memref::LoadOp::create(b, loc, shape, indexConstant(b, loc, position));
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), value);
}

/// The extents of a result that `shape` gives at run time: only the dynamic ones.
static SmallVector<Value> loadDynamicExtents(OpBuilder &b, Location loc, Value shape, RankedTensorType type) {
  SmallVector<Value> extents;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      extents.push_back(loadExtent(b, loc, shape, dim));
  return extents;
}

/// Fills a contiguous buffer with one scalar.
static void fillBuffer(OpBuilder &b, Location loc, Value buffer, Value scalar, const TargetFacts &facts) {
  Value flat = flatten(b, loc, buffer);
  forEachVector(b, loc, getExtent(b, loc, flat, 0), getLanes(facts, scalar.getType()),
                [&](OpBuilder &b, Location loc, Value i, int64_t lanes) {
                  storeLanes(b, loc, broadcastLanes(b, loc, scalar, lanes), flat, i);
                });
}

namespace {

/// A view: nothing moves.
struct ReshapeLowering : PlainPattern<ReshapeOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(ReshapeOp op, ReshapeOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = getPlainType(op.getOutput().getType());
    if (type.getNumDynamicDims() > 1 && !op.getShape())
      return rewriter.notifyMatchFailure(op, "at most one extent of a reshape may be dynamic");
    SmallVector<Value> dynamic;
    if (type.getNumDynamicDims() == 1) {
      Value count = asValue(rewriter, loc, multiply(rewriter, loc, getExtents(rewriter, loc, plain.getInput())));
      int64_t known = 1;
      for (int64_t extent : type.getShape())
        known *= ShapedType::isDynamic(extent) ? 1 : std::max<int64_t>(1, extent);
      dynamic.push_back(findBatch(rewriter, loc, op, plain.getInput(), known));
      if (!dynamic.back())
        dynamic.back() =
            known == 1 ? count
                       : arith::DivUIOp::create(rewriter, loc, count, indexConstant(rewriter, loc, known)).getResult();
    } else if (type.getNumDynamicDims() > 1) {
      dynamic = loadDynamicExtents(rewriter, loc, plain.getShape(), type);
    }
    return SmallVector<Value>{reinterpretShape(rewriter, loc, plain.getInput(), getBufferType(type), dynamic)};
  }

  /// The dynamic extent of the input where it is the result's too: keeps sizes
  /// plain multiples of the batch for the plan of memory.
  static Value findBatch(OpBuilder &b, Location loc, ReshapeOp op, Value input, int64_t known) {
    RankedTensorType type = op.getInput().getType();
    if (type.getNumDynamicDims() != 1)
      return {};
    int64_t rest = 1, dynamicDim = 0;
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (type.isDynamicDim(dim))
        dynamicDim = dim;
      else
        rest *= type.getDimSize(dim);
    }
    return rest == known ? asValue(b, loc, getExtent(b, loc, input, dynamicDim)) : Value();
  }
};

struct ExpandLowering : PlainPattern<ExpandOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(ExpandOp op, ExpandOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = getPlainType(op.getOutput().getType());
    SmallVector<Value> extents =
        op.getShape() ? loadDynamicExtents(rewriter, loc, plain.getShape(), type)
                      : getBroadcastExtents(rewriter, loc, type, plain.getInput(), Type(op.getInput().getType()));
    Value result = allocateResult(rewriter, loc, type, extents);
    emitElementwiseLoop(rewriter, loc, plain.getInput(), result, getCommonLanes(context.getFacts(), result),
                        [](OpBuilder &, Location, ValueRange lanes, int64_t) { return SmallVector<Value>(lanes); });
    return SmallVector<Value>{result};
  }
};

/// Tiling broadcasts [1, d0, 1, d1, ...] to [r0, d0, r1, d1, ...].
struct TileLowering : PlainPattern<TileOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(TileOp op, TileOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = plain.getInput();
    auto type = cast<MemRefType>(input.getType());
    SmallVector<int64_t> inputShape, resultShape;
    SmallVector<Value> dynamic, resultExtents;
    for (auto [dim, repeat] : llvm::enumerate(op.getRepeats())) {
      inputShape.append({1, type.getDimSize(dim)});
      resultShape.append({repeat, type.getDimSize(dim)});
      if (!type.isDynamicDim(dim))
        continue;
      dynamic.push_back(asValue(rewriter, loc, getExtent(rewriter, loc, input, dim)));
      resultExtents.push_back(mulIndex(rewriter, loc, dynamic.back(), indexConstant(rewriter, loc, repeat)));
    }
    Value result = allocateResult(rewriter, loc, getPlainType(op.getOutput().getType()), resultExtents);
    Value from = reinterpretShape(rewriter, loc, input, MemRefType::get(inputShape, type.getElementType()), dynamic);
    Value to = reinterpretShape(rewriter, loc, result, MemRefType::get(resultShape, type.getElementType()), dynamic);
    emitElementwiseLoop(rewriter, loc, from, to, getCommonLanes(context.getFacts(), result),
                        [](OpBuilder &, Location, ValueRange lanes, int64_t) { return SmallVector<Value>(lanes); });
    return SmallVector<Value>{result};
  }
};

/// An index as a value of an i64 buffer.
static Value asI64(OpBuilder &b, Location loc, OpFoldResult extent) {
  return arith::IndexCastOp::create(b, loc, b.getI64Type(), asValue(b, loc, extent));
}

/// The logical extents of an operand, whatever its layout.
static SmallVector<OpFoldResult> getLogicalExtents(OpBuilder &b, Location loc, Value buffer, RankedTensorType type) {
  SmallVector<OpFoldResult> extents;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (!type.isDynamicDim(dim)) {
      extents.push_back(b.getIndexAttr(type.getDimSize(dim)));
      continue;
    }
    Value extent = asValue(b, loc, getExtent(b, loc, buffer, dim));
    if (LayoutAttr layout = getLayout(type); layout && dim >= 2)
      extent = addIndex(b, loc, extent, indexConstant(b, loc, -2 * layout.getHalo()));
    extents.push_back(extent);
  }
  return extents;
}

struct ShapeLowering : KernelPattern<ShapeOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(ShapeOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<OpFoldResult> extents = getLogicalExtents(rewriter, loc, adaptor.getInput(), op.getInput().getType());
    Value result = allocateResult(rewriter, loc, op.getOutput().getType());
    for (int64_t dim = op.getStart(); dim < static_cast<int64_t>(op.getEnd()); ++dim)
      memref::StoreOp::create(rewriter, loc, asI64(rewriter, loc, extents[dim]), result,
                              indexConstant(rewriter, loc, dim - op.getStart()));
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct SizeLowering : KernelPattern<SizeOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(SizeOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    SmallVector<OpFoldResult> extents = getLogicalExtents(rewriter, loc, adaptor.getInput(), op.getInput().getType());
    Value result = allocateResult(rewriter, loc, op.getOutput().getType());
    memref::StoreOp::create(rewriter, loc, asI64(rewriter, loc, multiply(rewriter, loc, extents)), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ConstantOfShapeLowering : PlainPattern<ConstantOfShapeOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(ConstantOfShapeOp op, ConstantOfShapeOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = getPlainType(op.getOutput().getType());
    Value result = allocateResult(rewriter, loc, type, loadDynamicExtents(rewriter, loc, plain.getShape(), type));
    Value fill = context.getConstantBuffer(rewriter, loc, op.getValue());
    fill = loadLanes(rewriter, loc, flatten(rewriter, loc, fill), indexConstant(rewriter, loc, 0), 1);
    fillBuffer(rewriter, loc, result, fill, context.getFacts());
    return SmallVector<Value>{result};
  }
};

struct RangeLowering : PlainPattern<RangeOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(RangeOp op, RangeOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = getPlainType(op.getOutput().getType());
    bool noSign = isUnsigned(type), isFloat = isa<FloatType>(type.getElementType());
    auto load = [&](Value buffer) -> Value { return memref::LoadOp::create(rewriter, loc, buffer, ValueRange()); };
    Value start = load(plain.getStart()), delta = load(plain.getDelta());
    SmallVector<Value> extents;
    if (type.isDynamicDim(0)) {
      auto toDouble = [&](Value value) { return emitCast(rewriter, loc, value, rewriter.getF64Type(), noSign, false); };
      Value span = arith::SubFOp::create(rewriter, loc, toDouble(load(plain.getLimit())), toDouble(start));
      Value count = math::CeilOp::create(rewriter, loc, arith::DivFOp::create(rewriter, loc, span, toDouble(delta)));
      count = emitCast(rewriter, loc, count, rewriter.getI64Type(), false, false);
      Value index = arith::IndexCastOp::create(rewriter, loc, rewriter.getIndexType(), count);
      extents.push_back(arith::MaxSIOp::create(rewriter, loc, index, indexConstant(rewriter, loc, 0)));
    }
    Value result = allocateResult(rewriter, loc, type, extents);
    forRange(rewriter, loc, getExtent(rewriter, loc, result, 0), [&](OpBuilder &b, Location loc, Value i) {
      Value position = arith::IndexCastOp::create(b, loc, b.getI64Type(), i);
      position = emitCast(b, loc, position, start.getType(), false, noSign);
      Value offset = isFloat ? arith::MulFOp::create(b, loc, position, delta).getResult()
                             : arith::MulIOp::create(b, loc, position, delta).getResult();
      Value value = isFloat ? arith::AddFOp::create(b, loc, start, offset).getResult()
                            : arith::AddIOp::create(b, loc, start, offset).getResult();
      memref::StoreOp::create(b, loc, value, result, i);
    });
    return SmallVector<Value>{result};
  }
};

/// Zeros, then each value to the position that its index names. Positions
/// outside of the result are clamped.
struct MaxUnpoolLowering : PlainPattern<MaxUnpoolOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(MaxUnpoolOp op, MaxUnpoolOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value result = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    zeroBuffer(rewriter, loc, result, context.getFacts());
    Value flat = flatten(rewriter, loc, result), input = flatten(rewriter, loc, plain.getInput());
    Value indices = flatten(rewriter, loc, plain.getIndices());
    Value zero = indexConstant(rewriter, loc, 0), size = asValue(rewriter, loc, getExtent(rewriter, loc, flat, 0));
    Value last = addIndex(rewriter, loc, size, indexConstant(rewriter, loc, -1));
    forRange(rewriter, loc, getExtent(rewriter, loc, input, 0), [&](OpBuilder &b, Location loc, Value i) {
      Value position = memref::LoadOp::create(b, loc, indices, i);
      position = arith::IndexCastOp::create(b, loc, b.getIndexType(), position);
      position = arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, position, zero), last);
      memref::StoreOp::create(b, loc, memref::LoadOp::create(b, loc, input, i), flat, position);
    });
    return SmallVector<Value>{result};
  }
};

} // namespace

void winnow::kernel::populateShapeLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                           KernelContext &context) {
  patterns.add<ReshapeLowering, ExpandLowering, TileLowering, ShapeLowering, SizeLowering, ConstantOfShapeLowering,
               RangeLowering, MaxUnpoolLowering>(converter, context);
}
