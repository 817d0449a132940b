//===- ConvolutionModel.cpp - what a cost model knows of a convolution - ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionModel.h"

#include "IntegerSums.h"

#include "winnow/Dialect/CNN/PackedFilter.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/HalfPairs.h"
#include "winnow/Support/QuantizedTypes.h"

#include <vector>

using namespace mlir;

namespace winnow {

/// The block of a type's layout; 1 when plain.
static int64_t getBlock(RankedTensorType type) {
  auto layout = dyn_cast_or_null<cnn::LayoutAttr>(type.getEncoding());
  return layout ? layout.getBlock() : 1;
}

/// The part of the taps of all windows that lies inside the input.
static double getInsideShare(cnn::ConvolutionOp op) {
  auto pads = cnn::resolvePads(op);
  if (failed(pads))
    return 1;
  double share = 1;
  auto in = op.getInput().getType().getShape().drop_front(2), out = op.getOutput().getType().getShape().drop_front(2);
  for (auto [d, taps] : llvm::enumerate(op.getWindowShape())) {
    int64_t inside = 0;
    for (int64_t o = 0; o < out[d]; ++o)
      for (int64_t k = 0; k < taps; ++k) {
        int64_t at = o * op.getStrides()[d] + k * op.getDilations()[d] - (*pads)[d];
        inside += at >= 0 && at < in[d];
      }
    share *= static_cast<double>(inside) / static_cast<double>(std::max<int64_t>(1, out[d] * taps));
  }
  return share;
}

/// Counts the weights of `filter` that are not zero, and the places where one of four neighbouring output channels, or
/// one of a block of them, has such a weight.
static void countNonzeros(ConvolutionProblem &problem, ElementsAttr filter) {
  problem.nonzeros = problem.getNumWeights();
  problem.sharedNonzeros = (problem.outChannels + 3) / 4 * problem.inChannels * problem.taps;
  problem.blockNonzeros = problem.getBlocks() * problem.inChannels * problem.taps;
  if (!filter || !filter.getElementType().isF32() || problem.group != 1)
    return;
  // One number many times, which takes no memory.
  if (filter.isSplat()) {
    if (filter.getSplatValue<llvm::APFloat>().isZero())
      problem.nonzeros = problem.sharedNonzeros = problem.blockNonzeros = 0;
    return;
  }
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<char> bytes = getConstantBytes(filter, storage);
  const auto *weights = reinterpret_cast<const float *>(bytes.data());
  int64_t size = problem.inChannels * problem.taps;
  problem.nonzeros = problem.sharedNonzeros = problem.blockNonzeros = 0;
  std::vector<bool> isUsed(size);
  for (int64_t first = 0; first < problem.outChannels; first += 4) {
    for (int64_t k = 0; k < size; ++k) {
      int64_t count = 0;
      for (int64_t m = first; m < std::min(problem.outChannels, first + 4); ++m)
        count += weights[m * size + k] != 0;
      problem.nonzeros += count;
      problem.sharedNonzeros += count != 0;
      isUsed[k] = isUsed[k] || count != 0;
    }
    if ((first + 4) % problem.block == 0 || first + 4 >= problem.outChannels) {
      problem.blockNonzeros += llvm::count(isUsed, true);
      isUsed.assign(size, false);
    }
  }
}

/// Counts the weights of a filter of bytes (M, C, taps) that are not zero, and the blocks of four input channels that
/// have one.
static void countNonzeroBlocks(ConvolutionProblem &problem, llvm::ArrayRef<double> filter) {
  problem.nonzeros = problem.nonzeroBlocks = 0;
  for (int64_t m = 0; m < problem.outChannels; ++m)
    for (int64_t k = 0; k < problem.taps; ++k)
      for (int64_t first = 0; first < problem.inChannels; first += 4) {
        int64_t count = 0;
        for (int64_t c = first; c < std::min(problem.inChannels, first + 4); ++c)
          count += filter[(m * problem.inChannels + c) * problem.taps + k] != 0;
        problem.nonzeros += count;
        problem.nonzeroBlocks += count != 0;
      }
}

ConvolutionProblem ConvolutionProblem::get(cnn::ConvolutionOp op, const TargetFacts &facts) {
  ConvolutionProblem problem;
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  auto isKnown = [](RankedTensorType type) {
    return llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
  };
  problem.facts = facts;
  problem.isStatic = isKnown(input) && isKnown(output) && op.getFilter().getType().hasStaticShape();
  problem.isExact = op->hasAttr(kExactAttr);
  problem.isQuantized = winnow::isQuantized(input);
  problem.isBF16 = input.getElementType().isBF16() && op.getFilter().getType().getElementType().isBF16() &&
                   (!op.getBias() || getStoredConstant(op.getBias()));
  problem.isFilterConstant = static_cast<bool>(getStoredConstant(op.getFilter()));
  llvm::StringRef notPacked;
  if (std::optional<cnn::PackedFilter> packed = cnn::getPackedFilter(op, notPacked))
    problem.packedBits = packed->bits;
  problem.inBlock = getBlock(input);
  problem.block = getBlock(output) > 1 ? getBlock(output) : facts.getF32Lanes();
  problem.elementBits = getElementBytes(output.getElementType()) * 8;
  problem.bits = output.getElementType().isF64() ? 64 : 32;
  problem.group = op.getGroup();
  if (!problem.isStatic)
    return problem;
  problem.inChannels = input.getDimSize(1);
  problem.outChannels = output.getDimSize(1);
  auto spatial = output.getShape().drop_front(2);
  for (int64_t extent : spatial)
    problem.pixels *= extent;
  problem.width = spatial.empty() ? 1 : spatial.back();
  problem.height = spatial.size() > 1 ? spatial[spatial.size() - 2] : 1;
  auto window = op.getWindowShape();
  for (int64_t extent : window)
    problem.taps *= extent;
  auto isOne = [](int64_t step) { return step == 1; };
  problem.spatialRank = static_cast<int64_t>(spatial.size());
  if (!window.empty()) {
    problem.rowTaps = window.back();
    problem.rowReach = op.getDilations().back() * (window.back() - 1);
    problem.rowStride = op.getStrides().back();
  }
  if (size_t rank = window.size(); rank > 1) {
    problem.columnReach = op.getDilations()[rank - 2] * (window[rank - 2] - 1);
    problem.columnStride = op.getStrides()[rank - 2];
  }
  problem.hasPairs =
      problem.isFilterConstant && problem.pixels > 1 &&
      multipliesHalfPairs(facts, input.getElementType(), problem.inChannels / problem.group, problem.inBlock,
                          problem.block, op.getWindowShape().empty() ? 1 : op.getWindowShape().back());
  problem.isWidened = getElementBytes(input.getElementType()) == 2 && !problem.hasPairs;
  problem.insideShare = getInsideShare(op);
  countNonzeros(problem, getConstant(op.getFilter()));
  for (auto [d, taps] : llvm::enumerate(window))
    problem.reachedPixels *= (spatial[d] - 1) * op.getStrides()[d] + (taps - 1) * op.getDilations()[d] + 1;
  problem.isStrided = !llvm::all_of(op.getStrides(), isOne);
  problem.isDense = llvm::all_of(op.getStrides(), isOne) && llvm::all_of(op.getDilations(), isOne);
  problem.nonzeroBlocks = problem.getNumFilterBlocks();
  if (auto filter = problem.isQuantized && problem.group == 1 ? getIntegerFilter(op) : std::nullopt) {
    if (problem.isDense && problem.taps > 1)
      problem.largestSum = getLargestByteSum(op, *filter);
    countNonzeroBlocks(problem, *filter);
  }
  problem.isPointwise =
      problem.taps == 1 && llvm::all_of(op.getStrides(), isOne) && input.getShape().drop_front(2) == spatial;
  problem.isFullWindow = problem.pixels == 1 && input.getShape().drop_front(2) == llvm::ArrayRef<int64_t>(window) &&
                         llvm::all_of(op.getPads(), [](int64_t pad) { return pad == 0; });
  return problem;
}

llvm::StringRef getQuantizedObstacle(const ConvolutionProblem &problem) {
  return problem.isQuantized ? llvm::StringRef("operands are bytes") : llvm::StringRef();
}

llvm::StringRef getTransformObstacle(const ConvolutionProblem &problem, bool takesBytes) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (llvm::StringRef obstacle = getQuantizedObstacle(problem); !obstacle.empty() && !takesBytes)
    return obstacle;
  if (problem.group != 1)
    return "there is more than one group";
  if (problem.bits != 32)
    return "arithmetic is not in f32";
  if (problem.inBlock != problem.block)
    return "the input is not in the blocks of the output";
  if (problem.isExact)
    return "its sums of integers must not be rounded";
  return {};
}

} // namespace winnow
