//===- GroupedConvolution.cpp - several groups in one vector --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionModel.h"

namespace winnow {

/// Taps in a row may reach this far: wider windows have borders of many tiles.
static constexpr int64_t kMaxReach = 4;
/// Time around the arithmetic: loads that wait, epilogues (measured 73 to 75% of the peak where shuffles allow 84%).
static constexpr double kOverhead = 1.12;

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (problem.group == 1)
    return "there is one group";
  if (problem.inChannels != problem.outChannels)
    return "groups have not as many outputs as inputs";
  if (problem.inBlock != problem.block || problem.block % (problem.inChannels / problem.group) != 0)
    return "groups do not fill blocks of channels";
  if (problem.spatialRank > 2)
    return "there are three spatial dimensions";
  if (problem.rowReach > kMaxReach)
    return "the window is too wide";
  return {};
}

/// Accumulators, the taps and one vector of the input share the registers. Shuffles use a port of the multiply-adds.
static TileChoice choose(const ConvolutionProblem &problem) {
  int64_t perBlock = problem.getRegistersPerBlock(), depth = problem.inChannels / problem.group;
  int64_t free = problem.facts.vectorRegisters / perBlock - 2;
  int64_t most = std::min<int64_t>(16, std::max<int64_t>(4, free - problem.taps));
  int64_t side = 1;
  while ((side + 1) * (side + 1) <= most)
    ++side;
  int64_t pixels = std::min(side * side, problem.pixels);
  // Vectors of the input that a square tile needs, for each of its pixels.
  double vectors = (side - 1.0) * problem.rowStride + problem.rowReach + 1;
  vectors = vectors * vectors / static_cast<double>(side * side);
  double passes = static_cast<double>(problem.getBlocks()) * perBlock * depth * problem.pixels;
  double shuffles = vectors * (depth - 1.0) / depth;
  return {kOverhead * passes * std::max((problem.taps + shuffles) / 2, vectors), pixels, problem.block};
}

const ConvolutionModel groupedModel{cnn::AlgorithmKind::Grouped, getObstacle, choose};

} // namespace winnow
