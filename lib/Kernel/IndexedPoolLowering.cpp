//===- IndexedPoolLowering.cpp - pools that deal in positions -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PoolKernel.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// Maxima with their positions: one element at a time.
struct MaxPoolWithIndicesLowering : KernelPattern<cnn::MaxPoolWithIndicesOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::MaxPoolWithIndicesOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType inputType = op.getInput().getType(), resultType = op.getOutput().getType();
    for (RankedTensorType type : {inputType, resultType})
      if (llvm::StringRef obstacle = getPoolObstacle(type); !obstacle.empty())
        return rewriter.notifyMatchFailure(op, obstacle);
    if (getLayout(inputType) || getLayout(resultType))
      return rewriter.notifyMatchFailure(op, "expected plain layouts");
    Location loc = op.getLoc();
    Value input = adaptor.getInput();
    Value output = allocateResultLike(rewriter, loc, resultType, input);
    Value indices = allocateResultLike(rewriter, loc, op.getIndices().getType(), input);
    PoolShape shape = getPoolShape(PoolFunction::Max, inputType);
    shape.window = WindowShape::get(op, inputType, resultType);
    forEachIndex(rewriter, loc, getExtents(rewriter, loc, output), [&](OpBuilder &b, Location loc, ValueRange at) {
      auto [value, position] = emitElement(b, loc, shape, input, at, op.getStorageOrder() == 1);
      memref::StoreOp::create(b, loc, value, output, at);
      Value integer = arith::IndexCastOp::create(b, loc, b.getI64Type(), position);
      memref::StoreOp::create(b, loc, integer, indices, at);
    });
    rewriter.replaceOp(op, {output, indices});
    return success();
  }

private:
  /// The greatest element of one window and its position in the input.
  static std::pair<Value, Value> emitElement(OpBuilder &b, Location loc, const PoolShape &shape, Value input,
                                             ValueRange at, bool columnsFirst) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    const WindowShape &window = shape.window;
    int64_t rank = at.size() - 2;
    Value least = vector::ExtractOp::create(b, loc, getPoolStart(kb, shape), llvm::ArrayRef<int64_t>{0});
    if (least.getType() != shape.elementType)
      least = arith::TruncFOp::create(b, loc, shape.elementType, least);
    Values where(at.begin(), at.end());
    std::function<Values(int64_t, ValueRange)> overTaps = [&](int64_t i, ValueRange carried) -> Values {
      if (i == rank)
        return select(b, loc, kb, shape, input, where, carried, columnsFirst);
      int64_t d = 3 - rank + i;
      TapRange taps = getTapsAt(kb, window, d, at[i + 2]);
      return kb.loop(taps.first, taps.end, 1, carried, [&](Value k, ValueRange carried) {
        Value origin = kb.add(kb.mul(at[i + 2], window.stride[d]), -window.pad[d]);
        where[i + 2] = kb.add(origin, kb.mul(k, window.dilation[d]));
        return overTaps(i + 1, carried);
      });
    };
    Values best = overTaps(0, {least, kb.index(0)});
    return {best[0], best[1]};
  }

  /// The better of what was found so far and the element at `where`. The first tap always wins against nothing.
  static Values select(OpBuilder &b, Location loc, KernelBuilder &kb, const PoolShape &shape, Value input,
                       ValueRange where, ValueRange carried, bool columnsFirst) {
    auto type = cast<MemRefType>(input.getType());
    Value element = memref::LoadOp::create(b, loc, input, where);
    Value position = kb.add(kb.mul(where[0], type.getDimSize(1)), where[1]);
    int64_t rank = type.getRank();
    if (columnsFirst) {
      for (int64_t d = rank - 1; d >= 2; --d)
        position = kb.add(kb.mul(position, type.getDimSize(d)), where[d]);
    } else {
      for (int64_t d = 2; d < rank; ++d)
        position = kb.add(kb.mul(position, type.getDimSize(d)), where[d]);
    }
    Value greater;
    if (isa<FloatType>(shape.elementType))
      greater = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, element, carried[0]);
    else
      greater = arith::CmpIOp::create(b, loc, shape.isUnsigned ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt,
                                      element, carried[0]);
    return {arith::SelectOp::create(b, loc, greater, element, carried[0]),
            arith::SelectOp::create(b, loc, greater, position, carried[1])};
  }
};

struct MaxUnpoolLowering : KernelPattern<cnn::MaxUnpoolOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::MaxUnpoolOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = op.getOutput().getType();
    if (!type.hasStaticShape() || !op.getInput().getType().hasStaticShape())
      return rewriter.notifyMatchFailure(op, "expected static shapes");
    Location loc = op.getLoc();
    Value output = allocateResult(rewriter, loc, type);
    zeroBuffer(rewriter, loc, output, context.getFacts());
    Value flat = getFlatBuffer(rewriter, loc, output), input = adaptor.getInput(), indices = adaptor.getIndices();
    forEachIndex(rewriter, loc, getExtents(rewriter, loc, input), [&](OpBuilder &b, Location loc, ValueRange at) {
      Value element = memref::LoadOp::create(b, loc, input, at);
      Value position = memref::LoadOp::create(b, loc, indices, at);
      position = arith::IndexCastOp::create(b, loc, b.getIndexType(), position);
      // Indices come from outside: those that point nowhere are dropped.
      Value size = indexConstant(b, loc, type.getNumElements());
      Value valid = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, position, size);
      auto guard = scf::IfOp::create(b, loc, valid);
      OpBuilder then = guard.getThenBodyBuilder();
      memref::StoreOp::create(then, loc, element, flat, ValueRange{position});
    });
    rewriter.replaceOp(op, output);
    return success();
  }
};

} // namespace

void populateIndexedPoolLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<MaxPoolWithIndicesLowering, MaxUnpoolLowering>(converter, context);
}

} // namespace winnow::kernel
