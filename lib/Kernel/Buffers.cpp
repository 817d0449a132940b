//===- Buffers.cpp - allocation, views and copies of buffers ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "KernelLowering.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace winnow::kernel {

/// Vector loads and arenas want whole cache lines.
static constexpr int64_t kAlignment = 64;

Value allocateBuffer(OpBuilder &b, Location loc, MemRefType type, ValueRange dynamicExtents) {
  return memref::AllocOp::create(b, loc, type, dynamicExtents, b.getI64IntegerAttr(kAlignment));
}

Value allocateResult(OpBuilder &b, Location loc, Type type, ValueRange dynamicExtents) {
  auto tensor = cast<RankedTensorType>(type);
  cnn::LayoutAttr layout = getLayout(tensor);
  SmallVector<Value> physical;
  unsigned next = 0;
  for (int64_t dim = 0; dim < tensor.getRank(); ++dim) {
    if (!tensor.isDynamicDim(dim))
      continue;
    Value extent = dynamicExtents[next++];
    if (layout && dim >= 2 && layout.getHalo())
      extent = addIndex(b, loc, extent, indexConstant(b, loc, 2 * layout.getHalo()));
    physical.push_back(extent);
  }
  return allocateBuffer(b, loc, getBufferType(tensor), physical);
}

Value allocateResultLike(OpBuilder &b, Location loc, Type type, Value like) {
  SmallVector<Value> extents;
  auto tensor = cast<RankedTensorType>(type);
  for (int64_t dim = 0; dim < tensor.getRank(); ++dim)
    if (tensor.isDynamicDim(dim))
      extents.push_back(asValue(b, loc, getExtent(b, loc, like, dim)));
  return allocateResult(b, loc, type, extents);
}

OpFoldResult getExtent(OpBuilder &b, Location loc, Value buffer, int64_t dim) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(dim))
    return b.getIndexAttr(type.getDimSize(dim));
  return b.createOrFold<memref::DimOp>(loc, buffer, dim);
}

SmallVector<OpFoldResult> getExtents(OpBuilder &b, Location loc, Value buffer) {
  SmallVector<OpFoldResult> extents;
  for (int64_t dim = 0, rank = cast<MemRefType>(buffer.getType()).getRank(); dim < rank; ++dim)
    extents.push_back(getExtent(b, loc, buffer, dim));
  return extents;
}

Value getInterior(OpBuilder &b, Location loc, Value buffer, cnn::LayoutAttr layout) {
  if (!layout || !layout.getHalo())
    return buffer;
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<OpFoldResult> offsets, extents, strides(type.getRank(), b.getIndexAttr(1));
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    bool spatial = dim >= 2 && dim + 1 < type.getRank();
    offsets.push_back(b.getIndexAttr(spatial ? layout.getHalo() : 0));
    OpFoldResult extent = getExtent(b, loc, buffer, dim);
    if (spatial) {
      if (auto constant = getConstantIntValue(extent))
        extent = b.getIndexAttr(*constant - 2 * layout.getHalo());
      else
        extent = addIndex(b, loc, cast<Value>(extent), indexConstant(b, loc, -2 * layout.getHalo()));
    }
    extents.push_back(extent);
  }
  return memref::SubViewOp::create(b, loc, buffer, offsets, extents, strides);
}

Value flatten(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1)
    return buffer;
  if (type.getRank() == 0)
    return memref::ExpandShapeOp::create(b, loc, MemRefType::get({1}, type.getElementType()), buffer,
                                         ArrayRef<ReassociationIndices>(), ArrayRef<OpFoldResult>(b.getIndexAttr(1)));
  ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return memref::CollapseShapeOp::create(b, loc, buffer, ArrayRef<ReassociationIndices>(all));
}

Value reinterpretShape(OpBuilder &b, Location loc, Value buffer, MemRefType type, ValueRange dynamicExtents) {
  if (buffer.getType() == type)
    return buffer;
  Value flat = flatten(b, loc, buffer);
  if (type.getRank() == 1)
    return flat.getType() == type ? flat : memref::CastOp::create(b, loc, type, flat).getResult();
  if (type.getRank() == 0)
    return memref::CollapseShapeOp::create(b, loc, type, flat, ArrayRef<ReassociationIndices>());
  SmallVector<OpFoldResult> extents;
  unsigned next = 0;
  for (int64_t extent : type.getShape())
    extents.push_back(ShapedType::isDynamic(extent) ? OpFoldResult(dynamicExtents[next++])
                                                    : OpFoldResult(b.getIndexAttr(extent)));
  bool isStatic = type.hasStaticShape();
  if (isStatic != cast<MemRefType>(flat.getType()).hasStaticShape()) {
    int64_t count = isStatic ? type.getNumElements() : ShapedType::kDynamic;
    flat = memref::CastOp::create(b, loc, MemRefType::get({count}, type.getElementType()), flat);
  }
  ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return memref::ExpandShapeOp::create(b, loc, type, flat, ArrayRef<ReassociationIndices>(all), extents);
}

