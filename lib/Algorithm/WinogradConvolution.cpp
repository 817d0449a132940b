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
/// The same of bytes, whose transforms have half as many vectors on the way in; and the division of a vector of sums
/// with its requantization (measured).
static constexpr double kByteVector = 1.4, kByteInputShare = 0.5, kByteOutput = 5;
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

/// The m of the transforms that a problem may have: of bytes, F(2, r) would save no more than products of 16 bits cost.
static llvm::ArrayRef<int64_t> getCandidates(const ConvolutionProblem &problem) {
  static const int64_t kReal[] = {2, 4, 6}, kBytes[] = {4};
  return problem.isQuantized ? llvm::ArrayRef<int64_t>(kBytes) : llvm::ArrayRef<int64_t>(kReal);
}

/// Why no exact transform of integers computes `problem`; empty where one does.
static llvm::StringRef getIntegerObstacle(const ConvolutionProblem &problem) {
  std::array<WinogradTransform, 2> transforms;
  for (auto [taps, transform] : llvm::zip_equal(getTaps(problem), transforms)) {
    auto integer = WinogradTransform::getInteger(taps > 1 ? getCandidates(problem).front() : 1, taps);
    if (!integer)
      return "the window is too large for a transform of integers";
    transform = *integer;
  }
  return getByteObstacle(transforms, problem.largestSum);
}

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (llvm::StringRef obstacle = getTransformObstacle(problem, /*takesBytes=*/true); !obstacle.empty())
    return obstacle;
  if (!problem.isDense)
    return "strides or dilations are not 1";
  if (problem.spatialRank > 2)
    return "there are more than two spatial dimensions";
  if (problem.taps == 1)
    return "the window has one tap";
  if (problem.isQuantized)
    return getIntegerObstacle(problem);
  if (getAmplification(problem, 2) > kMaxAmplification)
    return "the window is too large for an accurate transform";
  return {};
}

/// Cycles of the transforms of one tile of all blocks of channels: both steps of
/// the input (the first shares columns between tiles), then those of the output.
static double getTransformCycles(const ConvolutionProblem &problem, const WinogradTiling &tiling) {
  auto inBlocks = static_cast<double>(problem.getInBlocks()), outBlocks = static_cast<double>(problem.getBlocks());
  double n0 = static_cast<double>(tiling.getTileExtent(0)), n1 = static_cast<double>(tiling.getTileExtent(1));
  double m0 = static_cast<double>(tiling.outputs[0]), m1 = static_cast<double>(tiling.outputs[1]);
  double input = 2 * n0 * m1 + 2 * n0 * n1, output = n0 * n1 + 2 * m0 * n1 + m0 * m1;
  if (problem.isQuantized)
    return kByteVector * (inBlocks * input * kByteInputShare + outBlocks * output) / 2 +
           kByteOutput * outBlocks * m0 * m1;
  return kTransformVector * (inBlocks * input + outBlocks * output) / 2;
}

/// The best tile and the cycles of F(m, r) as `tiling` says.
static TileChoice chooseFor(const ConvolutionProblem &problem, const WinogradTiling &tiling) {
  int64_t chunks = tiling.getNumChunks(), last = tiling.getLastRows(), points = tiling.getNumPoints();
  TileChoice best = chooseProductTile(problem, tiling.chunkRows * tiling.tiles[1]);
  double products = static_cast<double>((chunks - 1) * points) * best.cycles;
  products += static_cast<double>(points) * chooseProductTile(problem, last * tiling.tiles[1]).cycles;
  double stream = static_cast<double>(tiling.traffic) / problem.facts.memoryBytesPerCycle;
  best.cycles = std::max(products, stream) + kExposed * std::min(products, stream) +
                getTransformCycles(problem, tiling) * static_cast<double>(tiling.getNumTiles());
  return best;
}

static TileChoice choose(const ConvolutionProblem &problem) {
  TileChoice best;
  int64_t inChannels = (problem.inChannels + problem.block - 1) / problem.block * problem.block;
  for (int64_t outputs : getCandidates(problem)) {
    // Sums of integers are exact.
    double amplification = problem.isQuantized ? 0 : getAmplification(problem, outputs);
    if (amplification > kMaxAmplification)
      continue;
    WinogradTiling tiling =
        WinogradTiling::get(getTaps(problem), {problem.height, problem.width}, outputs, inChannels,
                            problem.getBlocks() * problem.block, problem.isQuantized ? 2 : 4, problem.facts);
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
