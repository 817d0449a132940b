//===- SparseConvolution.cpp - zeros of the filter are no work ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseInt8Convolution.h"
#include "TileCost.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace winnow {

/// Cycles of a vector that is transposed into a panel: of neighbouring pixels, of pixels that may lie in the padding.
static constexpr double kFlatVector = 5, kTileVector = 5.4;
/// Cycles of a vector that is transposed on its way out, with its epilogue.
static constexpr double kOutVector = 4;
/// Cycles more of both where maps leave the second level cache.
static constexpr double kFarVector = 1.6;
/// The same again of a vector on its way in where a panel takes half of the first level cache, from a sixth on.
static constexpr double kFarPanel = 3.5;
/// Cycles of each sum that is read and stored between entries, and more where sums of several passes and the panel
/// leave this part of the first level cache.
static constexpr double kNearSum = 0.5, kFarSum = 2.2, kNearShare = 0.8;
/// Loads of vectors and of numbers in a cycle, and cycles of an entry beside its products.
static constexpr double kLoadsPerCycle = 2.1, kEntryOverhead = 0.2;
/// Windows must gain that much: transforms of small maps take less time than their model says.
static constexpr double kWindowMargin = 1.25;
/// Filters with fewer zeros never gain.
static constexpr double kLeastZeros = 0.2;

/// Whether one pixel is computed: lanes are input channels then.
static bool isGemv(const ConvolutionProblem &problem) { return gemvModel.getObstacle(problem).empty(); }

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (problem.isQuantized)
    return getSparseInt8Obstacle(problem);
  if (llvm::StringRef obstacle = getTransformObstacle(problem); !obstacle.empty() && !isGemv(problem))
    return obstacle;
  if (problem.bits != 32 || problem.isExact)
    return "arithmetic is not in f32";
  if (problem.spatialRank < 1 || problem.spatialRank > 2)
    return "there are not one or two spatial dimensions";
  if (problem.elementBits != 32 || problem.packedBits != 0)
    return "operands are not in f32";
  if (problem.block < 4)
    return "blocks are shorter than four channels";
  if (static_cast<double>(problem.nonzeros) > (1 - kLeastZeros) * static_cast<double>(problem.getNumWeights()))
    return "less than a fifth of the filter is zero";
  return {};
}

/// The part of the first level cache that a panel may take, and cycles of a vector that is not there then.
static constexpr double kPanelShare = 0.7, kMissedVector = 0.35;
/// The part of the sums that takes room from it.
static constexpr double kSumShare = 0.1;

/// Bytes of a panel that the register tiles of one row read, and of the sums that are kept.
static double getPanelBytes(const SparseTiling &tiling) {
  return static_cast<double>(tiling.getLiveVectors() * tiling.channels * tiling.vector) * 4;
}
static double getSumBytes(const SparseTiling &tiling) {
  return static_cast<double>(tiling.getSumBlocks() * tiling.vector * tiling.getSumVectors() * tiling.vector) * 4;
}

/// Cycles of a sum that is read and stored.
static double getSumCycles(const TargetFacts &facts, const SparseTiling &tiling) {
  if (tiling.getNumPasses() == 1)
    return kNearSum;
  double near = kNearShare * static_cast<double>(facts.l1Bytes);
  return kNearSum + kFarSum * std::max(0.0, 1 - near / (getPanelBytes(tiling) + getSumBytes(tiling)));
}

/// Cycles of one entry with `vectors` sums in each of `shared` channels.
static double getEntryCycles(const TargetFacts &facts, const SparseTiling &tiling, int64_t vectors) {
  double arithmetic = static_cast<double>(vectors * tiling.shared) / facts.multiplyAddsPerCycle;
  double loads = static_cast<double>(vectors + tiling.shared) + 1 / static_cast<double>(tiling.beside);
  double live = getPanelBytes(tiling) + kSumShare * getSumBytes(tiling);
  double missed = std::max(0.0, 1 - kPanelShare * static_cast<double>(facts.l1Bytes) / live);
  return std::max({arithmetic, loads / kLoadsPerCycle, 4.0 / static_cast<double>(tiling.beside)}) + kEntryOverhead +
         missed * kMissedVector * static_cast<double>(vectors);
}

