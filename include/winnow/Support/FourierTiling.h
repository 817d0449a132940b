//===- FourierTiling.h - how FFT convolutions are cut -----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_FOURIERTILING_H
#define WINNOW_SUPPORT_FOURIERTILING_H

#include <algorithm>
#include <array>
#include <cstdint>

namespace winnow {

/// How a convolution of stride 1 is cut into overlapping tiles (overlap-save) that are transformed by an FFT of `size`
/// positions along height and width; a dimension without taps is not transformed. Of a circular correlation, the first
/// size - taps + 1 positions are those of the window.
///
/// Inputs are real, so half the columns of a transform and, of its real columns (the first and the middle one), half
/// the rows say it all. What is left are real points, and complex ones, which take three real products each:
///
///   (x + iy) (a + ib) = a (x + y) - y (a + b) + i (a (x + y) + x (b - a))
struct FourierTiling {
  std::array<int64_t, 2> taps{1, 1}, size{1, 1}, outputs{1, 1}, tiles{1, 1};
  /// Rows of tiles of one chunk; the last may have fewer.
  int64_t chunkRows = 1;

  /// Transforms of `size` positions, at least as many as taps; `extents` are those of the output.
  static FourierTiling get(std::array<int64_t, 2> taps, std::array<int64_t, 2> extents, int64_t size,
                           int64_t chunkRows) {
    FourierTiling tiling;
    tiling.taps = taps;
    for (int64_t d = 0; d < 2; ++d) {
      tiling.size[d] = taps[d] > 1 ? size : 1;
      tiling.outputs[d] = tiling.size[d] - taps[d] + 1;
      tiling.tiles[d] = (extents[d] + tiling.outputs[d] - 1) / tiling.outputs[d];
    }
    tiling.chunkRows = std::clamp<int64_t>(chunkRows, 1, tiling.tiles[0]);
    return tiling;
  }

  /// Whether row or column `k` of a real signal's transform is real.
  bool isReal(int64_t dim, int64_t k) const { return k == 0 || 2 * k == size[dim]; }
  /// Columns of a transform that are kept, and rows of a real one of them.
  int64_t getNumColumns() const { return size[1] / 2 + 1; }
  int64_t getRealRows() const { return size[0] / 2 + 1; }
  int64_t getNumRealColumns() const { return size[1] > 1 ? 2 : 1; }

  /// Products (matrices of the batched product) of a real column, of a complex one, of a tile.
  int64_t getRealColumnPoints() const {
    int64_t real = size[0] > 1 ? 2 : 1;
    return real + 3 * (getRealRows() - real);
  }
  int64_t getComplexColumnPoints() const { return 3 * size[0]; }
  int64_t getNumPoints() const {
    return getNumRealColumns() * getRealColumnPoints() +
           (getNumColumns() - getNumRealColumns()) * getComplexColumnPoints();
  }
  /// Where the points of row `k` start in a real column: the real ones come first.
  int64_t getRealPoint(int64_t k) const { return k == 0 ? 0 : isReal(0, k) ? 1 : 2 + 3 * (k - 1); }

  int64_t getNumTiles() const { return tiles[0] * tiles[1]; }
  int64_t getNumChunks() const { return (tiles[0] + chunkRows - 1) / chunkRows; }
  int64_t getLastRows() const { return tiles[0] - (getNumChunks() - 1) * chunkRows; }
};

} // namespace winnow

#endif // WINNOW_SUPPORT_FOURIERTILING_H
