//===- NormalizationLowering.cpp - normalisations as loops --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

/// The type that a float is computed in.
static Type getComputeType(Type element) {
  return element.isF16() || element.isBF16() ? Type(Float32Type::get(element.getContext())) : element;
}

namespace {
/// Mean and 1 / sqrt(variance + epsilon) of a row.
struct Statistics {
  Value mean, inverse;
};
} // namespace

static Statistics getStatistics(OpBuilder &b, Location loc, const Row &row, double epsilon) {
  auto divideByLength = [&](Value sum) -> Value {
    Value length = arith::IndexCastOp::create(b, loc, b.getI64Type(), asValue(b, loc, row.view.length));
    Value divisor = emitCast(b, loc, length, row.view.computeType, false, false);
    return arith::DivFOp::create(b, loc, sum, row.spread(b, loc, divisor, sum.getType()));
  };
  Value mean =
      divideByLength(row.reduce(b, loc, ElementwiseKind::Add, [](OpBuilder &, Location, Value x) { return x; }));
  Value variance = divideByLength(row.reduce(b, loc, ElementwiseKind::Add, [&](OpBuilder &b, Location loc, Value x) {
    Value centred = arith::SubFOp::create(b, loc, x, row.spread(b, loc, mean, x.getType()));
    return arith::MulFOp::create(b, loc, centred, centred).getResult();
  }));
  Value shifted = arith::AddFOp::create(b, loc, variance, emitConstantLike(b, loc, variance.getType(), epsilon));
  Value inverse = arith::DivFOp::create(b, loc, emitConstantLike(b, loc, variance.getType(), 1.0),
                                        math::SqrtOp::create(b, loc, shifted));
  return {mean, inverse};
}

/// (x - mean) * inverse * scale + bias.
static Value normalise(OpBuilder &b, Location loc, const Row &row, const Statistics &statistics, Value x, Value scale,
                       Value bias) {
  Type type = x.getType();
  Value y = arith::SubFOp::create(b, loc, x, row.spread(b, loc, statistics.mean, type));
  y = arith::MulFOp::create(b, loc, y, row.spread(b, loc, statistics.inverse, type));
  if (scale)
    y = arith::MulFOp::create(b, loc, y, row.spread(b, loc, scale, type));
  return bias ? arith::AddFOp::create(b, loc, y, row.spread(b, loc, bias, type)).getResult() : y;
}

/// Loads `buffer[index]` as the compute type.
static Value loadAs(OpBuilder &b, Location loc, Value buffer, ValueRange indices, int64_t lanes, Type computeType) {
  return emitCast(b, loc, loadLanes(b, loc, buffer, indices, lanes), computeType, false, false);
}

namespace {

/// y = a x + b with a = scale / sqrt(variance + epsilon), b = bias - mean a per channel.
struct BatchNormLowering : KernelPattern<BatchNormOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(BatchNormOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    Type compute = getComputeType(type.getElementType());
    int64_t channels = op.getScale().getType().getDimSize(0), rank = type.getRank();
    if (ShapedType::isDynamic(channels))
      return rewriter.notifyMatchFailure(op, "expected a static number of channels");
    auto table = MemRefType::get({channels}, compute);
    Value factors = allocateBuffer(rewriter, loc, table), offsets = allocateBuffer(rewriter, loc, table);
    forRange(rewriter, loc, rewriter.getIndexAttr(channels), [&](OpBuilder &b, Location loc, Value c) {
      auto load = [&](Value buffer) { return loadAs(b, loc, buffer, c, 1, compute); };
      Value variance = arith::AddFOp::create(b, loc, load(adaptor.getVariance()),
                                             emitConstantLike(b, loc, compute, op.getEpsilon().convertToDouble()));
      Value factor = arith::DivFOp::create(b, loc, load(adaptor.getScale()), math::SqrtOp::create(b, loc, variance));
      Value offset = arith::SubFOp::create(b, loc, load(adaptor.getBias()),
                                           arith::MulFOp::create(b, loc, load(adaptor.getMean()), factor));
      memref::StoreOp::create(b, loc, factor, factors, c);
      memref::StoreOp::create(b, loc, offset, offsets, c);
    });
    SmallVector<int64_t> shape(std::max<int64_t>(1, rank - 1), 1);
    shape.front() = channels;
    Type perChannel = RankedTensorType::get(shape, compute);
    auto buffer = MemRefType::get(shape, compute);
    SmallVector<Value> operands = {adaptor.getInput(), reinterpretShape(rewriter, loc, factors, buffer),
                                   reinterpretShape(rewriter, loc, offsets, buffer)};
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      Value x = emitCast(b, loc, lanes[0], compute, false, false);
      Value y = arith::AddFOp::create(b, loc, arith::MulFOp::create(b, loc, x, lanes[1]), lanes[2]);
      return {emitCast(b, loc, y, type.getElementType(), false, false)};
    };
    rewriter.replaceOp(op, lowerElementwise(rewriter, loc, operands, {type, perChannel, perChannel},
                                            op.getOutput().getType(), context.getFacts(), body));
    return success();
  }
};