SparseWindow getSparseWindow(const ConvolutionProblem &problem) {
  SparseWindow window;
  window.inChannels = problem.inChannels;
  window.outChannels = problem.outChannels;
  window.out = {problem.height, problem.width};
  window.stride = {problem.columnStride, problem.rowStride};
  window.reach = {problem.columnReach, problem.rowReach};
  window.isFlat = problem.isPointwise;
  return window;
}

SparseTiling getSparseTiling(const ConvolutionProblem &problem, const TileChoice &tile) {
  if (problem.isQuantized)
    return getSparseInt8Tiling(problem, tile);
  return SparseTiling::get(getSparseWindow(problem), problem.block, tile.pixels, tile.outputs, tile.depth,
                           problem.facts.vectorRegisters, tile.channels);
}

/// Cycles more of a vector on its way into a panel that takes much of the cache while maps come from beyond it.
static double getFarFill(const TargetFacts &facts, const SparseTiling &tiling) {
  double share = getPanelBytes(tiling) / static_cast<double>(facts.l1Bytes);
  return kFarPanel * std::clamp((share - 1.0 / 6) * 3, 0.0, 1.0);
}

/// Cycles of a chunk with `vectors` in a row of a register tile.
static double getChunkCycles(const ConvolutionProblem &problem, const SparseTiling &tiling, int64_t vectors,
                             double entries) {
  double bytes =
      4.0 * static_cast<double>(problem.reachedPixels * problem.inChannels + problem.pixels * problem.outChannels);
  double far = bytes > 0.75 * static_cast<double>(problem.facts.l2Bytes) ? kFarVector : 0;
  double blocks = static_cast<double>(tiling.getOutBlocks()), vector = static_cast<double>(tiling.vector);
  double tiles = static_cast<double>(tiling.height / tiling.rows);
  int64_t tileVectors = tiling.rows * vectors;
  int64_t panel = tiling.window.isFlat ? vectors : tiling.getPanelVectors();
  double fill = static_cast<double>(tiling.getNumGroups() * tiling.getInBlocks() * tiling.vector * panel) *
                (tiling.window.isFlat ? kFlatVector + far + (far > 0 ? getFarFill(problem.facts, tiling) : 0)
                                      : kTileVector + far);
  double runs = static_cast<double>(tiling.getNumPasses()) * blocks * static_cast<double>(tiling.getRunsPerBlock());
  double sums = static_cast<double>(tileVectors * tiling.shared * tiling.beside) * getSumCycles(problem.facts, tiling);
  double products = tiles * (runs * sums + entries * getEntryCycles(problem.facts, tiling, tileVectors));
  double store = blocks * vector * static_cast<double>(tileVectors) * tiles * (kOutVector + far);
  return fill + products + store;
}

static double getCycles(const ConvolutionProblem &problem, const SparseTiling &tiling, int64_t entries) {
  double count = static_cast<double>(entries), cycles = 0;
  if (tiling.window.isFlat) {
    int64_t vectors = (problem.pixels + tiling.vector - 1) / tiling.vector;
    cycles = static_cast<double>(vectors / tiling.width) * getChunkCycles(problem, tiling, tiling.width, count);
    if (int64_t rest = vectors % tiling.width)
      cycles += getChunkCycles(problem, tiling, rest, count);
  } else {
    cycles = static_cast<double>(tiling.getNumChunks()) * getChunkCycles(problem, tiling, tiling.width, count);
  }
  // Entries come from memory in the first chunk.
  double bytes = count * (4.0 * static_cast<double>(tiling.shared) + 2);
  return std::max(cycles, bytes / problem.facts.memoryBytesPerCycle);
}

