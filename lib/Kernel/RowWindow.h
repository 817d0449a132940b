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
  /// Stores a tile.
  std::function<void(const Tile &tile, mlir::ValueRange accumulators)> finish;

  void emit();

private:
  void emitTile(Tile tile);
  Values emitRow(const Tile &tile, mlir::Value x, mlir::Value tap, mlir::ValueRange carried);
  Values emitTapLoop(const Tile &tile, mlir::Value x, mlir::Value tap, mlir::ValueRange carried);

  KernelBuilder &kb;
  const WindowShape &window;
  int64_t blocks, lanes, pixels;
  mlir::Value input;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_ROWWINDOW_H
