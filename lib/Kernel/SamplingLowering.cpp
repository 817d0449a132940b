//===- SamplingLowering.cpp - grid sampling and region alignment as loops ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementEmitter.h"
#include "KernelLowering.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

namespace {

/// Loads an element and widens it to the type that is computed in.
Value loadAs(OpBuilder &b, Location loc, Value buffer, ValueRange position, Type compute) {
  return emitCast(b, loc, memref::LoadOp::create(b, loc, buffer, position), compute, false, false);
}

/// f64 for f64, f32 for everything narrower.
Type getComputeType(Type element) { return element.isF64() ? element : Type(Float32Type::get(element.getContext())); }

/// A float that holds a whole number, as an index.
Value toIndex(OpBuilder &b, Location loc, Value x) {
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), arith::FPToSIOp::create(b, loc, b.getI64Type(), x));
}

/// An index as a float of type `type`.
Value toFloat(OpBuilder &b, Location loc, Value index, Type type) {
  return arith::SIToFPOp::create(b, loc, type, arith::IndexCastOp::create(b, loc, b.getI64Type(), index));
}

//===----------------------------------------------------------------------===//
// Grid sampling
//===----------------------------------------------------------------------===//

/// One tap of the interpolation along one dimension: a position (always inside)
/// and its weight (zero where the tap lies outside and outside is zero).
struct AxisTap {
  Value index, weight;
};

struct GridSampleLowering : KernelPattern<GridSampleOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(GridSampleOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t dims = op.getInput().getType().getRank() - 2;
    if (op.getMode() == ResizeMode::Cubic && dims != 2)
      return rewriter.notifyMatchFailure(op, "cubic sampling has a meaning for two spatial dimensions only");
    Value input = adaptor.getInput(), grid = adaptor.getGrid();
    SmallVector<OpFoldResult> positions = getExtents(rewriter, loc, grid);
    positions.pop_back();
    SmallVector<Value> dynamic;
    SmallVector<OpFoldResult> extents = positions;
    extents.insert(extents.begin() + 1, getExtent(rewriter, loc, input, 1));
    for (OpFoldResult extent : extents)
      if (auto value = dyn_cast<Value>(extent))
        dynamic.push_back(value);
    Value output = allocateResult(rewriter, loc, op.getType(), dynamic);
    forEachIndex(rewriter, loc, positions, [&](OpBuilder &b, Location loc, ValueRange position) {
      emitPixel(b, loc, op, input, grid, output, SmallVector<Value>(position), dims);
    });
    rewriter.replaceOp(op, output);
    return success();
  }