void zeroBuffer(OpBuilder &b, Location loc, Value buffer, const TargetFacts &facts) {
  Value flat = flatten(b, loc, buffer);
  Type element = cast<MemRefType>(flat.getType()).getElementType();
  Value zero = scalarConstant(b, loc, element, 0);
  forEachVector(b, loc, getExtent(b, loc, flat, 0), getLanes(facts, element),
                [&](OpBuilder &b, Location loc, Value i, int64_t n) {
                  storeLanes(b, loc, broadcastLanes(b, loc, zero, n), flat, i);
                });
}

/// Zeros on the part of `buffer` at `offsets` of size `extents`.
static void zeroPart(OpBuilder &b, Location loc, Value buffer, ArrayRef<OpFoldResult> offsets,
                     ArrayRef<OpFoldResult> extents) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t lanes = *getConstantIntValue(extents.back());
  bool whole = lanes == type.getShape().back() && llvm::isPowerOf2_64(lanes);
  if (!whole)
    lanes = 1;
  Value zero = broadcastLanes(b, loc, scalarConstant(b, loc, type.getElementType(), 0), lanes);
  SmallVector<OpFoldResult> loops(extents);
  if (whole)
    loops.back() = b.getIndexAttr(1);
  forEachIndex(b, loc, loops, [&](OpBuilder &b, Location loc, ValueRange indices) {
    SmallVector<Value> shifted;
    for (auto [index, offset] : llvm::zip_equal(indices, offsets))
      shifted.push_back(addIndex(b, loc, index, asValue(b, loc, offset)));
    storeLanes(b, loc, zero, buffer, shifted);
  });
}

void zeroPadding(OpBuilder &b, Location loc, Value buffer, RankedTensorType type) {
  cnn::LayoutAttr layout = getLayout(type);
  if (!layout)
    return;
  int64_t block = layout.getBlock(), halo = layout.getHalo(), rank = cast<MemRefType>(buffer.getType()).getRank();
  SmallVector<OpFoldResult> whole = getExtents(b, loc, buffer), zeros(rank, b.getIndexAttr(0));
  if (int64_t used = type.getDimSize(1) % block) {
    SmallVector<OpFoldResult> offsets = zeros, extents = whole;
    offsets[1] = b.getIndexAttr(type.getDimSize(1) / block);
    offsets.back() = b.getIndexAttr(used);
    extents[1] = b.getIndexAttr(1);
    extents.back() = b.getIndexAttr(block - used);
    zeroPart(b, loc, buffer, offsets, extents);
  }
  for (int64_t dim = 2; halo && dim + 1 < rank; ++dim) {
    SmallVector<OpFoldResult> offsets = zeros, extents = whole;
    extents[dim] = b.getIndexAttr(halo);
    zeroPart(b, loc, buffer, offsets, extents);
    Value end = addIndex(b, loc, asValue(b, loc, whole[dim]), indexConstant(b, loc, -halo));
    offsets[dim] = getAsOpFoldResult(end);
    zeroPart(b, loc, buffer, offsets, extents);
  }
}

/// How many trailing dimensions of both buffers form one contiguous run.
static int64_t countContiguousDims(MemRefType source, MemRefType target) {
  int64_t rank = source.getRank(), count = 0;
  SmallVector<int64_t> sourceStrides, targetStrides;
  int64_t offset;
  if (failed(source.getStridesAndOffset(sourceStrides, offset)) ||
      failed(target.getStridesAndOffset(targetStrides, offset)))
    return 0;
  int64_t run = 1;
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    if (sourceStrides[dim] != run || targetStrides[dim] != run)
      break;
    ++count;
    if (source.isDynamicDim(dim))
      break;
    run *= source.getDimSize(dim);
  }
  return count;
}

/// `buffer` with its last `count` dimensions as one.
static Value collapseTrailing(OpBuilder &b, Location loc, Value buffer, int64_t count) {
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  if (count <= 1)
    return buffer;
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim <= rank - count; ++dim)
    groups.push_back({dim});
  for (int64_t dim = rank - count + 1; dim < rank; ++dim)
    groups.back().push_back(dim);
  return memref::CollapseShapeOp::create(b, loc, buffer, groups);
}

void copyBuffer(OpBuilder &b, Location loc, Value source, Value target, const TargetFacts &facts) {
  int64_t run = countContiguousDims(cast<MemRefType>(source.getType()), cast<MemRefType>(target.getType()));
  source = collapseTrailing(b, loc, source, run);
  target = collapseTrailing(b, loc, target, run);
  Type element = cast<MemRefType>(source.getType()).getElementType();
  SmallVector<OpFoldResult> extents = getExtents(b, loc, target);
  IndependentLoops independent(b);
  if (run == 0) {
    forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange indices) {
      storeLanes(b, loc, loadLanes(b, loc, source, indices, 1), target, indices);
    });
    return;
  }
  OpFoldResult inner = extents.pop_back_val();
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange outer) {
    forEachVector(b, loc, inner, getLanes(facts, element), [&](OpBuilder &b, Location loc, Value i, int64_t lanes) {
      SmallVector<Value> indices(outer);
      indices.push_back(i);
      storeLanes(b, loc, loadLanes(b, loc, source, indices, lanes), target, indices);
    });
  });
}

} // namespace winnow::kernel
