//===- ExpandCopies.cpp - strided copies as loops over runs --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_EXPANDCOPIES
#include "winnow/Target/Passes.h.inc"

/// How many trailing dimensions of `type` lie without gaps.
static int64_t countContiguousDims(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset = 0, expected = 1, count = 0;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return 0;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    if (strides[dim] != expected && type.getDimSize(dim) != 1)
      break;
    ++count;
    if (type.isDynamicDim(dim))
      break;
    expected *= type.getDimSize(dim);
  }
  return count;
}

/// Whether the conversion to LLVM makes a memcpy of it by itself.
static bool isPlain(MemRefType type) {
  return type.getLayout().isIdentity() ||
         (type.hasStaticShape() && type.getNumElements() > 0 && memref::isStaticShapeAndContiguousRowMajor(type));
}

/// Copies the innermost run (dimensions from `outer` on) at the given indices.
static void copyRun(OpBuilder &b, memref::CopyOp op, int64_t outer, ValueRange indices) {
  Location loc = op.getLoc();
  auto type = cast<MemRefType>(op.getSource().getType());
  if (outer == type.getRank()) {
    Value element = memref::LoadOp::create(b, loc, op.getSource(), indices);
    memref::StoreOp::create(b, loc, element, op.getTarget(), indices);
    return;
  }
  SmallVector<OpFoldResult> offsets, sizes, strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<int64_t> shape(type.getShape().drop_front(outer));
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    offsets.push_back(dim < outer ? OpFoldResult(indices[dim]) : OpFoldResult(b.getIndexAttr(0)));
    sizes.push_back(b.getIndexAttr(dim < outer ? 1 : type.getDimSize(dim)));
  }
  auto view = [&](Value memref) -> Value {
    auto viewType = memref::SubViewOp::inferRankReducedResultType(shape, cast<MemRefType>(memref.getType()), offsets,
                                                                  sizes, strides);
    return memref::SubViewOp::create(b, loc, cast<MemRefType>(viewType), memref, offsets, sizes, strides);
  };
  memref::CopyOp::create(b, loc, view(op.getSource()), view(op.getTarget()));
}

/// Puts loops around the part of a copy that is contiguous on both sides.
static void expandCopy(memref::CopyOp op) {
  auto source = cast<MemRefType>(op.getSource().getType()), target = cast<MemRefType>(op.getTarget().getType());
  OpBuilder b(op);
  Location loc = op.getLoc();
  int64_t rank = source.getRank();
  int64_t outer = rank - std::min(countContiguousDims(source), countContiguousDims(target));
  // The run's extents must be static: its views then need no run-time sizes.
  for (int64_t dim = rank - 1; dim >= outer; --dim)
    if (source.isDynamicDim(dim) || target.isDynamicDim(dim) || source.getDimSize(dim) == 0)
      outer = dim + 1;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
  SmallVector<Value> indices;
  for (int64_t dim = 0; dim < outer; ++dim) {
    Value extent = source.isDynamicDim(dim)
                       ? memref::DimOp::create(b, loc, op.getSource(), dim).getResult()
                       : arith::ConstantIndexOp::create(b, loc, source.getDimSize(dim)).getResult();
    auto loop = scf::ForOp::create(b, loc, zero, extent, one);
    b.setInsertionPointToStart(loop.getBody());
    indices.push_back(loop.getInductionVar());
  }
  copyRun(b, op, outer, indices);
  op.erase();
}

namespace {
struct ExpandCopies : impl::ExpandCopiesBase<ExpandCopies> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp op) {
      auto source = dyn_cast<MemRefType>(op.getSource().getType());
      auto target = dyn_cast<MemRefType>(op.getTarget().getType());
      if (source && target && !(isPlain(source) && isPlain(target)))
        copies.push_back(op);
    });
    llvm::for_each(copies, expandCopy);
  }
};
} // namespace

} // namespace winnow
