//===- SlidingWindow.cpp - which input elements a window covers ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

SlidingWindow::SlidingWindow(WindowOpInterface op, ArrayRef<int64_t> kernelShape, ArrayRef<int64_t> map,
                             ArrayRef<int64_t> numPositions)
    : kernel(kernelShape), mapShape(map), positions(numPositions), strides(op.getStrides()),
      dilations(op.getDilations()) {
  size_t rank = kernel.size();
  AutoPad mode = op.getAutoPad();
  for (size_t d = 0; d < rank; ++d) {
    if (mode == AutoPad::Explicit) {
      begins.push_back(op.getPads()[d]);
      ends.push_back(op.getPads()[d + rank]);
      continue;
    }
    // SAME pads as much as the last window needs; an odd element goes to the end (upper) or the beginning (lower).
    int64_t reach = (positions[d] - 1) * strides[d] + (kernel[d] - 1) * dilations[d] + 1;
    int64_t total = mode == AutoPad::Valid ? 0 : std::max<int64_t>(reach - mapShape[d], 0);
    begins.push_back(mode == AutoPad::SameUpper ? total / 2 : total - total / 2);
    ends.push_back(total - begins.back());
  }
}

void SlidingWindow::getOffsets(int64_t position, MutableArrayRef<int64_t> offsets) const {
  // Dimension by dimension, outermost first: the offsets so far are those of a window with one dimension less.
  offsets[0] = 0;
  int64_t filled = 1, remaining = getNumPositions();
  for (size_t d = 0; d < kernel.size(); ++d) {
    remaining /= positions[d];
    int64_t at = position / remaining % positions[d];
    // From the back, as every offset makes room for its `kernel[d]` successors.
    for (int64_t i = filled - 1; i >= 0; --i) {
      int64_t outer = offsets[i];
      for (int64_t k = kernel[d] - 1; k >= 0; --k) {
        int64_t coordinate = getCoordinate(d, at, k);
        bool inside = outer >= 0 && coordinate >= 0 && coordinate < mapShape[d];
        offsets[i * kernel[d] + k] = inside ? outer * mapShape[d] + coordinate : -1;
      }
    }
    filled *= kernel[d];
  }
}

int64_t SlidingWindow::countPadded(int64_t position) const {
  int64_t count = 1, remaining = getNumPositions();
  for (size_t d = 0; d < kernel.size(); ++d) {
    remaining /= positions[d];
    int64_t at = position / remaining % positions[d], inDimension = 0;
    for (int64_t k = 0; k < kernel[d]; ++k) {
      int64_t coordinate = getCoordinate(d, at, k);
      inDimension += coordinate >= -begins[d] && coordinate < mapShape[d] + ends[d];
    }
    count *= inDimension;
  }
  return count;
}

} // namespace winnow
