//===- MovementLowering.cpp - ops that move elements --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "Rows.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

/// What a loop nest that moves elements does with a position of the result.
using IndexMap = llvm::function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange)>;

/// result[i] = source[map(i)] for all i. Where `isInnerContiguous`, `map` keeps
/// neighbours in the last dimension neighbours, and vectors are moved.
static void moveElements(OpBuilder &b, Location loc, Value source, Value result, bool isInnerContiguous,
                         const TargetFacts &facts, IndexMap map) {
  SmallVector<OpFoldResult> extents = getExtents(b, loc, result);
  if (extents.empty())
    return storeLanes(b, loc, loadLanes(b, loc, source, map(b, loc, {}), 1), result, {});
  OpFoldResult inner = extents.pop_back_val();
  Type element = cast<MemRefType>(result.getType()).getElementType();
  IndependentLoops independent(b);
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange outer) {
    int64_t lanes = isInnerContiguous ? getLanes(facts, element) : 1;
    forEachVector(b, loc, inner, lanes, [&](OpBuilder &b, Location loc, Value position, int64_t count) {
      SmallVector<Value> indices(outer);
      indices.push_back(position);
      storeLanes(b, loc, loadLanes(b, loc, source, map(b, loc, indices), count), result, indices);
    });
  });
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

namespace {
/// A transpose with dimensions that stay together merged and unit ones dropped.
struct MergedTranspose {
  /// Runs of input dimensions, in the order of the result.
  SmallVector<SmallVector<int64_t>> resultRuns;
  /// The permutation of the merged dimensions.
  SmallVector<int64_t> permutation;
};
} // namespace

static MergedTranspose mergeTranspose(ArrayRef<int64_t> shape, ArrayRef<int64_t> permutation) {
  MergedTranspose merged;
  SmallVector<int64_t> kept;
  for (int64_t dim = 0, rank = shape.size(); dim < rank; ++dim)
    if (shape[dim] != 1)
      kept.push_back(dim);
  auto follows = [&](int64_t dim, int64_t other) {
    return llvm::find(kept, dim) - kept.begin() + 1 == llvm::find(kept, other) - kept.begin();
  };
  for (int64_t dim : permutation) {
    if (shape[dim] == 1)
      continue;
    if (!merged.resultRuns.empty() && follows(merged.resultRuns.back().back(), dim))
      merged.resultRuns.back().push_back(dim);
    else
      merged.resultRuns.push_back({dim});
  }
  SmallVector<int64_t> firstDims;
  for (auto &run : merged.resultRuns)
    firstDims.push_back(run.front());
  SmallVector<int64_t> sorted(firstDims);
  llvm::sort(sorted);
  for (int64_t dim : firstDims)
    merged.permutation.push_back(llvm::find(sorted, dim) - sorted.begin());
  return merged;
}

Value winnow::kernel::viewAs(OpBuilder &b, Location loc, Value buffer, ArrayRef<OpFoldResult> extents) {
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  for (OpFoldResult extent : extents) {
    auto constant = getConstantIntValue(extent);
    shape.push_back(constant ? *constant : ShapedType::kDynamic);
    if (!constant)
      dynamic.push_back(cast<Value>(extent));
  }
  return reinterpretShape(b, loc, buffer, MemRefType::get(shape, cast<MemRefType>(buffer.getType()).getElementType()),
                          dynamic);
}

void winnow::kernel::transposeInto(OpBuilder &b, Location loc, Value input, Value result, ArrayRef<int64_t> permutation,
                                   const TargetFacts &facts) {
  auto type = cast<MemRefType>(input.getType());
  MergedTranspose merged = mergeTranspose(type.getShape(), permutation);
  int64_t rank = merged.permutation.size();
  SmallVector<OpFoldResult> resultExtents, inputExtents(rank);
  for (auto [run, dim] : llvm::zip_equal(merged.resultRuns, merged.permutation)) {
    SmallVector<OpFoldResult> factors;
    for (int64_t inputDim : run)
      factors.push_back(getExtent(b, loc, input, inputDim));
    resultExtents.push_back(multiply(b, loc, factors));
    inputExtents[dim] = resultExtents.back();
  }
  Value source = viewAs(b, loc, input, inputExtents), target = viewAs(b, loc, result, resultExtents);
  bool isInnerContiguous = rank == 0 || merged.permutation.back() == rank - 1;
  moveElements(b, loc, source, target, isInnerContiguous, facts, [&](OpBuilder &, Location, ValueRange indices) {
    SmallVector<Value> sourceIndices(rank);
    for (auto [index, dim] : llvm::zip_equal(indices, merged.permutation))
      sourceIndices[dim] = index;
    return sourceIndices;
  });
}