/// Statistics over groups of channels; an instance norm has groups of one.
template <typename OpTy> struct GroupNormLowering : PlainPattern<OpTy> {
  using PlainPattern<OpTy>::PlainPattern;
  static int64_t getGroups(InstanceNormOp op) { return op.getInput().getType().getDimSize(1); }
  static int64_t getGroups(GroupNormOp op) { return op.getNumGroups(); }

  FailureOr<SmallVector<Value>> lower(OpTy op, typename OpTy::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    int64_t channels = type.getDimSize(1), groups = getGroups(op), rank = type.getRank();
    if (ShapedType::isDynamic(channels) || groups <= 0 || channels % groups)
      return rewriter.notifyMatchFailure(op, "expected a static number of channels that the groups divide");
    Value result = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    SmallVector<OpFoldResult> extents = getExtents(rewriter, loc, plain.getInput());
    OpFoldResult pixels = multiply(rewriter, loc, ArrayRef(extents).take_back(rank - 2));
    SmallVector<OpFoldResult> grouped = {multiply(rewriter, loc, {extents[0], rewriter.getIndexAttr(groups)}),
                                         rewriter.getIndexAttr(channels / groups), pixels};
    // Rows of the statistics are whole groups, rows that are written one channel.
    Value input = viewAs(rewriter, loc, plain.getInput(), grouped), output = viewAs(rewriter, loc, result, grouped);
    RowView view(rewriter, loc, input, 1, 3, this->context.getFacts(), /*isUnsigned=*/false);
    RowView channelView(rewriter, loc, input, 2, 3, this->context.getFacts(), /*isUnsigned=*/false);
    Value target = viewLikeRows(rewriter, loc, output, channelView);
    forEachRow(rewriter, loc, view, [&](OpBuilder &b, Location loc, const Row &row) {
      Statistics statistics = getStatistics(b, loc, row, op.getEpsilon().convertToDouble());
      Value group = arith::RemUIOp::create(b, loc, row.outer, indexConstant(b, loc, groups));
      Value size = indexConstant(b, loc, channels / groups);
      forRange(b, loc, b.getIndexAttr(channels / groups), [&](OpBuilder &b, Location loc, Value c) {
        Value channel = addIndex(b, loc, mulIndex(b, loc, group, size), c);
        Value scale = loadAs(b, loc, plain.getScale(), channel, 1, view.computeType);
        Value bias = loadAs(b, loc, plain.getBias(), channel, 1, view.computeType);
        Row line(channelView, addIndex(b, loc, mulIndex(b, loc, row.outer, size), c), indexConstant(b, loc, 0), 1);
        line.write(b, loc, target, [&](OpBuilder &b, Location loc, Value x, Value, int64_t) {
          return normalise(b, loc, line, statistics, x, scale, bias);
        });
      });
    });
    return SmallVector<Value>{result};
  }
};

struct LayerNormLowering : PlainPattern<LayerNormOp> {
  using PlainPattern::PlainPattern;

