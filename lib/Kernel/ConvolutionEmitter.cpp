//===- ConvolutionEmitter.cpp - direct convolution by register tiles ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionEmitter.h"

#include "Axis.h"
#include "DotTile.h"
#include "HalfTile.h"

using namespace mlir;

namespace winnow::kernel {

void ConvolutionEmitter::emit() {
  int64_t chunk = getRowsPerChunk();
  auto emitRange = [&](const ChannelGroup &group, Value plane, Value firstRow, Value endRow) {
    emitRows(group, plane, getTapsAt(kb, window, 0, plane), firstRow, endRow);
  };
  if (chunk >= window.out[1] && shape.getInSize() * getInputBytes() <= facts.l2Bytes / 2)
    return forEachGroup([&](const ChannelGroup &group) {
      kb.loop(0, window.out[0], 1, [&](Value plane) { emitRange(group, plane, {}, {}); });
    });
  kb.loop(0, window.out[0], 1, [&](Value plane) {
    if (chunk >= window.out[1])
      return forEachGroup([&](const ChannelGroup &group) { emitRange(group, plane, {}, {}); });
    kb.loop(0, window.out[1], chunk, [&](Value row) {
      Value end = kb.min(kb.add(row, chunk), kb.index(window.out[1]));
      forEachGroup([&](const ChannelGroup &group) { emitRange(group, plane, row, end); });
    });
  });
}

/// Rows of output whose inputs stay in the second level cache while all output channels pass.
int64_t ConvolutionEmitter::getRowsPerChunk() const {
  if (getTileRows() > 1 || ringRows)
    return window.out[1];
  int64_t rowBytes = window.in[2] * window.stride[1] * shape.getInBlocks() * shape.inBlock * getInputBytes();
  if (rowBytes * window.out[1] <= facts.l2Bytes / 2)
    return window.out[1];
  return std::max<int64_t>(1, facts.l2Bytes / 4 / rowBytes);
}

int64_t ConvolutionEmitter::getInputBytes() const { return shape.inType.getIntOrFloatBitWidth() / 8; }

int64_t ConvolutionEmitter::getTileRows() const {
  return std::max<int64_t>(1, std::min(window.out[1], shape.pixels / window.out[2]));
}

void ConvolutionEmitter::forEachGroup(llvm::function_ref<void(const ChannelGroup &)> body) {
  int64_t blocks = shape.getOutBlocks(), full = blocks / shape.vectors;
  int64_t groupSize = shape.vectors * shape.block * shape.getPackedRows();
  int64_t rest = blocks % shape.vectors, groups = full + (rest != 0);
  kb.split(kChannelAxis, groups, kb.index(0), kb.index(full), 1,
           [&](Value g) { body(getGroup(kb.mul(g, shape.vectors), shape.vectors, kb.mul(g, groupSize))); });
  if (rest)
    kb.split(kChannelAxis, groups, kb.index(full), kb.index(groups), 1,
             [&](Value) { body(getGroup(kb.index(full * shape.vectors), rest, kb.index(full * groupSize))); });
}

ChannelGroup ConvolutionEmitter::getGroup(Value outBlock, int64_t vectors, Value filterStart) {
  int64_t filterSize = vectors * shape.block * shape.getPackedRows();
  ChannelGroup group{outBlock, vectors, filterStart, filterSize, kb.index(0), kb.index(shape.inChannels), {}, {}};
  if (shape.group > 1) {
    Value first = kb.mul(outBlock, shape.block);
    Value last = kb.add(kb.min(kb.add(first, vectors * shape.block), kb.index(shape.outChannels)), -1);
    group.firstIn = kb.mul(kb.div(first, shape.getGroupOutputs()), shape.getGroupInputs());
    group.endIn = kb.mul(kb.add(kb.div(last, shape.getGroupOutputs()), 1), shape.getGroupInputs());
  }
  group.firstBlock = kb.div(group.firstIn, shape.inBlock);
  group.endBlock = kb.div(kb.add(group.endIn, shape.inBlock - 1), shape.inBlock);
  return group;
}

void ConvolutionEmitter::emitRows(const ChannelGroup &group, Value plane, const TapRange &planeTaps, Value firstRow,
                                  Value endRow) {
  auto emit = [&](const TileSpan &rows) { emitRow(group, plane, planeTaps, rows); };
  if (int64_t rows = getTileRows(); rows > 1)
    return forEachSpan(kb, window, 1, rows, emit, kRowAxis);
  kb.split(kRowAxis, window.out[1], firstRow ? firstRow : kb.index(0), endRow ? endRow : kb.index(window.out[1]), 1,
           [&](Value row) { emit({row, 1, {getTapsAt(kb, window, 1, row)}}); });
}

void ConvolutionEmitter::emitRow(const ChannelGroup &group, Value plane, const TapRange &planeTaps,
                                 const TileSpan &rows) {
  // One row of many pixels is divided along itself.
  forEachSpan(
      kb, window, 2, std::min(shape.pixels, window.out[2]),
      [&](const TileSpan &columns) { emitTile(group, plane, planeTaps, rows, columns); },
      window.out[1] == 1 && !ringRows ? kColumnAxis : llvm::StringLiteral(""));
}

std::unique_ptr<ContractionTile> ConvolutionEmitter::makeTile(const ChannelGroup &group, Value plane,
                                                              const TileSpan &rows, const TileSpan &columns) const {
  std::unique_ptr<ContractionTile> tile = makeContractionTile(shape, facts, operands);
  if (shape.quantized) {
    auto &dot = static_cast<DotTile &>(*tile);
    dot.channel = kb.mul(group.outBlock, shape.block);
    if (shape.quantized->classes.getTotal() > 1)
      dot.biasStarts = getBiasStarts(kb, shape, {plane, 1, {getTapsAt(kb, window, 0, plane)}}, rows, columns);
  }
  if (shape.pairs) {
    auto &half = static_cast<HalfTile &>(*tile);
    half.channel = kb.mul(group.outBlock, shape.block);
    half.sums = halfSums;
  }
  tile->vectors = group.vectors;
  // Filters come from memory or the last level cache once a run, and the hardware's streams are too slow for that.
  if (rows.count * columns.count >= kMinPrefetchPixels)
    tile->prefetchDistance = kPrefetchRows * group.vectors * tile->channelStride;
  tile->outputStride = (ringRows ? ringRows * window.out[2] : window.getImageSize()) * shape.block;
  for (int64_t r = 0; r < rows.count; ++r)
    for (int64_t c = 0; c < columns.count; ++c) {
      tile->pixelOffsets.push_back(r * window.stride[1] * inStride[1] + c * window.stride[2] * inStride[2]);
      tile->outputOffsets.push_back((r * outStride[1] + c * outStride[2]) * shape.block);
    }
  return tile;
}

/// Where the first tap of the tile's first pixel lies in the input; may be before it.
Value ConvolutionEmitter::getInputStart(Value plane, Value row, Value column) {
  int64_t origin = 0;
  for (int64_t d = 0; d < 3; ++d)
    origin -= window.pad[d] * inStride[d];
  Value start = kb.add(kb.mul(plane, window.stride[0] * inStride[0]), kb.mul(row, window.stride[1] * inStride[1]));
  return kb.add(kb.add(start, kb.mul(column, window.stride[2] * inStride[2])), origin);
}

/// Where the first pixel of a tile goes.
Value ConvolutionEmitter::getOutputStart(const ChannelGroup &group, Value plane, Value row, Value column) {
  if (ringRows)
    return kb.mul(kb.add(kb.mul(kb.rem(row, ringRows), window.out[2]), column), shape.block);
  Value y = kb.add(kb.mul(plane, outStride[0]), kb.mul(row, outStride[1]));
  y = kb.add(y, kb.mul(column, outStride[2]));
  y = kb.mul(operands.origin ? kb.add(y, operands.origin) : y, shape.block);
  return kb.add(y, kb.mul(group.outBlock, window.getImageSize() * shape.block));
}

/// Elements of the next group's filter that each step of a tile fetches, so that the tiles of this
/// group together fetch it all: otherwise the first tile of a group would wait for its filter, from
/// memory or the last level cache, while the others leave the memory idle. 0: not worth it.
int64_t ConvolutionEmitter::getAheadStep(const ChannelGroup &group, int64_t pixels) const {
  int64_t all = std::min(getRowsPerChunk(), window.out[1]) * window.out[2];
  if (shape.getOutBlocks() <= shape.vectors || all > kMaxAheadTiles * pixels || all < 2 * pixels)
    return 0;
  return (pixels * group.vectors * shape.block + all - 1) / all;
}

/// Where a tile starts to fetch the next group's filter: as far in as its pixels are in the image.
Value ConvolutionEmitter::getAheadStart(const ChannelGroup &group, const TileSpan &rows, const TileSpan &columns) {
  int64_t all = std::min(getRowsPerChunk(), window.out[1]) * window.out[2];
  Value pixel = kb.add(kb.mul(rows.start, window.out[2]), columns.start);
  return kb.add(kb.add(group.filter, group.filterSize), kb.mul(pixel, group.filterSize / all));
}

void ConvolutionEmitter::emitTile(const ChannelGroup &group, Value plane, const TapRange &planeTaps,
                                  const TileSpan &rows, const TileSpan &columns) {
  std::unique_ptr<ContractionTile> made = makeTile(group, plane, rows, columns);
  const ContractionTile &tile = *made;
  int64_t aheadStep = getAheadStep(group, tile.getNumPixels());
  Operands start{getInputStart(plane, rows.start, columns.start), group.filter,
                 aheadStep ? getAheadStart(group, rows, columns) : Value(), aheadStep};
  Values accumulators = tile.initialize(kb, kb.mul(group.outBlock, shape.block));
  if (tile.hasChains())
    emitChains(tile, group, start, planeTaps, rows, columns);
  else
    accumulators = kb.loop(group.firstBlock, group.endBlock, 1, accumulators, [&](Value block, ValueRange carried) {
      return emitBlock(tile, group, block, start, planeTaps, rows, columns, carried);
    });
  tile.finish(kb, getOutputStart(group, plane, rows.start, columns.start), accumulators);
}

/// One block of input channels.
Values ConvolutionEmitter::emitBlock(const ContractionTile &tile, const ChannelGroup &group, Value block,
                                     const Operands &start, const TapRange &planeTaps, const TileSpan &rows,
                                     const TileSpan &columns, ValueRange carried) {
  int64_t blockSize = window.getNumInputs() * shape.inBlock, blockSteps = window.getNumTaps() * shape.inBlock;
  Operands at = advance(group, start, kb.sub(block, group.firstBlock), 0, blockSteps);
  at.x = kb.add(start.x, kb.mul(block, blockSize));
  return emitTaps(tile, group, block, at, planeTaps, rows, columns, carried);
}

/// All blocks of input channels, as many in a chain as it may have steps; where one block has more, each row of its
/// taps is a chain.
void ConvolutionEmitter::emitChains(const ContractionTile &tile, const ChannelGroup &group, const Operands &start,
                                    const TapRange &planeTaps, const TileSpan &rows, const TileSpan &columns) {
  int64_t size = kHalfChain / getBlockSteps();
  kb.loop(group.firstBlock, group.endBlock, std::max<int64_t>(1, size), {}, [&](Value first, ValueRange) {
    if (size == 0) {
      emitBlock(tile, group, first, start, planeTaps, rows, columns, {});
      return Values();
    }
    Value end = size == 1 ? kb.add(first, 1) : kb.min(kb.add(first, size), group.endBlock);
    Values sums = kb.loop(first, end, 1, tile.startChain(kb), [&](Value block, ValueRange carried) {
      return emitBlock(tile, group, block, start, planeTaps, rows, columns, carried);
    });
    tile.endChain(kb, sums);
    return Values();
  });
}

/// `at` moved by `count` times `xSize` elements of the input and `steps` steps.
ConvolutionEmitter::Operands ConvolutionEmitter::advance(const ChannelGroup &group, const Operands &at, Value count,
                                                         int64_t xSize, int64_t steps) {
  Operands to{kb.add(at.x, kb.mul(count, xSize)),
              kb.add(at.w, kb.mul(count, steps * group.vectors * shape.block)),
              {},
              at.aheadStep};
  if (at.ahead)
    to.ahead = kb.add(at.ahead, kb.mul(count, steps * at.aheadStep));
  return to;
}

/// Which pixels of a tile have the taps of both ranges.
static llvm::SmallVector<bool> getActive(const TapRange &rows, const TapRange &columns) {
  llvm::SmallVector<bool> active;
  for (bool row : rows.inside)
    for (bool column : columns.inside)
      active.push_back(row && column);
  return active;
}

/// The loops over taps for one block of input channels.
Values ConvolutionEmitter::emitTaps(const ContractionTile &tile, const ChannelGroup &group, Value block,
                                    const Operands &start, const TapRange &planeTaps, const TileSpan &rows,
                                    const TileSpan &columns, ValueRange carried) {
  auto overTaps = [&](int64_t dim, const TapRange &taps, const Operands &at, ValueRange carried,
                      llvm::function_ref<Values(const Operands &, ValueRange)> body) {
    int64_t steps = shape.inBlock;
    for (int64_t inner = dim + 1; inner < 3; ++inner)
      steps *= window.kernel[inner];
    return kb.loop(taps.first, taps.end, 1, carried, [&](Value k, ValueRange carried) {
      return body(advance(group, at, k, window.dilation[dim] * inStride[dim], steps), carried);
    });
  };
  return overTaps(0, planeTaps, start, carried, [&](const Operands &at, ValueRange carried) {
    Values values(carried.begin(), carried.end());
    for (const TapRange &rowTaps : rows.taps)
      values = overTaps(1, rowTaps, at, values, [&](const Operands &at, ValueRange carried) {
        bool isChain = tile.hasChains() && getBlockSteps() > kHalfChain;
        Values values = isChain ? tile.startChain(kb) : Values(carried.begin(), carried.end());
        for (const TapRange &columnTaps : columns.taps)
          values = overTaps(2, columnTaps, at, values, [&](const Operands &at, ValueRange carried) {
            return emitChannels(tile, group, block, at, getActive(rowTaps, columnTaps), carried);
          });
        if (!isChain)
          return values;
        tile.endChain(kb, values);
        return Values();
      });
    return values;
  });
}

/// The innermost loop: the channels of one block of the input.
Values ConvolutionEmitter::emitChannels(const ContractionTile &tile, const ChannelGroup &group, Value block,
                                        const Operands &start, llvm::ArrayRef<bool> active, ValueRange carried) {
  Value first = kb.index(0), end = kb.index(shape.inBlock);
  // Padding channels are never read: what they hold does not matter.
  if (shape.getGroupInputs() % shape.inBlock != 0) {
    Value position = kb.mul(block, shape.inBlock);
    if (shape.group > 1)
      first = kb.max(kb.sub(group.firstIn, position), first);
    end = kb.min(kb.sub(group.endIn, position), end);
  }
  // Steps of several channels start at multiples of them; filters have zeros for those that are not of the group.
  int64_t step = shape.getStepChannels();
  if (shape.group > 1)
    first = kb.mul(kb.div(first, step), step);
  return kb.loop(first, end, step, carried, [&](Value c, ValueRange carried) {
    Values values(carried.begin(), carried.end());
    Operands at = advance(group, start, c, 1, 1);
    tile.step(kb, at.x, at.w, values, active, at.ahead, getPixelsAhead(tile, start.x, c));
    return values;
  });
}

/// The pixel of the next tile that step `c` of a block fetches: as many steps as a tile has pixels, so that the next
/// tile finds its input in the first level cache. Where windows overlap, this tile has read most of it; null then.
Value ConvolutionEmitter::getPixelsAhead(const ContractionTile &tile, Value x, Value c) {
  int64_t pixels = tile.getNumPixels();
  bool joined = window.getNumTaps() == 1 && window.stride == Spatial{1, 1, 1} && window.in == window.out;
  if (!joined || pixels < kMinPrefetchPixels || pixels > shape.inBlock)
    return {};
  // A step of several channels of bytes has as many pixels in one line.
  return kb.add(kb.add(x, pixels * shape.inBlock), kb.mul(c, shape.inBlock));
}

} // namespace winnow::kernel