namespace {

struct TransposeLowering : PlainPattern<TransposeOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(TransposeOp op, TransposeOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    SmallVector<Value> extents;
    for (int64_t dim : op.getPermutation())
      if (op.getInput().getType().isDynamicDim(dim))
        extents.push_back(asValue(rewriter, op.getLoc(), getExtent(rewriter, op.getLoc(), plain.getInput(), dim)));
    if (extents.size() != static_cast<size_t>(op.getOutput().getType().getNumDynamicDims()))
      return rewriter.notifyMatchFailure(op, "input and result disagree on which extents are dynamic");
    Value result = allocateResult(rewriter, op.getLoc(), getPlainType(op.getOutput().getType()), extents);
    transposeInto(rewriter, op.getLoc(), plain.getInput(), result, op.getPermutation(), context.getFacts());
    return SmallVector<Value>{result};
  }
};

/// Channels and pixels change places: a transpose between two reshapes.
static FailureOr<SmallVector<Value>> lowerBlockMove(Operation *op, Value input, RankedTensorType resultType,
                                                    ArrayRef<int64_t> inner, ArrayRef<int64_t> permutation,
                                                    const TargetFacts &facts, ConversionPatternRewriter &rewriter) {
  Location loc = op->getLoc();
  for (int64_t dim = 1; dim < resultType.getRank(); ++dim)
    if (resultType.isDynamicDim(dim))
      return rewriter.notifyMatchFailure(op, "only the batch may be dynamic");
  SmallVector<OpFoldResult> extents = {getExtent(rewriter, loc, input, 0)};
  for (int64_t extent : inner)
    extents.push_back(rewriter.getIndexAttr(extent));
  Value result = allocateResultLike(rewriter, loc, getPlainType(resultType), input);
  Value view = viewAs(rewriter, loc, input, extents);
  transposeInto(rewriter, loc, view, result, permutation, facts);
  return SmallVector<Value>{result};
}

struct DepthToSpaceLowering : PlainPattern<DepthToSpaceOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(DepthToSpaceOp op, DepthToSpaceOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = op.getInput().getType();
    int64_t block = op.getBlock(), channels = type.getDimSize(1) / (block * block);
    int64_t height = type.getDimSize(2), width = type.getDimSize(3);
    if (op.getMode() == DepthMode::DepthColumnRow)
      return lowerBlockMove(op, plain.getInput(), op.getOutput().getType(), {block, block, channels, height, width},
                            {0, 3, 4, 1, 5, 2}, context.getFacts(), rewriter);
    return lowerBlockMove(op, plain.getInput(), op.getOutput().getType(), {channels, block, block, height, width},
                          {0, 1, 4, 2, 5, 3}, context.getFacts(), rewriter);
  }
};

struct SpaceToDepthLowering : PlainPattern<SpaceToDepthOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(SpaceToDepthOp op, SpaceToDepthOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = op.getInput().getType();
    int64_t block = op.getBlock();
    return lowerBlockMove(op, plain.getInput(), op.getOutput().getType(),
                          {type.getDimSize(1), type.getDimSize(2) / block, block, type.getDimSize(3) / block, block},
                          {0, 3, 5, 1, 2, 4}, context.getFacts(), rewriter);
  }
};

//===----------------------------------------------------------------------===//
// Concat and slice
//===----------------------------------------------------------------------===//

/// Copies the inputs into parts of the result, which memory planning elides
/// where it can. In a blocked layout channels join whole blocks.
struct ConcatLowering : KernelPattern<ConcatOp> {
  using KernelPattern::KernelPattern;

  /// Whether all inputs can be copied as they are: one layout, parts that end
  /// with a whole block.
  static bool canStayBlocked(ConcatOp op) {
    LayoutAttr layout = getLayout(op.getOutput().getType());
    if (!layout || layout.getHalo())
      return false;
    for (Value input : op.getInputs().drop_back())
      if (op.getAxis() == 1 && cast<RankedTensorType>(input.getType()).getDimSize(1) % layout.getBlock())
        return false;
    return llvm::all_of(op.getInputs(), [&](Value input) { return getLayout(input.getType()) == layout; });
  }

