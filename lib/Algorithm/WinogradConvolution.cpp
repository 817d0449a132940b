//===- WinogradConvolution.cpp - fewer multiplications by transforms ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

#include "winnow/Support/WinogradTransform.h"

namespace winnow {

/// Bytes a cycle that one core reads from the last level cache (30 GB/s at 3 GHz).
static constexpr double kStreamBytes = 10;
/// How much of the shorter of products and streams does not hide behind the longer (measured).
static constexpr double kExposed = 0.5;
/// Cycles of a vector that a transform reads or writes, its arithmetic included (measured).
static constexpr double kTransformVector = 1.6;
/// Rounding errors at most this much larger than those of direct sums: F(4x4, 3x3) has 54.
static constexpr double kMaxAmplification = 100;

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
  if (!WinogradTransform::get(2, std::max(problem.rowTaps, problem.taps / problem.rowTaps)))
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

/// Whether F(`outputs`, r) is accurate enough along both dimensions.
static bool isAccurate(const WinogradTiling &tiling) {
  double amplification = 1;
  for (int64_t d = 0; d < 2; ++d) {
    auto transform = WinogradTransform::get(tiling.outputs[d], tiling.taps[d]);
    if (!transform)
      return false;
    amplification *= transform->amplification;
  }
  return amplification <= kMaxAmplification;
}

/// The best tile and the cycles of F(`outputs`, r).
static TileChoice chooseFor(const ConvolutionProblem &problem, const WinogradTiling &tiling) {
  ConvolutionProblem product = problem;
  product.taps = product.rowTaps = product.height = 1;
  TileChoice best;
  double products = 0;
  auto addChunks = [&](int64_t rows, int64_t count) {
    product.pixels = product.width = rows * tiling.tiles[1];
    TileChoice tile = chooseTile(product, /*flat=*/true);
    if (best.channels == 0)
      best = tile;
    products += tile.cycles * static_cast<double>(count * tiling.getNumPoints());
  };
  int64_t chunks = tiling.getNumChunks(), last = tiling.getLastRows();
  addChunks(tiling.chunkRows, chunks - (last < tiling.chunkRows));
  if (last < tiling.chunkRows)
    addChunks(last, 1);
  // The filter passes once a chunk; from the second level cache if it fits there, else from farther away.
  double bytes = 4.0 * static_cast<double>(tiling.getNumPoints() * problem.inChannels * problem.getBlocks() *
                                           problem.block);
  bool fits = bytes <= static_cast<double>(problem.facts.l2Bytes);
  double stream = bytes / kStreamBytes * (fits ? 1.0 : static_cast<double>(chunks));
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
    WinogradTiling tiling =
        WinogradTiling::get({problem.taps / problem.rowTaps, problem.rowTaps}, {problem.height, problem.width}, outputs,
                            inChannels, problem.getBlocks() * problem.block, problem.facts);
    if (!isAccurate(tiling) && outputs > 2)
      continue;
    TileChoice tile = chooseFor(problem, tiling);
    tile.outputs = outputs;
    if (best.channels == 0 || tile.cycles < best.cycles)
      best = tile;
  }
  return best;
}

const ConvolutionModel winogradModel{cnn::AlgorithmKind::Winograd, getObstacle, choose};

} // namespace winnow
