//===- LayoutLowering.cpp - conversions between layouts -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "BlockTranspose.h"
#include "KernelLowering.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include <cstring>

using namespace mlir;
using namespace winnow;
using namespace winnow::kernel;

/// Extents of the logical tensor in `buffer`: batch, then spatial ones.
static SmallVector<OpFoldResult> getPixelExtents(OpBuilder &b, Location loc, Value interior, bool blocked) {
  SmallVector<OpFoldResult> extents = getExtents(b, loc, interior);
  extents.erase(extents.begin() + 1);
  if (blocked)
    extents.pop_back();
  return extents;
}

/// Moves between a plain and a blocked buffer: for each pixel a vector of the
/// block's channels, whose plain elements lie one feature map apart.
static void movePixels(OpBuilder &b, Location loc, Value plain, Value blocked, int64_t channels, int64_t block,
                       bool toBlocked) {
  auto type = cast<MemRefType>(blocked.getType());
  SmallVector<OpFoldResult> pixels = getPixelExtents(b, loc, plain, /*blocked=*/false);
  for (int64_t first = 0; first < channels; first += block) {
    // The last block may be partly used, all others share one loop.
    int64_t used = std::min(block, channels - first);
    int64_t whole = used == block ? channels / block : 1;
    forEachIndex(b, loc, pixels.front(), [&](OpBuilder &b, Location loc, ValueRange batch) {
      forRange(b, loc, b.getIndexAttr(whole), [&](OpBuilder &b, Location loc, Value step) {
        Value blockIndex = addIndex(b, loc, step, indexConstant(b, loc, first / block));
        Value channel = mulIndex(b, loc, blockIndex, indexConstant(b, loc, block));
        forEachIndex(b, loc, ArrayRef(pixels).drop_front(), [&](OpBuilder &b, Location loc, ValueRange pixel) {
          auto plainIndices = [&](int64_t lane) {
            SmallVector<Value> indices = {batch[0], addIndex(b, loc, channel, indexConstant(b, loc, lane))};
            llvm::append_range(indices, pixel);
            return indices;
          };
          SmallVector<Value> indices = {batch[0], blockIndex};
          llvm::append_range(indices, pixel);
          indices.push_back(indexConstant(b, loc, 0));
          if (toBlocked) {
            SmallVector<Value> lanes;
            for (int64_t lane = 0; lane < block; ++lane)
              lanes.push_back(lane < used ? loadLanes(b, loc, plain, plainIndices(lane), 1)
                                          : scalarConstant(b, loc, type.getElementType(), 0));
            Value vector =
                vector::FromElementsOp::create(b, loc, VectorType::get({block}, type.getElementType()), lanes);
            storeLanes(b, loc, vector, blocked, indices);
            return;
          }
          Value vector =
              vector::LoadOp::create(b, loc, VectorType::get({block}, type.getElementType()), blocked, indices);
          for (int64_t lane = 0; lane < used; ++lane)
            storeLanes(b, loc, vector::ExtractOp::create(b, loc, vector, lane), plain, plainIndices(lane));
        });
      });
    });
    first += (whole - 1) * block;
  }
}

/// A buffer without its first `count` pixels, which are one dimension.
static Value dropPixels(OpBuilder &b, Location loc, Value buffer, int64_t count) {
  SmallVector<OpFoldResult> sizes = getExtents(b, loc, buffer);
  SmallVector<OpFoldResult> offsets(sizes.size(), b.getIndexAttr(0)), strides(sizes.size(), b.getIndexAttr(1));
  offsets[2] = b.getIndexAttr(count);
  sizes[2] = b.getIndexAttr(cast<MemRefType>(buffer.getType()).getDimSize(2) - count);
  return memref::SubViewOp::create(b, loc, buffer, offsets, sizes, strides);
}

