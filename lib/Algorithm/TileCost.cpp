//===- TileCost.cpp - cycles of register tiles ----------------------- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

#include "winnow/Support/HalfPairs.h"

#include <cmath>

namespace winnow {

/// Cycles around the steps of one tile: addresses, bias, loop control.
static constexpr double kTileOverhead = 12;

/// The end of a chain of sums in f16, for each accumulator.
static constexpr double kChainEndCycles = 4;
/// A vector of 16-bit numbers, made f32 in memory.
static constexpr double kWidenCycles = 4;

double getStepCycles(const TargetFacts &facts, int64_t pixels, int64_t registers) {
  double arithmetic = static_cast<double>(pixels * registers) / facts.multiplyAddsPerCycle,
         loads = (pixels + registers) / 2.0;
  // What loads cost where they do not hide (filters come from farther away): of equal tiles the larger one wins.
  double exposed = 0.05 * (pixels + 4 * registers);
  return std::max({arithmetic, loads, 4.0}) + exposed;
}

/// Vector operations of one product of bytes and its addition, and registers beside operands and accumulators.
static double getDotOperations(const TargetFacts &facts) {
  switch (facts.dot) {
  case DotUnit::Vnni:
    return 1;
  case DotUnit::Madd:
    return 3;
  case DotUnit::None:
    return 8;
  }
  llvm_unreachable("all units have a cost");
}

/// Cycles of a step whose products take so many `operations`.
static double getProductStepCycles(const TargetFacts &facts, int64_t pixels, int64_t registers, double operations) {
  double arithmetic = operations * static_cast<double>(pixels * registers) / facts.multiplyAddsPerCycle,
         loads = (pixels + registers) / 2.0;
  double latency = 5, exposed = 0.05 * (pixels + 4 * registers);
  return std::max({arithmetic, loads, latency}) + exposed;
}

double getDotStepCycles(const TargetFacts &facts, int64_t pixels, int64_t registers) {
  return getProductStepCycles(facts, pixels, registers, getDotOperations(facts));
}

/// The same of pairs of i16: a product and an addition in one instruction or two, or as many as of bytes.
static double getPairStepCycles(const TargetFacts &facts, int64_t pixels, int64_t registers) {
  return getProductStepCycles(facts, pixels, registers, facts.dot == DotUnit::Madd ? 2 : getDotOperations(facts));
}

/// Accumulators that fit beside the operands of a step. LLVM spills before the
/// architectural limit: measured 28 of 32 registers.
static int64_t getMaxAccumulators(const TargetFacts &facts) { return facts.vectorRegisters >= 32 ? 28 : 13; }

int64_t getMaxPixels(const TargetFacts &facts, int64_t registers) {
  return std::max<int64_t>(1, std::min(getMaxAccumulators(facts), facts.vectorRegisters - registers - 1) / registers);
}

/// The same for a direct convolution. Of one plain channel, the taps of a row are straight code: LLVM keeps the pixels
/// that they share in registers, and spills accumulators for them (measured; tiles for 16 registers are small enough).
static int64_t getMaxPixels(const ConvolutionProblem &problem, int64_t registers) {
  int64_t all = problem.facts.vectorRegisters;
  int64_t most = std::min(getMaxAccumulators(problem.facts), all - registers - 1) / registers;
  // Products by several instructions need registers for what lies between them.
  if (problem.isQuantized && problem.facts.dot != DotUnit::Vnni)
    most = std::max<int64_t>(1, (all >= 32 ? 20 : 6) / registers);
  if (problem.inBlock == 1 && problem.inChannels == 1 && problem.rowTaps > 1 && all >= 32)
    most = std::min(most, (all - 2) / (registers + 1));
  return most;
}

/// The same for products of pairs of i16: what lies between a product and its addition takes registers.
static int64_t getMaxPairPixels(const TargetFacts &facts, int64_t registers) {
  if (facts.dot == DotUnit::Vnni)
    return getMaxPixels(facts, registers);
  bool isMany = facts.vectorRegisters >= 32;
  int64_t most = facts.dot == DotUnit::Madd ? (isMany ? 24 : 10) : (isMany ? 20 : 6);
  return std::max<int64_t>(1, most / registers);
}

/// Input channels that output channels [first, end) read.
static int64_t getDepth(const ConvolutionProblem &problem, int64_t first, int64_t end) {
  int64_t outs = problem.outChannels / problem.group, ins = problem.inChannels / problem.group;
  return ((end - 1) / outs - first / outs + 1) * ins;
}

/// Cycles of all tiles of one group of `registers` channel registers for one step.
static double getPixelCycles(const ConvolutionProblem &problem, bool flat, int64_t pixels, int64_t registers,
                             double steps, StepCost getStep) {
  // Each chain of sums in f16 ends in f32.
  double chains = problem.hasPairs ? std::ceil(steps / kHalfChain) : 0;
  auto cost = [&](int64_t count, int64_t size) {
    double epilogue = size * registers * ((problem.isQuantized ? 2.5 : 1.5) + kChainEndCycles * chains);
    return count * (steps * getStep(problem.facts, size, registers) + kTileOverhead + epilogue);
  };
  auto cut = [&](int64_t total, int64_t size, int64_t rows) {
    int64_t count = (total + size - 1) / size, small = total / count, large = total % count;
    return cost(large * rows, small + 1) + cost((count - large) * rows, small);
  };
  if (flat)
    return cut(problem.pixels, pixels, 1);
  if (pixels <= problem.width)
    return cut(problem.width, pixels, problem.pixels / problem.width);
  // Several whole rows a tile.
  int64_t rows = std::min(problem.height, pixels / problem.width),
          planes = problem.pixels / problem.width / problem.height;
  int64_t count = (problem.height + rows - 1) / rows, small = problem.height / count, large = problem.height % count;
  return planes * (cost(large, (small + 1) * problem.width) + cost(count - large, small * problem.width));
}

/// Bytes a cycle from the second level, as one pixel's products read them (measured: 800 x 500 weights in 22 us).
static constexpr double kSecondLevelBytes = 24;

double getReadCycles(const TargetFacts &facts, double bytes) {
  if (bytes > static_cast<double>(facts.l2Bytes))
    return bytes / facts.memoryBytesPerCycle;
  return bytes > static_cast<double>(facts.l1Bytes) ? bytes / kSecondLevelBytes : 0;
}

double getStreamCycles(const ConvolutionProblem &problem, int64_t passes) {
  int64_t outChannels = problem.getBlocks() * problem.block;
  int64_t bytes = problem.taps * problem.inChannels / problem.group * outChannels * problem.getFilterBits() / 8;
  if (passes == 1)
    return getReadCycles(problem.facts, static_cast<double>(bytes));
  return bytes > problem.facts.l2Bytes ? static_cast<double>(bytes * passes) / problem.facts.memoryBytesPerCycle : 0;
}

TileChoice chooseTile(const ConvolutionProblem &problem, bool flat, StepCost getStep) {
  int64_t blocks = problem.getBlocks(), perBlock = problem.getRegistersPerBlock();
  TileChoice best;
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(8, blocks); ++vectors) {
    int64_t registers = vectors * perBlock;
    int64_t most = getMaxPixels(problem, registers);
    for (int64_t pixels = 1; pixels <= std::min(most, problem.pixels); ++pixels) {
      // Tiles of several rows are whole rows.
      if (!flat && pixels > problem.width && pixels % problem.width != 0)
        continue;
      double cycles = 0;
      for (int64_t block = 0; block < blocks; block += vectors) {
        int64_t width = std::min(vectors, blocks - block);
        int64_t end = std::min(problem.outChannels, (block + width) * problem.block);
        double steps = static_cast<double>(getDepth(problem, block * problem.block, end) * problem.taps);
        steps /= static_cast<double>(problem.getStepChannels());
        if (!flat)
          steps *= problem.insideShare;
        cycles += getPixelCycles(problem, flat, pixels, width * perBlock, steps, getStep);
      }
      // Of equal tiles the wider one in pixels: it loads fewer filter vectors.
      if (best.channels == 0 || cycles < best.cycles * 0.999)
        best = {cycles, pixels, vectors * problem.block};
    }
  }
  // A filter that one pixel reads is a matter of memory.
  if (problem.pixels == 1)
    best.cycles = std::max(best.cycles, getStreamCycles(problem, 1));
  // The input is widened before.
  if (problem.isWidened)
    best.cycles += kWidenCycles * static_cast<double>(problem.reachedPixels * problem.getInBlocks() * perBlock);
  return best;
}

