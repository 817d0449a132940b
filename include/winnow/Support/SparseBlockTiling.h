//===- SparseBlockTiling.h - sparse filters of whole blocks -----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_SPARSEBLOCKTILING_H
#define WINNOW_SUPPORT_SPARSEBLOCKTILING_H

#include "winnow/Support/SparseTiling.h"

namespace winnow {

/// How a convolution is cut whose lanes are the output channels of a block, all of which have their nonzero weights in
/// the same places: a dense register tile over fewer steps, without transposes.
///
/// A register tile has `rows` x `columns` output pixels. Of windows, a chunk is `chunkRows` rows of the output; what it
/// reads of `passBlocks` blocks of input channels is copied into a panel [block][row][column][channel] with zeros where
/// padding is, so that a weight reads at the same distance everywhere. Pixels in one line are read where they are, and
/// a chunk of them is one register tile.
struct SparseBlockTiling {
  /// Elements of a panel, on the stack: 16 bits number them.
  static constexpr int64_t kPanelElements = 0x8000;

  SparseWindow window;
  int64_t vector = 16;
  int64_t rows = 1, columns = 1, chunkRows = 1;
  int64_t passBlocks = 1;  ///< blocks of input channels of a pass
  int64_t groupBlocks = 1; ///< blocks of output channels that one thread may have
  std::array<int64_t, 2> panel{1, 1};

  /// Tiles of `columns` pixels in a row, chunks of `chunkRows` rows (of pixels in one line 1), passes of about
  /// `channels` input channels.
  static SparseBlockTiling get(const SparseWindow &window, int64_t vector, int64_t columns, int64_t chunkRows,
                               int64_t registers, int64_t channels) {
    SparseBlockTiling t;
    t.window = window;
    t.vector = vector;
    if (window.isFlat)
      t.window.out = {1, window.out[0] * window.out[1]};
    int64_t most = getMostPixels(registers);
    t.columns = std::clamp<int64_t>(columns, 1, std::min(most, t.window.out[1]));
    t.chunkRows = std::clamp<int64_t>(chunkRows, 1, t.window.out[0]);
    t.rows = std::min(t.chunkRows, most / t.columns);
    if (!window.isFlat)
      t.panel = {(t.chunkRows - 1) * window.stride[0] + window.reach[0] + 1,
                 (t.window.out[1] - 1) * window.stride[1] + window.reach[1] + 1};
    int64_t inBlocks = t.getInBlocks(), wanted = std::clamp<int64_t>(channels / vector, 1, inBlocks);
    int64_t passes = (inBlocks + wanted - 1) / wanted;
    t.passBlocks = (inBlocks + passes - 1) / passes;
    // Two groups where chunks would not divide among two threads.
    int64_t groups = t.getNumChunks() == 1 || t.getNumChunks() == 3 ? 2 : 1;
    t.groupBlocks = (t.getOutBlocks() + groups - 1) / groups;
    return t;
  }

  /// Sums that registers hold; without masks a broadcast pixel takes one, too.
  static int64_t getMostPixels(int64_t registers) { return registers >= 32 ? 28 : 12; }

  int64_t getInBlocks() const { return (window.inChannels + vector - 1) / vector; }
  int64_t getOutBlocks() const { return (window.outChannels + vector - 1) / vector; }
  int64_t getNumPasses() const { return (getInBlocks() + passBlocks - 1) / passBlocks; }
  int64_t getNumChunks() const {
    int64_t size = window.isFlat ? columns : chunkRows, extent = window.isFlat ? window.out[1] : window.out[0];
    return (extent + size - 1) / size;
  }
  /// Vectors of a panel.
  int64_t getPanelVectors() const { return passBlocks * panel[0] * panel[1]; }
  /// Vectors that a register tile reads of all input channels of a pass.
  int64_t getLiveVectors() const {
    if (window.isFlat)
      return passBlocks * columns;
    return passBlocks * ((rows - 1) * window.stride[0] + window.reach[0] + 1) *
           ((columns - 1) * window.stride[1] + window.reach[1] + 1);
  }
  /// Whether 16 bits number all places.
  bool isLegal() const {
    return window.isFlat ? passBlocks * vector <= 0x10000 : getPanelVectors() * vector <= kPanelElements;
  }
};

} // namespace winnow

#endif // WINNOW_SUPPORT_SPARSEBLOCKTILING_H