private:
  /// All channels of one output position.
  void emitPixel(OpBuilder &b, Location loc, GridSampleOp op, Value input, Value grid, Value output,
                 ArrayRef<Value> position, int64_t dims) const {
    Type compute = getComputeType(op.getType().getElementType());
    SmallVector<SmallVector<AxisTap>> taps;
    for (int64_t dim = 0; dim < dims; ++dim) {
      SmallVector<Value> at(position);
      at.push_back(indexConstant(b, loc, dims - 1 - dim)); // the grid has x first
      Value extent = asValue(b, loc, getExtent(b, loc, input, dim + 2));
      taps.push_back(getAxisTaps(b, loc, op, loadAs(b, loc, grid, at, compute), extent));
    }
    forRange(b, loc, getExtent(b, loc, input, 1), [&](OpBuilder &b, Location loc, Value channel) {
      SmallVector<Value> source = {position[0], channel};
      Value value = interpolate(b, loc, input, source, taps, compute);
      SmallVector<Value> target = {position[0], channel};
      target.append(position.begin() + 1, position.end());
      Type element = op.getType().getElementType();
      memref::StoreOp::create(b, loc, emitCast(b, loc, value, element, false, false), output, target);
    });
  }

  /// The weighted sum over the taps of the dimensions that `source` does not name yet.
  Value interpolate(OpBuilder &b, Location loc, Value input, SmallVector<Value> &source,
                    ArrayRef<SmallVector<AxisTap>> taps, Type compute) const {
    if (taps.empty())
      return loadAs(b, loc, input, source, compute);
    ElementEmitter e(b, loc);
    Value sum;
    for (const AxisTap &tap : taps.front()) {
      source.push_back(tap.index);
      Value value = e.mul(interpolate(b, loc, input, source, taps.drop_front(), compute), tap.weight);
      source.pop_back();
      sum = sum ? e.add(sum, value) : value;
    }
    return sum;
  }

  /// `x` mirrored into [low, high] as often as it takes; a range of zero gives `low`.
  Value reflect(OpBuilder &b, Location loc, Value x, Value low, Value high) const {
    ElementEmitter e(b, loc);
    Value range = e.sub(high, low), zero = e.constant(x.getType(), 0);
    // Distance from `low` modulo two ranges, folded back in its second half.
    Value distance = e.abs(e.sub(x, low)), period = e.mul(range, 2.0);
    Value turns = math::FloorOp::create(b, loc, e.div(distance, period));
    Value rest = e.sub(distance, e.mul(turns, period));
    Value folded = e.select(e.compare(arith::CmpFPredicate::OGT, rest, range), e.sub(period, rest), rest);
    Value isPoint = e.compare(arith::CmpFPredicate::OLE, range, zero);
    return e.add(low, e.select(isPoint, zero, folded));
  }

  /// The coordinate in pixels, brought inside where the padding says so.
  Value getCoordinate(OpBuilder &b, Location loc, GridSampleOp op, Value normalized, Value extent) const {
    ElementEmitter e(b, loc);
    Type type = normalized.getType();
    Value length = toFloat(b, loc, extent, type);
    bool align = op.getAlignCorners();
    Value x = align ? e.mul(e.mul(e.add(normalized, 1.0), 0.5), e.add(length, -1.0))
                    : e.mul(e.add(e.mul(e.add(normalized, 1.0), length), -1.0), 0.5);
    if (op.getMode() == ResizeMode::Nearest)
      x = math::RoundEvenOp::create(b, loc, x);
    Value last = e.add(length, -1.0);
    if (op.getPadding() == SamplePadding::Border) {
      x = arith::MinimumFOp::create(b, loc, e.atLeast(x, 0), last);
    } else if (op.getPadding() == SamplePadding::Reflection) {
      Value low = e.constant(type, align ? 0 : -0.5), high = align ? last : e.add(length, -0.5);
      Value isInside = arith::AndIOp::create(b, loc, e.compare(arith::CmpFPredicate::OGE, x, low),
                                             e.compare(arith::CmpFPredicate::OLE, x, high));
      x = e.select(isInside, x, reflect(b, loc, x, low, high));
    }
    // Far outside all positions are alike; this keeps the conversion to integers defined (NaN becomes -4 too).
    Value bounded = arith::MaxNumFOp::create(b, loc, x, e.constant(type, -4));
    return arith::MinNumFOp::create(b, loc, bounded, e.add(length, 4.0));
  }

  /// A tap at whole coordinate `x`: outside it reads zero, the border, or the mirrored pixel.
  AxisTap makeTap(OpBuilder &b, Location loc, GridSampleOp op, Value x, Value weight, Value extent) const {
    ElementEmitter e(b, loc);
    Value zero = indexConstant(b, loc, 0), last = arith::SubIOp::create(b, loc, extent, indexConstant(b, loc, 1));
    Value lastFloat = toFloat(b, loc, last, x.getType());
    Value isOutside = arith::OrIOp::create(b, loc, e.less(x, 0), e.compare(arith::CmpFPredicate::OGT, x, lastFloat));
    if (op.getPadding() == SamplePadding::Zeros)
      weight = e.select(isOutside, e.constant(x.getType(), 0), weight);
    if (op.getPadding() == SamplePadding::Reflection) {
      bool align = op.getAlignCorners();
      Value low = e.constant(x.getType(), align ? 0 : -0.5), high = align ? lastFloat : e.add(lastFloat, 0.5);
      x = e.select(isOutside, reflect(b, loc, x, low, high), x);
    }
    Value index = arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, toIndex(b, loc, x), zero), last);
    return {index, weight};
  }

  SmallVector<AxisTap> getAxisTaps(OpBuilder &b, Location loc, GridSampleOp op, Value normalized, Value extent) const {
    ElementEmitter e(b, loc);
    Value x = getCoordinate(b, loc, op, normalized, extent);
    if (op.getMode() == ResizeMode::Nearest)
      return {makeTap(b, loc, op, x, e.constant(x.getType(), 1), extent)};
    Value base = math::FloorOp::create(b, loc, x), fraction = e.sub(x, base);
    auto tap = [&](double shift, Value weight) { return makeTap(b, loc, op, e.add(base, shift), weight, extent); };
    if (op.getMode() == ResizeMode::Linear)
      return {tap(0, e.sub(e.constant(x.getType(), 1), fraction)), tap(1, fraction)};
    // Keys 1981, equation 4, with a = -0.75.
    constexpr double a = -0.75;
    auto near = [&](Value d) { return e.polynomial(d, {1, 0, -(a + 3), a + 2}); };
    auto far = [&](Value d) { return e.polynomial(d, {-4 * a, 8 * a, -5 * a, a}); };
    Value rest = e.sub(e.constant(x.getType(), 1), fraction);
    return {tap(-1, far(e.add(fraction, 1.0))), tap(0, near(fraction)), tap(1, near(rest)),
            tap(2, far(e.add(rest, 1.0)))};
  }
};

