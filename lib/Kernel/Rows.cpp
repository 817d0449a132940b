//===- Rows.cpp - reductions along rows of a buffer ---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"
#include "Axis.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using winnow::cnn::ElementwiseKind;

namespace winnow::kernel {

RowView::RowView(OpBuilder &b, Location loc, Value source, int64_t begin, int64_t end, const TargetFacts &facts,
                 bool isUnsigned, Type wantedType)
    : isUnsigned(isUnsigned) {
  SmallVector<OpFoldResult> extents = getExtents(b, loc, source);
  ArrayRef<OpFoldResult> all(extents);
  outer = multiply(b, loc, all.take_front(begin));
  length = multiply(b, loc, all.slice(begin, end - begin));
  inner = multiply(b, loc, all.drop_front(end));
  isInnerOne = getConstantIntValue(inner) == 1;
  buffer = viewAs(b, loc, source, {outer, length, inner});
  storageType = cast<MemRefType>(source.getType()).getElementType();
  bool isHalf = storageType.isF16() || storageType.isBF16();
  computeType = wantedType ? wantedType : isHalf ? Type(b.getF32Type()) : storageType;
  lanes = std::min(getLanes(facts, storageType), getLanes(facts, computeType));
  auto run = getConstantIntValue(isInnerOne ? length : inner);
  while (run && lanes > 1 && lanes > *run)
    lanes /= 2;
}

Value getNeutral(OpBuilder &b, Location loc, ElementwiseKind kind, Type element, bool isUnsigned) {
  if (kind == ElementwiseKind::Add || kind == ElementwiseKind::Mul)
    return scalarConstant(b, loc, element, kind == ElementwiseKind::Mul);
  bool isMax = kind == ElementwiseKind::Max;
  if (auto type = dyn_cast<FloatType>(element))
    return arith::ConstantOp::create(
        b, loc, FloatAttr::get(type, llvm::APFloat::getInf(type.getFloatSemantics(), /*Negative=*/isMax)));
  unsigned width = element.getIntOrFloatBitWidth();
  llvm::APInt bound = isMax ? (isUnsigned ? llvm::APInt::getMinValue(width) : llvm::APInt::getSignedMinValue(width))
                            : (isUnsigned ? llvm::APInt::getMaxValue(width) : llvm::APInt::getSignedMaxValue(width));
  return arith::ConstantOp::create(b, loc, IntegerAttr::get(element, bound));
}

static vector::CombiningKind getCombiningKind(ElementwiseKind kind, Type element, bool isUnsigned) {
  bool isFloat = isa<FloatType>(element);
  switch (kind) {
  case ElementwiseKind::Mul:
    return vector::CombiningKind::MUL;
  case ElementwiseKind::Max:
    return isFloat      ? vector::CombiningKind::MAXIMUMF
           : isUnsigned ? vector::CombiningKind::MAXUI
                        : vector::CombiningKind::MAXSI;
  case ElementwiseKind::Min:
    return isFloat      ? vector::CombiningKind::MINIMUMF
           : isUnsigned ? vector::CombiningKind::MINUI
                        : vector::CombiningKind::MINSI;
  default:
    return vector::CombiningKind::ADD;
  }
}

Value Row::load(OpBuilder &b, Location loc, Value position, int64_t lanes) const {
  Value x = loadLanes(b, loc, view.buffer, {outer, position, inner}, lanes);
  return emitCast(b, loc, x, view.computeType, view.isUnsigned, false);
}

/// Carries `init` through a loop from `lower` to `upper`.
static Value carry(OpBuilder &b, Location loc, Value lower, Value upper, int64_t step, Value init,
                   llvm::function_ref<Value(OpBuilder &, Location, Value position, Value carried)> body) {
  auto loop = scf::ForOp::create(b, loc, lower, upper, indexConstant(b, loc, step), init,
                                 [&](OpBuilder &b, Location loc, Value position, ValueRange carried) {
                                   scf::YieldOp::create(b, loc, body(b, loc, position, carried[0]));
                                 });
  return loop.getResult(0);
}

Value Row::reduce(OpBuilder &b, Location loc, ElementwiseKind kind, MapFn map) const {
  Value neutral = getNeutral(b, loc, kind, view.computeType, view.isUnsigned);
  Value zero = indexConstant(b, loc, 0), end = asValue(b, loc, view.length);
  auto combine = [&](OpBuilder &b, Location loc, Value lhs, Value rhs) {
    return emitElementwise(b, loc, kind, {lhs, rhs}, view.isUnsigned);
  };
  auto step = [&](int64_t lanes) {
    return [&, lanes](OpBuilder &b, Location loc, Value position, Value carried) {
      return combine(b, loc, carried, map(b, loc, load(b, loc, position, lanes)));
    };
  };
  if (!view.isInnerOne)
    return carry(b, loc, zero, end, 1, broadcastLanes(b, loc, neutral, count), step(count));
  if (view.lanes == 1)
    return carry(b, loc, zero, end, 1, neutral, step(1));
  Value rest = b.createOrFold<arith::RemSIOp>(loc, end, indexConstant(b, loc, view.lanes));
  Value middle = b.createOrFold<arith::SubIOp>(loc, end, rest);
  Value lanes = carry(b, loc, zero, middle, view.lanes, broadcastLanes(b, loc, neutral, view.lanes), step(view.lanes));
  Value sum = vector::ReductionOp::create(b, loc, getCombiningKind(kind, view.computeType, view.isUnsigned), lanes,
                                          isa<FloatType>(view.computeType) ? arith::FastMathFlags::reassoc
                                                                           : arith::FastMathFlags::none);
  if (auto length = getConstantIntValue(view.length); length && *length % view.lanes == 0)
    return sum;
  return carry(b, loc, middle, end, 1, sum, step(1));
}

Value Row::spread(OpBuilder &b, Location loc, Value reduced, Type like) const {
  auto vector = dyn_cast<VectorType>(like);
  if (!vector || isa<VectorType>(reduced.getType()))
    return reduced;
  return vector::BroadcastOp::create(b, loc, vector.clone(reduced.getType()), reduced);
}

void Row::write(OpBuilder &b, Location loc, Value target, WriteFn write) const {
  Type element = cast<MemRefType>(target.getType()).getElementType();
  auto writeAt = [&](OpBuilder &b, Location loc, Value position, int64_t lanes) {
    Value y = write(b, loc, load(b, loc, position, lanes), position, lanes);
    storeLanes(b, loc, emitCast(b, loc, y, element, view.isUnsigned, view.isUnsigned), target,
               {outer, position, inner});
  };
  if (view.isInnerOne)
    return forEachVector(b, loc, view.length, view.lanes, writeAt);
  forRange(b, loc, view.length, [&](OpBuilder &b, Location loc, Value position) { writeAt(b, loc, position, count); });
}

void Row::store(OpBuilder &b, Location loc, Value reduced, Value target) const {
  Type element = cast<MemRefType>(target.getType()).getElementType();
  storeLanes(b, loc, emitCast(b, loc, reduced, element, view.isUnsigned, view.isUnsigned), target, {outer, inner});
}

void forEachRow(OpBuilder &b, Location loc, const RowView &view,
                llvm::function_ref<void(OpBuilder &, Location, const Row &)> body) {
  // Rows are independent, what is done along one is not.
  IndependentLoops independent(b, /*levels=*/1);
  forRange(b, loc, view.outer, [&](OpBuilder &b, Location loc, Value outer) {
    if (view.isInnerOne)
      return body(b, loc, Row(view, outer, indexConstant(b, loc, 0), 1));
    forEachVector(b, loc, view.inner, view.lanes, [&](OpBuilder &b, Location loc, Value inner, int64_t lanes) {
      body(b, loc, Row(view, outer, inner, lanes));
    });
  });
}

Value viewLikeRows(OpBuilder &b, Location loc, Value buffer, const RowView &view) {
  return viewAs(b, loc, buffer, {view.outer, view.length, view.inner});
}

Value viewLikeReduced(OpBuilder &b, Location loc, Value buffer, const RowView &view) {
  return viewAs(b, loc, buffer, {view.outer, view.inner});
}

} // namespace winnow::kernel
