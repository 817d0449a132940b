//===- SparseTiling.h - how sparse convolutions are cut ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_SPARSETILING_H
#define WINNOW_SUPPORT_SPARSETILING_H

#include "winnow/Support/TargetFacts.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace winnow {

/// The numbers of a convolution of one group that decide how it is cut; of arrays, element 0 is along the rows of the
/// image (height), 1 along columns (width).
struct SparseWindow {
  int64_t inChannels = 0, outChannels = 0;
  std::array<int64_t, 2> out{1, 1}, stride{1, 1}, reach{0, 0}; ///< reach: dilation * (taps - 1)
  bool isFlat = false;                                         ///< one tap, stride 1, no padding: rows join
  int64_t perBlock = 0; ///< input channels of a block where a lane holds several of the real ones; 0: one each
  int64_t mostSums = 0; ///< of a register tile; 0: as many as registers hold beside operands of a multiply-add
};

/// How a convolution is cut whose lanes are pixels, so that every weight is one number for all lanes and a weight of
/// zero is no work at all.
///
/// A chunk is as many tiles of `height` x `width` outputs as a vector has lanes, one tile a lane, `lanes[0]` below and
/// `lanes[1]` beside each other: what a tap reads then is a whole vector at a place that is the same for all lanes. A
/// flat chunk is `width` vectors of neighbouring pixels. What a chunk reads of `channels` input channels is transposed
/// into a panel [channel][row][column][lane]; a register tile is `rows` x `width` vectors of `shared` output channels.
struct SparseTiling {
  /// Bytes of a panel and of the sums of a chunk: they lie on the stack.
  static constexpr int64_t kPanelBytes = 64 << 10, kSumBytes = 128 << 10;

  SparseWindow window;
  int64_t vector = 16; ///< lanes of a vector, and channels of a block
  int64_t width = 1, height = 1, rows = 1, shared = 1;
  /// How many times `shared` output channels a register tile has, each with entries of its own: few sums would wait for
  /// each other, and the end of a loop is guessed wrong once for all of them.
  int64_t beside = 1;
  std::array<int64_t, 2> lanes{1, 1}, chunks{1, 1}, panel{1, 1};
  int64_t channels = 0;    ///< input channels of a pass
  int64_t groupBlocks = 0; ///< blocks of output channels whose sums are kept at a time

  /// Tiles of `height` (0: flat) x `width` vectors; `shared` output channels have the places of their weights in
  /// common, and a pass takes about `channels` input channels.
  static SparseTiling get(const SparseWindow &window, int64_t vector, int64_t width, int64_t height, int64_t shared,
                          int64_t registers, int64_t channels) {
    SparseTiling t;
    t.window = window;
    t.vector = vector;
    t.shared = shared;
    t.width = std::max<int64_t>(1, width);
    t.height = std::max<int64_t>(1, height);
    if (window.isFlat) {
      t.height = 1;
      t.lanes = {1, vector};
      int64_t pixels = window.out[0] * window.out[1];
      t.width = std::min(t.width, (pixels + vector - 1) / vector);
      t.chunks = {1, (pixels + t.width * vector - 1) / (t.width * vector)};
      t.panel = {1, t.width};
    } else {
      t.width = std::min(t.width, window.out[1]);
      while (t.lanes[1] < vector && t.lanes[1] * t.width < window.out[1])
        t.lanes[1] *= 2;
      t.lanes[0] = vector / t.lanes[1];
      t.height = std::min(t.height, (window.out[0] + t.lanes[0] - 1) / t.lanes[0]);
      for (int64_t d = 0; d < 2; ++d) {
        int64_t extent = d == 0 ? t.height : t.width;
        t.chunks[d] = (window.out[d] + t.lanes[d] * extent - 1) / (t.lanes[d] * extent);
        t.panel[d] = (extent - 1) * window.stride[d] + window.reach[d] + 1;
      }
    }
    int64_t accumulators = window.mostSums ? window.mostSums : registers >= 32 ? 28 : 13;
    for (int64_t rows = 1; rows <= t.height; ++rows)
      if (t.height % rows == 0 && rows * t.width * shared <= accumulators && rows * t.width <= kMostVectors)
        t.rows = rows;
    while (t.beside < kMostBeside && 2 * t.beside * t.rows * t.width * shared <= accumulators &&
           vector / shared % (2 * t.beside) == 0)
      t.beside *= 2;
    t.setChannels(channels);
    t.setGroup();
    return t;
  }

