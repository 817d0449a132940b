//===- Loops.cpp - loop nests and vector accesses -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace winnow::kernel {

Value indexConstant(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value asValue(OpBuilder &b, Location loc, OpFoldResult ofr) { return getValueOrCreateConstantIndexOp(b, loc, ofr); }

Value addIndex(OpBuilder &b, Location loc, Value lhs, Value rhs) {
  return b.createOrFold<arith::AddIOp>(loc, lhs, rhs);
}

Value mulIndex(OpBuilder &b, Location loc, Value lhs, Value rhs) {
  return b.createOrFold<arith::MulIOp>(loc, lhs, rhs);
}

OpFoldResult multiply(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> factors) {
  int64_t product = 1;
  Value dynamic;
  for (OpFoldResult factor : factors) {
    if (auto constant = getConstantIntValue(factor))
      product *= *constant;
    else
      dynamic = dynamic ? mulIndex(b, loc, dynamic, cast<Value>(factor)) : cast<Value>(factor);
  }
  if (!dynamic)
    return b.getIndexAttr(product);
  return product == 1 ? dynamic : mulIndex(b, loc, dynamic, indexConstant(b, loc, product));
}

void forRange(OpBuilder &b, Location loc, OpFoldResult extent,
              llvm::function_ref<void(OpBuilder &, Location, Value)> body) {
  Value zero = indexConstant(b, loc, 0);
  if (getConstantIntValue(extent) == 1)
    return body(b, loc, zero);
  auto loop = scf::ForOp::create(b, loc, zero, asValue(b, loc, extent), indexConstant(b, loc, 1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(b, loc, loop.getInductionVar());
}

static void nest(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> extents, SmallVectorImpl<Value> &indices,
                 llvm::function_ref<void(OpBuilder &, Location, ValueRange)> body) {
  if (indices.size() == extents.size())
    return body(b, loc, indices);
  forRange(b, loc, extents[indices.size()], [&](OpBuilder &b, Location loc, Value index) {
    indices.push_back(index);
    nest(b, loc, extents, indices, body);
    indices.pop_back();
  });
}

void forEachIndex(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> extents,
                  llvm::function_ref<void(OpBuilder &, Location, ValueRange)> body) {
  SmallVector<Value> indices;
  nest(b, loc, extents, indices, body);
}

void forEachVector(OpBuilder &b, Location loc, OpFoldResult extent, int64_t lanes,
                   llvm::function_ref<void(OpBuilder &, Location, Value, int64_t)> body) {
  auto loop = [&](Value lower, Value upper, int64_t step) {
    auto loop = scf::ForOp::create(b, loc, lower, upper, indexConstant(b, loc, step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    body(b, loc, loop.getInductionVar(), step);
  };
  if (auto count = getConstantIntValue(extent)) {
    int64_t position = 0;
    for (; lanes >= 1 && position < *count; lanes /= 2) {
      int64_t end = position + (*count - position) / lanes * lanes;
      if (end - position > lanes)
        loop(indexConstant(b, loc, position), indexConstant(b, loc, end), lanes);
      else if (end > position)
        body(b, loc, indexConstant(b, loc, position), lanes);
      position = end;
    }
    return;
  }
  Value count = cast<Value>(extent), zero = indexConstant(b, loc, 0);
  if (lanes == 1)
    return loop(zero, count, 1);
  Value step = indexConstant(b, loc, lanes);
  Value rest = arith::RemSIOp::create(b, loc, count, step);
  Value end = arith::SubIOp::create(b, loc, count, rest);
  loop(zero, end, lanes);
  loop(end, count, 1);
}

int64_t getLanes(const TargetFacts &facts, Type element) {
  if (element.isInteger(1))
    return 1;
  return std::max<int64_t>(1, facts.vectorBits / element.getIntOrFloatBitWidth());
}

Type laneType(Type elementType, int64_t lanes) {
  return lanes > 1 ? Type(VectorType::get({lanes}, elementType)) : elementType;
}

Value loadLanes(OpBuilder &b, Location loc, Value buffer, ValueRange indices, int64_t lanes) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  if (lanes == 1)
    return memref::LoadOp::create(b, loc, buffer, indices);
  return vector::LoadOp::create(b, loc, VectorType::get({lanes}, element), buffer, indices);
}

void storeLanes(OpBuilder &b, Location loc, Value value, Value buffer, ValueRange indices) {
  if (isa<VectorType>(value.getType()))
    vector::StoreOp::create(b, loc, value, buffer, indices);
  else
    memref::StoreOp::create(b, loc, value, buffer, indices);
}

Value broadcastLanes(OpBuilder &b, Location loc, Value scalar, int64_t lanes) {
  if (lanes == 1)
    return scalar;
  return vector::BroadcastOp::create(b, loc, VectorType::get({lanes}, scalar.getType()), scalar);
}

Value scalarConstant(OpBuilder &b, Location loc, Type type, double value) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(floatType, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}

} // namespace winnow::kernel