/// Cycles of a vector of weights that a mask expands, of a weight with an index, and around an output channel.
static constexpr double kMaskedVector = 2.9, kIndexedWeight = 1.2, kRowOverhead = 25;

/// One pixel: what takes longer, the products or the bytes.
static TileChoice chooseGemv(const ConvolutionProblem &problem) {
  double nonzeros = static_cast<double>(problem.nonzeros), all = static_cast<double>(problem.getNumWeights());
  bool hasMask = storesBitmask(problem.facts, problem.nonzeros, problem.getNumWeights());
  double products = hasMask ? all / static_cast<double>(problem.block) * kMaskedVector : nonzeros * kIndexedWeight;
  products += static_cast<double>(problem.outChannels) * kRowOverhead;
  double bytes = 4 * nonzeros + (hasMask ? all / 8 : 2 * nonzeros);
  return {std::max(products, getReadCycles(problem.facts, bytes)), 1, problem.block, /*depth=*/1};
}

void forEachSparseTile(const ConvolutionProblem &problem, int64_t most,
                       llvm::function_ref<void(int64_t width, int64_t height)> body) {
  if (problem.isPointwise) {
    for (int64_t width = 1; width <= most; ++width)
      body(width, 0);
    return;
  }
  for (int64_t beside = 1; beside <= problem.block; beside *= 2) {
    int64_t width = (problem.width + beside - 1) / beside;
    if (width <= most)
      for (int64_t height = 1; height <= 14; ++height)
        body(width, height);
  }
  // Of images wider than all lanes together.
  for (int64_t width = 1; width <= most; ++width)
    for (int64_t height = 1; height <= 4; ++height)
      if (width * problem.block < problem.width)
        body(width, height);
}

static TileChoice choose(const ConvolutionProblem &problem) {
  if (problem.isQuantized)
    return chooseSparseInt8(problem);
  if (isGemv(problem))
    return chooseGemv(problem);
  TileChoice best;
  auto consider = [&](int64_t width, int64_t height, int64_t shared, int64_t entries) {
    int64_t last = 0;
    for (int64_t part : {1, 2, 3, 4, 6, 8}) {
      TileChoice tile{0, width, /*channels=*/problem.block, /*depth=*/shared, /*outputs=*/height};
      int64_t vectorBytes = problem.block * 4, live = getSparseTiling(problem, tile).getLiveVectors();
      tile.channels = std::max(problem.block, problem.facts.l1Bytes * part / 8 / (live * vectorBytes));
      SparseTiling tiling = getSparseTiling(problem, tile);
      tile.channels = tiling.channels;
      if (!tiling.isLegal() || tiling.channels == std::exchange(last, tiling.channels))
        continue;
      tile.cycles = getCycles(problem, tiling, entries);
      if (best.depth == 0 || tile.cycles < best.cycles * 0.999)
        best = tile;
    }
  };
  auto considerShared = [&](int64_t shared, int64_t entries) {
    int64_t most = std::min<int64_t>(14, (problem.facts.vectorRegisters >= 32 ? 28 : 13) / shared);
    // Four output channels of four vectors: more sums take more time around the entries than they save.
    if (problem.isPointwise && problem.facts.vectorRegisters >= 32 && shared == 1)
      most = 4;
    forEachSparseTile(problem, most, [&](int64_t width, int64_t height) { consider(width, height, shared, entries); });
  };
  considerShared(1, problem.nonzeros);
  // Whole blocks of output channels have tiles of their own.
  if (problem.block > 4)
    considerShared(4, problem.sharedNonzeros);
  TileChoice blocks = chooseSparseBlocks(problem);
  if (blocks.depth > 0 && (best.depth == 0 || blocks.cycles < best.cycles))
    best = blocks;
  if (!problem.isPointwise)
    best.cycles *= kWindowMargin;
  return best;
}

const ConvolutionModel sparseModel{cnn::AlgorithmKind::Sparse, getObstacle, choose};

} // namespace winnow
