//===- BlockTranspose.cpp - channels and pixels change places -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockTranspose.h"

#include "KernelLowering.h"

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace winnow::kernel {

SmallVector<Value> transposeVectors(OpBuilder &b, Location loc, ArrayRef<Value> rows) {
  SmallVector<Value> values(rows);
  auto lanes = static_cast<int64_t>(rows.size());
  // Squares of `step` change places across the diagonal: single elements, then pairs, then fours.
  for (int64_t step = 1; step < lanes; step *= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      bool right = (lane & step) != 0;
      upper.push_back(right ? lanes + lane - step : lane);
      lower.push_back(right ? lanes + lane : lane + step);
    }
    for (int64_t row = 0; row < lanes; ++row) {
      if (row & step)
        continue;
      Value first = values[row], second = values[row + step];
      values[row] = vector::ShuffleOp::create(b, loc, first, second, upper);
      values[row + step] = vector::ShuffleOp::create(b, loc, first, second, lower);
    }
  }
  return values;
}

Value joinPixels(OpBuilder &b, Location loc, Value buffer, int64_t rank) {
  auto type = cast<MemRefType>(buffer.getType());
  if (rank == 1)
    return buffer;
  SmallVector<ReassociationIndices> groups{{0}, {1}, llvm::to_vector(llvm::seq<int64_t>(2, 2 + rank))};
  if (type.getRank() > 2 + rank)
    groups.push_back({2 + rank});
  return memref::CollapseShapeOp::create(b, loc, buffer, groups);
}

namespace {
/// The loops of one move, on buffers whose pixels are joined.
struct TransposedMove {
  Value plain, blocked;
  int64_t block, pixels;
  bool toBlocked;

  /// One block of channels of image `n`, of which the first `used` exist.
  void emit(OpBuilder &b, Location loc, Value n, Value index, int64_t used) const {
    Value size = indexConstant(b, loc, block), channel = mulIndex(b, loc, index, size);
    auto type = VectorType::get({block}, cast<MemRefType>(plain.getType()).getElementType());
    forRange(b, loc, b.getIndexAttr(pixels / block), [&](OpBuilder &b, Location loc, Value tile) {
      Value first = mulIndex(b, loc, tile, size), zero = indexConstant(b, loc, 0);
      auto getRow = [&](int64_t lane) {
        return SmallVector<Value>{n, addIndex(b, loc, channel, indexConstant(b, loc, lane)), first};
      };
      auto getPixel = [&](int64_t pixel) {
        return SmallVector<Value>{n, index, addIndex(b, loc, first, indexConstant(b, loc, pixel)), zero};
      };
      SmallVector<Value> rows;
      for (int64_t i = 0; i < block; ++i) {
        if (toBlocked && i >= used)
          rows.push_back(arith::ConstantOp::create(b, loc, type, b.getZeroAttr(type)));
        else
          rows.push_back(loadLanes(b, loc, toBlocked ? plain : blocked, toBlocked ? getRow(i) : getPixel(i), block));
      }
      rows = transposeVectors(b, loc, rows);
      for (int64_t i = 0; i < (toBlocked ? block : used); ++i)
        storeLanes(b, loc, rows[i], toBlocked ? blocked : plain, toBlocked ? getPixel(i) : getRow(i));
    });
  }
};
} // namespace

int64_t moveTransposed(OpBuilder &b, Location loc, Value plain, Value blocked, int64_t channels, int64_t block,
                       bool toBlocked) {
  auto plainType = cast<MemRefType>(plain.getType()), blockedType = cast<MemRefType>(blocked.getType());
  int64_t rank = plainType.getRank() - 2, pixels = 1;
  for (int64_t extent : plainType.getShape().drop_front(2))
    pixels = ShapedType::isDynamic(extent) ? 0 : pixels * extent;
  bool whole = plainType.getLayout().isIdentity() && blockedType.getLayout().isIdentity();
  if (!whole || rank < 1 || !plainType.getElementType().isF32() || block < 2 || !llvm::isPowerOf2_64(block))
    return 0;
  pixels -= pixels % block;
  if (pixels == 0)
    return 0;
  TransposedMove move{joinPixels(b, loc, plain, rank), joinPixels(b, loc, blocked, rank), block, pixels, toBlocked};
  forRange(b, loc, getExtent(b, loc, plain, 0), [&](OpBuilder &b, Location loc, Value n) {
    if (channels >= block)
      forRange(b, loc, b.getIndexAttr(channels / block),
               [&](OpBuilder &b, Location loc, Value index) { move.emit(b, loc, n, index, block); });
    if (channels % block)
      move.emit(b, loc, n, indexConstant(b, loc, channels / block), channels % block);
  });
  return pixels;
}

} // namespace winnow::kernel
