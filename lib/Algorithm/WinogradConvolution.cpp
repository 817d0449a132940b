//===- WinogradConvolution.cpp - fewer multiplications by transforms ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

#include "winnow/Support/WinogradTransform.h"

namespace winnow {

/// How much of the shorter of products and streams does not hide behind the longer, as tiles fetch the next filter
/// (measured).
static constexpr double kExposed = 0.1;
/// Cycles of a vector that a transform reads or writes, its arithmetic included (measured).
static constexpr double kTransformVector = 1.6;
/// Rounding errors at most this much larger than those of direct sums: F(4x4, 3x3) has 54.
static constexpr double kMaxAmplification = 100;

/// Taps along height and width.
static std::array<int64_t, 2> getTaps(const ConvolutionProblem &problem) {
  return {problem.taps / problem.rowTaps, problem.rowTaps};
}

/// How much larger rounding errors of F(`outputs`, r) may become than those of a direct sum, nested along both
/// dimensions; infinite where there is no such transform.
static double getAmplification(const ConvolutionProblem &problem, int64_t outputs) {
  double amplification = 1;
  for (int64_t taps : getTaps(problem)) {
    auto transform = WinogradTransform::get(taps > 1 ? outputs : 1, taps);
    if (!transform)
      return std::numeric_limits<double>::infinity();
    amplification *= transform->amplification;
  }
  return amplification;
}

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (problem.group != 1)
    return "there is more than one group";
  if (!problem.isDense)
    return "strides or dilations are not 1";
  if (problem.spatialRank > 2)
    return "there are more than two spatial dimensions";
  if (problem.bits != 32)
    return "arithmetic is not in f32";
  if (problem.inBlock != problem.block)
    return "the input is not in the blocks of the output";
  if (problem.taps == 1)
    return "the window has one tap";
  if (problem.isExact)
    return "its sums of integers must not be rounded";
  if (getAmplification(problem, 2) > kMaxAmplification)
    return "the window is too large for an accurate transform";
  return {};
}

/// Cycles of the transforms of one tile of one block of channels: both steps of
/// the input (the first shares columns between tiles), then those of the output.
static double getTransformCycles(const WinogradTiling &tiling, double inBlocks, double outBlocks) {
  double n0 = static_cast<double>(tiling.getTileExtent(0)), n1 = static_cast<double>(tiling.getTileExtent(1));
  double m0 = static_cast<double>(tiling.outputs[0]), m1 = static_cast<double>(tiling.outputs[1]);
  double input = 2 * n0 * m1 + 2 * n0 * n1, output = n0 * n1 + 2 * m0 * n1 + m0 * m1;
  return kTransformVector * (inBlocks * input + outBlocks * output) / 2;
}

/// The best tile and the cycles of F(m, r) as `tiling` says.
static TileChoice chooseFor(const ConvolutionProblem &problem, const WinogradTiling &tiling) {
  int64_t chunks = tiling.getNumChunks(), last = tiling.getLastRows(), points = tiling.getNumPoints();
  TileChoice best = chooseProductTile(problem, tiling.chunkRows * tiling.tiles[1]);
  double products = static_cast<double>((chunks - 1) * points) * best.cycles;
  products += static_cast<double>(points) * chooseProductTile(problem, last * tiling.tiles[1]).cycles;
  double stream = static_cast<double>(tiling.traffic) / problem.facts.memoryBytesPerCycle;
  double inBlocks = static_cast<double>((problem.inChannels + problem.block - 1) / problem.block);
  best.cycles = std::max(products, stream) + kExposed * std::min(products, stream) +
                getTransformCycles(tiling, inBlocks, static_cast<double>(problem.getBlocks())) *
                    static_cast<double>(tiling.getNumTiles());
  return best;
}

static TileChoice choose(const ConvolutionProblem &problem) {
  TileChoice best;
  int64_t inChannels = (problem.inChannels + problem.block - 1) / problem.block * problem.block;
  for (int64_t outputs : {2, 4, 6}) {
    double amplification = getAmplification(problem, outputs);
    if (amplification > kMaxAmplification)
      continue;
    WinogradTiling tiling = WinogradTiling::get(getTaps(problem), {problem.height, problem.width}, outputs, inChannels,
                                                problem.getBlocks() * problem.block, problem.facts);
    TileChoice tile = chooseFor(problem, tiling);
    tile.outputs = outputs;
    tile.amplification = amplification;
    if (best.channels == 0 || tile.cycles < best.cycles)
      best = tile;
  }
  return best;
}

const ConvolutionModel winogradModel{cnn::AlgorithmKind::Winograd, getObstacle, choose};

} // namespace winnow
