//===- DirectConvolution.cpp - register tiles over the input as it lies ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// The fallback of all: the filter must be known so that it can be packed.
static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic)
    return "extents are not static";
  if (!problem.isFilterConstant)
    return "the filter is not constant";
  return {};
}

/// Tiles do not reach into the next plane of a volume: the filter passes once a plane, unless that of a group of
/// channels stays in the second level cache meanwhile.
static TileChoice choose(const ConvolutionProblem &problem) {
  TileChoice best = chooseTile(problem, /*flat=*/false);
  int64_t groupBytes = problem.taps * problem.inChannels / problem.group * best.channels * problem.getFilterBits() / 8;
  bool stays = groupBytes <= problem.facts.l2Bytes;
  int64_t planes = problem.pixels / (problem.width * problem.height);
  best.cycles = std::max(best.cycles, getStreamCycles(problem, stays ? 1 : planes));
  return best;
}

const ConvolutionModel directModel{cnn::AlgorithmKind::Direct, getObstacle, choose};

} // namespace winnow