  /// Vectors of a panel for each input channel, of outputs of a chunk, of a register tile.
  int64_t getPanelVectors() const { return panel[0] * panel[1]; }
  /// Vectors of a panel that the register tiles of one row read of each input channel.
  int64_t getLiveVectors() const {
    return window.isFlat ? width : ((rows - 1) * window.stride[0] + window.reach[0] + 1) * panel[1];
  }
  int64_t getOutputVectors() const { return height * width; }
  int64_t getTileVectors() const { return rows * width; }
  int64_t getNumPasses() const { return (window.inChannels + channels - 1) / channels; }
  int64_t getInBlocks() const { return (window.inChannels + getPerBlock() - 1) / getPerBlock(); }
  /// Rows of the panel that a block of the input fills for each of its positions.
  int64_t getPerBlock() const { return window.perBlock ? window.perBlock : vector; }
  int64_t getOutBlocks() const { return (window.outChannels + vector - 1) / vector; }
  int64_t getNumGroups() const { return (getOutBlocks() + groupBlocks - 1) / groupBlocks; }
  /// Register tiles that one block of output channels takes, of each place.
  int64_t getRunsPerBlock() const { return vector / (shared * beside); }
  /// Blocks of output channels whose sums are kept at a time: of one pass, a block is stored when it is summed up.
  int64_t getSumBlocks() const { return getNumPasses() == 1 ? 1 : groupBlocks; }
  /// Whether the places of weights fit 8 bits, as numbers of input channels of a pass.
  bool hasShortPlaces() const { return window.isFlat && channels <= 0x100; }
  int64_t getPlaceBits() const { return hasShortPlaces() ? 8 : 16; }
  /// Vectors of a panel that places count.
  int64_t getPlaceUnit() const { return window.isFlat ? width : 1; }
  /// Whether places fit 16 bits.
  bool isLegal() const { return channels * getPanelVectors() / getPlaceUnit() <= 0x10000; }
  int64_t getNumChunks() const { return chunks[0] * chunks[1]; }
  /// Vectors of sums of an output channel.
  int64_t getSumVectors() const { return getNumPasses() == 1 ? getTileVectors() : getOutputVectors(); }

private:
  /// More sums than this gain nothing: loads of weights and places are few already.
  static constexpr int64_t kMostVectors = 14;
  /// Places of so many entries are one word.
  static constexpr int64_t kMostBeside = 4;

  /// Passes of the same size, whole blocks whose panel fits.
  void setChannels(int64_t wanted) {
    int64_t most = std::min(wanted, kPanelBytes / (getPanelVectors() * vector * 4));
    int64_t blocks = std::clamp<int64_t>(most / getPerBlock(), 1, getInBlocks());
    int64_t passes = (getInBlocks() + blocks - 1) / blocks;
    channels = (getInBlocks() + passes - 1) / passes * getPerBlock();
  }

  /// As few groups as their sums allow; two where one or three chunks would not divide among two threads.
  void setGroup() {
    int64_t blocks = getOutBlocks(), groups = getNumChunks() == 1 || getNumChunks() == 3 ? 2 : 1;
    if (getNumPasses() > 1) {
      int64_t blockBytes = vector * getOutputVectors() * vector * 4;
      int64_t most = std::max<int64_t>(1, kSumBytes / blockBytes);
      groups = std::max(groups, (blocks + most - 1) / most);
    }
    groups = std::min(groups, blocks);
    groupBlocks = (blocks + groups - 1) / groups;
  }
};

/// Sums of products of bytes that registers hold beside operands and what lies between several instructions.
inline int64_t getMostDotSums(const TargetFacts &facts) {
  if (facts.dot == DotUnit::Vnni)
    return facts.vectorRegisters >= 32 ? 28 : 13;
  return facts.vectorRegisters >= 32 ? 20 : 6;
}

/// Whether the places of the weights of a matrix are stored as one bit each: where the target expands vectors by such
/// bits, and a seventh of the weights or more is there. With fewer, indices of 16 bits are faster (measured: 2.9 cycles
/// for the bits of 16 weights, 1.2 for a weight with an index), and soon smaller.
inline bool storesBitmask(const TargetFacts &facts, int64_t nonzeros, int64_t elements) {
  return facts.vectorBits == 512 && elements <= 7 * nonzeros;
}

} // namespace winnow

#endif // WINNOW_SUPPORT_SPARSETILING_H
