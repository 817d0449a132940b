//===- TilePlan.h - how tiles of matrix units cover a convolution -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_TILEPLAN_H
#define WINNOW_LIB_KERNEL_TILEPLAN_H

#include "ConvolutionShape.h"

namespace winnow::kernel {

/// Tiles have up to 16 rows of 64 bytes; those of sums have 16 columns of i32 or f32, one an output channel.
inline constexpr int64_t kMaxTileRows = 16, kTileRowBytes = 64, kTileColumns = 16;
/// Tiles of output channels that are computed together.
inline constexpr int64_t kGroupTiles = 2;

/// How a convolution of bytes, or of bf16, is computed by tiles. Some rows of the output (of a pointwise convolution,
/// some pixels) are a *strip*. What it reads is copied into a *panel*, in which all channels of a pixel follow each
/// other and the padding is filled in: one *plane* of rows for each phase of the stride that a tap has, so that
/// neighbouring rows of the output read neighbouring ones. Pixels of a row stay together, and neighbouring outputs lie
/// the stride apart; only windows narrower than their stride have planes for phases of columns too, and leave out what
/// no tap reads. A row of a tile is 64 bytes of one pixel, or of several that follow each other; a *step* of the
/// reduction takes those that lie at one distance from all outputs.
struct TilePlan {
  struct Phase {
    int64_t row, column;
    bool operator==(const Phase &other) const { return row == other.row && column == other.column; }
  };
  /// Where the channels of a tap lie in the reduction: `element` behind the first of step `step`.
  struct Tap {
    int64_t step, element;
  };

  /// Plans `shape`, whose `pixels` are the rows of a tile and whose `outputs` are rows or pixels of a strip. Fails with
  /// the reason where tiles cannot compute it.
  static llvm::FailureOr<TilePlan> get(const ConvolutionShape &shape, llvm::StringRef &reason);

  bool isPointwise = false; ///< strips are pixels
  int64_t tileRows = 0;     ///< pixels of a tile
  int64_t rows = 0;         ///< of the output in a strip
  int64_t width = 0;        ///< pixels of a row
  /// Whether tiles run on over the ends of rows; else each row of the output has its own.
  bool isFlat = false;
  int64_t tilesPerRow = 0; ///< where not flat
  int64_t tiles = 0;       ///< of pixels in a strip

  // Sizes and distances are in elements of the input.
  int64_t rowSize = kTileRowBytes; ///< of a row of a tile
  int64_t pixelSize = 0;           ///< of a pixel in the panel
  int64_t columnStep = 1;          ///< pixels of a plane from one output to the next
  int64_t pitch = 0;               ///< the same from one row to the next, in such steps
  int64_t planeRows = 0;
  llvm::SmallVector<Phase> phases;
  llvm::SmallVector<Tap> taps;
  llvm::SmallVector<int32_t> steps; ///< from the first pixel of an output to what the step reads
  int64_t panelSize = 0;

  int64_t getNumSteps() const { return static_cast<int64_t>(steps.size()); }
  int64_t getTileSize() const { return kMaxTileRows * rowSize; }
  /// Neighbouring elements of the reduction whose weights lie together: four bytes.
  int64_t getGroupSize() const { return rowSize / kTileColumns; }
  int64_t getRowPixels() const { return pitch * columnStep; }
  int64_t getOutputSize() const { return columnStep * pixelSize; }
  int64_t getPlaneSize() const { return planeRows * pitch * getOutputSize(); }
  /// Pixels from one row of sums to the next, and of all.
  int64_t getSumPitch() const { return isFlat ? pitch : tilesPerRow * tileRows; }
  int64_t getNumSums() const { return tiles * tileRows; }
};

/// Tiles of output channels, and elements of a filter packed for them.
int64_t getNumTileColumns(const ConvolutionShape &shape);
int64_t getTileFilterSize(const ConvolutionShape &shape, const TilePlan &plan);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_TILEPLAN_H
