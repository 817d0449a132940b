//===- SparsePixels.cpp - pixels in and out of lanes ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparsePixels.h"

#include "Axis.h"
#include "BlockTranspose.h"
#include "ContractionTile.h"

using namespace mlir;

namespace winnow::kernel {

void SparsePixels::forEachChunk(llvm::function_ref<void(const SparseChunk &)> body) {
  const SparseTiling &tiling = plan.tiling;
  if (!tiling.window.isFlat) {
    int64_t rows = tiling.chunks[0], columns = tiling.chunks[1];
    kb.split(kRowAxis, rows, kb.index(0), kb.index(rows), 1, [&](Value row) {
      kb.split(kColumnAxis, columns, kb.index(0), kb.index(columns), 1, [&](Value column) {
        body({kb.mul(row, tiling.lanes[0] * tiling.height), kb.mul(column, tiling.lanes[1] * tiling.width),
              tiling.width, 0});
      });
    });
    return;
  }
  int64_t size = tiling.width * tiling.vector, pixels = plan.shape.window.getNumOutputs(), full = pixels / size;
  kb.split(kColumnAxis, tiling.chunks[1], kb.index(0), kb.index(full), 1,
           [&](Value chunk) { body({kb.index(0), kb.mul(chunk, size), tiling.width, size}); });
  if (int64_t rest = pixels % size)
    kb.split(kColumnAxis, tiling.chunks[1], kb.index(full), kb.index(full + 1), 1, [&](Value) {
      body({kb.index(0), kb.index(full * size), (rest + tiling.vector - 1) / tiling.vector, rest});
    });
}

llvm::SmallVector<int64_t> SparsePixels::getLaneOffsets(int64_t rowSize, int64_t rowStride,
                                                        int64_t columnStride) const {
  const SparseTiling &tiling = plan.tiling;
  llvm::SmallVector<int64_t> offsets;
  for (int64_t y = 0; y < tiling.lanes[0]; ++y)
    for (int64_t x = 0; x < tiling.lanes[1]; ++x)
      offsets.push_back(
          tiling.window.isFlat ? x : y * tiling.height * rowStride * rowSize + x * tiling.width * columnStride);
  return offsets;
}

/// Negative numbers are large ones without a sign.
Value SparsePixels::isBelow(Value number, int64_t bound) {
  return arith::CmpIOp::create(kb.builder, kb.loc, arith::CmpIPredicate::ult, number, kb.index(bound));
}

Value SparsePixels::both(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return arith::AndIOp::create(kb.builder, kb.loc, a, b);
}

Values SparsePixels::getInside(int64_t dim, Value start, Value at) {
  const SparseTiling &tiling = plan.tiling;
  const WindowShape &window = plan.shape.window;
  int64_t extent = dim == 0 ? tiling.height : tiling.width, stride = window.stride[dim + 1], pad = window.pad[dim + 1];
  int64_t lastStart = (tiling.chunks[dim] - 1) * tiling.lanes[dim] * extent;
  Values inside;
  for (int64_t lane = 0; lane < tiling.lanes[dim]; ++lane) {
    int64_t first = lane * extent * stride - pad, end = first + lastStart * stride + tiling.panel[dim];
    bool always = first >= 0 && end <= window.in[dim + 1];
    Value position = always ? Value() : kb.add(kb.add(kb.mul(start, stride), at), first);
    inside.push_back(always ? Value() : isBelow(position, window.in[dim + 1]));
  }
  return inside;
}

Values SparsePixels::getStored(int64_t dim, Value start, Value at) {
  const SparseTiling &tiling = plan.tiling;
  int64_t extent = dim == 0 ? tiling.height : tiling.width, out = tiling.window.out[dim];
  int64_t lastStart = (tiling.chunks[dim] - 1) * tiling.lanes[dim] * extent;
  Values stored;
  for (int64_t lane = 0; lane < tiling.lanes[dim]; ++lane) {
    bool always = lastStart + (lane + 1) * extent <= out;
    stored.push_back(always ? Value() : isBelow(kb.add(kb.add(start, at), lane * extent), out));
  }
  return stored;
}

Value SparsePixels::loadPixel(Value at, Value inside) {
  OpBuilder &b = kb.builder;
  if (!inside)
    return loadVector(kb, input, at, plan.tiling.vector);
  // What is outside is read from a place that exists, and dropped.
  Value safe = arith::SelectOp::create(b, kb.loc, inside, at, kb.index(0));
  Value loaded = loadVector(kb, input, safe, plan.tiling.vector);
  return arith::SelectOp::create(b, kb.loc, inside, loaded, splat(kb, cast<VectorType>(loaded.getType()), 0.0));
}

/// One block of channels, each with as many pixels as there are lanes; `place` counts vectors.
void SparsePixels::storeChannels(llvm::ArrayRef<Value> channels, Value block, Value place) {
  const SparseTiling &tiling = plan.tiling;
  Value at = kb.mul(kb.add(kb.mul(block, tiling.vector * tiling.getPanelVectors()), place), tiling.vector);
  for (auto [c, lanes] : llvm::enumerate(channels))
    storeVector(kb, lanes, panel, kb.add(at, static_cast<int64_t>(c) * tiling.getPanelVectors() * tiling.vector));
}

void SparsePixels::fillPanel(const SparseChunk &chunk, Value firstBlock, int64_t blocks) {
  kb.loop(0, blocks, 1, [&](Value block) {
    Value from = kb.mul(kb.add(firstBlock, block), plan.shape.window.getNumInputs());
    if (plan.tiling.window.isFlat)
      fillFlat(chunk, from, block);
    else
      fillRows(chunk, from, block);
  });
}

/// `from` is the first pixel of the block in the input, `block` its number in the panel.
void SparsePixels::fillFlat(const SparseChunk &chunk, Value from, Value block) {
  int64_t vector = plan.tiling.vector, rest = chunk.pixels % vector;
  auto move = [&](Value place, int64_t count) {
    Value first = kb.add(kb.add(from, chunk.column), kb.mul(place, vector));
    Values pixels;
    for (int64_t lane = 0; lane < vector; ++lane)
      pixels.push_back(lane < count ? loadPixel(kb.mul(kb.add(first, lane), vector), {})
                                    : splat(kb, VectorType::get({vector}, plan.shape.computeType), 0.0));
    storeChannels(transposeVectors(kb.builder, kb.loc, pixels), block, place);
  };
  kb.loop(0, chunk.pixels / vector, 1, [&](Value place) { move(place, vector); });
  if (rest)
    move(kb.index(chunk.pixels / vector), rest);
}

/// A block of channels of the pixels that lie at `offsets` from `first`, channel by channel.
Values SparsePixels::transposePixels(Value first, llvm::ArrayRef<int64_t> offsets, const Values &rows,
                                     const Values &columns) {
  const SparseTiling &tiling = plan.tiling;
  Values pixels;
  for (int64_t lane = 0; lane < tiling.vector; ++lane) {
    Value inside = both(rows[lane / tiling.lanes[1]], columns[lane % tiling.lanes[1]]);
    pixels.push_back(loadPixel(kb.add(first, offsets[lane] * tiling.vector), inside));
  }
  return transposeVectors(kb.builder, kb.loc, pixels);
}

void SparsePixels::fillRows(const SparseChunk &chunk, Value from, Value block) {
  const SparseTiling &tiling = plan.tiling;
  const WindowShape &window = plan.shape.window;
  llvm::SmallVector<int64_t> offsets = getLaneOffsets(window.in[2], window.stride[1], window.stride[2]);
  kb.loop(0, tiling.panel[0], 1, [&](Value row) {
    Values rows = getInside(0, chunk.row, row);
    Value y = kb.add(kb.add(kb.mul(chunk.row, window.stride[1]), row), -window.pad[1]);
    Value start = kb.add(from, kb.mul(y, window.in[2]));
    kb.loop(0, tiling.panel[1], 1, [&](Value column) {
      Values columns = getInside(1, chunk.column, column);
      Value x = kb.add(kb.add(kb.mul(chunk.column, window.stride[2]), column), -window.pad[2]);
      Value first = kb.mul(kb.add(start, x), tiling.vector);
      storeChannels(transposePixels(first, offsets, rows, columns), block,
                    kb.add(kb.mul(row, tiling.panel[1]), column));
    });
  });
}

/// The sums of a block of channels that start at `at`, as pixels.
Values SparsePixels::getPixels(Value at) {
  const SparseTiling &tiling = plan.tiling;
  Values channels;
  for (int64_t c = 0; c < tiling.vector; ++c)
    channels.push_back(loadVector(kb, sums, kb.add(at, c * tiling.getSumVectors() * tiling.vector), tiling.vector));
  return transposeVectors(kb.builder, kb.loc, channels);
}

/// The epilogue of neighbouring or single pixels.
void SparsePixels::storePixels(const Values &pixels, Value at, llvm::ArrayRef<int64_t> offsets) {
  ContractionTile stored;
  stored.computeType = plan.shape.computeType;
  stored.lanes = plan.tiling.vector;
  stored.output = output;
  stored.epilogue.residual = residual;
  stored.epilogue.activation = plan.shape.activation;
  for (int64_t offset : offsets)
    stored.outputOffsets.push_back(offset * plan.tiling.vector);
  stored.pixelOffsets = stored.outputOffsets;
  stored.finish(kb, at, pixels);
}

void SparsePixels::storeBlock(const SparseChunk &chunk, Value block, Value row, Value at) {
  const SparseTiling &tiling = plan.tiling;
  const WindowShape &window = plan.shape.window;
  int64_t vector = tiling.vector;
  llvm::SmallVector<int64_t> offsets = getLaneOffsets(window.out[2], 1, 1);
  Value plane = kb.mul(block, window.getNumOutputs());
  if (tiling.window.isFlat) {
    auto store = [&](Value place, int64_t count) {
      Values pixels = getPixels(kb.add(at, kb.mul(place, vector)));
      pixels.resize(count);
      Value first = kb.add(kb.add(plane, chunk.column), kb.mul(place, vector));
      storePixels(pixels, kb.mul(first, vector), llvm::ArrayRef(offsets).take_front(count));
    };
    kb.loop(0, chunk.pixels / vector, 1, [&](Value place) { store(place, vector); });
    if (int64_t rest = chunk.pixels % vector)
      store(kb.index(chunk.pixels / vector), rest);
    return;
  }
  kb.loop(0, tiling.rows, 1, [&](Value i) {
    Value y = kb.add(row, i);
    Values rows = getStored(0, chunk.row, y);
    kb.loop(0, tiling.width, 1, [&](Value x) {
      Values columns = getStored(1, chunk.column, x);
      Values pixels = getPixels(kb.add(at, kb.mul(kb.add(kb.mul(i, tiling.width), x), vector)));
      Value first = kb.add(kb.mul(kb.add(chunk.row, y), window.out[2]), kb.add(chunk.column, x));
      first = kb.mul(kb.add(plane, first), vector);
      for (int64_t lane = 0; lane < vector; ++lane) {
        Value stored = both(rows[lane / tiling.lanes[1]], columns[lane % tiling.lanes[1]]);
        if (!stored) {
          storePixels({pixels[lane]}, first, offsets[lane]);
          continue;
        }
        auto choice = scf::IfOp::create(kb.builder, kb.loc, TypeRange(), stored, /*withElseRegion=*/false);
        OpBuilder::InsertionGuard guard(kb.builder);
        kb.builder.setInsertionPoint(choice.thenBlock()->getTerminator());
        storePixels({pixels[lane]}, first, offsets[lane]);
      }
    });
  });
}

} // namespace winnow::kernel