  /// A scale or bias as a buffer with one value for each element of a row.
  FailureOr<Value> expandParameter(OpBuilder &b, Location loc, Value parameter, RankedTensorType inputType,
                                   int64_t axis) const {
    SmallVector<int64_t> inner(inputType.getShape().drop_front(axis));
    auto type = cast<MemRefType>(parameter.getType());
    for (int64_t dim = 0; dim + static_cast<int64_t>(inner.size()) < type.getRank(); ++dim)
      if (type.getDimSize(dim) != 1)
        return failure();
    if (llvm::any_of(inner, ShapedType::isDynamic))
      return failure();
    ArrayRef<int64_t> own = type.getShape().take_back(std::min<int64_t>(inner.size(), type.getRank()));
    parameter = reinterpretShape(b, loc, parameter, MemRefType::get(own, type.getElementType()));
    if (own == ArrayRef(inner))
      return flatten(b, loc, parameter);
    Value expanded = allocateBuffer(b, loc, MemRefType::get(inner, type.getElementType()));
    emitElementwiseLoop(b, loc, parameter, expanded, getCommonLanes(context.getFacts(), expanded),
                        [](OpBuilder &, Location, ValueRange lanes, int64_t) { return SmallVector<Value>(lanes); });
    return flatten(b, loc, expanded);
  }

  FailureOr<SmallVector<Value>> lower(LayerNormOp op, LayerNormOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getInput().getType();
    int64_t axis = op.getAxis() < 0 ? op.getAxis() + type.getRank() : op.getAxis();
    FailureOr<Value> scale = expandParameter(rewriter, loc, plain.getScale(), type, axis);
    FailureOr<Value> bias =
        plain.getBias() ? expandParameter(rewriter, loc, plain.getBias(), type, axis) : FailureOr<Value>(Value());
    if (failed(scale) || failed(bias))
      return rewriter.notifyMatchFailure(op, "scale and bias may only vary along the static normalised dimensions");
    SmallVector<Value> results;
    for (Type resultType : op->getResultTypes())
      results.push_back(allocateResultLike(rewriter, loc, getPlainType(resultType), plain.getInput()));
    RowView view(rewriter, loc, plain.getInput(), axis, type.getRank(), context.getFacts(), /*isUnsigned=*/false);
    Value target = viewLikeRows(rewriter, loc, results[0], view);
    Value means = viewLikeReduced(rewriter, loc, results[1], view);
    Value inverses = viewLikeReduced(rewriter, loc, results[2], view);
    forEachRow(rewriter, loc, view, [&](OpBuilder &b, Location loc, const Row &row) {
      Statistics statistics = getStatistics(b, loc, row, op.getEpsilon().convertToDouble());
      row.store(b, loc, statistics.mean, means);
      row.store(b, loc, statistics.inverse, inverses);
      row.write(b, loc, target, [&](OpBuilder &b, Location loc, Value x, Value position, int64_t lanes) {
        Value factor = loadAs(b, loc, *scale, position, lanes, view.computeType);
        Value offset = *bias ? loadAs(b, loc, *bias, position, lanes, view.computeType) : Value();
        return normalise(b, loc, row, statistics, x, factor, offset);
      });
    });
    return results;
  }
};

struct LpNormLowering : PlainPattern<LpNormOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(LpNormOp op, LpNormOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t rank = op.getInput().getType().getRank(), axis = op.getAxis() < 0 ? op.getAxis() + rank : op.getAxis();
    Value result = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    RowView view(rewriter, loc, plain.getInput(), axis, axis + 1, context.getFacts(), /*isUnsigned=*/false);
    Value target = viewLikeRows(rewriter, loc, result, view);
    bool isEuclidean = op.getP() == 2;
    forEachRow(rewriter, loc, view, [&](OpBuilder &b, Location loc, const Row &row) {
      Value norm = row.reduce(b, loc, ElementwiseKind::Add, [&](OpBuilder &b, Location loc, Value x) -> Value {
        if (isEuclidean)
          return arith::MulFOp::create(b, loc, x, x);
        return math::AbsFOp::create(b, loc, x);
      });
      if (isEuclidean)
        norm = math::SqrtOp::create(b, loc, norm);
      Value zero = emitConstantLike(b, loc, norm.getType(), 0);
      Value isZero = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, norm, zero);
      // x is zero wherever the norm is: dividing by one keeps it.
      norm = arith::SelectOp::create(b, loc, isZero, emitConstantLike(b, loc, norm.getType(), 1), norm);
      row.write(b, loc, target, [&](OpBuilder &b, Location loc, Value x, Value, int64_t) -> Value {
        return arith::DivFOp::create(b, loc, x, row.spread(b, loc, norm, x.getType()));
      });
    });
    return SmallVector<Value>{result};
  }
};

