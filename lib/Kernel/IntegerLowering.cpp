//===- IntegerLowering.cpp - integer convolutions and products as loops ---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Sums are exact in i32 and requantized in single precision, as the interpreter
// defines. Vectors run over output channels (columns of a product), so any
// stride and dilation works.

#include "Quantize.h"
#include "Rows.h"

#include "winnow/Kernel/ElementFunctions.h"
#include "winnow/Support/ShapeRules.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

namespace {
/// A scale or zero point: nothing, one value, or one for each index.
struct Parameter {
  Parameter(OpBuilder &b, Location loc, Value source, Value logical)
      : buffer(source ? flatten(b, loc, source) : Value()), noSign(logical && isUnsigned(logical.getType())) {}

  bool isSingle() const { return cast<MemRefType>(buffer.getType()).getDimSize(0) == 1; }

  /// The values from index `index` on, in `type`; zero without a buffer.
  Value load(OpBuilder &b, Location loc, Value index, int64_t lanes, Type type) const {
    if (!buffer)
      return emitConstantLike(b, loc, laneType(type, lanes), 0);
    Value value = isSingle() ? broadcastLanes(b, loc, loadLanes(b, loc, buffer, indexConstant(b, loc, 0), 1), lanes)
                             : loadLanes(b, loc, buffer, index, lanes);
    return emitCast(b, loc, value, type, noSign, false);
  }

  Value buffer;
  bool noSign;
};

/// What follows the sum of a quantized op; without scales the sum is stored.
struct Requantization {
  Parameter lhsScale, rhsScale, outScale, outZero;
  IntegerType type;
  bool noSign;

  Value emit(OpBuilder &b, Location loc, Value sum, Value lhsIndex, Value rhsIndex, int64_t lanes) const {
    Type f32 = b.getF32Type();
    Value zero = indexConstant(b, loc, 0);
    Value lhs = broadcastLanes(b, loc, lhsScale.load(b, loc, lhsIndex, 1, f32), lanes);
    Value scale = arith::MulFOp::create(b, loc, lhs, rhsScale.load(b, loc, rhsIndex, lanes, f32));
    scale = arith::DivFOp::create(b, loc, scale, outScale.load(b, loc, zero, lanes, f32));
    Value scaled = arith::MulFOp::create(b, loc, emitCast(b, loc, sum, f32, false, false), scale);
    Value zeroPoint = outZero.load(b, loc, zero, lanes, b.getI32Type());
    return emitSaturate(b, loc, math::RoundEvenOp::create(b, loc, scaled), zeroPoint, false, type, noSign);
  }
};

/// An integer convolution, quantized or not, between plain buffers.
struct IntegerConvolution {
  Value input, filter, result;
  bool inputUnsigned, filterUnsigned;
  Parameter inputZero, filterZero, bias;
  std::optional<Requantization> requantization;
  ArrayRef<int64_t> strides, dilations;
  SmallVector<int64_t> begins, ends;
  int64_t group;
};
} // namespace

