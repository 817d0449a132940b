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
/// Time around the arithmetic: loads that wait, epilogues (measured with 8 and 4 channels at 28 and 56 pixels).
static constexpr double kOverhead = 1.12;

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (llvm::StringRef obstacle = getQuantizedObstacle(problem); !obstacle.empty())
    return obstacle;
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

/// One pass a channel of a group: each accumulator takes all taps, then its lanes rotate (a shuffle takes a port of the
/// multiply-adds). Taps that do not fit into registers beside the accumulators are loaded with each multiply-add.
static TileChoice choose(const ConvolutionProblem &problem) {
  int64_t perBlock = problem.getRegistersPerBlock(), depth = problem.inChannels / problem.group;
  int64_t registers = problem.facts.vectorRegisters / perBlock;
  int64_t side = registers >= 32 ? 4 : registers >= 16 ? 3 : 2;
  int64_t pixels = std::min(side * side, problem.pixels);
  // Vectors of the input that a square tile needs, for each of its pixels.
  double loads = (side - 1.0) * problem.rowStride + problem.rowReach + 1;
  loads = loads * loads / static_cast<double>(side * side);
  if (pixels + problem.taps + 2 > registers)
    loads += static_cast<double>(problem.taps);
  double passes = static_cast<double>(problem.getBlocks()) * perBlock * depth * problem.pixels;
  return {kOverhead * passes * std::max((problem.taps + 1) / 2.0, loads / 2), pixels, problem.block};
}

const ConvolutionModel groupedModel{cnn::AlgorithmKind::Grouped, getObstacle, choose};

} // namespace winnow
