//===- RowWindow.h - windows over rows, lanes are channels ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_ROWWINDOW_H
#define WINNOW_LIB_KERNEL_ROWWINDOW_H

#include "ConvolutionShape.h"
#include "KernelBuilder.h"
#include "WindowTiling.h"

#include <functional>
#include <map>

namespace winnow::kernel {

/// The row-window kernel of depthwise convolutions and pools: for each block of
/// channels and each row of the output, tiles of `pixels` pixels, one
/// accumulator vector each. For each row of the window, every input vector is
/// loaded once and combined into all pixels that see it. What is combined how
/// is the caller's.
class RowWindow {
public:
  /// One tile: where it is, which taps its rows have, where its output starts.
  struct Tile {
    mlir::Value block, plane, row;
    const TileSpan *columns;
    const TapRange *planeTaps, *rowTaps;
    mlir::Value output;
  };

  RowWindow(KernelBuilder &kb, const WindowShape &window, int64_t blocks, int64_t lanes, int64_t pixels,
            mlir::Value input)
      : kb(kb), window(window), blocks(blocks), lanes(lanes), pixels(pixels), input(input) {}

  /// Start values of the accumulators of a tile.
  std::function<Values(mlir::Value block, int64_t pixels)> initialize;
  /// What is loaded for a tap (its number in the window) and shared by all pixels; may be empty.
  std::function<mlir::Value(mlir::Value block, mlir::Value tap)> loadTap;
  /// The accumulator with one more input vector.
  std::function<mlir::Value(mlir::Value accumulator, mlir::Value element, mlir::Value tap)> combine;
  /// Joins two accumulators. Where it is given, each column of a tile is combined over all rows of the window first,
  /// then the columns of each pixel are joined: for what no tap weighs, that is fewer steps.
  std::function<mlir::Value(mlir::Value accumulator, mlir::Value other)> join;
  /// Stores a tile.
  std::function<void(const Tile &tile, mlir::ValueRange accumulators)> finish;

  /// Whether input vectors are combined in the type in which they are stored; else in that of arithmetic.
  bool isStoredType = false;

  /// Where row `kh` of a tile's window begins in the input, and where a tile lies in the output, where these are no
  /// whole images; may be empty.
  std::function<mlir::Value(const Tile &tile, mlir::Value kh)> locateRow;
  std::function<mlir::Value(const Tile &tile)> locateOutput;

  /// The whole output.
  void emit();
  /// One row of it.
  void emitRow(mlir::Value block, mlir::Value plane, mlir::Value row);

private:
  /// Taps by the input position they read, relative to a tile's first: (pixel, tap of the row) pairs.
  using Uses = std::map<int64_t, llvm::SmallVector<std::pair<int64_t, int64_t>>>;

  void emitTile(Tile tile);
  mlir::Value load(mlir::Value position) const;
  bool hasKnownTaps(const Tile &tile) const;
  Uses getUses(const Tile &tile) const;
  /// Loops over the rows of the window; `body` gets where a row starts and its first tap.
  Values reduceRows(const Tile &tile, mlir::ValueRange carried,
                    llvm::function_ref<Values(mlir::Value x, mlir::Value tap, mlir::ValueRange carried)> body);
  Values reduceColumnsFirst(const Tile &tile);
  Values emitTaps(const Tile &tile, mlir::Value x, mlir::Value tap, mlir::ValueRange carried);
  Values emitTapLoop(const Tile &tile, mlir::Value x, mlir::Value tap, mlir::ValueRange carried);

  KernelBuilder &kb;
  const WindowShape &window;
  int64_t blocks, lanes, pixels;
  mlir::Value input;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_ROWWINDOW_H