/// The input as i32 without its zero point, in a frame of zeros as wide as the padding.
static Value padInput(OpBuilder &b, Location loc, const IntegerConvolution &conv, const TargetFacts &facts) {
  auto type = cast<MemRefType>(conv.input.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> offsets(shape.size(), b.getIndexAttr(0)), ones(shape.size(), b.getIndexAttr(1));
  for (auto [i, pads] : llvm::enumerate(llvm::zip_equal(conv.begins, conv.ends))) {
    shape[i + 2] += std::get<0>(pads) + std::get<1>(pads);
    offsets[i + 2] = b.getIndexAttr(std::get<0>(pads));
  }
  SmallVector<Value> batch;
  if (type.isDynamicDim(0))
    batch.push_back(asValue(b, loc, getExtent(b, loc, conv.input, 0)));
  Value padded = allocateBuffer(b, loc, MemRefType::get(shape, b.getI32Type()), batch);
  zeroBuffer(b, loc, padded, facts);
  Value interior = memref::SubViewOp::create(b, loc, padded, offsets, getExtents(b, loc, conv.input), ones);
  Value zero = conv.inputZero.load(b, loc, indexConstant(b, loc, 0), 1, b.getI32Type());
  emitElementwiseLoop(b, loc, conv.input, interior, getLanes(facts, b.getI32Type()),
                      [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t count) -> SmallVector<Value> {
                        Value x = emitCast(b, loc, lanes[0], b.getI32Type(), conv.inputUnsigned, false);
                        return {arith::SubIOp::create(b, loc, x, broadcastLanes(b, loc, zero, count))};
                      });
  return padded;
}

/// The filter as i32 without its zero points, [group, taps, channels of the group].
static Value packFilter(OpBuilder &b, Location loc, const IntegerConvolution &conv) {
  auto type = cast<MemRefType>(conv.filter.getType());
  int64_t channels = type.getDimSize(0) / conv.group,
          taps = type.getNumElements() / std::max<int64_t>(1, type.getDimSize(0));
  Value packed = allocateBuffer(b, loc, MemRefType::get({conv.group, taps, channels}, b.getI32Type()));
  Value source =
      reinterpretShape(b, loc, conv.filter, MemRefType::get({conv.group, channels, taps}, type.getElementType()));
  forEachIndex(b, loc, {b.getIndexAttr(conv.group), b.getIndexAttr(channels), b.getIndexAttr(taps)},
               [&](OpBuilder &b, Location loc, ValueRange at) {
                 Value channel = addIndex(b, loc, mulIndex(b, loc, at[0], indexConstant(b, loc, channels)), at[1]);
                 Value w =
                     emitCast(b, loc, loadLanes(b, loc, source, at, 1), b.getI32Type(), conv.filterUnsigned, false);
                 w = arith::SubIOp::create(b, loc, w, conv.filterZero.load(b, loc, channel, 1, b.getI32Type()));
                 memref::StoreOp::create(b, loc, w, packed, ValueRange{at[0], at[2], at[1]});
               });
  return packed;
}

/// Adds input * filter over the taps of one window, dimension `depth` on.
static Value sumTaps(OpBuilder &b, Location loc, const IntegerConvolution &conv, Value input, Value filter,
                     ArrayRef<int64_t> tapShape, SmallVectorImpl<Value> &taps, ValueRange position, Value firstChannel,
                     Value group, Value m, Value sum, int64_t lanes) {
  unsigned depth = taps.size();
  if (depth == tapShape.size()) {
    SmallVector<Value> at = {position[0], addIndex(b, loc, firstChannel, taps[0])};
    Value tap = taps[0];
    for (unsigned i = 1; i < depth; ++i) {
      Value offset = mulIndex(b, loc, taps[i], indexConstant(b, loc, conv.dilations[i - 1]));
      at.push_back(addIndex(b, loc, mulIndex(b, loc, position[i], indexConstant(b, loc, conv.strides[i - 1])), offset));
      tap = addIndex(b, loc, mulIndex(b, loc, tap, indexConstant(b, loc, tapShape[i])), taps[i]);
    }
    Value x = broadcastLanes(b, loc, memref::LoadOp::create(b, loc, input, at), lanes);
    Value w = loadLanes(b, loc, filter, {group, tap, m}, lanes);
    return arith::AddIOp::create(b, loc, sum, arith::MulIOp::create(b, loc, x, w));
  }
  auto loop =
      scf::ForOp::create(b, loc, indexConstant(b, loc, 0), indexConstant(b, loc, tapShape[depth]),
                         indexConstant(b, loc, 1), sum, [&](OpBuilder &b, Location loc, Value tap, ValueRange carried) {
                           taps.push_back(tap);
                           scf::YieldOp::create(b, loc,
                                                sumTaps(b, loc, conv, input, filter, tapShape, taps, position,
                                                        firstChannel, group, m, carried[0], lanes));
                           taps.pop_back();
                         });
  return loop.getResult(0);
}

/// Fills the result of `conv`.
static void emitConvolution(OpBuilder &b, Location loc, const IntegerConvolution &conv, const TargetFacts &facts) {
  Value input = padInput(b, loc, conv, facts), filter = packFilter(b, loc, conv);
  auto filterType = cast<MemRefType>(conv.filter.getType());
  SmallVector<int64_t> tapShape(filterType.getShape().drop_front());
  int64_t channels = filterType.getDimSize(0) / conv.group;
  SmallVector<OpFoldResult> extents = getExtents(b, loc, conv.result);
  extents.erase(extents.begin() + 1);
  extents.push_back(b.getIndexAttr(conv.group));
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange at) {
    ValueRange position = at.drop_back();
    Value group = at.back();
    Value firstInput = mulIndex(b, loc, group, indexConstant(b, loc, tapShape[0]));
    Value firstOutput = mulIndex(b, loc, group, indexConstant(b, loc, channels));
    forEachVector(b, loc, b.getIndexAttr(channels), getLanes(facts, b.getI32Type()),
                  [&](OpBuilder &b, Location loc, Value m, int64_t lanes) {
                    SmallVector<Value> taps;
                    Value channel = addIndex(b, loc, firstOutput, m);
                    Value sum = conv.bias.load(b, loc, channel, lanes, b.getI32Type());
                    sum = sumTaps(b, loc, conv, input, filter, tapShape, taps, position, firstInput, group, m, sum,
                                  lanes);
                    if (conv.requantization)
                      sum = conv.requantization->emit(b, loc, sum, indexConstant(b, loc, 0), channel, lanes);
                    for (int64_t lane = 0; lane < lanes; ++lane) {
                      SmallVector<Value> target = {position[0], addIndex(b, loc, channel, indexConstant(b, loc, lane))};
                      llvm::append_range(target, position.drop_front());
                      Value y = lanes == 1 ? sum : vector::ExtractOp::create(b, loc, sum, lane).getResult();
                      memref::StoreOp::create(b, loc, y, conv.result, target);
                    }
                  });
  });
}

