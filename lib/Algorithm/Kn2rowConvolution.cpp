//===- Kn2rowConvolution.cpp - sums of pointwise convolutions -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// The part of the second level cache that the rows of a chunk take, inputs and outputs.
static constexpr double kChunkCache = 0.5;
/// Cycles to load and add what a vector of the output held before.
static constexpr double kAddCycles = 1;
/// Cycles to start a vector of the output, and to apply what follows the last tap.
static constexpr double kEndCycles = 2;

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (llvm::StringRef obstacle = getQuantizedObstacle(problem); !obstacle.empty())
    return obstacle;
  if (problem.group != 1)
    return "there is more than one group";
  if (problem.isStrided)
    return "strides are not 1";
  if (problem.elementBits != problem.bits)
    return "sums are kept in the output, which has a shorter type";
  return {};
}

/// A pointwise convolution a tap, whose tiles end with rows, and the outputs that each of them reads and writes.
static TileChoice choose(const ConvolutionProblem &given) {
  ConvolutionProblem problem = given;
  problem.hasPairs = false;
  // Numbers of 16 bits are widened at each step.
  double widening = given.hasPairs || given.isWidened ? 2 : 1;
  ConvolutionProblem tap = problem;
  tap.taps = tap.height = 1;
  TileChoice best = chooseTile(tap, /*flat=*/false);
  best.cycles *= widening;
  int64_t bytes = problem.width * (problem.inChannels + best.channels) * problem.bits / 8;
  auto rows = static_cast<int64_t>(kChunkCache * static_cast<double>(problem.facts.l2Bytes)) / bytes;
  best.outputs = std::max<int64_t>(1, std::min(problem.height, rows));
  int64_t planes = problem.pixels / (problem.width * problem.height);
  int64_t chunks = planes * ((problem.height - 1) / best.outputs + 1);
  auto outputs = static_cast<double>(problem.pixels * problem.getBlocks() * problem.getRegistersPerBlock());
  best.cycles = static_cast<double>(problem.taps) * (best.cycles + kAddCycles * outputs) + kEndCycles * outputs;
  best.cycles = std::max(best.cycles, getStreamCycles(problem, chunks));
  return best;
}

const ConvolutionModel kn2rowModel{cnn::AlgorithmKind::Kn2row, getObstacle, choose};

} // namespace winnow