//===----------------------------------------------------------------------===//
// Region alignment
//===----------------------------------------------------------------------===//

/// One dimension of a region: where it starts, how large a bin is and how many
/// samples a bin takes.
struct RoiAxis {
  Value start, bin, samples;
};

struct RoiAlignLowering : KernelPattern<RoiAlignOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(RoiAlignOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (op.getKind() == PoolKind::Lp)
      return rewriter.notifyMatchFailure(op, "expected average or max");
    Location loc = op.getLoc();
    SmallVector<Value> dynamic;
    SmallVector<OpFoldResult> outer = {getExtent(rewriter, loc, adaptor.getRois(), 0),
                                       getExtent(rewriter, loc, adaptor.getInput(), 1)};
    for (OpFoldResult extent : outer)
      if (auto value = dyn_cast<Value>(extent))
        dynamic.push_back(value);
    Value output = allocateResult(rewriter, loc, op.getType(), dynamic);
    forRange(rewriter, loc, outer[0], [&](OpBuilder &b, Location loc, Value roi) {
      RoiAxis y = getAxis(b, loc, op, adaptor.getRois(), roi, 1), x = getAxis(b, loc, op, adaptor.getRois(), roi, 0);
      Value batch = clampIndex(b, loc, memref::LoadOp::create(b, loc, adaptor.getBatchIndices(), roi),
                               asValue(b, loc, getExtent(b, loc, adaptor.getInput(), 0)));
      SmallVector<OpFoldResult> inner = {outer[1]};
      for (int64_t extent : op.getOutputSize())
        inner.push_back(b.getIndexAttr(extent));
      forEachIndex(b, loc, inner, [&](OpBuilder &b, Location loc, ValueRange position) {
        Value value = emitBin(b, loc, op, adaptor.getInput(), batch, SmallVector<Value>(position), y, x);
        Value stored = emitCast(b, loc, value, op.getType().getElementType(), false, false);
        memref::StoreOp::create(b, loc, stored, output, ValueRange{roi, position[0], position[1], position[2]});
      });
    });
    rewriter.replaceOp(op, output);
    return success();
  }