/// Fills in begins and ends; fails where padding depends on a dynamic extent.
template <typename OpTy> static LogicalResult resolvePads(OpTy op, IntegerConvolution &conv) {
  RankedTensorType type = op.getInput().getType(), filter = op.getFilter().getType();
  int64_t rank = type.getRank() - 2;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t begin = 0, end = 0;
    if (op.getAutoPad() == AutoPad::Explicit) {
      begin = op.getPads()[i];
      end = op.getPads()[i + rank];
    } else if (op.getAutoPad() != AutoPad::Valid) {
      Window window;
      window.extent = filter.getDimSize(i + 2);
      window.stride = op.getStrides()[i];
      window.dilation = op.getDilations()[i];
      auto same = getSamePads(type.getDimSize(i + 2), window, op.getAutoPad() == AutoPad::SameUpper);
      if (!same)
        return failure();
      std::tie(begin, end) = *same;
    }
    conv.begins.push_back(begin);
    conv.ends.push_back(end);
  }
  return success();
}

/// Whether everything but the batch is static and padding only adds.
template <typename OpTy> static bool isSupported(OpTy op, const IntegerConvolution &conv) {
  auto isNegative = [](int64_t pad) { return pad < 0; };
  return llvm::none_of(op.getInput().getType().getShape().drop_front(), ShapedType::isDynamic) &&
         op.getFilter().getType().hasStaticShape() && llvm::none_of(conv.begins, isNegative) &&
         llvm::none_of(conv.ends, isNegative);
}

namespace {

struct ConvolutionIntegerLowering : PlainPattern<ConvolutionIntegerOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(ConvolutionIntegerOp op, ConvolutionIntegerOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    IntegerConvolution conv{plain.getInput(),
                            plain.getFilter(),
                            Value(),
                            isUnsigned(op.getInput().getType()),
                            isUnsigned(op.getFilter().getType()),
                            Parameter(rewriter, loc, plain.getInputZeroPoint(), op.getInputZeroPoint()),
                            Parameter(rewriter, loc, plain.getFilterZeroPoint(), op.getFilterZeroPoint()),
                            Parameter(rewriter, loc, Value(), Value()),
                            std::nullopt,
                            op.getStrides(),
                            op.getDilations(),
                            {},
                            {},
                            static_cast<int64_t>(op.getGroup())};
    if (failed(resolvePads(op, conv)) || !isSupported(op, conv))
      return rewriter.notifyMatchFailure(op, "only the batch may be dynamic and pads may not be negative");
    conv.result = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    emitConvolution(rewriter, loc, conv, context.getFacts());
    return SmallVector<Value>{conv.result};
  }
};

