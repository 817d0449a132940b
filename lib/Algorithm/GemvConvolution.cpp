//===- GemvConvolution.cpp - one output pixel: bandwidth decides ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// Streams of weights that are read at once (measured: more gain nothing).
static constexpr int64_t kStreams = 8;
/// Cycles that a multiply-add waits for the one before it.
static constexpr double kLatency = 4;

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (problem.packedBits)
    return {};
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (problem.group != 1)
    return "there are groups";
  if (!problem.isFullWindow)
    return "the window is not as large as the input";
  if (problem.taps > 1 && problem.inChannels % problem.inBlock != 0)
    return "the last block of input channels is not full";
  return {};
}

/// Cycles of a multiply-add with a weight that is shifted into its place and looked up, or converted, before.
static constexpr double kTableStep = 1.5, kConvertedStep = 2;

/// Weights of few bits: what takes longer, making numbers of them or reading them from memory.
static TileChoice choosePacked(const ConvolutionProblem &problem) {
  const TargetFacts &facts = problem.facts;
  bool hasTable = facts.vectorBits == 512 && problem.packedBits <= 4;
  double vectors = static_cast<double>(problem.getBlocks() * problem.getRegistersPerBlock() * problem.inChannels);
  double perWord = 32 / problem.packedBits, bytes = vectors / perWord * facts.vectorBits / 8;
  return {std::max(vectors * (hasTable ? kTableStep : kConvertedStep), bytes / facts.memoryBytesPerCycle), 1,
          problem.block};
}

/// A step loads one vector a stream and waits for the sums of the step before.
static TileChoice choose(const ConvolutionProblem &problem) {
  if (problem.packedBits)
    return choosePacked(problem);
  int64_t blocks = problem.getBlocks(), streams = std::min(kStreams, blocks);
  double steps = static_cast<double>(problem.inChannels) * problem.taps / problem.getStepChannels();
  double step = std::max(kLatency, 0.5 * (streams * problem.getRegistersPerBlock() + 1));
  double groups = static_cast<double>((blocks + streams - 1) / streams);
  return {std::max(groups * steps * step, getStreamCycles(problem, 1)), 1, streams * problem.block};
}

const ConvolutionModel gemvModel{cnn::AlgorithmKind::Gemv, getObstacle, choose};

} // namespace winnow
