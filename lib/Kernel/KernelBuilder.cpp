//===- KernelBuilder.cpp - loops and addresses of kernels -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "Axis.h"
#include "KernelLowering.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace winnow::kernel {

std::optional<int64_t> KernelBuilder::getConstant(Value value) {
  IntegerAttr attr;
  if (matchPattern(value, m_Constant(&attr)))
    return attr.getInt();
  return std::nullopt;
}

Value KernelBuilder::index(int64_t value) {
  Value &constant = constants[value];
  if (!constant) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(constantBlock);
    constant = arith::ConstantIndexOp::create(builder, loc, value);
  }
  return constant;
}

Value KernelBuilder::add(Value a, Value b) {
  auto x = getConstant(a), y = getConstant(b);
  if (x && y)
    return index(*x + *y);
  if (y && *y == 0)
    return a;
  if (x && *x == 0)
    return b;
  return arith::AddIOp::create(builder, loc, a, b);
}

Value KernelBuilder::sub(Value a, Value b) {
  auto x = getConstant(a), y = getConstant(b);
  if (y)
    return add(a, -*y);
  if (x && y)
    return index(*x - *y);
  return arith::SubIOp::create(builder, loc, a, b);
}

Value KernelBuilder::mul(Value a, int64_t b) {
  if (auto x = getConstant(a))
    return index(*x * b);
  if (b == 0)
    return index(0);
  return b == 1 ? a : arith::MulIOp::create(builder, loc, a, index(b)).getResult();
}

Value KernelBuilder::div(Value a, int64_t b) {
  if (auto x = getConstant(a))
    return index(*x / b);
  return b == 1 ? a : arith::DivUIOp::create(builder, loc, a, index(b)).getResult();
}

Value KernelBuilder::rem(Value a, int64_t b) {
  if (auto x = getConstant(a))
    return index(*x % b);
  return b == 1 ? index(0) : arith::RemUIOp::create(builder, loc, a, index(b)).getResult();
}

Value KernelBuilder::min(Value a, Value b) {
  auto x = getConstant(a), y = getConstant(b);
  if (x && y)
    return index(std::min(*x, *y));
  return arith::MinSIOp::create(builder, loc, a, b);
}

Value KernelBuilder::max(Value a, Value b) {
  auto x = getConstant(a), y = getConstant(b);
  if (x && y)
    return index(std::max(*x, *y));
  return arith::MaxSIOp::create(builder, loc, a, b);
}

scf::ForOp KernelBuilder::createLoop(Value lower, Value upper, int64_t step, ValueRange carried) {
  auto loop = scf::ForOp::create(builder, loc, lower, upper, index(step), carried);
  auto unroll = LLVM::LoopUnrollAttr::get(builder.getContext(), builder.getBoolAttr(true), {}, {}, {}, {}, {}, {});
  loop->setAttr("llvm.loop_annotation", LLVM::LoopAnnotationAttr::get(builder.getContext(), {}, {}, {}, unroll, {}, {},
                                                                      {}, {}, {}, {}, {}, {}, {}, {}, {}));
  return loop;
}

void KernelBuilder::split(llvm::StringRef axis, int64_t extent, Value lower, Value upper, int64_t step,
                          llvm::function_ref<void(Value)> body) {
  auto first = getConstant(lower), end = getConstant(upper);
  if (first && end && *first >= *end)
    return;
  scf::ForOp loop = createLoop(lower, upper, step, {});
  markAxis(loop, axis, extent);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  body(loop.getInductionVar());
}

Values KernelBuilder::loop(Value lower, Value upper, int64_t step, ValueRange carried,
                           llvm::function_ref<Values(Value, ValueRange)> body) {
  auto first = getConstant(lower), end = getConstant(upper);
  if (first && end && *first >= *end)
    return Values(carried.begin(), carried.end());
  if (first && end && *first + step >= *end)
    return body(lower, carried);
  scf::ForOp loopOp = createLoop(lower, upper, step, carried);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = loopOp.getBody();
  // Without carried values the loop comes with its terminator.
  if (block->mightHaveTerminator())
    builder.setInsertionPoint(block->getTerminator());
  else
    builder.setInsertionPointToEnd(block);
  Values results = body(loopOp.getInductionVar(), loopOp.getRegionIterArgs());
  if (!carried.empty())
    scf::YieldOp::create(builder, loc, results);
  return Values(loopOp.getResults());
}

MemRefType getFlatType(int64_t size, Type elementType) {
  auto layout = StridedLayoutAttr::get(elementType.getContext(), ShapedType::kDynamic, {1});
  return MemRefType::get({size}, elementType, layout);
}

/// Collapses all dimensions of a view whose rows follow each other.
static Value collapse(OpBuilder &b, Location loc, Value view) {
  auto type = cast<MemRefType>(view.getType());
  if (type.getRank() > 1) {
    ReassociationIndices all(llvm::to_vector(llvm::seq<int64_t>(0, type.getRank())));
    view = memref::CollapseShapeOp::create(b, loc, view, llvm::ArrayRef<ReassociationIndices>{all});
  }
  auto flat = getFlatType(type.getNumElements(), type.getElementType());
  if (view.getType() != flat)
    view = memref::CastOp::create(b, loc, flat, view);
  return view;
}

Value getFlatImage(OpBuilder &b, Location loc, Value buffer, Value n) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t rank = type.getRank();
  llvm::SmallVector<OpFoldResult> offsets(rank, b.getIndexAttr(0)), sizes, strides(rank, b.getIndexAttr(1));
  offsets[0] = n;
  for (int64_t extent : type.getShape())
    sizes.push_back(b.getIndexAttr(extent));
  sizes[0] = b.getIndexAttr(1);
  // A one-dimensional buffer keeps its dimension, so that there is one to address.
  if (rank == 1)
    return collapse(b, loc, memref::SubViewOp::create(b, loc, buffer, offsets, sizes, strides));
  auto viewType = cast<MemRefType>(
      memref::SubViewOp::inferRankReducedResultType(type.getShape().drop_front(), type, offsets, sizes, strides));
  return collapse(b, loc, memref::SubViewOp::create(b, loc, viewType, buffer, offsets, sizes, strides));
}

Value getFlatBuffer(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() > 0)
    return collapse(b, loc, buffer);
  return collapse(b, loc,
                  memref::ExpandShapeOp::create(b, loc, llvm::ArrayRef<int64_t>{1}, buffer,
                                                llvm::ArrayRef<ReassociationIndices>{}));
}

void forEachImage(OpBuilder &b, Location loc, Value buffer, llvm::function_ref<void(OpBuilder &, Value)> body) {
  forRange(b, loc, getExtent(b, loc, buffer, 0), [&](OpBuilder &b, Location, Value n) { body(b, n); });
}

Type getComputeType(Type elementType) {
  if (elementType.isF16() || elementType.isBF16())
    return Float32Type::get(elementType.getContext());
  return elementType;
}

Value convertFloat(KernelBuilder &kb, Value value, Type elementType) {
  Type from = getElementTypeOrSelf(value.getType());
  if (from == elementType)
    return value;
  return emitCast(kb.builder, kb.loc, value, elementType, /*fromUnsigned=*/false, /*toUnsigned=*/false);
}

} // namespace winnow::kernel