struct QLinearConvolutionLowering : PlainPattern<QLinearConvolutionOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(QLinearConvolutionOp op, QLinearConvolutionOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto parameter = [&](Value buffer, Value logical) { return Parameter(rewriter, loc, buffer, logical); };
    Requantization requantization{parameter(plain.getInputScale(), op.getInputScale()),
                                  parameter(plain.getFilterScale(), op.getFilterScale()),
                                  parameter(plain.getOutputScale(), op.getOutputScale()),
                                  parameter(plain.getOutputZeroPoint(), op.getOutputZeroPoint()),
                                  cast<IntegerType>(getStorageType(op.getOutput().getType().getElementType())),
                                  isUnsigned(op.getOutput().getType())};
    IntegerConvolution conv{plain.getInput(),
                            plain.getFilter(),
                            Value(),
                            isUnsigned(op.getInput().getType()),
                            isUnsigned(op.getFilter().getType()),
                            parameter(plain.getInputZeroPoint(), op.getInputZeroPoint()),
                            parameter(plain.getFilterZeroPoint(), op.getFilterZeroPoint()),
                            parameter(plain.getBias(), op.getBias()),
                            requantization,
                            op.getStrides(),
                            op.getDilations(),
                            {},
                            {},
                            static_cast<int64_t>(op.getGroup())};
    if (failed(resolvePads(op, conv)) || !isSupported(op, conv))
      return rewriter.notifyMatchFailure(op, "only the batch may be dynamic and pads may not be negative");
    conv.result = allocateResultLike(rewriter, loc, getPlainType(op.getOutput().getType()), plain.getInput());
    emitConvolution(rewriter, loc, conv, context.getFacts());
    return SmallVector<Value>{conv.result};
  }
};

/// A product of integer matrices, batched as numpy does.
struct IntegerProduct {
  Value lhs, rhs;
  bool lhsUnsigned, rhsUnsigned;
  Parameter lhsZero, rhsZero;
  std::optional<Requantization> requantization;
};

} // namespace

/// `buffer` as matrices: a vector gets the dimension that it lacks.
static Value asMatrices(OpBuilder &b, Location loc, Value buffer, bool isLeft) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() != 1)
    return buffer;
  OpFoldResult extent = getExtent(b, loc, buffer, 0), one = b.getIndexAttr(1);
  SmallVector<OpFoldResult> extents =
      isLeft ? SmallVector<OpFoldResult>{one, extent} : SmallVector<OpFoldResult>{extent, one};
  return viewAs(b, loc, buffer, extents);
}

/// Indices of an operand's batch dimensions for a position in the result's.
static SmallVector<Value> getBatchIndices(OpBuilder &b, Location loc, Value operand, ValueRange batch) {
  auto type = cast<MemRefType>(operand.getType());
  int64_t own = type.getRank() - 2, skipped = batch.size() - own;
  SmallVector<Value> indices;
  for (int64_t dim = 0; dim < own; ++dim)
    indices.push_back(type.getDimSize(dim) == 1 ? indexConstant(b, loc, 0) : batch[dim + skipped]);
  return indices;
}

