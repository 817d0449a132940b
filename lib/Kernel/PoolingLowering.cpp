//===- PoolingLowering.cpp - pools as kernel calls ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "ChannelBlocks.h"
#include "ContractionTile.h"
#include "KernelLowering.h"
#include "RowWindow.h"

#include "winnow/Kernel/ElementFunctions.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// What a pool does with the elements of its window.
enum class PoolFunction { Max, Average, Lp };

/// One pool of one image.
struct PoolShape {
  PoolFunction function = PoolFunction::Max;
  WindowShape window;
  /// The window over the padded input, whose taps an average counts; equal to
  /// `window` when it counts elements only.
  WindowShape counted;
  int64_t channels = 0, block = 1, p = 2, pixels = 8;
  Type elementType;
  bool isUnsigned = false;

  int64_t getBlocks() const { return (channels + block - 1) / block; }
  std::string getName() const {
    static constexpr llvm::StringLiteral names[] = {"max_pool", "average_pool", "lp_pool"};
    std::string name = names[static_cast<unsigned>(function)].str();
    if (function == PoolFunction::Lp)
      name += std::to_string(p);
    name += "_" + std::to_string(channels) + "_" + window.getName() + "_b" + std::to_string(block) + "_" +
            getTypeName(elementType) + (isUnsigned ? "_unsigned" : "");
    for (int64_t d = 0; d < 3 && function == PoolFunction::Average; ++d)
      name += "_" + std::to_string(counted.in[d]);
    return name;
  }
};

/// The functions of a pool on vectors.
class PoolMath {
public:
  PoolMath(KernelBuilder &kb, const PoolShape &shape)
      : kb(kb), shape(shape), type(VectorType::get({shape.block}, getComputeType(shape.elementType))) {}

  Value getStart() const {
    if (shape.function != PoolFunction::Max)
      return splat(kb, type, 0.0);
    Type element = type.getElementType();
    Attribute least;
    if (auto floatType = dyn_cast<FloatType>(element)) {
      least = FloatAttr::get(floatType, llvm::APFloat::getInf(floatType.getFloatSemantics(), /*Negative=*/true));
    } else {
      unsigned width = element.getIntOrFloatBitWidth();
      least = IntegerAttr::get(element, shape.isUnsigned ? llvm::APInt::getMinValue(width)
                                                         : llvm::APInt::getSignedMinValue(width));
    }
    return arith::ConstantOp::create(kb.builder, kb.loc, type, DenseElementsAttr::get(type, least));
  }

  Value combine(Value accumulator, Value element) const {
    OpBuilder &b = kb.builder;
    switch (shape.function) {
    case PoolFunction::Max: {
      Value greater;
      if (isa<FloatType>(type.getElementType()))
        greater = arith::CmpFOp::create(b, kb.loc, arith::CmpFPredicate::OGT, accumulator, element);
      else
        greater = arith::CmpIOp::create(
            b, kb.loc, shape.isUnsigned ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt, accumulator, element);
      return arith::SelectOp::create(b, kb.loc, greater, accumulator, element);
    }
    case PoolFunction::Average:
      return arith::AddFOp::create(b, kb.loc, accumulator, element);
    case PoolFunction::Lp:
      break;
    }
    Value term = element;
    if (shape.p == 2)
      term = arith::MulFOp::create(b, kb.loc, element, element);
    else
      term = emitElementwise(b, kb.loc, cnn::ElementwiseKind::Abs, element);
    if (shape.p != 1 && shape.p != 2)
      term = emitElementwise(b, kb.loc, cnn::ElementwiseKind::Pow, {term, splat(kb, type, shape.p)});
    return arith::AddFOp::create(b, kb.loc, accumulator, term);
  }

  /// Two accumulators of different elements as one.
  Value join(Value lhs, Value rhs) const {
    if (shape.function == PoolFunction::Max)
      return combine(lhs, rhs);
    return arith::AddFOp::create(kb.builder, kb.loc, lhs, rhs);
  }

