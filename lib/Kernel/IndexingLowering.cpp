//===- IndexingLowering.cpp - gathers and scatters as loops ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelGather.h"
#include "KernelLowering.h"

#include "winnow/Kernel/ElementFunctions.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

namespace {

/// Loads an index and makes it safe: negative ones count from the end, and
/// what lies outside of `extent` is clamped, so that no index read from data
/// reaches beyond the buffer.
Value loadIndex(OpBuilder &b, Location loc, Value indices, ValueRange position, OpFoldResult extent) {
  Value raw = memref::LoadOp::create(b, loc, indices, position);
  Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), raw);
  Value count = asValue(b, loc, extent), zero = indexConstant(b, loc, 0);
  Value isNegative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index, zero);
  Value wrapped = arith::AddIOp::create(b, loc, index, count);
  index = arith::SelectOp::create(b, loc, isNegative, wrapped, index);
  Value last = arith::SubIOp::create(b, loc, count, indexConstant(b, loc, 1));
  index = arith::MinSIOp::create(b, loc, index, last);
  return arith::MaxSIOp::create(b, loc, index, zero);
}

/// The dynamic ones of `extents`, as values.
SmallVector<Value> getDynamicExtents(Type resultType, ArrayRef<OpFoldResult> extents, OpBuilder &b, Location loc) {
  SmallVector<Value> dynamic;
  for (auto [extent, known] : llvm::zip_equal(extents, cast<RankedTensorType>(resultType).getShape()))
    if (ShapedType::isDynamic(known))
      dynamic.push_back(asValue(b, loc, extent));
  return dynamic;
}

SmallVector<Value> concat(ValueRange a, ValueRange b) {
  SmallVector<Value> all(a);
  all.append(b.begin(), b.end());
  return all;
}

/// Copies the trailing dimensions of `source` behind `sourceIndex` to those of
/// `target` behind `targetIndex`; the innermost one by vectors.
void copySlice(OpBuilder &b, Location loc, Value source, ValueRange sourceIndex, Value target, ValueRange targetIndex,
               const TargetFacts &facts) {
  SmallVector<OpFoldResult> extents = getExtents(b, loc, source);
  extents.erase(extents.begin(), extents.begin() + sourceIndex.size());
  auto copyElement = [&](OpBuilder &b, Location loc, ValueRange index, int64_t lanes) {
    Value value = loadLanes(b, loc, source, concat(sourceIndex, index), lanes);
    storeLanes(b, loc, value, target, concat(targetIndex, index));
  };
  if (extents.empty())
    return copyElement(b, loc, {}, 1);
  OpFoldResult inner = extents.pop_back_val();
  int64_t lanes = getLanes(facts, cast<MemRefType>(source.getType()).getElementType());
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange outer) {
    SmallVector<Value> prefix(outer);
    forEachVector(b, loc, inner, lanes, [&](OpBuilder &b, Location loc, Value position, int64_t count) {
      copyElement(b, loc, concat(prefix, position), count);
    });
  });
}

struct GatherLowering : KernelPattern<GatherOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(GatherOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = adaptor.getInput(), indices = adaptor.getIndices();
    if (cnn::LayoutAttr layout = getLayout(op.getType())) {
      ElementsAttr constant = getConstant(op.getIndices());
      if (!constant || op.getAxis() != 1 || getLayout(op.getInput().getType()) != layout || layout.getHalo())
        return rewriter.notifyMatchFailure(op, "only constant channels of one layout are gathered in blocks");
      Value output = allocateResultLike(rewriter, loc, op.getType(), input);
      emitChannelGather(rewriter, loc, input, output, *getConstantInts(constant), layout.getBlock());
      rewriter.replaceOp(op, output);
      return success();
    }
    int64_t axis = op.getAxis();
    SmallVector<OpFoldResult> inputExtents = getExtents(rewriter, loc, input),
                              indexExtents = getExtents(rewriter, loc, indices);
    OpFoldResult axisExtent = inputExtents[axis];
    SmallVector<OpFoldResult> outer(inputExtents.begin(), inputExtents.begin() + axis);
    outer.append(indexExtents);
    SmallVector<OpFoldResult> extents = outer;
    extents.append(inputExtents.begin() + axis + 1, inputExtents.end());
    Value output = allocateResult(rewriter, loc, op.getType(), getDynamicExtents(op.getType(), extents, rewriter, loc));
    forEachIndex(rewriter, loc, outer, [&](OpBuilder &b, Location loc, ValueRange position) {
      SmallVector<Value> source(position.take_front(axis));
      source.push_back(loadIndex(b, loc, indices, position.drop_front(axis), axisExtent));
      copySlice(b, loc, input, source, output, position, context.getFacts());
    });
    rewriter.replaceOp(op, output);
    return success();
  }
};

struct GatherElementsLowering : KernelPattern<GatherElementsOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(GatherElementsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = adaptor.getInput(), indices = adaptor.getIndices();
    int64_t axis = op.getAxis();
    OpFoldResult axisExtent = getExtent(rewriter, loc, input, axis);
    Value output = allocateResultLike(rewriter, loc, op.getType(), indices);
    forEachIndex(rewriter, loc, getExtents(rewriter, loc, indices),
                 [&](OpBuilder &b, Location loc, ValueRange position) {
                   SmallVector<Value> source(position);
                   source[axis] = loadIndex(b, loc, indices, position, axisExtent);
                   memref::StoreOp::create(b, loc, memref::LoadOp::create(b, loc, input, source), output, position);
                 });
    rewriter.replaceOp(op, output);
    return success();
  }
};