/// Allocates and fills the result of `product`.
static Value emitProduct(OpBuilder &b, Location loc, const IntegerProduct &product, RankedTensorType resultType,
                         const TargetFacts &facts) {
  Value lhs = asMatrices(b, loc, product.lhs, true), rhs = asMatrices(b, loc, product.rhs, false);
  auto lhsType = cast<MemRefType>(lhs.getType()), rhsType = cast<MemRefType>(rhs.getType());
  SmallVector<OpFoldResult> extents;
  int64_t batches = std::max(lhsType.getRank(), rhsType.getRank()) - 2;
  for (int64_t dim = 0; dim < batches; ++dim) {
    OpFoldResult extent = b.getIndexAttr(1);
    for (Value operand : {lhs, rhs}) {
      int64_t own = dim - (batches - (cast<MemRefType>(operand.getType()).getRank() - 2));
      if (own >= 0 && getConstantIntValue(extent) == 1)
        extent = getExtent(b, loc, operand, own);
    }
    extents.push_back(extent);
  }
  extents.push_back(getExtent(b, loc, lhs, lhsType.getRank() - 2));
  OpFoldResult columns = getExtent(b, loc, rhs, rhsType.getRank() - 1);
  OpFoldResult depth = getExtent(b, loc, lhs, lhsType.getRank() - 1);
  SmallVector<OpFoldResult> all(extents);
  all.push_back(columns);
  SmallVector<Value> dynamic;
  for (OpFoldResult extent : all)
    if (auto value = dyn_cast<Value>(extent))
      dynamic.push_back(value);
  Value result = allocateResult(b, loc, resultType, dynamic);
  Value target = viewAs(b, loc, result, all);
  Type i32 = b.getI32Type();
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange at) {
    Value row = at.back(), lhsZero = product.lhsZero.load(b, loc, row, 1, i32);
    SmallVector<Value> lhsAt = getBatchIndices(b, loc, lhs, at.drop_back());
    SmallVector<Value> rhsAt = getBatchIndices(b, loc, rhs, at.drop_back());
    forEachVector(b, loc, columns, getLanes(facts, i32), [&](OpBuilder &b, Location loc, Value column, int64_t lanes) {
      Value rhsZero = product.rhsZero.load(b, loc, column, lanes, i32);
      Value start = emitConstantLike(b, loc, laneType(i32, lanes), 0);
      auto loop = scf::ForOp::create(
          b, loc, indexConstant(b, loc, 0), asValue(b, loc, depth), indexConstant(b, loc, 1), start,
          [&](OpBuilder &b, Location loc, Value k, ValueRange sum) {
            SmallVector<Value> from(lhsAt), with(rhsAt);
            from.append({row, k});
            with.append({k, column});
            Value x = emitCast(b, loc, loadLanes(b, loc, lhs, from, 1), i32, product.lhsUnsigned, false);
            x = broadcastLanes(b, loc, arith::SubIOp::create(b, loc, x, lhsZero), lanes);
            Value w = emitCast(b, loc, loadLanes(b, loc, rhs, with, lanes), i32, product.rhsUnsigned, false);
            w = arith::SubIOp::create(b, loc, w, rhsZero);
            Value term = arith::MulIOp::create(b, loc, x, w);
            scf::YieldOp::create(b, loc, arith::AddIOp::create(b, loc, sum[0], term).getResult());
          });
      Value y = loop.getResult(0);
      if (product.requantization)
        y = product.requantization->emit(b, loc, y, row, column, lanes);
      SmallVector<Value> to(at);
      to.push_back(column);
      storeLanes(b, loc, y, target, to);
    });
  });
  return result;
}

namespace {

struct MatmulIntegerLowering : PlainPattern<MatmulIntegerOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(MatmulIntegerOp op, MatmulIntegerOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    IntegerProduct product{plain.getLhs(),
                           plain.getRhs(),
                           isUnsigned(op.getLhs().getType()),
                           isUnsigned(op.getRhs().getType()),
                           Parameter(rewriter, loc, plain.getLhsZeroPoint(), op.getLhsZeroPoint()),
                           Parameter(rewriter, loc, plain.getRhsZeroPoint(), op.getRhsZeroPoint()),
                           std::nullopt};
    return SmallVector<Value>{
        emitProduct(rewriter, loc, product, getPlainType(op.getOutput().getType()), context.getFacts())};
  }
};

struct QLinearMatmulLowering : PlainPattern<QLinearMatmulOp> {
  using PlainPattern::PlainPattern;
  FailureOr<SmallVector<Value>> lower(QLinearMatmulOp op, QLinearMatmulOp::Adaptor plain,
                                      ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto parameter = [&](Value buffer, Value logical) { return Parameter(rewriter, loc, buffer, logical); };
    Requantization requantization{parameter(plain.getLhsScale(), op.getLhsScale()),
                                  parameter(plain.getRhsScale(), op.getRhsScale()),
                                  parameter(plain.getOutputScale(), op.getOutputScale()),
                                  parameter(plain.getOutputZeroPoint(), op.getOutputZeroPoint()),
                                  cast<IntegerType>(getStorageType(op.getOutput().getType().getElementType())),
                                  isUnsigned(op.getOutput().getType())};
    IntegerProduct product{plain.getLhs(),
                           plain.getRhs(),
                           isUnsigned(op.getLhs().getType()),
                           isUnsigned(op.getRhs().getType()),
                           parameter(plain.getLhsZeroPoint(), op.getLhsZeroPoint()),
                           parameter(plain.getRhsZeroPoint(), op.getRhsZeroPoint()),
                           requantization};
    return SmallVector<Value>{
        emitProduct(rewriter, loc, product, getPlainType(op.getOutput().getType()), context.getFacts())};
  }
};

} // namespace

void winnow::kernel::populateIntegerLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                             KernelContext &context) {
  patterns.add<ConvolutionIntegerLowering, QLinearConvolutionLowering, MatmulIntegerLowering, QLinearMatmulLowering>(
      converter, context);
}