TileChoice chooseTile(const ConvolutionProblem &problem, bool flat) {
  return chooseTile(problem, flat, problem.isQuantized ? getDotStepCycles : getStepCycles);
}

TileChoice chooseProductTile(const ConvolutionProblem &problem, int64_t tiles) {
  TileChoice best;
  int64_t blocks = problem.getBlocks();
  // Transformed bytes are i16, two channels a step.
  int64_t depth = problem.isQuantized ? (problem.inChannels + 1) / 2 : problem.inChannels;
  StepCost getStep = problem.isQuantized ? getPairStepCycles : getStepCycles;
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(4, blocks); ++vectors) {
    int64_t most =
        problem.isQuantized ? getMaxPairPixels(problem.facts, vectors) : getMaxPixels(problem.facts, vectors);
    int64_t count = (tiles + most - 1) / most;
    int64_t small = tiles / count, large = tiles % count;
    double cycles = 0;
    for (int64_t block = 0; block < blocks; block += vectors) {
      int64_t width = std::min(vectors, blocks - block);
      auto getTileCycles = [&](int64_t size) {
        return static_cast<double>(depth) * getStep(problem.facts, size, width) + kTileOverhead +
               1.5 * static_cast<double>(size * width);
      };
      cycles += static_cast<double>(large) * getTileCycles(small + 1);
      cycles += static_cast<double>(count - large) * getTileCycles(small);
    }
    // Of about equal tiles the one whose filter takes less of the first level cache.
    if (best.channels == 0 || cycles < best.cycles * 0.98)
      best = {cycles, small + (large > 0), vectors * problem.block};
  }
  return best;
}

} // namespace winnow
