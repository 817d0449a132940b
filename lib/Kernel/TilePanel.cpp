//===- TilePanel.cpp - inputs of tiles, pixel by pixel -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePanel.h"

#include "DotProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace winnow::kernel {

/// Pixels and blocks of a transpose in registers: four blocks of 16 channels are the 64 bytes of a row of a tile.
static constexpr int64_t kTransposed = 4, kTransposedBlock = 16;

Value TilePanel::load(Value position, int64_t size) {
  auto type = VectorType::get({size}, shape.inType);
  return vector::LoadOp::create(kb.builder, kb.loc, type, input, ValueRange{position});
}

void TilePanel::store(Value value, Value position) {
  vector::StoreOp::create(kb.builder, kb.loc, value, panel, ValueRange{position});
}

void TilePanel::clearGaps() {
  if (shape.quantized || plan.pixelSize == shape.inChannels)
    return;
  auto type = VectorType::get({plan.rowSize}, shape.inType);
  Value zero = arith::ConstantOp::create(kb.builder, kb.loc, type, kb.builder.getZeroAttr(type));
  kb.loop(0, plan.panelSize, plan.rowSize, [&](Value at) { store(zero, at); });
}

void TilePanel::fill(Value to, int64_t pixels) {
  if (pixels == 0)
    return;
  // Whole vectors of what divides all.
  int64_t size = pixels * plan.pixelSize, lanes = std::min(plan.rowSize, size & -size);
  auto type = VectorType::get({lanes}, shape.inType);
  TypedAttr element = kb.builder.getZeroAttr(shape.inType);
  if (shape.quantized)
    element = kb.builder.getIntegerAttr(shape.inType, shape.quantized->inputZero);
  Value zero = arith::ConstantOp::create(kb.builder, kb.loc, type, DenseElementsAttr::get(type, Attribute(element)));
  kb.loop(0, size, lanes, [&](Value at) { store(zero, kb.add(to, at)); });
}

/// Elements that follow each other on both sides, a multiple of four.
void TilePanel::copyRun(Value x, Value to, Value count) {
  Value whole = kb.mul(kb.div(count, plan.rowSize), plan.rowSize);
  auto copyFrom = [&](Value first, Value end, int64_t lanes) {
    kb.loop(first, end, lanes, {}, [&](Value at, ValueRange) {
      store(load(kb.add(x, at), lanes), kb.add(to, at));
      return Values();
    });
  };
  copyFrom(kb.index(0), whole, plan.rowSize);
  copyFrom(whole, count, kDotChannels);
}

/// All blocks from `firstBlock` on of the pixel at `x` of block 0.
void TilePanel::copyPixel(Value x, Value to, int64_t firstBlock) {
  int64_t blockSize = window.getNumInputs() * shape.inBlock;
  kb.loop(firstBlock, shape.getInBlocks(), 1, [&](Value block) {
    Value bytes = load(kb.add(x, kb.mul(block, blockSize)), shape.inBlock);
    store(bytes, kb.add(to, kb.mul(block, shape.inBlock)));
  });
}

/// Four neighbouring pixels of four blocks change places with them.
void TilePanel::transposePixels(Value x, Value to, Value firstBlock) {
  int64_t blockSize = window.getNumInputs() * shape.inBlock;
  auto shuffle = [&](Value a, Value b, ArrayRef<int64_t> parts) {
    SmallVector<int64_t> words;
    for (int64_t part : parts)
      for (int64_t word = 0; word < kTransposed; ++word)
        words.push_back(part * kTransposed + word);
    return vector::ShuffleOp::create(kb.builder, kb.loc, a, b, words).getResult();
  };
  Values blocks;
  for (int64_t b = 0; b < kTransposed; ++b) {
    Value at = kb.add(x, kb.mul(kb.add(firstBlock, b), blockSize));
    blocks.push_back(bitcastElements(kb, load(at, kTransposed * kTransposedBlock), 32));
  }
  to = kb.add(to, kb.mul(firstBlock, kTransposedBlock));
  for (int64_t half : {0, 2}) {
    Value low = shuffle(blocks[0], blocks[1], {half, half + 1, half + 4, half + 5});
    Value high = shuffle(blocks[2], blocks[3], {half, half + 1, half + 4, half + 5});
    for (int64_t odd : {0, 1}) {
      Value pixel = shuffle(low, high, {odd, odd + 2, odd + 4, odd + 6});
      store(bitcastElements(kb, pixel, 8), kb.add(to, (half + odd) * plan.pixelSize));
    }
  }
}