private:
  Value clampIndex(OpBuilder &b, Location loc, Value raw, Value extent) const {
    Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), raw);
    Value last = arith::SubIOp::create(b, loc, extent, indexConstant(b, loc, 1));
    index = arith::MinSIOp::create(b, loc, index, last);
    return arith::MaxSIOp::create(b, loc, index, indexConstant(b, loc, 0));
  }

  /// `column` 0 is x, 1 is y.
  RoiAxis getAxis(OpBuilder &b, Location loc, RoiAlignOp op, Value rois, Value roi, int64_t column) const {
    Type compute = getComputeType(op.getType().getElementType());
    ElementEmitter e(b, loc);
    double scale = op.getSpatialScale().convertToDouble(), shift = op.getHalfPixel() ? -0.5 : 0.0;
    auto load = [&](int64_t index) {
      Value value = loadAs(b, loc, rois, ValueRange{roi, indexConstant(b, loc, index)}, compute);
      return e.add(e.mul(value, scale), shift);
    };
    Value start = load(column), length = e.sub(load(column + 2), start);
    if (!op.getHalfPixel())
      length = e.atLeast(length, 1);
    Value bin = e.mul(length, 1.0 / op.getOutputSize()[1 - column]);
    Value samples = indexConstant(b, loc, op.getSamplingRatio());
    if (op.getSamplingRatio() <= 0) {
      // A bin is sampled once per pixel it covers; 2^20 bounds what broken regions can ask for.
      Value count = e.atMost(e.atLeast(math::CeilOp::create(b, loc, bin), 0), 1 << 20);
      samples = toIndex(b, loc, count);
    }
    return {start, bin, samples};
  }

  /// Lower and upper neighbour of a sample along one dimension with their weights, and whether it lies outside.
  struct Neighbours {
    Value low, high, lowWeight, highWeight, outside;
  };
  Neighbours getNeighbours(OpBuilder &b, Location loc, const RoiAxis &axis, Value bin, Value sample,
                           Value extent) const {
    ElementEmitter e(b, loc);
    Type type = axis.start.getType();
    Value inBin =
        e.div(e.mul(e.add(toFloat(b, loc, sample, type), 0.5), axis.bin), toFloat(b, loc, axis.samples, type));
    Value x = e.add(e.add(axis.start, e.mul(toFloat(b, loc, bin, type), axis.bin)), inBin);
    Value length = toFloat(b, loc, extent, type), last = e.add(length, -1.0);
    Value outside = arith::OrIOp::create(b, loc, e.less(x, -1), e.compare(arith::CmpFPredicate::UGT, x, length));
    x = arith::MinNumFOp::create(b, loc, arith::MaxNumFOp::create(b, loc, x, e.constant(type, 0)), last);
    Value floor = math::FloorOp::create(b, loc, x), fraction = e.sub(x, floor);
    Value low = toIndex(b, loc, floor);
    Value high = arith::MinSIOp::create(b, loc, arith::AddIOp::create(b, loc, low, indexConstant(b, loc, 1)),
                                        arith::SubIOp::create(b, loc, extent, indexConstant(b, loc, 1)));
    return {low, high, e.sub(e.constant(type, 1), fraction), fraction, outside};
  }

  /// The mean (or maximum) of the samples of one bin; `position` is channel, row, column.
  Value emitBin(OpBuilder &b, Location loc, RoiAlignOp op, Value input, Value batch, ArrayRef<Value> position,
                const RoiAxis &y, const RoiAxis &x) const {
    Type compute = y.start.getType();
    bool isMax = op.getKind() == PoolKind::Max;
    Value zero = indexConstant(b, loc, 0), one = indexConstant(b, loc, 1);
    Value height = asValue(b, loc, getExtent(b, loc, input, 2)), width = asValue(b, loc, getExtent(b, loc, input, 3));
    Value start = scalarConstant(b, loc, compute, isMax ? -std::numeric_limits<double>::infinity() : 0.0);
    auto rows = scf::ForOp::create(
        b, loc, zero, y.samples, one, start, [&](OpBuilder &b, Location loc, Value row, ValueRange sum) {
          Neighbours ny = getNeighbours(b, loc, y, position[1], row, height);
          auto columns = scf::ForOp::create(
              b, loc, zero, x.samples, one, sum[0], [&](OpBuilder &b, Location loc, Value column, ValueRange sum) {
                Neighbours nx = getNeighbours(b, loc, x, position[2], column, width);
                scf::YieldOp::create(b, loc, addSample(b, loc, isMax, input, batch, position[0], ny, nx, sum[0]));
              });
          scf::YieldOp::create(b, loc, columns.getResults());
        });
    ElementEmitter e(b, loc);
    Value count = toFloat(b, loc, arith::MulIOp::create(b, loc, y.samples, x.samples), compute),
          sum = rows.getResult(0);
    if (!isMax)
      return e.div(sum, e.atLeast(count, 1));
    // No sample at all: zero, not minus infinity.
    return e.select(e.less(count, 1), e.constant(compute, 0), sum);
  }

  /// `sum` with one bilinear sample added, or the maximum of its four weighted pixels taken.
  Value addSample(OpBuilder &b, Location loc, bool isMax, Value input, Value batch, Value channel, const Neighbours &y,
                  const Neighbours &x, Value sum) const {
    ElementEmitter e(b, loc);
    Type compute = sum.getType();
    Value outside = arith::OrIOp::create(b, loc, y.outside, x.outside), zero = e.constant(compute, 0), total;
    std::pair<Value, Value> rows[] = {{y.low, y.lowWeight}, {y.high, y.highWeight}};
    std::pair<Value, Value> columns[] = {{x.low, x.lowWeight}, {x.high, x.highWeight}};
    for (auto [row, rowWeight] : rows)
      for (auto [column, columnWeight] : columns) {
        Value pixel = loadAs(b, loc, input, ValueRange{batch, channel, row, column}, compute);
        Value value = e.select(outside, zero, e.mul(pixel, e.mul(rowWeight, columnWeight)));
        if (!total)
          total = value;
        else
          total = isMax ? Value(arith::MaximumFOp::create(b, loc, total, value)) : e.add(total, value);
      }
    return isMax ? Value(arith::MaximumFOp::create(b, loc, sum, total)) : e.add(sum, total);
  }
};

} // namespace

void winnow::kernel::populateSamplingLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                              KernelContext &context) {
  patterns.add<GridSampleLowering, RoiAlignLowering>(converter, context);
}