  /// `count` is the number of elements of an average.
  Value finish(Value accumulator, Value count) const {
    OpBuilder &b = kb.builder;
    if (shape.function == PoolFunction::Average)
      return arith::MulFOp::create(b, kb.loc, accumulator, getInverse(count));
    if (shape.function == PoolFunction::Max || shape.p == 1)
      return accumulator;
    if (shape.p == 2)
      return emitElementwise(b, kb.loc, cnn::ElementwiseKind::Sqrt, accumulator);
    return emitElementwise(b, kb.loc, cnn::ElementwiseKind::Pow, {accumulator, splat(kb, type, 1.0 / shape.p)});
  }

private:
  /// 1 / count: one division a row at most, and a product for each element.
  Value getInverse(Value count) const {
    if (auto known = KernelBuilder::getConstant(count))
      return splat(kb, type, 1.0 / static_cast<double>(*known));
    Value integer = arith::IndexCastOp::create(kb.builder, kb.loc, kb.builder.getI64Type(), count);
    Value number = arith::SIToFPOp::create(kb.builder, kb.loc, type.getElementType(), integer);
    Value one = arith::ConstantOp::create(kb.builder, kb.loc, kb.builder.getFloatAttr(type.getElementType(), 1.0));
    Value inverse = arith::DivFOp::create(kb.builder, kb.loc, one, number);
    return vector::BroadcastOp::create(kb.builder, kb.loc, type, inverse);
  }

  KernelBuilder &kb;
  const PoolShape &shape;
  VectorType type;
};

} // namespace

/// Product of two indices, folded where known.
static Value multiply(KernelBuilder &kb, Value a, Value b) {
  if (auto known = KernelBuilder::getConstant(b))
    return kb.mul(a, *known);
  if (auto known = KernelBuilder::getConstant(a))
    return kb.mul(b, *known);
  return arith::MulIOp::create(kb.builder, kb.loc, a, b);
}

/// Elements that pixel `p` of a tile averages over.
static Value getCount(KernelBuilder &kb, const PoolShape &shape, const RowWindow::Tile &tile, int64_t p) {
  auto length = [&](const TapRange &taps) { return kb.sub(taps.end, taps.first); };
  if (shape.counted.in == shape.window.in) {
    Value columns = kb.index(0);
    for (const TapRange &taps : tile.columns->taps)
      if (taps.inside[p])
        columns = kb.add(columns, length(taps));
    return multiply(kb, multiply(kb, length(*tile.planeTaps), length(*tile.rowTaps)), columns);
  }
  Value planes = length(getTapsAt(kb, shape.counted, 0, tile.plane));
  Value rows = length(getTapsAt(kb, shape.counted, 1, tile.row));
  return multiply(kb, multiply(kb, planes, rows),
                  length(getTapsAt(kb, shape.counted, 2, kb.add(tile.columns->start, p))));
}

/// The kernel `(input, output)` of a window pool.
static func::FuncOp getPoolKernel(KernelContext &context, Location loc, const PoolShape &shape) {
  Builder b(loc.getContext());
  int64_t channels = shape.getBlocks() * shape.block;
  auto inType = getFlatType(channels * shape.window.getNumInputs(), shape.elementType);
  auto outType = getFlatType(channels * shape.window.getNumOutputs(), shape.elementType);
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    PoolMath math(kb, shape);
    RowWindow rows(kb, shape.window, shape.getBlocks(), shape.block, shape.pixels, args[0]);
    rows.initialize = [&](Value, int64_t pixels) { return Values(pixels, math.getStart()); };
    rows.combine = [&](Value accumulator, Value element, Value) { return math.combine(accumulator, element); };
    rows.join = [&](Value accumulator, Value other) { return math.join(accumulator, other); };
    rows.finish = [&](const RowWindow::Tile &tile, ValueRange accumulators) {
      for (auto [p, accumulator] : llvm::enumerate(accumulators)) {
        Value count = shape.function == PoolFunction::Average ? getCount(kb, shape, tile, p) : Value();
        storeVector(kb, math.finish(accumulator, count), args[1], kb.add(tile.output, p * shape.block));
      }
    };
    rows.emit();
    func::ReturnOp::create(b, loc);
  };
  return context.getOrCreateKernel(shape.getName(), b.getFunctionType({inType, outType}, {}), body);
}