  LogicalResult matchAndRewrite(ConcatOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getOutput().getType();
    bool blocked = canStayBlocked(op);
    RankedTensorType physical = blocked ? type : getPlainType(type);
    SmallVector<Value> inputs(adaptor.getInputs());
    if (!blocked)
      for (auto [value, input] : llvm::zip_equal(inputs, op.getInputs()))
        value =
            convertLayout(rewriter, loc, value, cast<RankedTensorType>(input.getType()), getPlainType(input.getType()));
    int64_t axis = op.getAxis();
    SmallVector<Value> dynamic;
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      Value extent = asValue(rewriter, loc, getExtent(rewriter, loc, inputs.front(), dim));
      for (Value input : ArrayRef(inputs).drop_front(dim == axis ? 1 : inputs.size()))
        extent = addIndex(rewriter, loc, extent, asValue(rewriter, loc, getExtent(rewriter, loc, input, dim)));
      dynamic.push_back(extent);
    }
    Value result = allocateResult(rewriter, loc, physical, dynamic);
    OpFoldResult position = rewriter.getIndexAttr(0);
    int64_t rank = cast<MemRefType>(result.getType()).getRank();
    for (Value input : inputs) {
      SmallVector<OpFoldResult> offsets(rank, rewriter.getIndexAttr(0)), strides(rank, rewriter.getIndexAttr(1));
      offsets[axis] = position;
      SmallVector<OpFoldResult> extents = getExtents(rewriter, loc, input);
      if (isConstantIntValue(extents[axis], 0)) // an empty part has no place
        continue;
      Value part = memref::SubViewOp::create(rewriter, loc, result, offsets, extents, strides);
      memref::CopyOp::create(rewriter, loc, input, part);
      auto start = getConstantIntValue(position), length = getConstantIntValue(extents[axis]);
      position = start && length ? OpFoldResult(rewriter.getIndexAttr(*start + *length))
                                 : OpFoldResult(addIndex(rewriter, loc, asValue(rewriter, loc, position),
                                                         asValue(rewriter, loc, extents[axis])));
    }
    rewriter.replaceOp(op, convertLayout(rewriter, loc, result, physical, type));
    return success();
  }
};

/// The first index and the step of a slice along one dimension of extent `extent`.
static std::pair<int64_t, int64_t> normaliseSlice(int64_t start, int64_t step, int64_t extent) {
  if (start < 0)
    start += extent;
  int64_t last = step < 0 ? extent - 1 : extent;
  return {std::max<int64_t>(0, std::min(start, last)), step};
}

struct SliceLowering : KernelPattern<SliceOp> {
  using KernelPattern::KernelPattern;

  /// Whether the slice of a blocked buffer is a slice of its blocks.
  static bool canStayBlocked(SliceOp op, ArrayRef<int64_t> starts, ArrayRef<int64_t> steps) {
    LayoutAttr layout = getLayout(op.getInput().getType());
    if (!layout || layout.getHalo() || getLayout(op.getOutput().getType()) != layout)
      return false;
    RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
    bool toEnd = starts[1] + output.getDimSize(1) == input.getDimSize(1);
    return steps[1] == 1 && starts[1] % layout.getBlock() == 0 &&
           (toEnd || output.getDimSize(1) % layout.getBlock() == 0);
  }

