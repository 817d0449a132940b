//===- FourierConvolution.cpp - large windows by FFTs ---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

#include "winnow/Support/FourierTiling.h"

#include <cmath>

namespace winnow {

/// Windows below this along both dimensions are left to other algorithms, larger ones than that do not fit a transform.
static constexpr int64_t kMinTaps = 5, kMaxTaps = 31;
/// Bytes a cycle of what leaves the second level cache and comes back, most of it behind products (measured).
static constexpr double kFarBytes = 40;
/// How much of the shorter of products and streams does not hide behind the longer.
static constexpr double kExposed = 0.5;
/// Cycles of a transform over those that its operations would take alone where its values do not fit the registers
/// (measured).
static constexpr double kSpilling = 1.6;

/// Taps along height and width.
static std::array<int64_t, 2> getTaps(const ConvolutionProblem &problem) {
  return {problem.taps / problem.rowTaps, problem.rowTaps};
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
  if (problem.isExact)
    return "its sums of integers must not be rounded";
  auto [down, across] = getTaps(problem);
  if (std::max(down, across) < kMinTaps)
    return "the window has fewer than 5 taps along all dimensions";
  if (std::max(down, across) > kMaxTaps)
    return "the window has more than 31 taps along a dimension";
  return {};
}

/// Vector operations of a complex transform of `size` positions: sums of each stage, and turns that are not trivial.
static double getOperations(int64_t size) {
  double operations = 0;
  for (int64_t n = 2; n <= size; n *= 2)
    operations += static_cast<double>(size / n) *
                  (2.0 * static_cast<double>(n) + 4.0 * static_cast<double>(std::max<int64_t>(0, n / 2 - 2)));
  return operations;
}

/// Cycles of the transforms of one tile of one block of channels, of the input and of the output.
static std::array<double, 2> getTransformCycles(const FourierTiling &tiling, const TargetFacts &facts) {
  double n0 = static_cast<double>(tiling.size[0]), n1 = static_cast<double>(tiling.size[1]);
  double m0 = static_cast<double>(tiling.outputs[0]), m1 = static_cast<double>(tiling.outputs[1]);
  double columns = static_cast<double>(tiling.getNumColumns()), points = static_cast<double>(tiling.getNumPoints());
  // Two real transforms take as long as a complex one; so two real columns count as one.
  double across = getOperations(tiling.size[1]) / 2, down = getOperations(tiling.size[0]) * n1 / 2;
  auto getCycles = [](double operations, double loads, double stores) { return (operations + loads) / 2 + stores; };
  double input = n0 * getCycles(across, n1, 2 * columns) + getCycles(down + points / 3, 2 * n0 * columns, points);
  double output = getCycles(down + 2 * points / 3, points, 2 * m0 * columns) + m0 * getCycles(across, 2 * columns, m1);
  double slowdown = 2 * std::max(tiling.size[0], tiling.size[1]) < facts.vectorRegisters ? 1 : kSpilling;
  return {slowdown * input, slowdown * output};
}

/// The best tile and the cycles of one way to cut a convolution.
static TileChoice chooseFor(const ConvolutionProblem &problem, const FourierTiling &tiling) {
  double chunks = static_cast<double>(tiling.getNumChunks()), points = static_cast<double>(tiling.getNumPoints());
  TileChoice best = chooseProductTile(problem, tiling.chunkRows * tiling.tiles[1]);
  double products = (chunks - 1) * points * best.cycles;
  products += points * chooseProductTile(problem, tiling.getLastRows() * tiling.tiles[1]).cycles;
  double inBlocks = std::ceil(static_cast<double>(problem.inChannels) / static_cast<double>(problem.block));
  double outBlocks = static_cast<double>(problem.getBlocks()), block = static_cast<double>(problem.block);
  double bytes = 4 * points * static_cast<double>(problem.inChannels) * outBlocks * block;
  double l2Bytes = static_cast<double>(problem.facts.l2Bytes);
  double stream = bytes / problem.facts.memoryBytesPerCycle * (bytes <= l2Bytes / 2 ? 1.0 : chunks);
  best.cycles = std::max(products, stream) + kExposed * std::min(products, stream);
  auto [input, output] = getTransformCycles(tiling, problem.facts);
  best.cycles += (inBlocks * input + outBlocks * output) * static_cast<double>(tiling.getNumTiles());
  // What a chunk keeps between its kernels.
  double scratch = 4 * points * (inBlocks + outBlocks) * block * static_cast<double>(tiling.tiles[1]);
  if (scratch * static_cast<double>(tiling.chunkRows) > l2Bytes)
    best.cycles += 2 * scratch * static_cast<double>(tiling.tiles[0]) / kFarBytes;
  best.outputs = std::max(tiling.size[0], tiling.size[1]);
  best.depth = tiling.chunkRows;
  return best;
}

static TileChoice choose(const ConvolutionProblem &problem) {
  TileChoice best;
  auto taps = getTaps(problem);
  for (int64_t size : {8, 16, 32}) {
    if (size <= std::max(taps[0], taps[1]))
      continue;
    int64_t rows = FourierTiling::get(taps, {problem.height, problem.width}, size, 1).tiles[0];
    for (int64_t chunks = 1; chunks <= rows; ++chunks) {
      FourierTiling tiling =
          FourierTiling::get(taps, {problem.height, problem.width}, size, (rows + chunks - 1) / chunks);
      TileChoice tile = chooseFor(problem, tiling);
      if (best.channels == 0 || tile.cycles < best.cycles)
        best = tile;
    }
  }
  return best;
}

const ConvolutionModel fourierModel{cnn::AlgorithmKind::FFT, getObstacle, choose};

} // namespace winnow