/// The kernel `(input, output)` of a pool over whole feature maps: four
/// accumulators a block, so that the loop is not bound by latency.
static func::FuncOp getGlobalPoolKernel(KernelContext &context, Location loc, const PoolShape &shape) {
  Builder b(loc.getContext());
  int64_t channels = shape.getBlocks() * shape.block, size = shape.window.getNumInputs();
  auto inType = getFlatType(channels * size, shape.elementType), outType = getFlatType(channels, shape.elementType);
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    PoolMath math(kb, shape);
    kb.split(kChannelAxis, shape.getBlocks(), kb.index(0), kb.index(shape.getBlocks()), 1, [&](Value block) {
      Value start = kb.mul(block, size * shape.block);
      auto combineAt = [&](Value accumulator, Value pixel) {
        return math.combine(accumulator,
                            loadVector(kb, args[0], kb.add(start, kb.mul(pixel, shape.block)), shape.block));
      };
      int64_t ways = std::min<int64_t>(4, size), full = size / ways * ways;
      Values sums(ways, math.getStart());
      sums = kb.loop(kb.index(0), kb.index(full), ways, sums, [&](Value pixel, ValueRange carried) {
        Values next;
        for (auto [i, value] : llvm::enumerate(carried))
          next.push_back(combineAt(value, kb.add(pixel, i)));
        return next;
      });
      for (int64_t i = full; i < size; ++i)
        sums[i - full] = combineAt(sums[i - full], kb.index(i));
      for (int64_t i = 1; i < ways; ++i)
        sums[0] = shape.function == PoolFunction::Max ? math.combine(sums[0], sums[i])
                                                      : arith::AddFOp::create(b, loc, sums[0], sums[i]).getResult();
      storeVector(kb, math.finish(sums[0], kb.index(size)), args[1], kb.mul(block, shape.block));
    });
    func::ReturnOp::create(b, loc);
  };
  return context.getOrCreateKernel("global_" + shape.getName(), b.getFunctionType({inType, outType}, {}), body);
}

/// Why a pool cannot be lowered; empty when it can.
static llvm::StringRef getObstacle(RankedTensorType type) {
  if (type.getRank() < 3 || type.getRank() > 5)
    return "expected 1 to 3 spatial dimensions";
  for (int64_t extent : type.getShape().drop_front())
    if (ShapedType::isDynamic(extent))
      return "expected static channels and spatial extents";
  return {};
}

/// Fills what all pools share.
static PoolShape getPoolShape(PoolFunction function, RankedTensorType type) {
  PoolShape shape;
  shape.function = function;
  shape.channels = type.getDimSize(1);
  shape.block = getBlock(type);
  shape.elementType = getStorageType(type.getElementType());
  shape.isUnsigned = isUnsigned(type);
  return shape;
}

/// Tiles of as many pixels as their columns fit into three quarters of the registers.
static void setPixels(PoolShape &shape, const TargetFacts &facts) {
  int64_t perVector =
      std::max<int64_t>(1, shape.block * getComputeType(shape.elementType).getIntOrFloatBitWidth() / facts.vectorBits);
  int64_t columns = facts.vectorRegisters * 3 / 4 / perVector;
  int64_t window = (shape.window.kernel[2] - 1) * shape.window.dilation[2] + 1;
  shape.pixels = columns < window ? 1 : (columns - window) / shape.window.stride[2] + 1;
}

/// Calls `kernel` for each image and replaces `op` by its output.
static LogicalResult replaceByCalls(Operation *op, Value input, RankedTensorType resultType, func::FuncOp kernel,
                                    ConversionPatternRewriter &rewriter) {
  Location loc = op->getLoc();
  Value output = allocateBlocked(rewriter, loc, resultType, getBlock(resultType), input);
  forEachImage(rewriter, loc, input, [&](OpBuilder &b, Value n) {
    func::CallOp::create(b, loc, kernel, ValueRange{getFlatImage(b, loc, input, n), getFlatImage(b, loc, output, n)});
  });
  rewriter.replaceOp(op, output);
  return success();
}