  LogicalResult matchAndRewrite(SliceOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType(), resultType = op.getOutput().getType();
    SmallVector<int64_t> starts(type.getRank(), 0), steps(type.getRank(), 1);
    for (auto [axis, start, step] : llvm::zip_equal(op.getAxes(), op.getStarts(), op.getSteps())) {
      if (type.isDynamicDim(axis))
        return rewriter.notifyMatchFailure(op, "slices along a dynamic dimension are not supported");
      std::tie(starts[axis], steps[axis]) = normaliseSlice(start, step, type.getDimSize(axis));
    }
    bool blocked = canStayBlocked(op, starts, steps);
    if (!blocked) {
      type = getPlainType(type);
      resultType = getPlainType(resultType);
    }
    Value input =
        blocked ? adaptor.getInput() : convertLayout(rewriter, loc, adaptor.getInput(), op.getInput().getType(), type);
    Value result = allocateResultLike(rewriter, loc, resultType, input);
    if (blocked) {
      starts[1] /= getLayout(type).getBlock();
      starts.push_back(0);
      steps.push_back(1);
    }
    moveElements(rewriter, loc, input, result, steps.empty() || steps.back() == 1, context.getFacts(),
                 [&](OpBuilder &b, Location loc, ValueRange indices) {
                   SmallVector<Value> moved;
                   for (auto [index, start, step] : llvm::zip_equal(indices, starts, steps)) {
                     Value scaled = step == 1 ? index : mulIndex(b, loc, index, indexConstant(b, loc, step));
                     moved.push_back(start == 0 ? scaled : addIndex(b, loc, scaled, indexConstant(b, loc, start)));
                   }
                   return moved;
                 });
    rewriter.replaceOp(op, convertLayout(rewriter, loc, result, resultType, op.getOutput().getType()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

struct PadLowering : PlainPattern<PadOp> {
  using PlainPattern::PlainPattern;

  FailureOr<SmallVector<Value>> lower(PadOp op, PadOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType(), resultType = getPlainType(op.getOutput().getType());
    int64_t rank = type.getRank();
    ArrayRef<int64_t> begins = op.getPads().take_front(rank), ends = op.getPads().drop_front(rank);
    for (int64_t dim = 0; dim < rank; ++dim)
      if (type.isDynamicDim(dim) && (begins[dim] || ends[dim]))
        return rewriter.notifyMatchFailure(op, "padding of a dynamic dimension is not supported");
    if (op.getMode() != PadMode::Constant && type.hasStaticShape() && type.getNumElements() == 0)
      return rewriter.notifyMatchFailure(op, "expected elements to repeat but the input is empty");
    Value result = allocateResultLike(rewriter, loc, resultType, plain.getInput());
    if (op.getMode() == PadMode::Constant)
      padConstant(rewriter, loc, plain, result, begins, ends);
    else
      padRepeated(rewriter, loc, op.getMode(), plain.getInput(), result, begins, ends);
    return SmallVector<Value>{result};
  }

  void padConstant(OpBuilder &b, Location loc, PadOp::Adaptor plain, Value result, ArrayRef<int64_t> begins,
                   ArrayRef<int64_t> ends) const {
    Value input = plain.getInput();
    int64_t rank = begins.size();
    bool anyAdded = llvm::any_of(begins, [](int64_t pad) { return pad > 0; }) ||
                    llvm::any_of(ends, [](int64_t pad) { return pad > 0; });
    if (anyAdded) {
      Type element = cast<MemRefType>(result.getType()).getElementType();
      Value fill = plain.getValue() ? loadLanes(b, loc, flatten(b, loc, plain.getValue()), indexConstant(b, loc, 0), 1)
                                    : scalarConstant(b, loc, element, 0);
      Value flat = flatten(b, loc, result);
      forEachVector(b, loc, getExtent(b, loc, flat, 0), getLanes(context.getFacts(), element),
                    [&](OpBuilder &b, Location loc, Value i, int64_t lanes) {
                      storeLanes(b, loc, broadcastLanes(b, loc, fill, lanes), flat, i);
                    });
    }
    SmallVector<OpFoldResult> from, to, extents, ones(rank, b.getIndexAttr(1));
    for (auto [dim, begin, end] : llvm::enumerate(begins, ends)) {
      from.push_back(b.getIndexAttr(std::max<int64_t>(0, -begin)));
      to.push_back(b.getIndexAttr(std::max<int64_t>(0, begin)));
      OpFoldResult extent = getExtent(b, loc, input, dim);
      int64_t cut = std::max<int64_t>(0, -begin) + std::max<int64_t>(0, -end);
      if (auto constant = getConstantIntValue(extent))
        extent = b.getIndexAttr(std::max<int64_t>(0, *constant - cut));
      extents.push_back(extent);
    }
    copyBuffer(b, loc, memref::SubViewOp::create(b, loc, input, from, extents, ones),
               memref::SubViewOp::create(b, loc, result, to, extents, ones), context.getFacts());
  }

  /// The input index that position `index - begin` repeats, in [0, extent).
  static Value repeatIndex(OpBuilder &b, Location loc, PadMode mode, Value index, int64_t begin, int64_t extent) {
    if (begin)
      index = addIndex(b, loc, index, indexConstant(b, loc, -begin));
    Value zero = indexConstant(b, loc, 0), last = indexConstant(b, loc, extent - 1);
    if (mode == PadMode::Edge)
      return arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, index, zero), last);
    if (mode == PadMode::Reflect && extent == 1)
      return zero;
    int64_t period = mode == PadMode::Wrap ? extent : 2 * (extent - 1);
    Value length = indexConstant(b, loc, period);
    // The remainder may be negative: add a period and take it once more.
    Value rest = arith::AddIOp::create(b, loc, arith::RemSIOp::create(b, loc, index, length), length);
    rest = arith::RemSIOp::create(b, loc, rest, length);
    if (mode == PadMode::Wrap)
      return rest;
    return arith::MinSIOp::create(b, loc, rest, arith::SubIOp::create(b, loc, length, rest));
  }

  void padRepeated(OpBuilder &b, Location loc, PadMode mode, Value input, Value result, ArrayRef<int64_t> begins,
                   ArrayRef<int64_t> ends) const {
    auto type = cast<MemRefType>(input.getType());
    bool innerStays = !begins.empty() && begins.back() == 0 && ends.back() <= 0;
    moveElements(
        b, loc, input, result, innerStays, context.getFacts(), [&](OpBuilder &b, Location loc, ValueRange indices) {
          SmallVector<Value> moved;
          for (auto [dim, index] : llvm::enumerate(indices)) {
            bool stays = begins[dim] == 0 && ends[dim] <= 0;
            moved.push_back(stays ? index : repeatIndex(b, loc, mode, index, begins[dim], type.getDimSize(dim)));
          }
          return moved;
        });
  }
};

} // namespace

void winnow::kernel::populateMovementLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                              KernelContext &context) {
  patterns
      .add<TransposeLowering, DepthToSpaceLowering, SpaceToDepthLowering, ConcatLowering, SliceLowering, PadLowering>(
          converter, context);
}
