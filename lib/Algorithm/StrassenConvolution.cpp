//===- StrassenConvolution.cpp - seven products instead of eight ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

#include <algorithm>

namespace winnow {

/// Cycles of an input vector that is read and becomes a sum. More where the map takes more than a quarter of the second
/// level cache, since it comes from farther away then, and where input and sums of a chunk leave that: up to kFarVector
/// as their share of it goes from kNearShare to kFarShare (all measured).
static constexpr double kInputVector = 4, kMapVector = 6, kFarVector = 5;
/// Of a single chunk, several threads add up the sums each for itself.
static constexpr double kSingleChunk = 1.5;
static constexpr double kNearShare = 0.2, kFarShare = 0.6;
/// Cycles around one of the seven products of a tile, and of an accumulator that waits, is read again, or is stored.
static constexpr double kProductOverhead = 20, kTileVector = 1.5;
/// Accumulators of a tile that wait (three times), are read again (three times) and are stored (four times).
static constexpr double kTileVectors = 10;
/// Bytes a cycle of a filter that passes again and does not fit the second level cache.
static constexpr double kAgainBytes = 40;
/// The part of a stream that does not hide behind the products, where it takes as long as they do; it goes down with
/// the square of the stream's share (measured).
static constexpr double kExposed = 0.25;
static constexpr int64_t kMaxChunks = 32;
/// The filter takes 7/4 of its bytes and rounding errors grow: a gain below 4% is not worth that.
static constexpr double kPrice = 1.04;

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (llvm::StringRef obstacle = getTransformObstacle(problem); !obstacle.empty())
    return obstacle;
  if (!problem.isPointwise)
    return "the window has more than one tap, strides or padding";
  if (problem.inChannels % (2 * problem.block) != 0 || problem.outChannels % (2 * problem.block) != 0)
    return "half the channels are not whole blocks";
  if (problem.pixels < 2)
    return "there is one pixel";
  return {};
}

/// Cycles of a tile of `size` pairs of pixels by `vectors` blocks in each half.
static double getTileCycles(const ConvolutionProblem &problem, int64_t size, int64_t vectors) {
  double steps = 7.0 * static_cast<double>(problem.inChannels / 2);
  return steps * getStepCycles(problem.facts, size, vectors) + 7 * kProductOverhead +
         kTileVectors * kTileVector * static_cast<double>(size * vectors);
}

/// Cycles of the tiles of a chunk of `pixels` with one group of `vectors` blocks in each half.
static double getGroupCycles(const ConvolutionProblem &problem, int64_t pixels, int64_t most, int64_t vectors) {
  int64_t pairs = (pixels + 1) / 2, count = (pairs + most - 1) / most, small = pairs / count, large = pairs % count;
  return static_cast<double>(large) * getTileCycles(problem, small + 1, vectors) +
         static_cast<double>(count - large) * getTileCycles(problem, small, vectors);
}

/// Cycles of the sums of all input vectors, in chunks of `pixels`.
static double getInputCycles(const ConvolutionProblem &problem, int64_t pixels) {
  double bytes = 4.0 * static_cast<double>(problem.inChannels), l2Bytes = static_cast<double>(problem.facts.l2Bytes);
  double share = 2 * bytes * static_cast<double>(pixels) / l2Bytes;
  double cycles = kInputVector + kFarVector * std::clamp((share - kNearShare) / (kFarShare - kNearShare), 0.0, 1.0);
  if (bytes * static_cast<double>(problem.pixels) > l2Bytes / 4)
    cycles += kMapVector;
  if (pixels == problem.pixels)
    cycles *= kSingleChunk;
  return cycles * static_cast<double>(problem.inChannels / problem.block * problem.pixels);
}

/// The cost of register tiles of `vectors` blocks in chunks of `pixels`.
static TileChoice chooseFor(const ConvolutionProblem &problem, int64_t vectors, int64_t most, int64_t pixels) {
  TileChoice choice{0, most, vectors * problem.block, /*depth=*/0, /*outputs=*/pixels};
  int64_t blocks = problem.getBlocks() / 2, whole = problem.pixels / pixels, rest = problem.pixels % pixels;
  for (int64_t block = 0; block < blocks; block += vectors) {
    int64_t width = std::min(vectors, blocks - block);
    choice.cycles += static_cast<double>(whole) * getGroupCycles(problem, pixels, most, width);
    if (rest)
      choice.cycles += getGroupCycles(problem, rest, most, width);
  }
  // The filter passes once a chunk, the first time from memory.
  double bytes = 7.0 * static_cast<double>(problem.inChannels * problem.outChannels);
  double stream = bytes / problem.facts.memoryBytesPerCycle, share = std::min(1.0, stream / choice.cycles);
  choice.cycles += kExposed * share * share * stream;
  // Nobody has fetched the filters of the first group: its first tile waits for them.
  double first = stream * static_cast<double>(vectors) / static_cast<double>(blocks);
  choice.cycles += std::max(0.0, first - getTileCycles(problem, std::min(most, (pixels + 1) / 2), vectors));
  if (bytes > static_cast<double>(problem.facts.l2Bytes) / 2)
    choice.cycles += static_cast<double>(whole + (rest != 0) - 1) * bytes / kAgainBytes;
  choice.cycles += getInputCycles(problem, pixels);
  choice.cycles *= kPrice;
  return choice;
}

static TileChoice choose(const ConvolutionProblem &problem) {
  TileChoice best;
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(4, problem.getBlocks() / 2); ++vectors) {
    int64_t most = std::min(getMaxPixels(problem.facts, vectors), (problem.pixels + 1) / 2);
    // Chunks of whole tiles, but for the last one.
    int64_t tiles = (problem.pixels + 2 * most - 1) / (2 * most);
    for (int64_t chunks = 1; chunks <= std::min(kMaxChunks, tiles); ++chunks) {
      int64_t pixels = chunks == 1 ? problem.pixels : (tiles + chunks - 1) / chunks * 2 * most;
      TileChoice choice = chooseFor(problem, vectors, most, pixels);
      if (best.channels == 0 || choice.cycles < best.cycles * 0.999)
        best = choice;
    }
  }
  return best;
}

const ConvolutionModel strassenModel{cnn::AlgorithmKind::Strassen, getObstacle, choose};

} // namespace winnow
