//===- PointwiseRuns.cpp - pointwise convolutions of runs of pixels -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PointwiseRuns.h"

#include "ContractionTile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace winnow::kernel {

/// A loop over [begin, end) of `extent` positions, along `axis` if that has a name.
static void emitLoop(KernelBuilder &kb, llvm::StringRef axis, int64_t extent, int64_t begin, int64_t end, int64_t step,
                     llvm::function_ref<void(Value)> body) {
  if (axis.empty())
    return kb.loop(begin, end, step, body);
  kb.split(axis, extent, kb.index(begin), kb.index(end), step, body);
}

void PointwiseRuns::forEachGroup(llvm::function_ref<void(const TileChannels &)> body, llvm::StringRef axis) {
  int64_t blocks = shape.getOutBlocks(), full = blocks / shape.vectors, rest = blocks % shape.vectors;
  int64_t size = shape.vectors * shape.block * shape.getPackedRows(), groups = full + (rest != 0);
  emitLoop(kb, axis, groups, 0, full, 1,
           [&](Value g) { body({kb.mul(g, shape.vectors), shape.vectors, kb.mul(g, size)}); });
  if (rest)
    emitLoop(kb, axis, groups, full, groups, 1,
             [&](Value) { body({kb.index(full * shape.vectors), rest, kb.index(full * size)}); });
}

void PointwiseRuns::emitRun(const TileChannels &channels, const PixelRun &run, llvm::StringRef axis) {
  int64_t count = (run.pixels + shape.pixels - 1) / shape.pixels, small = run.pixels / count;
  int64_t split = run.pixels % count * (small + 1);
  auto emitTiles = [&](int64_t begin, int64_t end, int64_t size) {
    emitLoop(kb, axis, run.pixels, begin, end, size, [&](Value pixel) { emitTile(channels, run, pixel, size); });
  };
  emitTiles(0, split, small + 1);
  emitTiles(split, run.pixels, small);
}

void PointwiseRuns::emitTile(const TileChannels &channels, const PixelRun &run, Value pixel, int64_t count) {
  ContractionTile tile;
  tile.computeType = shape.computeType;
  tile.lanes = shape.block;
  tile.fma = facts.hasFMA;
  tile.pixelBuffer = run.input;
  tile.channelBuffer = filter;
  tile.vectors = channels.vectors;
  tile.channelStride = shape.block;
  tile.output = run.output;
  tile.outputStride = run.outStride;
  tile.epilogue.bias = bias;
  tile.epilogue.residual = run.residual;
  tile.epilogue.activation = shape.activation;
  int64_t width = channels.vectors * shape.block;
  if (width * shape.getPackedRows() * shape.computeType.getIntOrFloatBitWidth() / 8 > facts.l1Bytes)
    tile.prefetchDistance = kPrefetchRows * width;
  for (int64_t p = 0; p < count; ++p) {
    tile.pixelOffsets.push_back(p * shape.inBlock);
    tile.outputOffsets.push_back(p * shape.block);
  }
  Value x = kb.add(run.x, kb.mul(pixel, shape.inBlock));
  Values accumulators = tile.initialize(kb, kb.mul(channels.block, shape.block));
  int64_t taps = shape.window.getNumTaps(), planes = shape.getInBlocks() * taps;
  bool fetchesPlanes = taps > 1 && count >= kMinPrefetchPixels;
  accumulators = kb.loop(kb.index(0), kb.index(planes), 1, accumulators, [&](Value in, ValueRange sums) {
    Value from = kb.add(x, kb.mul(in, run.inStride));
    Value weights = kb.add(channels.filter, kb.mul(in, shape.inBlock * width));
    Value end = kb.index(shape.inBlock);
    // Padding channels are never read: what they hold does not matter.
    if (shape.inChannels % shape.inBlock != 0)
      end = kb.min(kb.sub(kb.index(shape.inChannels), kb.mul(kb.div(in, taps), shape.inBlock)), end);
    return kb.loop(kb.index(0), end, 1, sums, [&](Value c, ValueRange carried) {
      Values values(carried.begin(), carried.end());
      if (run.ahead) {
        Value line = kb.add(kb.add(run.next, kb.mul(in, run.nextStride)), kb.mul(kb.add(pixel, c), shape.inBlock));
        memref::PrefetchOp::create(kb.builder, kb.loc, run.ahead, ValueRange{line}, /*isWrite=*/false,
                                   /*localityHint=*/2, /*isDataCache=*/true);
      }
      // A matrix of patches lies in the second level cache: this fetches the pixels of the next plane, a line a step.
      Value nextPlane = fetchesPlanes ? kb.add(kb.add(from, run.inStride), kb.mul(c, shape.inBlock)) : Value();
      tile.step(kb, kb.add(from, c), kb.add(weights, kb.mul(c, width)), values, {}, {}, nextPlane);
      return values;
    });
  });
  Value y = kb.add(run.y, kb.mul(pixel, shape.block));
  tile.finish(kb, kb.add(y, kb.mul(channels.block, run.outStride)), accumulators);
}

} // namespace winnow::kernel
