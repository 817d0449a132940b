//===- ImplicitGemmConvolution.cpp - tiles of pixels from anywhere --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// The part of the second level cache that the inputs of a chunk of pixels take.
static constexpr double kChunkCache = 0.25;
/// Addresses of pixels that fit into the registers of x86 beside the filter's and the channel, and the part of the
/// others that a step loads again (measured).
static constexpr int64_t kAddresses = 10;
static constexpr double kReloaded = 0.3;
/// What finding the pixels of a tile takes (measured: 1.00 to 1.03).
static constexpr double kAddressing = 1.02;
/// Cycles to copy the channels of one block of a pixel into the padded input.
static constexpr double kCopyCycles = 3;

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (llvm::StringRef obstacle = getQuantizedObstacle(problem); !obstacle.empty())
    return obstacle;
  if (problem.group != 1)
    return "there is more than one group";
  if (problem.reachedPixels * problem.inBlock > std::numeric_limits<int32_t>::max())
    return "the input is too large for offsets of 32 bits";
  return {};
}

/// A step of a tile whose pixels have an address each; its prefetch is a load as well.
static double getAddressedStep(const TargetFacts &facts, int64_t pixels, int64_t registers) {
  double loads = static_cast<double>(pixels + registers + 1);
  loads += kReloaded * static_cast<double>(std::max<int64_t>(0, pixels - kAddresses));
  return kAddressing * std::max(getStepCycles(facts, pixels, registers), loads / 2);
}

/// Tiles of pixels that need not end with rows. Where windows leave the input, it is copied with zeros around it, and
/// taps in the padding are multiplied like all others.
static TileChoice choose(const ConvolutionProblem &given) {
  ConvolutionProblem problem = given;
  problem.hasPairs = false;
  // Numbers of 16 bits are widened at each step.
  double widening = given.hasPairs || given.isWidened ? 2 : 1;
  TileChoice best = chooseTile(problem, /*flat=*/true, getAddressedStep);
  best.cycles *= widening;
  int64_t bytes = problem.getInBlocks() * problem.inBlock * problem.elementBits / 8;
  double all = static_cast<double>(bytes * problem.reachedPixels);
  double part = std::min(1.0, kChunkCache * static_cast<double>(problem.facts.l2Bytes) / all);
  best.outputs = std::max<int64_t>(best.pixels, static_cast<int64_t>(part * static_cast<double>(problem.pixels)));
  best.cycles = std::max(best.cycles, getStreamCycles(problem, (problem.pixels - 1) / best.outputs + 1));
  if (problem.insideShare < 1)
    best.cycles += kCopyCycles * static_cast<double>(problem.getInBlocks() * problem.reachedPixels);
  return best;
}

const ConvolutionModel implicitGemmModel{cnn::AlgorithmKind::ImplicitGemm, getObstacle, choose};

} // namespace winnow
