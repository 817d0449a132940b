//===- ElideCopies.cpp - results written where they are wanted===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Memory/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Dominance.h"

namespace winnow {
#define GEN_PASS_DEF_ELIDECOPIES
#include "winnow/Memory/Passes.h.inc"
} // namespace winnow

using namespace mlir;

namespace {

/// The allocation that `source` shows whole and in order; null where there is none.
memref::AllocOp getWholeAllocation(Value source) {
  while (Operation *op = source.getDefiningOp()) {
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      return alloc;
    if (isa<memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp>(op)) {
      source = op->getOperand(0);
      continue;
    }
    auto cast = dyn_cast<memref::ReinterpretCastOp>(op);
    auto from = cast ? dyn_cast<MemRefType>(cast.getSource().getType()) : MemRefType();
    if (!from || !from.hasStaticShape() || !cast.getType().hasStaticShape() ||
        !cast.getType().getLayout().isIdentity() || from.getNumElements() != cast.getType().getNumElements())
      return {};
    source = cast.getSource();
  }
  return {};
}

/// `out` under the type of `alloc`; null where that needs more than a static view.
Value viewAs(OpBuilder &b, memref::AllocOp alloc, Value out) {
  auto wanted = alloc.getType(), type = cast<MemRefType>(out.getType());
  if (wanted == type)
    return out;
  if (!wanted.hasStaticShape() || !type.hasStaticShape() || wanted.getElementType() != type.getElementType() ||
      wanted.getNumElements() != type.getNumElements() || !wanted.getLayout().isIdentity() ||
      !type.getLayout().isIdentity())
    return {};
  SmallVector<int64_t> strides = wanted.getStridesAndOffset().first;
  return memref::ReinterpretCastOp::create(b, alloc.getLoc(), wanted, out, /*offset=*/0, wanted.getShape(), strides);
}

/// Replaces the source of `copy` by the out-parameter it is copied into.
/// Fails where the out-parameter has other uses, or the source is no whole allocation.
LogicalResult elideCopy(memref::CopyOp copy) {
  auto out = dyn_cast<BlockArgument>(copy.getTarget());
  if (!out || !isa<func::FuncOp>(out.getOwner()->getParentOp()) || !out.hasOneUse())
    return failure();
  memref::AllocOp alloc = getWholeAllocation(copy.getSource());
  if (!alloc || alloc->getBlock() != out.getOwner())
    return failure();
  OpBuilder b(alloc);
  Value view = viewAs(b, alloc, out);
  if (!view)
    return failure();
  copy.erase();
  alloc.replaceAllUsesWith(view);
  alloc.erase();
  return success();
}

struct ElideCopies : winnow::impl::ElideCopiesBase<ElideCopies> {
  void runOnOperation() override {
    if (getOperation().isDeclaration())
      return;
    SmallVector<memref::CopyOp> copies(getOperation().getBody().front().getOps<memref::CopyOp>());
    for (memref::CopyOp copy : copies)
      if (succeeded(elideCopy(copy)))
        ++numElided;
  }
};

} // namespace
