//===- SparseInt8Convolution.cpp - blocks of zeros of bytes are no work ---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseInt8Convolution.h"

#include "TileCost.h"

#include <algorithm>
#include <utility>

namespace winnow {

/// Cycles of a vector that is copied into a panel: of neighbouring pixels, of pixels that may lie in the padding; and
/// more of both where the panel and what it is copied from do not stay in the first level cache. All measured.
static constexpr double kFlatVector = 3.2, kTileVector = 4.5, kFarVector = 3.3;
/// Cycles of a vector of pixels of a picture, word by word.
static constexpr double kWordVector = 20;
/// Cycles of a vector of sums that becomes bytes on its way out: of neighbouring pixels, of single ones.
static constexpr double kFlatOutput = 2.4, kTileOutput = 3;
/// Cycles around the blocks of a register tile, and of each of its sums that is read and stored between: in the first
/// level cache, or, of several passes, in the second.
static constexpr double kRunOverhead = 4, kNearSum = 1.1, kFarSum = 2.8;
/// What the products of a block take longer than their bound; and more where their part of the panel does not stay in
/// the first level cache.
static constexpr double kEntryShare = 1.1, kMissedShare = 0.8;
/// The parts of the first level cache that a panel may take while it is filled, at least and at most, and while it is
/// read.
static constexpr double kNearPanel = 0.35, kFarPanel = 0.65, kLivePanel = 0.65;
/// Filters of which a larger share of the blocks has weights never gain.
static constexpr double kMostBlocks = 0.8;

/// Rows of a panel that four channels take, see DotProduct::getNumParts: pairs are rarely proven to fit 16 bits.
static int64_t getNumParts(const TargetFacts &facts) {
  switch (facts.dot) {
  case DotUnit::Vnni:
    return 1;
  case DotUnit::Madd:
    return 2;
  case DotUnit::None:
    return 4;
  }
  llvm_unreachable("all units have parts");
}

/// Vector operations of a product that reads the panel (measured; pairs of words are multiplied and added twice).
static double getOperations(const TargetFacts &facts) {
  return facts.dot == DotUnit::Vnni ? 1 : facts.dot == DotUnit::Madd ? 4.5 : 10;
}

/// Whether pixels of the input are words of four channels.
static bool readsPictures(const ConvolutionProblem &problem) { return problem.inBlock == 4 && problem.block != 4; }

llvm::StringRef getSparseInt8Obstacle(const ConvolutionProblem &given) {
  ConvolutionProblem problem = given;
  if (readsPictures(problem))
    problem.inBlock = problem.block;
  if (llvm::StringRef obstacle = getTransformObstacle(problem, /*takesBytes=*/true); !obstacle.empty())
    return obstacle;
  if (problem.spatialRank < 1 || problem.spatialRank > 2)
    return "there are not one or two spatial dimensions";
  if (problem.elementBits != 8)
    return "results are not bytes";
  if (problem.block % 4 != 0 || problem.block > 16)
    return "blocks do not have 4, 8 or 16 channels";
  if (static_cast<double>(problem.nonzeroBlocks) > kMostBlocks * static_cast<double>(problem.getNumFilterBlocks()))
    return "less than a fifth of the filter's blocks of four input channels is zero";
  return {};
}

SparseTiling getSparseInt8Tiling(const ConvolutionProblem &problem, const TileChoice &tile) {
  SparseWindow window = getSparseWindow(problem);
  window.perBlock = problem.inBlock / 4 * getNumParts(problem.facts);
  window.inChannels = problem.getInBlocks() * window.perBlock;
  window.mostSums = getMostDotSums(problem.facts);
  return SparseTiling::get(window, problem.block, tile.pixels, tile.outputs, /*shared=*/1,
                           problem.facts.vectorRegisters, tile.channels / problem.block * window.perBlock);
}

/// Cycles of one block with so many sums.
static double getEntryCycles(const TargetFacts &facts, const SparseTiling &tiling, int64_t vectors) {
  double arithmetic = getOperations(facts) * static_cast<double>(vectors) / facts.multiplyAddsPerCycle;
  double words = 1 / static_cast<double>(tiling.beside), latency = 5 * words;
  double loads = (static_cast<double>(vectors * getNumParts(facts) + 1) + words) / 2.0;
  double live = static_cast<double>(tiling.getLiveVectors() * tiling.channels * tiling.vector) * 4;
  double missed = std::max(0.0, 1 - kLivePanel * static_cast<double>(facts.l1Bytes) / live);
  return std::max({arithmetic, loads, latency}) * (kEntryShare + kMissedShare * missed);
}

/// Cycles of a chunk with `vectors` in a row of a register tile.
static double getChunkCycles(const ConvolutionProblem &problem, const SparseTiling &tiling, int64_t vectors) {
  bool isFlat = tiling.window.isFlat;
  double channels = static_cast<double>(tiling.getOutBlocks() * tiling.vector);
  double tiles = static_cast<double>(tiling.height / tiling.rows);
  int64_t tileVectors = tiling.rows * vectors, panel = isFlat ? vectors : tiling.getPanelVectors();
  double share = static_cast<double>(tiling.channels * tiling.getPanelVectors() * tiling.vector * 4) /
                 static_cast<double>(problem.facts.l1Bytes);
  double far = std::clamp((share - kNearPanel) / (kFarPanel - kNearPanel), 0.0, 1.0) * kFarVector;
  double fill = static_cast<double>(tiling.getNumGroups() * tiling.getInBlocks() * tiling.getPerBlock() * panel) *
                ((readsPictures(problem) ? kWordVector
                  : isFlat               ? kFlatVector
                                         : kTileVector) +
                 far);
  double runs = static_cast<double>(tiling.getNumPasses() * tiling.getOutBlocks() * tiling.getRunsPerBlock());
  double sums = static_cast<double>(tileVectors * tiling.beside) * (tiling.getNumPasses() > 1 ? kFarSum : kNearSum);
  double blocks = static_cast<double>(problem.nonzeroBlocks);
  double products =
      tiles * (runs * (kRunOverhead + sums) + blocks * getEntryCycles(problem.facts, tiling, tileVectors));
  double store = channels * static_cast<double>(tileVectors) * tiles * (isFlat ? kFlatOutput : kTileOutput);
  return fill + products + store;
}

static double getCycles(const ConvolutionProblem &problem, const SparseTiling &tiling) {
  double cycles = 0;
  if (tiling.window.isFlat) {
    int64_t vectors = (problem.pixels + tiling.vector - 1) / tiling.vector;
    cycles = static_cast<double>(vectors / tiling.width) * getChunkCycles(problem, tiling, tiling.width);
    if (int64_t rest = vectors % tiling.width)
      cycles += getChunkCycles(problem, tiling, rest);
  } else {
    cycles = static_cast<double>(tiling.getNumChunks()) * getChunkCycles(problem, tiling, tiling.width);
  }
  // Blocks come from memory in the first chunk.
  return std::max(cycles, 6 * static_cast<double>(problem.nonzeroBlocks) / problem.facts.memoryBytesPerCycle);
}

TileChoice chooseSparseInt8(const ConvolutionProblem &problem) {
  TileChoice best;
  auto consider = [&](int64_t width, int64_t height) {
    int64_t last = 0;
    for (int64_t part : {2, 3, 4, 6, 8, 16}) {
      TileChoice tile{0, width, /*channels=*/problem.block, /*depth=*/1, /*outputs=*/height};
      SparseTiling one = getSparseInt8Tiling(problem, tile);
      int64_t blockBytes = one.getLiveVectors() * one.getPerBlock() * one.vector * 4;
      tile.channels = problem.block * std::max<int64_t>(1, problem.facts.l1Bytes * part / 8 / blockBytes);
      SparseTiling tiling = getSparseInt8Tiling(problem, tile);
      tile.channels = tiling.channels / tiling.getPerBlock() * problem.block;
      if (!tiling.isLegal() || tiling.channels == std::exchange(last, tiling.channels))
        continue;
      tile.cycles = getCycles(problem, tiling);
      if (best.depth == 0 || tile.cycles < best.cycles * 0.999)
        best = tile;
    }
  };
  forEachSparseTile(problem, std::min<int64_t>(14, getMostDotSums(problem.facts)), consider);
  return best;
}

} // namespace winnow
