//===- ResizeTaps.cpp - which input samples make an output sample ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResizeTaps.h"

#include "winnow/Interpreter/ResizeRule.h"

using namespace winnow;
using namespace winnow::cnn;

namespace winnow::kernel {

bool ResizeTaps::isIdentity(int64_t inputExtent) const {
  if (static_cast<int64_t>(outside.size()) != inputExtent)
    return false;
  for (int64_t i = 0; i < inputExtent; ++i) {
    if (outside[i])
      return false;
    for (int64_t k = 0; k < count; ++k) {
      double weight = weights[i * count + k];
      if (weight != (indices[i * count + k] == i && (count == 1 || weight == 1) ? 1.0 : 0.0))
        return false;
    }
  }
  return true;
}

ResizeTaps computeResizeTaps(ResizeOp op, int64_t dim) {
  int64_t inputExtent = op.getInput().getType().getDimSize(dim);
  int64_t outputExtent = op.getOutput().getType().getDimSize(dim);
  // The interpreter's rule is the only definition; an empty one keeps the dimension as it is.
  llvm::SmallVector<ResizeBlend> blends =
      getResizeBlends(op, dim, inputExtent, outputExtent).value_or(llvm::SmallVector<ResizeBlend>());
  if (blends.empty())
    for (int64_t i = 0; i < std::min(inputExtent, outputExtent); ++i)
      blends.push_back({{{i, 1.0}}, false});
  blends.resize(outputExtent);
  ResizeTaps taps;
  for (const ResizeBlend &blend : blends)
    taps.count = std::max<int64_t>(taps.count, blend.taps.size());
  for (const ResizeBlend &blend : blends) {
    taps.outside.push_back(blend.extrapolated);
    for (int64_t k = 0, used = blend.taps.size(); k < taps.count; ++k) {
      taps.indices.push_back(k < used ? blend.taps[k].first : 0);
      taps.weights.push_back(k < used ? blend.taps[k].second : 0);
    }
  }
  return taps;
}

} // namespace winnow::kernel
