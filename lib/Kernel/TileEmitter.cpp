//===- TileEmitter.cpp - convolutions of bytes by tiles -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileEmitter.h"

#include "Axis.h"
#include "DotTile.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace winnow::kernel {

/// Steps that a filter is fetched ahead of its use where it comes from beyond the second level cache.
static constexpr int64_t kFetchedSteps = 4;

TileEmitter::TileEmitter(KernelBuilder &kb, const ConvolutionShape &shape, const TilePlan &plan,
                         const TargetFacts &facts, const ConvolutionOperands &operands, Value starts)
    : kb(kb), shape(shape), plan(plan), facts(facts), operands(operands), starts(starts) {
  auto allocate = [&](int64_t size, Type type) {
    return memref::AllocaOp::create(kb.builder, kb.loc, MemRefType::get({size}, type),
                                    kb.builder.getI64IntegerAttr(kTileRowBytes));
  };
  panel = allocate(plan.panelSize, shape.inType);
  sums = allocate(plan.getNumSums() * kGroupTiles * kTileColumns, shape.computeType);
}

void TileEmitter::emit() {
  int64_t extent = plan.isPointwise ? shape.window.getNumOutputs() : shape.window.out[1];
  int64_t size = plan.isPointwise ? plan.width : plan.rows;
  StringRef axis = plan.isPointwise ? kColumnAxis : kRowAxis;
  TilePanel(kb, shape, plan, operands.input, panel).clearGaps();
  kb.split(axis, extent, kb.index(0), kb.index(extent), size, [&](Value first) {
    TilePanel(kb, shape, plan, operands.input, panel).emit(first);
    emitGroups([&](const Group &group) {
      emitProducts(group);
      emitResults(group, first);
    });
  });
}

void TileEmitter::emitGroups(llvm::function_ref<void(const Group &)> body) {
  int64_t tiles = getNumTileColumns(shape), blocksPerTile = kTileColumns / shape.block;
  // Groups whose blocks of channels all exist.
  int64_t whole = shape.getOutBlocks() / (kGroupTiles * blocksPerTile) * kGroupTiles;
  auto emitFrom = [&](int64_t first, int64_t end, int64_t count, int64_t blocks) {
    kb.split(kChannelAxis, tiles, kb.index(first), kb.index(end), kGroupTiles,
             [&](Value tile) { body({tile, count, blocks, kb.mul(tile, plan.getNumSteps() * plan.getTileSize())}); });
  };
  emitFrom(0, whole, kGroupTiles, kGroupTiles * blocksPerTile);
  emitFrom(whole, tiles, tiles - whole, shape.getOutBlocks() - whole * blocksPerTile);
}

Value TileEmitter::getFirstOutput(Value tile) {
  if (plan.isFlat)
    return kb.mul(tile, plan.tileRows);
  Value row = kb.div(tile, plan.tilesPerRow), column = kb.rem(tile, plan.tilesPerRow);
  return kb.add(kb.mul(row, plan.pitch), kb.mul(column, plan.tileRows));
}

void TileEmitter::emitProducts(const Group &group) {
  // The first pair brings the filter into the cache for the others.
  bool fetches = getTileFilterSize(shape, plan) * kTileRowBytes / plan.rowSize > facts.l2Bytes;
  int64_t pairs = plan.tiles / 2 * 2, first = fetches && pairs > 0 ? 2 : 0;
  if (first)
    emitPair(group, kb.index(0), 2, fetches);
  kb.loop(first, pairs, 2, [&](Value tile) { emitPair(group, tile, 2, false); });
  if (plan.tiles > pairs)
    emitPair(group, kb.index(pairs), 1, fetches && pairs == 0);
}

Value TileEmitter::loadTile(Value buffer, Value position, int64_t rows, int64_t stride) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  int64_t columns = kTileRowBytes * 8 / element.getIntOrFloatBitWidth();
  return amx::TileLoadOp::create(kb.builder, kb.loc, amx::TileType::get({rows, columns}, element), buffer,
                                 ValueRange{position}, kb.index(stride));
}

