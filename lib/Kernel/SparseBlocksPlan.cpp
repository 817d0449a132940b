//===- SparseBlocksPlan.cpp - sparse filters of whole blocks --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseBlocks.h"

#include "FilterPacking.h"

#include <vector>

using namespace mlir;

namespace winnow::kernel {

FailureOr<SparseBlocksPlan> SparseBlocksPlan::get(const ConvolutionShape &shape, const TargetFacts &facts,
                                                  llvm::StringRef &reason) {
  SparseBlocksPlan plan{shape, SparseBlockTiling::get(getSparseWindow(shape), shape.block, shape.pixels, shape.outputs,
                                                      facts.vectorRegisters, shape.vectors * shape.block)};
  if (!plan.tiling.isLegal()) {
    reason = "a panel of a sparse convolution has more places than 16 bits number";
    return failure();
  }
  return plan;
}

SparseFilter packSparseBlocks(ElementsAttr filter, const SparseBlocksPlan &plan) {
  const ConvolutionShape &shape = plan.shape;
  const SparseBlockTiling &tiling = plan.tiling;
  const WindowShape &window = shape.window;
  llvm::SmallVector<char> source = getFloats(filter, shape.computeType);
  const float *weights = reinterpret_cast<const float *>(source.data());
  int64_t taps = window.getNumTaps(), perPass = tiling.passBlocks * tiling.vector;
  std::vector<float> values, column(tiling.vector);
  std::vector<uint16_t> places;
  std::vector<int32_t> starts{0};
  // The channel of pixels in one line, an element of the panel of windows.
  auto getPlace = [&](int64_t c, int64_t tap) {
    if (tiling.window.isFlat)
      return c;
    int64_t row = tap / window.kernel[2] * window.dilation[1], at = tap % window.kernel[2] * window.dilation[2];
    return ((c / tiling.vector * tiling.panel[0] + row) * tiling.panel[1] + at) * tiling.vector + c % tiling.vector;
  };
  for (int64_t first = 0; first < shape.inChannels; first += perPass)
    for (int64_t block = 0; block < tiling.getOutBlocks(); ++block) {
      for (int64_t c = first; c < std::min(shape.inChannels, first + perPass); ++c)
        for (int64_t k = 0; k < taps; ++k) {
          for (int64_t lane = 0; lane < tiling.vector; ++lane) {
            int64_t m = block * tiling.vector + lane;
            column[lane] = m < shape.outChannels ? weights[(m * shape.inChannels + c) * taps + k] : 0.0f;
          }
          if (llvm::all_of(column, [](float weight) { return weight == 0; }))
            continue;
          llvm::append_range(values, column);
          places.push_back(static_cast<uint16_t>(getPlace(c - first, k)));
        }
      starts.push_back(static_cast<int32_t>(places.size()));
    }
  // Of a filter of zeros, one entry that nobody reads.
  if (places.empty()) {
    places.push_back(0);
    values.resize(tiling.vector);
  }
  Builder b(filter.getContext());
  SparseFilter packed;
  packed.values = makeArray<float>(values, shape.computeType, "sparse_values");
  packed.places = makeArray<uint16_t>(places, b.getI16Type(), "sparse_places");
  packed.starts = makeArray<int32_t>(starts, b.getI32Type(), "sparse_starts");
  return packed;
}

} // namespace winnow::kernel