/// The indices of the tuple at `position` into the dimensions of `buffer` from `firstDim` on.
SmallVector<Value> loadTuple(OpBuilder &b, Location loc, Value indices, ValueRange position, int64_t length,
                             Value buffer, int64_t firstDim) {
  SmallVector<Value> tuple;
  for (int64_t i = 0; i < length; ++i)
    tuple.push_back(loadIndex(b, loc, indices, concat(position, indexConstant(b, loc, i)),
                              getExtent(b, loc, buffer, firstDim + i)));
  return tuple;
}

struct GatherNDLowering : KernelPattern<GatherNDOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(GatherNDOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value input = adaptor.getInput(), indices = adaptor.getIndices();
    int64_t tupleLength = op.getIndices().getType().getShape().back(), batchDims = op.getBatchDims();
    if (ShapedType::isDynamic(tupleLength))
      return rewriter.notifyMatchFailure(op, "expected a static extent of the last dimension of the indices");
    SmallVector<OpFoldResult> positions = getExtents(rewriter, loc, indices), extents;
    positions.pop_back();
    extents = positions;
    for (int64_t dim = batchDims + tupleLength, rank = op.getInput().getType().getRank(); dim < rank; ++dim)
      extents.push_back(getExtent(rewriter, loc, input, dim));
    Value output = allocateResult(rewriter, loc, op.getType(), getDynamicExtents(op.getType(), extents, rewriter, loc));
    forEachIndex(rewriter, loc, positions, [&](OpBuilder &b, Location loc, ValueRange position) {
      SmallVector<Value> tuple = loadTuple(b, loc, indices, position, tupleLength, input, batchDims);
      copySlice(b, loc, input, concat(position.take_front(batchDims), tuple), output, position, context.getFacts());
    });
    rewriter.replaceOp(op, output);
    return success();
  }
};

/// `current` combined with `update` as the scatter says.
Value combine(OpBuilder &b, Location loc, ScatterKind kind, Value current, Value update, bool isUnsigned) {
  switch (kind) {
  case ScatterKind::Replace:
    return update;
  case ScatterKind::Add:
    return emitElementwise(b, loc, ElementwiseKind::Add, {current, update}, isUnsigned);
  case ScatterKind::Mul:
    return emitElementwise(b, loc, ElementwiseKind::Mul, {current, update}, isUnsigned);
  case ScatterKind::Max:
    return emitElementwise(b, loc, ElementwiseKind::Max, {current, update}, isUnsigned);
  case ScatterKind::Min:
    return emitElementwise(b, loc, ElementwiseKind::Min, {current, update}, isUnsigned);
  }
  llvm_unreachable("all kinds are handled");
}

/// Combines one element of the output with one of the updates.
void scatterElement(OpBuilder &b, Location loc, ScatterKind kind, Value output, ValueRange target, Value updates,
                    ValueRange source, bool isUnsigned) {
  Value update = memref::LoadOp::create(b, loc, updates, source);
  if (kind != ScatterKind::Replace)
    update = combine(b, loc, kind, memref::LoadOp::create(b, loc, output, target), update, isUnsigned);
  memref::StoreOp::create(b, loc, update, output, target);
}

struct ScatterElementsLowering : KernelPattern<ScatterElementsOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(ScatterElementsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value indices = adaptor.getIndices(), updates = adaptor.getUpdates();
    int64_t axis = op.getAxis();
    Value output = allocateResultLike(rewriter, loc, op.getType(), adaptor.getInput());
    copyBuffer(rewriter, loc, adaptor.getInput(), output, context.getFacts());
    OpFoldResult axisExtent = getExtent(rewriter, loc, output, axis);
    forEachIndex(
        rewriter, loc, getExtents(rewriter, loc, indices), [&](OpBuilder &b, Location loc, ValueRange position) {
          SmallVector<Value> target(position);
          target[axis] = loadIndex(b, loc, indices, position, axisExtent);
          scatterElement(b, loc, op.getReduction(), output, target, updates, position, isUnsigned(op.getType()));
        });
    rewriter.replaceOp(op, output);
    return success();
  }
};

struct ScatterNDLowering : KernelPattern<ScatterNDOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(ScatterNDOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value indices = adaptor.getIndices(), updates = adaptor.getUpdates();
    int64_t tupleLength = op.getIndices().getType().getShape().back();
    if (ShapedType::isDynamic(tupleLength))
      return rewriter.notifyMatchFailure(op, "expected a static extent of the last dimension of the indices");
    Value output = allocateResultLike(rewriter, loc, op.getType(), adaptor.getInput());
    copyBuffer(rewriter, loc, adaptor.getInput(), output, context.getFacts());
    SmallVector<OpFoldResult> positions = getExtents(rewriter, loc, indices), slice = getExtents(rewriter, loc, output);
    positions.pop_back();
    slice.erase(slice.begin(), slice.begin() + tupleLength);
    forEachIndex(rewriter, loc, positions, [&](OpBuilder &b, Location loc, ValueRange position) {
      SmallVector<Value> tuple = loadTuple(b, loc, indices, position, tupleLength, output, 0), outer(position);
      forEachIndex(b, loc, slice, [&](OpBuilder &b, Location loc, ValueRange inner) {
        scatterElement(b, loc, op.getReduction(), output, concat(tuple, inner), updates, concat(outer, inner),
                       isUnsigned(op.getType()));
      });
    });
    rewriter.replaceOp(op, output);
    return success();
  }
};

} // namespace

void winnow::kernel::populateIndexingLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                              KernelContext &context) {
  patterns.add<GatherLowering, GatherElementsLowering, GatherNDLowering, ScatterElementsLowering, ScatterNDLowering>(
      converter, context);
}
