//===- PoolKernel.cpp - kernels of pools ----------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PoolKernel.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "Quantize.h"

#include "winnow/Kernel/ElementFunctions.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// The functions of a pool on vectors.
class PoolMath {
public:
  PoolMath(KernelBuilder &kb, const PoolShape &shape)
      : kb(kb), shape(shape), type(VectorType::get({shape.block}, shape.getSumType())) {}

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
      if (shape.inputQuantization)
        element = emitDifference(b, kb.loc, element, shape.inputQuantization);
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
    if (shape.inputQuantization)
      return emitToResult(b, kb.loc, arith::MulFOp::create(b, kb.loc, accumulator, getFactor(count)),
                          shape.resultQuantization);
    if (shape.function == PoolFunction::Average)
      return arith::MulFOp::create(b, kb.loc, accumulator, getInverse(count));
    if (shape.function == PoolFunction::Max || shape.p == 1)
      return accumulator;
    if (shape.p == 2)
      return emitElementwise(b, kb.loc, cnn::ElementwiseKind::Sqrt, accumulator);
    return emitElementwise(b, kb.loc, cnn::ElementwiseKind::Pow, {accumulator, splat(kb, type, 1.0 / shape.p)});
  }

private:
  /// scale of the input / (scale of the result * count), in f32.
  Value getFactor(Value count) const {
    auto input = getScale(shape.inputQuantization);
    float result = getScale(shape.resultQuantization);
    if (auto known = KernelBuilder::getConstant(count))
      return splat(kb, type, input / (result * static_cast<float>(*known)));
    OpBuilder &b = kb.builder;
    Value number = arith::IndexCastOp::create(b, kb.loc, b.getI32Type(), count);
    number = arith::SIToFPOp::create(b, kb.loc, type.getElementType(), number);
    number = arith::MulFOp::create(b, kb.loc, number, emitConstantLike(b, kb.loc, type.getElementType(), result));
    number = arith::DivFOp::create(b, kb.loc, emitConstantLike(b, kb.loc, type.getElementType(), input), number);
    return vector::BroadcastOp::create(b, kb.loc, type, number);
  }

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

Value getPoolStart(KernelBuilder &kb, const PoolShape &shape) { return PoolMath(kb, shape).getStart(); }

void setPool(RowWindow &rows, KernelBuilder &kb, const PoolShape &shape, Value output) {
  rows.initialize = [&](Value, int64_t pixels) { return Values(pixels, PoolMath(kb, shape).getStart()); };
  rows.combine = [&](Value accumulator, Value element, Value) {
    return PoolMath(kb, shape).combine(accumulator, element);
  };
  rows.join = [&](Value accumulator, Value other) { return PoolMath(kb, shape).join(accumulator, other); };
  rows.finish = [&kb, &shape, output](const RowWindow::Tile &tile, ValueRange accumulators) {
    for (auto [p, accumulator] : llvm::enumerate(accumulators)) {
      Value count = shape.function == PoolFunction::Average ? getCount(kb, shape, tile, p) : Value();
      Value result = PoolMath(kb, shape).finish(accumulator, count);
      storeVector(kb, result, output, kb.add(tile.output, p * shape.block));
    }
  };
}

func::FuncOp getPoolKernel(KernelContext &context, Location loc, const PoolShape &shape) {
  Builder b(loc.getContext());
  int64_t channels = shape.getBlocks() * shape.block;
  auto inType = getFlatType(channels * shape.window.getNumInputs(), shape.elementType);
  auto outType = getFlatType(channels * shape.window.getNumOutputs(), shape.resultType);
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    RowWindow rows(kb, shape.window, shape.getBlocks(), shape.block, shape.pixels, args[0]);
    setPool(rows, kb, shape, args[1]);
    rows.emit();
    func::ReturnOp::create(b, loc);
  };
  return context.getOrCreateKernel(shape.getName(), b.getFunctionType({inType, outType}, {}), body);
}

/// Four accumulators a block, so that the loop is not bound by latency.
func::FuncOp getGlobalPoolKernel(KernelContext &context, Location loc, const PoolShape &shape) {
  Builder b(loc.getContext());
  int64_t channels = shape.getBlocks() * shape.block, size = shape.window.getNumInputs();
  auto inType = getFlatType(channels * size, shape.elementType), outType = getFlatType(channels, shape.resultType);
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

} // namespace winnow::kernel
