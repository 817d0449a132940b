//===- SlidingWindow.h - which input elements a window covers -------- -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_WINDOW_H
#define WINNOW_LIB_INTERPRETER_WINDOW_H

#include "Walk.h"

#include "winnow/Dialect/CNN/CNN.h"

namespace winnow {

/// A window that slides over the spatial dimensions of a feature map. Tap k of
/// the window at position o covers element o * stride + k * dilation - begin of
/// each dimension, if there is one.
class SlidingWindow {
public:
  /// The window of `op` over a map of `mapShape` (spatial extents only) at `numPositions` per dimension.
  SlidingWindow(cnn::WindowOpInterface op, llvm::ArrayRef<int64_t> kernel, llvm::ArrayRef<int64_t> mapShape,
                llvm::ArrayRef<int64_t> numPositions);

  int64_t getNumTaps() const { return numElements(kernel); }
  int64_t getNumPositions() const { return numElements(positions); }
  int64_t getMapSize() const { return numElements(mapShape); }
  /// Sets, for each tap of the window at `position`, the offset of the covered
  /// element in the map, or -1 where there is none.
  void getOffsets(int64_t position, llvm::MutableArrayRef<int64_t> offsets) const;
  /// How many taps of the window at `position` cover the map or its padding.
  int64_t countPadded(int64_t position) const;

private:
  /// The coordinate that a tap covers in dimension `d`; negative or too large outside of the map.
  int64_t getCoordinate(int64_t d, int64_t position, int64_t tap) const {
    return position * strides[d] + tap * dilations[d] - begins[d];
  }

  Extents kernel, mapShape, positions, strides, dilations, begins, ends;
};

} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_WINDOW_H
