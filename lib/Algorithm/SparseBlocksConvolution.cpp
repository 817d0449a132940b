//===- SparseBlocksConvolution.cpp - zeros of whole blocks are no work ----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseInt8Convolution.h"

#include "winnow/Support/SparseBlockTiling.h"

#include <algorithm>

namespace winnow {

/// Cycles of a vector that is copied into the panel, of a register tile around its entries, and of each of its sums
/// that is stored, or, of several passes, loaded and stored.
static constexpr double kPanelVector = 2, kTileOverhead = 12, kSum = 0.8, kPassSum = 2.5;
/// The part of the first level cache that inputs of a tile may take, and cycles of a pixel that is not there then.
static constexpr double kInputShare = 0.75, kMissedPixel = 0.7;
/// Cycles more of a vector of the output where maps leave the second level cache.
static constexpr double kFarVector = 2;

/// With more of all places the dense kernels are as fast.
static constexpr double kMostPlaces = 0.8;

/// Cycles of one entry for `pixels` pixels.
static double getEntryCycles(const ConvolutionProblem &problem, const SparseBlockTiling &tiling, int64_t pixels) {
  double count = static_cast<double>(pixels);
  double live = static_cast<double>(tiling.getLiveVectors() * tiling.vector) * 4;
  double missed = std::max(0.0, 1 - kInputShare * static_cast<double>(problem.facts.l1Bytes) / live);
  return std::max({count / problem.facts.multiplyAddsPerCycle, (count + 2) / 2, 4.0}) + missed * kMissedPixel * count;
}

/// Cycles of one pass over the entries for a tile of `pixels`.
static double getTileCycles(const ConvolutionProblem &problem, const SparseBlockTiling &tiling, int64_t pixels) {
  double passes = static_cast<double>(tiling.getNumPasses()), blocks = static_cast<double>(tiling.getOutBlocks());
  double sums = static_cast<double>(pixels) * (passes > 1 ? passes * kPassSum : kSum);
  return blocks * (passes * kTileOverhead + sums) +
         static_cast<double>(problem.blockNonzeros) * getEntryCycles(problem, tiling, pixels);
}

static double getCycles(const ConvolutionProblem &problem, const SparseBlockTiling &tiling) {
  int64_t height = tiling.window.out[0], width = tiling.window.out[1];
  auto getRow = [&](int64_t rows) {
    double cycles = static_cast<double>(width / tiling.columns) * getTileCycles(problem, tiling, rows * tiling.columns);
    return cycles + (width % tiling.columns ? getTileCycles(problem, tiling, rows * (width % tiling.columns)) : 0);
  };
  auto getChunk = [&](int64_t rows) {
    double cycles = static_cast<double>(rows / tiling.rows) * getRow(tiling.rows);
    return cycles + (rows % tiling.rows ? getRow(rows % tiling.rows) : 0);
  };
  int64_t rest = height % tiling.chunkRows;
  double cycles =
      static_cast<double>(height / tiling.chunkRows) * getChunk(tiling.chunkRows) + (rest ? getChunk(rest) : 0);
  if (!tiling.window.isFlat) {
    double groups = static_cast<double>((tiling.getOutBlocks() + tiling.groupBlocks - 1) / tiling.groupBlocks);
    cycles += groups *
              static_cast<double>(tiling.getNumChunks() * tiling.getInBlocks() * tiling.panel[0] * tiling.panel[1]) *
              kPanelVector;
  }
  double outputs = static_cast<double>(problem.pixels * tiling.getOutBlocks());
  double bytes =
      4.0 * static_cast<double>(problem.reachedPixels * problem.inChannels + problem.pixels * problem.outChannels);
  if (bytes > 0.75 * static_cast<double>(problem.facts.l2Bytes))
    cycles += outputs * kFarVector;
  double stored = static_cast<double>(problem.blockNonzeros) * static_cast<double>(4 * tiling.vector + 2);
  return std::max(cycles, stored / problem.facts.memoryBytesPerCycle);
}

SparseBlockTiling getSparseBlockTiling(const ConvolutionProblem &problem, const TileChoice &tile) {
  return SparseBlockTiling::get(getSparseWindow(problem), problem.block, tile.pixels, tile.outputs,
                                problem.facts.vectorRegisters, tile.channels);
}

TileChoice chooseSparseBlocks(const ConvolutionProblem &problem) {
  TileChoice best;
  double places = static_cast<double>(problem.getBlocks() * problem.inChannels * problem.taps);
  if (problem.inBlock != problem.block || static_cast<double>(problem.blockNonzeros) > kMostPlaces * places)
    return best;
  int64_t most = SparseBlockTiling::getMostPixels(problem.facts.vectorRegisters);
  auto consider = [&](int64_t columns, int64_t rows) {
    for (int64_t passes : {1, 2, 4, 8, 16, 32}) {
      TileChoice tile{0, columns, /*channels=*/std::max(problem.block, problem.inChannels / passes),
                      /*depth=*/problem.block, /*outputs=*/rows};
      SparseBlockTiling tiling = getSparseBlockTiling(problem, tile);
      if (!tiling.isLegal())
        continue;
      tile.channels = tiling.passBlocks * tiling.vector;
      tile.cycles = getCycles(problem, tiling);
      if (best.depth == 0 || tile.cycles < best.cycles * 0.999)
        best = tile;
    }
  };
  for (int64_t columns = std::min<int64_t>(most, 4); columns <= most; ++columns) {
    if (problem.isPointwise)
      consider(columns, 0);
    else
      for (int64_t rows : {1, 2, 3, 4, 6, 7, 8, 14})
        consider(columns, rows);
  }
  return best;
}

} // namespace winnow
