//===- BufferSizes.cpp - sizes of buffers as multiples of the batch===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferSizes.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;

namespace winnow::memory {

namespace {
/// coefficient * batch^degree.
struct Term {
  int64_t coefficient = 1;
  int64_t degree = 0;
};
} // namespace

static std::optional<Term> evaluate(Value value);

static std::optional<Term> multiply(std::optional<Term> a, std::optional<Term> b) {
  if (!a || !b)
    return std::nullopt;
  auto coefficient = llvm::checkedMul(a->coefficient, b->coefficient);
  if (!coefficient)
    return std::nullopt;
  return Term{*coefficient, a->degree + b->degree};
}

/// Exact quotients only: anything else is no multiple of the batch.
static std::optional<Term> divide(std::optional<Term> a, std::optional<Term> b) {
  if (!a || !b || b->coefficient == 0 || a->coefficient % b->coefficient || a->degree < b->degree)
    return std::nullopt;
  return Term{a->coefficient / b->coefficient, a->degree - b->degree};
}

/// The value of an affine expression of one result over `operands`.
static std::optional<Term> evaluate(AffineExpr expr, ValueRange operands, unsigned numDims) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return Term{constant.getValue(), 0};
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return evaluate(operands[dim.getPosition()]);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return evaluate(operands[numDims + symbol.getPosition()]);
  auto binary = cast<AffineBinaryOpExpr>(expr);
  auto lhs = evaluate(binary.getLHS(), operands, numDims), rhs = evaluate(binary.getRHS(), operands, numDims);
  if (expr.getKind() == AffineExprKind::Mul)
    return multiply(lhs, rhs);
  if (expr.getKind() == AffineExprKind::FloorDiv || expr.getKind() == AffineExprKind::CeilDiv)
    return divide(lhs, rhs);
  return std::nullopt;
}

/// Dimension `index` of `buffer`.
static std::optional<Term> evaluateDim(Value buffer, int64_t index) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(index))
    return Term{type.getDimSize(index), 0};
  if (auto arg = dyn_cast<BlockArgument>(buffer)) {
    bool isBatch = isa<func::FuncOp>(arg.getOwner()->getParentOp()) && index == 0;
    return isBatch ? std::optional<Term>(Term{1, 1}) : std::nullopt;
  }
  unsigned dynamicIndex = type.getDynamicDimIndex(index);
  if (auto alloc = buffer.getDefiningOp<memref::AllocOp>())
    return evaluate(alloc.getDynamicSizes()[dynamicIndex]);
  if (auto cast = buffer.getDefiningOp<memref::ReinterpretCastOp>())
    return evaluate(cast.getSizes()[dynamicIndex]);
  if (auto cast = buffer.getDefiningOp<memref::CastOp>())
    return evaluateDim(cast.getSource(), index);
  if (auto expand = buffer.getDefiningOp<memref::ExpandShapeOp>())
    if (auto extent = dyn_cast<Value>(expand.getMixedOutputShape()[index]))
      return evaluate(extent);
  if (auto collapse = buffer.getDefiningOp<memref::CollapseShapeOp>()) {
    std::optional<Term> product = Term{1, 0};
    SmallVector<ReassociationIndices> collapsed = collapse.getReassociationIndices();
    for (int64_t dim : collapsed[index])
      product = multiply(product, evaluateDim(collapse.getSrc(), dim));
    return product;
  }
  return std::nullopt;
}

static std::optional<Term> evaluate(Value value) {
  llvm::APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return Term{constant.getSExtValue(), 0};
  Operation *op = value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    auto index = dim.getConstantIndex();
    return index ? evaluateDim(dim.getSource(), *index) : std::nullopt;
  }
  if (isa<arith::MulIOp>(op))
    return multiply(evaluate(op->getOperand(0)), evaluate(op->getOperand(1)));
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op))
    return divide(evaluate(op->getOperand(0)), evaluate(op->getOperand(1)));
  if (isa<arith::IndexCastOp>(op))
    return evaluate(op->getOperand(0));
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return evaluate(apply.getAffineMap().getResult(0), apply.getMapOperands(), apply.getAffineMap().getNumDims());
  return std::nullopt;
}

std::optional<BufferSize> getBufferSize(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  Type elementType = type.getElementType();
  if (!elementType.isIntOrIndexOrFloat() || !type.getLayout().isIdentity()) {
    alloc.emitOpError("expected a dense buffer of numbers but got ") << type;
    return std::nullopt;
  }
  std::optional<Term> size = Term{elementType.isIndex() ? 8 : getElementBytes(elementType), 0};
  for (int64_t extent : type.getShape())
    if (!ShapedType::isDynamic(extent))
      size = multiply(size, Term{extent, 0});
  for (Value extent : alloc.getDynamicSizes())
    size = multiply(size, evaluate(extent));
  if (!size || size->degree > 1 || size->coefficient < 0) {
    alloc.emitOpError("expected a buffer whose size is a constant or a multiple of the batch, but its shape ")
        << type << " depends on something else";
    return std::nullopt;
  }
  return BufferSize{size->coefficient, size->degree == 1};
}

} // namespace winnow::memory
