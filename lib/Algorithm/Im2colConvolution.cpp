//===- Im2colConvolution.cpp - products of matrices of patches ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// The part of the second level cache that a matrix of patches may take.
static constexpr double kPatchCache = 0.5;
/// Cycles to copy a vector of channels of one tap, and to read it from the second level cache later (measured).
static constexpr double kCopyCycles = 5;

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (llvm::StringRef obstacle = getQuantizedObstacle(problem); !obstacle.empty())
    return obstacle;
  if (problem.group != 1)
    return "there is more than one group";
  return {};
}

/// Pixels of a matrix of patches: as many as fit into their part of the cache, matrices as equal as tiles of `pixels`
/// allow.
static int64_t getChunk(const ConvolutionProblem &problem, int64_t pixels) {
  int64_t bytes = problem.getInBlocks() * problem.inBlock * problem.taps * problem.elementBits / 8;
  auto most = static_cast<int64_t>(kPatchCache * static_cast<double>(problem.facts.l2Bytes)) / bytes;
  int64_t count = (problem.pixels + std::max(most, pixels) - 1) / std::max(most, pixels);
  int64_t chunk = (problem.pixels + count - 1) / count;
  return std::min(problem.pixels, (chunk + pixels - 1) / pixels * pixels);
}

/// A pointwise product over the pixels of a chunk: rows join, but taps in the padding are multiplied like all others.
static TileChoice choose(const ConvolutionProblem &given) {
  ConvolutionProblem problem = given;
  problem.hasPairs = false;
  // Numbers of 16 bits are widened at each step.
  double widening = given.hasPairs || given.isWidened ? 2 : 1;
  TileChoice best = chooseTile(problem, /*flat=*/true);
  best.cycles *= widening;
  best.outputs = getChunk(problem, best.pixels);
  best.cycles = std::max(best.cycles, getStreamCycles(problem, (problem.pixels - 1) / best.outputs + 1));
  best.cycles += kCopyCycles * static_cast<double>(problem.pixels * problem.taps * problem.getInBlocks());
  return best;
}

const ConvolutionModel im2colModel{cnn::AlgorithmKind::Im2col, getObstacle, choose};

} // namespace winnow
