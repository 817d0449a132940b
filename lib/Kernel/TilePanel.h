//===- TilePanel.h - inputs of tiles, pixel by pixel -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_TILEPANEL_H
#define WINNOW_LIB_KERNEL_TILEPANEL_H

#include "KernelBuilder.h"
#include "TilePlan.h"

namespace winnow::kernel {

/// Emits the copy of what a strip reads from blocks of channels to a panel (see TilePlan).
class TilePanel {
public:
  /// `input` is a flat image, `panel` a buffer of `plan.panelSize` elements.
  TilePanel(KernelBuilder &kb, const ConvolutionShape &shape, const TilePlan &plan, mlir::Value input,
            mlir::Value panel)
      : kb(kb), shape(shape), window(shape.window), plan(plan), input(input), panel(panel) {}

  /// Zeros between the channels of pixels, which strips leave alone. Bytes need none, as weights of zero meet them; of
  /// bf16, what is not finite would not vanish.
  void clearGaps();
  /// The strip that starts at row (of a pointwise convolution, at pixel) `first`.
  void emit(mlir::Value first);

private:
  void copyPixels(mlir::Value x, int64_t stride, mlir::Value to, mlir::Value count);
  void copyRun(mlir::Value x, mlir::Value to, mlir::Value count);
  void copyPixel(mlir::Value x, mlir::Value to, int64_t firstBlock);
  void transposePixels(mlir::Value x, mlir::Value to, mlir::Value firstBlock);
  void fill(mlir::Value to, int64_t pixels);
  void emitPlane(int64_t plane, mlir::Value firstRow);
  void emitRow(const TilePlan::Phase &phase, mlir::Value inputRow, mlir::Value to);
  mlir::Value load(mlir::Value position, int64_t size);
  void store(mlir::Value value, mlir::Value position);

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const WindowShape &window;
  const TilePlan &plan;
  mlir::Value input, panel;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_TILEPANEL_H
