//===- TileConvolution.cpp - products of tiles in a matrix unit --- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

#include "llvm/Support/MathExtras.h"

namespace winnow {

/// What a tile has, and what the kernel takes of the stack (see TilePlan in the Kernel room).
static constexpr int64_t kTileRows = 16, kTileRowBytes = 64, kTileColumns = 16, kGroupTiles = 2, kMaxPhases = 9,
                         kMaxStackBytes = 192 << 10, kCacheStride = 1024;
/// Cycles, measured on a server of 2023: a product takes one for each row of its pixels, and four accumulators hide its
/// latency; a tile is loaded at two rows a cycle, from beyond the first level cache at less than one, and stored at
/// one.
static constexpr double kLatency = 52, kLoad = 8, kFarLoad = 20, kOverhead = 20;
/// Of requantization for a vector of outputs or its rounding to bf16, and of the copy into the panel for a block of a
/// pixel.
static constexpr double kRequantization = 2.5, kRounding = 1.5, kTransposedCopy = 0.75, kCopy = 1.5;

namespace {
/// A strip of `rows` rows of `width` pixels by tiles of `tileRows` pixels.
struct Strip {
  int64_t rows, width, tileRows;
  int64_t tiles, panelPixels;
};
} // namespace

/// Elements of the input in a row of a tile, and the bytes of one.
static int64_t getRowSize(const ConvolutionProblem &problem) { return problem.isQuantized ? 64 : 32; }
static int64_t getElementBytes(const ConvolutionProblem &problem) { return kTileRowBytes / getRowSize(problem); }

/// Whether pixels of a row stay together: windows narrower than their stride leave some out.
static bool keepsColumns(const ConvolutionProblem &problem) { return problem.rowTaps >= problem.rowStride; }

/// Planes of the panel: phases of the strides that a tap has.
static int64_t getNumPlanes(const ConvolutionProblem &problem) {
  return std::min(problem.columnStride, problem.taps / problem.rowTaps) * (keepsColumns(problem) ? 1 : problem.rowTaps);
}

static Strip makeStrip(const ConvolutionProblem &problem, int64_t rows, int64_t width, int64_t tileRows) {
  Strip strip{rows, width, tileRows, 0, 0};
  int64_t pitch = width + problem.rowReach / problem.rowStride;
  bool flat = tileRows == kTileRows && width % kTileRows != 0 && rows > 1;
  int64_t perRow = static_cast<int64_t>(llvm::divideCeil(width, tileRows));
  strip.tiles = flat ? static_cast<int64_t>(llvm::divideCeil((rows - 1) * pitch + width, kTileRows)) : rows * perRow;
  strip.panelPixels = getNumPlanes(problem) * (rows + problem.columnReach / problem.columnStride) * pitch *
                      (keepsColumns(problem) ? problem.rowStride : 1);
  return strip;
}

/// Elements of a pixel as its blocks have them. Plain channels are put into blocks first.
static int64_t getTightSize(const ConvolutionProblem &problem) {
  int64_t block = problem.inBlock > 1 ? problem.inBlock : problem.block;
  return static_cast<int64_t>(llvm::alignTo(problem.inChannels, block));
}

/// Steps of the reduction, 64 bytes each, where each tap has its own.
static int64_t getStepsApart(const ConvolutionProblem &problem) {
  return problem.taps * static_cast<int64_t>(llvm::divideCeil(problem.inChannels, getRowSize(problem)));
}

/// The same where neighbouring taps share them if that takes fewer.
static int64_t getNumSteps(const ConvolutionProblem &problem) {
  int64_t apart = getStepsApart(problem);
  if (problem.isBF16 || problem.rowReach != problem.rowTaps - 1 || !keepsColumns(problem))
    return apart;
  int64_t size = (problem.rowTaps - 1) * getTightSize(problem) + problem.inChannels;
  int64_t joined = static_cast<int64_t>(llvm::divideCeil(size, getRowSize(problem)));
  return std::min(apart, joined * (problem.taps / problem.rowTaps));
}

/// Bytes of a pixel in the panel: without gaps where taps share steps, else whole lines that do not meet in few sets of
/// the cache.
static int64_t getPixelBytes(const ConvolutionProblem &problem) {
  if (getNumSteps(problem) < getStepsApart(problem))
    return getTightSize(problem) * getElementBytes(problem);
  int64_t size = static_cast<int64_t>(llvm::alignTo(problem.inChannels, getRowSize(problem)));
  int64_t bytes = size * getElementBytes(problem);
  return bytes % kCacheStride == 0 ? bytes + kTileRowBytes : bytes;
}

/// At least what the kernel takes: its last tile may read 16 outputs more.
static int64_t getStackBytes(const ConvolutionProblem &problem, const Strip &strip) {
  int64_t step = keepsColumns(problem) ? problem.rowStride : 1;
  int64_t panel = (strip.panelPixels + kTileRows * step) * getPixelBytes(problem) + 2 * kTileRowBytes;
  return panel + strip.tiles * strip.tileRows * kGroupTiles * kTileRowBytes;
}

/// Cycles of all products of a strip for `columns` tiles of channels.
static double getProductCycles(const ConvolutionProblem &problem, const Strip &strip, int64_t steps, int64_t columns) {
  // Rows that taps share begin anywhere: each lies in two lines.
  double load = steps < getStepsApart(problem) ? 2 * kLoad : kLoad;
  bool isFar = steps * kTileRows * kTileRowBytes * columns > problem.facts.l1Bytes / 2;
  auto getCycles = [&](int64_t rows) {
    auto products = static_cast<double>(rows * columns), height = static_cast<double>(strip.tileRows);
    double loads = static_cast<double>(rows) * load + static_cast<double>(columns) * (isFar ? kFarLoad : kLoad);
    double step = std::max({products * height, loads, kLatency});
    return static_cast<double>(steps) * step + products * (kLoad + height) + kOverhead;
  };
  return static_cast<double>(strip.tiles / 2) * getCycles(2) + static_cast<double>(strip.tiles % 2) * getCycles(1);
}

static double getCycles(const ConvolutionProblem &problem, const Strip &strip, int64_t count) {
  int64_t columns = static_cast<int64_t>(llvm::divideCeil(problem.outChannels, kTileColumns));
  int64_t steps = getNumSteps(problem);
  bool transposes =
      problem.isQuantized && problem.inBlock == kTileColumns && keepsColumns(problem) && problem.getInBlocks() >= 4;
  double copy = transposes ? kTransposedCopy : kCopy;
  // Pixels of one block are copied as they lie.
  if (problem.getInBlocks() == 1 && keepsColumns(problem))
    copy = 2.0 * static_cast<double>(problem.inBlock) / static_cast<double>(getRowSize(problem));
  double copies = static_cast<double>(strip.panelPixels * problem.getInBlocks()) * copy;
  double products = static_cast<double>(columns / kGroupTiles) * getProductCycles(problem, strip, steps, kGroupTiles);
  if (columns % kGroupTiles)
    products += getProductCycles(problem, strip, steps, 1);
  double outputs =
      static_cast<double>(problem.pixels * problem.getBlocks()) * (problem.isQuantized ? kRequantization : kRounding);
  double cycles = static_cast<double>(count) * (copies + products) + outputs;
  // Filters have the elements of the input.
  ConvolutionProblem stream = problem;
  stream.bits = problem.isQuantized ? problem.bits : 16;
  return std::max(cycles, getStreamCycles(stream, count));
}

/// The cheapest strip that fits the stack; no tile where none does.
static TileChoice chooseStrip(const ConvolutionProblem &problem) {
  TileChoice best;
  int64_t columns = std::min(kGroupTiles, static_cast<int64_t>(llvm::divideCeil(problem.outChannels, kTileColumns)));
  auto tryStrip = [&](const Strip &strip, int64_t count, int64_t outputs) {
    if (getStackBytes(problem, strip) > kMaxStackBytes)
      return;
    double cycles = getCycles(problem, strip, count);
    if (best.channels == 0 || cycles < best.cycles * 0.999)
      best = {cycles, strip.tileRows, columns * kTileColumns, 0, outputs};
  };
  if (problem.isPointwise) {
    for (int64_t count = 1; count <= problem.pixels; ++count) {
      int64_t pixels = (problem.pixels + count - 1) / count;
      for (int64_t rows = std::min(kTileRows, pixels); rows > 0 && rows > kTileRows - 4; --rows)
        tryStrip(makeStrip(problem, 1, pixels, rows), count, pixels);
      if (pixels < kTileRows * 4)
        break;
    }
    if (problem.pixels <= kTileRows - 4)
      tryStrip(makeStrip(problem, 1, problem.pixels, problem.pixels), 1, problem.pixels);
    return best;
  }
  int64_t perRow = (problem.width + kTileRows - 1) / kTileRows, even = (problem.width + perRow - 1) / perRow;
  for (int64_t rows = 1; rows <= problem.height; ++rows) {
    int64_t count = (problem.height + rows - 1) / rows;
    // Strips as even as they can be.
    if (rows > 1 && (problem.height + count - 1) / count != rows)
      continue;
    tryStrip(makeStrip(problem, rows, problem.width, even), count, rows);
    tryStrip(makeStrip(problem, rows, problem.width, kTileRows), count, rows);
  }
  return best;
}

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isQuantized && !problem.isBF16)
    return "operands are neither bytes nor bf16";
  if (!(problem.isQuantized ? problem.facts.hasInt8Tiles : problem.facts.hasBF16Tiles))
    return "the target has no unit that multiplies tiles of them";
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (problem.group != 1)
    return "there is more than one group";
  if (problem.spatialRank < 1 || problem.spatialRank > 2)
    return "there are not one or two spatial dimensions";
  if (problem.isBF16 && getTightSize(problem) != problem.inChannels)
    return "channels of bf16 do not fill their blocks";
  if (getNumPlanes(problem) > kMaxPhases)
    return "strides give its taps more than nine phases";
  if (chooseStrip(problem).channels == 0)
    return "what a row of outputs reads does not fit into 192 KB";
  return {};
}

const ConvolutionModel tilesModel{cnn::AlgorithmKind::Tiles, getObstacle, chooseStrip};

} // namespace winnow
