//===- DepthwiseConvolution.cpp - one filter per channel --------- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// Lanes are channels, so each channel must be its own group.
static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (problem.group == 1 || problem.group != problem.inChannels || problem.group != problem.outChannels)
    return "there is more than one channel a group";
  return {};
}

/// Accumulators, the taps of a row and one input vector share the registers.
static TileChoice choose(const ConvolutionProblem &problem) {
  int64_t perBlock = problem.getRegistersPerBlock();
  int64_t most = problem.facts.vectorRegisters / perBlock - std::min<int64_t>(problem.rowTaps, 5) - 2;
  most = std::max<int64_t>(1, std::min<int64_t>(most, 14));
  int64_t count = (problem.width + most - 1) / most, pixels = (problem.width + count - 1) / count;
  double cycles = static_cast<double>(problem.getBlocks()) * perBlock * problem.pixels * problem.taps / 2;
  // Bytes are converted and requantized; products of bytes take several taps at once (5 to 9 cycles a vector,
  // measured).
  if (problem.isQuantized)
    cycles = problem.facts.dot == DotUnit::Vnni ? cycles * 1.3 : cycles * 2;
  return {cycles, pixels, problem.block};
}

const ConvolutionModel depthwiseModel{cnn::AlgorithmKind::Depthwise, getObstacle, choose};

} // namespace winnow