/// x / base^beta; powers that roots give avoid logarithms.
static Value divideByPower(OpBuilder &b, Location loc, Value x, Value base, double beta) {
  auto root = [&](Value value) -> Value { return math::SqrtOp::create(b, loc, value); };
  if (beta == 0.5)
    return arith::DivFOp::create(b, loc, x, root(base));
  if (beta == 0.75)
    return arith::DivFOp::create(b, loc, x, arith::MulFOp::create(b, loc, root(base), root(root(base))));
  if (beta == 1.0)
    return arith::DivFOp::create(b, loc, x, base);
  Value exponent =
      arith::MulFOp::create(b, loc, emitLog(b, loc, base), emitConstantLike(b, loc, base.getType(), -beta));
  return arith::MulFOp::create(b, loc, x, emitExp(b, loc, exponent));
}

struct LocalResponseNormLowering : PlainPattern<LocalResponseNormOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(LocalResponseNormOp op, LocalResponseNormOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t before = (op.getSize() - 1) / 2, after = op.getSize() - 1 - before;
    double scale = op.getAlpha().convertToDouble() / op.getSize();
    Value result = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    RowView view(rewriter, loc, plain.getInput(), 1, 2, context.getFacts(), /*isUnsigned=*/false);
    Value target = viewLikeRows(rewriter, loc, result, view);
    Type compute = view.computeType;
    forEachIndex(rewriter, loc, {view.outer, view.length}, [&](OpBuilder &b, Location loc, ValueRange at) {
      Value zero = indexConstant(b, loc, 0), one = indexConstant(b, loc, 1), channels = asValue(b, loc, view.length);
      Value first = addIndex(b, loc, at[1], indexConstant(b, loc, -before));
      Value end = addIndex(b, loc, at[1], indexConstant(b, loc, after + 1));
      first = arith::MaxSIOp::create(b, loc, first, zero);
      end = arith::MinSIOp::create(b, loc, end, channels);
      forEachVector(
          b, loc, view.inner, view.isInnerOne ? 1 : view.lanes,
          [&](OpBuilder &b, Location loc, Value i, int64_t lanes) {
            auto load = [&](OpBuilder &b, Value channel) {
              return loadAs(b, loc, view.buffer, {at[0], channel, i}, lanes, compute);
            };
            Value start = emitConstantLike(b, loc, laneType(compute, lanes), 0);
            auto loop = scf::ForOp::create(
                b, loc, first, end, one, start, [&](OpBuilder &b, Location loc, Value channel, ValueRange sum) {
                  Value x = load(b, channel);
                  Value square = arith::MulFOp::create(b, loc, x, x);
                  scf::YieldOp::create(b, loc, arith::AddFOp::create(b, loc, sum[0], square).getResult());
                });
            Value base =
                arith::MulFOp::create(b, loc, loop.getResult(0), emitConstantLike(b, loc, start.getType(), scale));
            base = arith::AddFOp::create(b, loc, base,
                                         emitConstantLike(b, loc, start.getType(), op.getBias().convertToDouble()));
            Value y = divideByPower(b, loc, load(b, at[1]), base, op.getBeta().convertToDouble());
            storeLanes(b, loc, emitCast(b, loc, y, view.storageType, false, false), target, {at[0], at[1], i});
          });
    });
    return SmallVector<Value>{result};
  }
};

} // namespace

void winnow::kernel::populateNormalizationLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                                   KernelContext &context) {
  patterns.add<BatchNormLowering, GroupNormLowering<InstanceNormOp>, GroupNormLowering<GroupNormOp>, LayerNormLowering,
               LpNormLowering, LocalResponseNormLowering>(converter, context);
}
