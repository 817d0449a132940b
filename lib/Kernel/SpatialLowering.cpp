//===- SpatialLowering.cpp - resizing as one pass for each dimension ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementEmitter.h"
#include "KernelLowering.h"
#include "ResizeTaps.h"

#include "winnow/Kernel/ElementFunctions.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

namespace {

/// A constant buffer of index or weight tables.
template <typename T>
Value makeTable(KernelContext &context, OpBuilder &b, Location loc, ArrayRef<T> values, Type type) {
  auto tensor = RankedTensorType::get({static_cast<int64_t>(values.size())}, type);
  return context.getConstantBuffer(
      b, loc, makeConstant(tensor, {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)}));
}

/// A resize is separable: every dimension that changes is resampled on its own,
/// by tables of taps that are computed here. Interpolation keeps a constant
/// constant, so what one pass extrapolates stays in the next.
struct ResizeLowering : KernelPattern<ResizeOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(ResizeOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    auto inputType = op.getInput().getType(), outputType = op.getOutput().getType();
    Type element = outputType.getElementType();
    SmallVector<std::pair<int64_t, ResizeTaps>> passes;
    for (int64_t dim = 0, rank = inputType.getRank(); dim < rank; ++dim) {
      if (inputType.isDynamicDim(dim) || outputType.isDynamicDim(dim)) {
        if (op.getScales()[dim] == 1.0)
          continue;
        return rewriter.notifyMatchFailure(op, "expected a static extent of every dimension that is resized");
      }
      ResizeTaps taps = computeResizeTaps(op, dim);
      if (!taps.isIdentity(inputType.getDimSize(dim)))
        passes.emplace_back(dim, std::move(taps));
    }
    if (!isa<FloatType>(element) && op.getMode() != ResizeMode::Nearest && passes.size() > 1)
      return rewriter.notifyMatchFailure(op, "integers are interpolated along one dimension only");
    // Shrinking dimensions first: fewer elements for the passes after them.
    llvm::sort(passes, [&](const auto &a, const auto &b) {
      auto ratio = [&](int64_t dim) { return double(outputType.getDimSize(dim)) / inputType.getDimSize(dim); };
      return std::make_pair(ratio(a.first), a.first) < std::make_pair(ratio(b.first), b.first);
    });

    Value current = adaptor.getInput();
    SmallVector<int64_t> shape(inputType.getShape());
    for (auto &[dim, taps] : passes) {
      shape[dim] = outputType.getDimSize(dim);
      current = emitPass(rewriter, op, current, dim, taps, shape);
    }
    if (passes.empty()) {
      Value copy = allocateResultLike(rewriter, op.getLoc(), op.getType(), current);
      copyBuffer(rewriter, op.getLoc(), current, copy, context.getFacts());
      current = copy;
    }
    rewriter.replaceOp(op, current);
    return success();
  }

private:
  /// Resamples `input` along `dim` into a new buffer of `shape`.
  Value emitPass(ConversionPatternRewriter &b, ResizeOp op, Value input, int64_t dim, const ResizeTaps &taps,
                 ArrayRef<int64_t> shape) const {
    Location loc = op.getLoc();
    auto type = RankedTensorType::get(shape, op.getType().getElementType());
    Value output = allocateResultLike(b, loc, type, input);
    Value indices = makeTable<int64_t>(context, b, loc, taps.indices, b.getI64Type());
    bool isDouble = type.getElementType().isF64();
    SmallVector<float> narrow(taps.weights.begin(), taps.weights.end());
    Type weightType = isDouble ? Type(b.getF64Type()) : Type(b.getF32Type());
    Value weights = isDouble ? makeTable<double>(context, b, loc, taps.weights, weightType)
                             : makeTable<float>(context, b, loc, narrow, weightType);
    Value outside;
    if (llvm::is_contained(taps.outside, true)) {
      SmallVector<int8_t> flags(taps.outside.begin(), taps.outside.end());
      outside = makeTable<int8_t>(context, b, loc, flags, b.getI8Type());
    }

    int64_t rank = shape.size();
    SmallVector<OpFoldResult> extents = getExtents(b, loc, output);
    OpFoldResult inner = extents.pop_back_val();
    // Along other dimensions than the last, neighbours share their taps: vectors.
    int64_t lanes = dim == rank - 1 ? 1 : getLanes(context.getFacts(), weightType);
    forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange position) {
      SmallVector<Value> prefix(position);
      forEachVector(b, loc, inner, lanes, [&](OpBuilder &b, Location loc, Value last, int64_t count) {
        SmallVector<Value> target(prefix);
        target.push_back(last);
        Value value = emitSample(b, loc, op, input, target, dim, taps, indices, weights, outside, count);
        storeLanes(b, loc, value, output, target);
      });
    });
    return output;
  }

  /// The sample at `target`: the weighted sum of its taps.
  Value emitSample(OpBuilder &b, Location loc, ResizeOp op, Value input, ArrayRef<Value> target, int64_t dim,
                   const ResizeTaps &taps, Value indices, Value weights, Value outside, int64_t lanes) const {
    Type element = cast<MemRefType>(input.getType()).getElementType();
    bool isUnsigned = kernel::isUnsigned(op.getType());
    Type compute = cast<MemRefType>(weights.getType()).getElementType();
    Value base = mulIndex(b, loc, target[dim], indexConstant(b, loc, taps.count)), sum;
    for (int64_t k = 0; k < taps.count; ++k) {
      Value entry = addIndex(b, loc, base, indexConstant(b, loc, k));
      SmallVector<Value> source(target);
      source[dim] =
          arith::IndexCastOp::create(b, loc, b.getIndexType(), memref::LoadOp::create(b, loc, indices, entry));
      Value value = loadLanes(b, loc, input, source, lanes);
      if (op.getMode() == ResizeMode::Nearest) {
        sum = value;
        break;
      }
      value = emitCast(b, loc, value, compute, isUnsigned, false);
      Value weight = broadcastLanes(b, loc, memref::LoadOp::create(b, loc, weights, entry), lanes);
      ElementEmitter e(b, loc);
      sum = sum ? e.add(sum, e.mul(value, weight)) : e.mul(value, weight);
    }
    if (outside) {
      double extrapolation = op.getExtrapolationValue().convertToDouble();
      Value flag =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, memref::LoadOp::create(b, loc, outside, target[dim]),
                                arith::ConstantIntOp::create(b, loc, 0, 8));
      sum = arith::SelectOp::create(b, loc, flag, emitConstantLike(b, loc, sum.getType(), extrapolation), sum);
    }
    return op.getMode() == ResizeMode::Nearest ? sum : emitCast(b, loc, sum, element, false, isUnsigned);
  }
};

} // namespace

void winnow::kernel::populateSpatialLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                             KernelContext &context) {
  patterns.add<ResizeLowering>(converter, context);
  populateSamplingLowering(patterns, converter, context);
}