void TileEmitter::fetchAhead(const Group &group, Value filter) {
  int64_t size = group.tiles * plan.getTileSize();
  // The last steps fetch the start of the next group, or again the end of the last one.
  Value from = kb.min(kb.add(filter, kFetchedSteps * size), kb.index(getTileFilterSize(shape, plan) - size));
  for (int64_t line = 0; line < size; line += plan.rowSize)
    memref::PrefetchOp::create(kb.builder, kb.loc, operands.filter, ValueRange{kb.add(from, line)},
                               /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

Values TileEmitter::emitStep(const Group &group, Value step, ArrayRef<Value> pixels, ValueRange sums) {
  OpBuilder &b = kb.builder;
  Value start = memref::LoadOp::create(b, kb.loc, starts, ValueRange{step});
  start = arith::IndexCastUIOp::create(b, kb.loc, b.getIndexType(), start);
  Value filter = kb.add(group.filter, kb.mul(step, group.tiles * plan.getTileSize()));
  Values inputs, filters, next;
  for (Value pixel : pixels)
    inputs.push_back(loadTile(panel, kb.add(pixel, start), plan.tileRows, plan.getOutputSize()));
  for (int64_t tile = 0; tile < group.tiles; ++tile)
    filters.push_back(loadTile(operands.filter, kb.add(filter, tile * plan.getTileSize()), kMaxTileRows, plan.rowSize));
  for (auto [index, sum] : llvm::enumerate(sums)) {
    Value input = inputs[index / group.tiles], weights = filters[index % group.tiles];
    if (shape.quantized)
      next.push_back(amx::TileMulIOp::create(b, kb.loc, sum.getType(), input, weights, sum, /*isZextLhs=*/true,
                                             /*isZextRhs=*/false));
    else
      next.push_back(amx::TileMulFOp::create(b, kb.loc, sum.getType(), input, weights, sum));
  }
  return next;
}

/// `count` tiles of pixels by those of the group: the sums start as the bias, which all rows of a tile share.
void TileEmitter::emitPair(const Group &group, Value tile, int64_t count, bool fetches) {
  Values pixels, start;
  for (int64_t i = 0; i < count; ++i) {
    pixels.push_back(kb.mul(getFirstOutput(kb.add(tile, i)), plan.getOutputSize()));
    for (int64_t t = 0; t < group.tiles; ++t)
      start.push_back(loadTile(operands.bias, kb.mul(kb.add(group.firstTile, t), kTileColumns), plan.tileRows,
                               /*stride=*/0));
  }
  Values result = kb.loop(kb.index(0), kb.index(plan.getNumSteps()), 1, start, [&](Value step, ValueRange carried) {
    Values next = emitStep(group, step, pixels, carried);
    if (fetches)
      fetchAhead(group, kb.add(group.filter, kb.mul(step, group.tiles * plan.getTileSize())));
    return next;
  });
  int64_t stride = getSumStride(group);
  for (auto [index, value] : llvm::enumerate(result)) {
    Value row = kb.mul(kb.add(tile, static_cast<int64_t>(index) / group.tiles), plan.tileRows * stride);
    Value at = kb.add(row, static_cast<int64_t>(index) % group.tiles * kTileColumns);
    amx::TileStoreOp::create(kb.builder, kb.loc, sums, ValueRange{at}, value, kb.index(stride));
  }
}

/// Results of the pixels from `pixel` on, whose sums follow each other from `sum` on.
void TileEmitter::emitPixels(const Group &group, Value sum, Value pixel, int64_t count) {
  auto tile = makeContractionTile(shape, facts, operands);
  Value block = kb.mul(group.firstTile, kTileColumns / shape.block);
  if (shape.quantized)
    static_cast<DotTile &>(*tile).channel = kb.mul(group.firstTile, kTileColumns);
  tile->vectors = group.blocks;
  tile->outputStride = shape.window.getNumOutputs() * shape.block;
  Values accumulators;
  for (int64_t p = 0; p < count; ++p) {
    tile->pixelOffsets.push_back(p * shape.block);
    tile->outputOffsets.push_back(p * shape.block);
    Value row = kb.mul(kb.add(sum, p), getSumStride(group));
    for (int64_t v = 0; v < group.blocks; ++v)
      accumulators.push_back(loadVector(kb, sums, kb.add(row, v * shape.block), shape.block));
  }
  Value y = kb.add(kb.mul(block, tile->outputStride), kb.mul(pixel, shape.block));
  tile->finish(kb, y, accumulators);
}

void TileEmitter::emitResults(const Group &group, Value first) {
  auto emitRun = [&](Value sum, Value pixel, Value count) {
    Value whole = kb.mul(kb.div(count, 4), 4);
    kb.loop(kb.index(0), whole, 4, {}, [&](Value at, ValueRange) {
      emitPixels(group, kb.add(sum, at), kb.add(pixel, at), 4);
      return Values();
    });
    if (auto known = KernelBuilder::getConstant(count)) {
      if (*known % 4)
        emitPixels(group, kb.add(sum, whole), kb.add(pixel, whole), *known % 4);
      return;
    }
    kb.loop(whole, count, 1, {}, [&](Value at, ValueRange) {
      emitPixels(group, kb.add(sum, at), kb.add(pixel, at), 1);
      return Values();
    });
  };
  const WindowShape &window = shape.window;
  int64_t extent = plan.isPointwise ? window.getNumOutputs() : window.out[1];
  int64_t size = plan.isPointwise ? plan.width : plan.rows;
  Value count = extent % size == 0 ? kb.index(size) : kb.min(kb.index(size), kb.sub(kb.index(extent), first));
  if (plan.isPointwise) {
    emitRun(kb.index(0), first, count);
    return;
  }
  kb.loop(kb.index(0), count, 1, {}, [&](Value row, ValueRange) {
    emitRun(kb.mul(row, plan.getSumPitch()), kb.mul(kb.add(first, row), plan.width), kb.index(plan.width));
    return Values();
  });
}

} // namespace winnow::kernel