/// `count` pixels that lie `stride` elements apart.
void TilePanel::copyPixels(Value x, int64_t stride, Value to, Value count) {
  if (stride == plan.pixelSize) {
    copyRun(x, to, kb.mul(count, stride));
    return;
  }
  bool transposes = shape.quantized && stride == kTransposedBlock && shape.inBlock == kTransposedBlock;
  int64_t blocks = transposes ? shape.getInBlocks() / kTransposed * kTransposed : 0;
  Value whole = kb.mul(kb.div(count, kTransposed), kTransposed);
  if (blocks > 0)
    kb.loop(kb.index(0), whole, kTransposed, {}, [&](Value pixel, ValueRange) {
      Value from = kb.add(x, kb.mul(pixel, stride)), at = kb.add(to, kb.mul(pixel, plan.pixelSize));
      kb.loop(0, blocks, kTransposed, [&](Value block) { transposePixels(from, at, block); });
      return Values();
    });
  auto copyFrom = [&](Value first, Value end, int64_t firstBlock) {
    if (firstBlock == shape.getInBlocks())
      return;
    kb.loop(first, end, 1, {}, [&](Value pixel, ValueRange) {
      copyPixel(kb.add(x, kb.mul(pixel, stride)), kb.add(to, kb.mul(pixel, plan.pixelSize)), firstBlock);
      return Values();
    });
  };
  if (blocks > 0)
    copyFrom(kb.index(0), whole, blocks);
  copyFrom(blocks > 0 ? whole : kb.index(0), count, 0);
}

/// A row of a plane; of its pixels, those that lie in the padding are filled.
void TilePanel::emitRow(const TilePlan::Phase &phase, Value inputRow, Value to) {
  // Pixel c of the row is column c * stride + shift of the input.
  int64_t stride = window.stride[2] / plan.columnStep, shift = phase.column - window.pad[2];
  int64_t pixels = plan.getRowPixels(), first = shift >= 0 ? 0 : std::min(pixels, (-shift + stride - 1) / stride);
  int64_t end = window.in[2] - 1 < shift ? first : std::min(pixels, (window.in[2] - 1 - shift) / stride + 1);
  end = std::max(first, end);
  Value x = kb.add(kb.mul(inputRow, window.in[2] * shape.inBlock), (first * stride + shift) * shape.inBlock);
  fill(to, first);
  copyPixels(x, stride * shape.inBlock, kb.add(to, first * plan.pixelSize), kb.index(end - first));
  fill(kb.add(to, end * plan.pixelSize), pixels - end);
}

void TilePanel::emitPlane(int64_t plane, Value firstRow) {
  const TilePlan::Phase &phase = plan.phases[plane];
  int64_t shift = phase.row - window.pad[1];
  kb.loop(0, plan.planeRows, 1, [&](Value row) {
    OpBuilder &b = kb.builder;
    Value to = kb.mul(kb.add(row, plane * plan.planeRows), plan.getRowPixels() * plan.pixelSize);
    Value at = kb.add(kb.mul(kb.add(firstRow, row), window.stride[1]), shift);
    // Negative rows are large ones without a sign.
    Value inside = arith::CmpIOp::create(b, kb.loc, arith::CmpIPredicate::ult, at, kb.index(window.in[1]));
    scf::IfOp::create(
        b, kb.loc, inside,
        [&](OpBuilder &b, Location loc) {
          emitRow(phase, at, to);
          scf::YieldOp::create(b, loc);
        },
        [&](OpBuilder &b, Location loc) {
          fill(to, plan.getRowPixels());
          scf::YieldOp::create(b, loc);
        });
  });
}

void TilePanel::emit(Value first) {
  if (plan.isPointwise) {
    Value count = kb.min(kb.index(plan.width), kb.sub(kb.index(window.getNumInputs()), first));
    copyPixels(kb.mul(first, shape.inBlock), shape.inBlock, kb.index(0), count);
    return;
  }
  for (int64_t plane = 0; plane < static_cast<int64_t>(plan.phases.size()); ++plane)
    emitPlane(plane, first);
}

} // namespace winnow::kernel