/// The window over the padded input, for averages that count padding.
template <typename OpTy> static WindowShape getPaddedWindow(OpTy op, const WindowShape &window) {
  WindowShape padded = window;
  int64_t rank = op.getStrides().size();
  for (int64_t i = 0; i < rank; ++i) {
    int64_t d = 3 - rank + i;
    int64_t end = op.getAutoPad() == cnn::AutoPad::Explicit ? op.getPads()[rank + i] : 0;
    if (op.getAutoPad() == cnn::AutoPad::SameUpper || op.getAutoPad() == cnn::AutoPad::SameLower)
      end = std::max<int64_t>(0, (window.out[d] - 1) * window.stride[d] + window.dilation[d] * (window.kernel[d] - 1) +
                                     1 - window.in[d]) -
            window.pad[d];
    padded.in[d] += window.pad[d] + end;
    padded.pad[d] = 0;
  }
  return padded;
}

namespace {

template <typename OpTy, PoolFunction function> struct WindowPoolLowering : KernelPattern<OpTy> {
  using KernelPattern<OpTy>::KernelPattern;

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto inputType = cast<RankedTensorType>(op.getInput().getType());
    auto resultType = cast<RankedTensorType>(op.getOutput().getType());
    for (RankedTensorType type : {inputType, resultType})
      if (llvm::StringRef obstacle = getObstacle(type); !obstacle.empty())
        return rewriter.notifyMatchFailure(op, obstacle);
    if (getLayout(inputType) != getLayout(resultType))
      return rewriter.notifyMatchFailure(op, "expected input and result in one layout");
    PoolShape shape = getPoolShape(function, inputType);
    shape.window = shape.counted = WindowShape::get(op, inputType, resultType);
    setPixels(shape, this->context.getFacts());
    if constexpr (function == PoolFunction::Average)
      if (op.getCountIncludePad())
        shape.counted = getPaddedWindow(op, shape.window);
    if constexpr (function == PoolFunction::Lp)
      shape.p = op.getP();
    return replaceByCalls(op, adaptor.getInput(), resultType, getPoolKernel(this->context, op.getLoc(), shape),
                          rewriter);
  }
};

struct GlobalPoolLowering : KernelPattern<cnn::GlobalPoolOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::GlobalPoolOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType inputType = op.getInput().getType(), resultType = op.getOutput().getType();
    for (int64_t extent : inputType.getShape().drop_front())
      if (ShapedType::isDynamic(extent))
        return rewriter.notifyMatchFailure(op, "expected static channels and spatial extents");
    PoolFunction function = op.getKind() == cnn::PoolKind::Max       ? PoolFunction::Max
                            : op.getKind() == cnn::PoolKind::Average ? PoolFunction::Average
                                                                     : PoolFunction::Lp;
    PoolShape shape = getPoolShape(function, inputType);
    shape.p = op.getP();
    int64_t size = 1;
    for (int64_t extent : inputType.getShape().drop_front(2))
      size *= extent;
    shape.window.in = shape.window.kernel = shape.counted.in = {1, 1, size};
    if (getBlock(resultType) != shape.block)
      return rewriter.notifyMatchFailure(op, "expected input and result in one layout");
    return replaceByCalls(op, adaptor.getInput(), resultType, getGlobalPoolKernel(context, op.getLoc(), shape),
                          rewriter);
  }
};

/// Maxima with their positions: one element at a time.
struct MaxPoolWithIndicesLowering : KernelPattern<cnn::MaxPoolWithIndicesOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::MaxPoolWithIndicesOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType inputType = op.getInput().getType(), resultType = op.getOutput().getType();
    for (RankedTensorType type : {inputType, resultType})
      if (llvm::StringRef obstacle = getObstacle(type); !obstacle.empty())
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
    Value least = vector::ExtractOp::create(b, loc, PoolMath(kb, shape).getStart(), llvm::ArrayRef<int64_t>{0});
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

void populatePoolingLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<WindowPoolLowering<cnn::MaxPoolOp, PoolFunction::Max>,
               WindowPoolLowering<cnn::AveragePoolOp, PoolFunction::Average>,
               WindowPoolLowering<cnn::LpPoolOp, PoolFunction::Lp>, GlobalPoolLowering, MaxPoolWithIndicesLowering,
               MaxUnpoolLowering>(converter, context);
}

} // namespace winnow::kernel