/// The same, as many pixels as possible together.
static void moveBlocks(OpBuilder &b, Location loc, Value plain, Value blocked, int64_t channels, int64_t block,
                       bool toBlocked) {
  IndependentLoops independent(b);
  int64_t moved = moveTransposed(b, loc, plain, blocked, channels, block, toBlocked);
  if (moved) {
    auto type = cast<MemRefType>(plain.getType());
    int64_t rank = type.getRank() - 2, pixels = 1;
    for (int64_t extent : type.getShape().drop_front(2))
      pixels *= extent;
    if (pixels == moved)
      return;
    plain = dropPixels(b, loc, joinPixels(b, loc, plain, rank), moved);
    blocked = dropPixels(b, loc, joinPixels(b, loc, blocked, rank), moved);
  }
  movePixels(b, loc, plain, blocked, channels, block, toBlocked);
}

Value winnow::kernel::convertLayout(OpBuilder &b, Location loc, Value source, RankedTensorType from,
                                    RankedTensorType to) {
  cnn::LayoutAttr fromLayout = getLayout(from), toLayout = getLayout(to);
  if (fromLayout == toLayout)
    return source;
  SmallVector<Value> extents = getBroadcastExtents(b, loc, to, source, Type(from));
  if (fromLayout && toLayout && fromLayout.getBlock() != toLayout.getBlock()) {
    auto plain = RankedTensorType::get(to.getShape(), to.getElementType());
    return convertLayout(b, loc, convertLayout(b, loc, source, from, plain), plain, to);
  }
  Value target = allocateResult(b, loc, to, extents);
  Value sourceInterior = getInterior(b, loc, source, fromLayout),
        targetInterior = getInterior(b, loc, target, toLayout);
  if (fromLayout && toLayout)
    memref::CopyOp::create(b, loc, sourceInterior, targetInterior);
  else if (toLayout)
    moveBlocks(b, loc, source, targetInterior, to.getDimSize(1), toLayout.getBlock(), /*toBlocked=*/true);
  else
    moveBlocks(b, loc, target, sourceInterior, to.getDimSize(1), fromLayout.getBlock(), /*toBlocked=*/false);
  if (toLayout && toLayout.getHalo())
    zeroPadding(b, loc, target, to);
  return target;
}

/// The elements of a plain constant as they lie in the blocked layout of `to`, zeros in padding channels.
static ElementsAttr packBlocks(ElementsAttr plain, RankedTensorType to) {
  MemRefType buffer = getBufferType(to);
  SmallVector<char> storage;
  ArrayRef<char> source = getConstantBytes(plain, storage);
  int64_t block = getLayout(to).getBlock(), bytes = getElementBytes(to.getElementType());
  int64_t channels = to.getDimSize(1), blocks = (channels + block - 1) / block, batch = to.getDimSize(0);
  int64_t pixels = batch * channels == 0 ? 0 : to.getNumElements() / (batch * channels);
  SmallVector<char> packed(buffer.getNumElements() * bytes, 0);
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t p = 0; p < pixels; ++p) {
        int64_t place = (((n * blocks + c / block) * pixels + p) * block + c % block) * bytes;
        std::memcpy(packed.data() + place, source.data() + ((n * channels + c) * pixels + p) * bytes, bytes);
      }
  return makeConstant(RankedTensorType::get(buffer.getShape(), buffer.getElementType()), packed);
}

namespace {
struct ConvertLayoutLowering : KernelPattern<cnn::ConvertLayoutOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(cnn::ConvertLayoutOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    cnn::LayoutAttr layout = getLayout(op.getOutput().getType());
    ElementsAttr constant = getConstant(op.getInput());
    if (constant && layout && layout.getHalo() == 0 && isa<FloatType>(constant.getElementType())) {
      rewriter.replaceOp(
          op, context.getConstantBuffer(rewriter, op.getLoc(), packBlocks(constant, op.getOutput().getType())));
      return success();
    }
    rewriter.replaceOp(op, convertLayout(rewriter, op.getLoc(), adaptor.getInput(), op.getInput().getType(),
                                         op.getOutput().getType()));
    return success();
  }
};
} // namespace

void winnow::kernel::populateLayoutLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                            KernelContext &context) {
  patterns.add<ConvertLayoutLowering>(converter, context);
}
