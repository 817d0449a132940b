//===- SparsePixels.h - pixels in and out of lanes --------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SPARSEPIXELS_H
#define WINNOW_LIB_KERNEL_SPARSEPIXELS_H

#include "SparseKernel.h"

namespace winnow::kernel {

/// One chunk of outputs.
struct SparseChunk {
  mlir::Value row, column; ///< its first output; of flat chunks, `column` counts pixels
  int64_t vectors;         ///< in a row of a register tile
  int64_t pixels;          ///< flat: that exist
};

/// Maps in blocks of channels on one side, lanes of pixels on the other: squares of as many pixels as channels are
/// transposed in registers.
struct SparsePixels {
  KernelBuilder &kb;
  const SparsePlan &plan;
  mlir::Value input, residual, output, panel, sums;

  /// Loops over all chunks; they are independent.
  void forEachChunk(llvm::function_ref<void(const SparseChunk &)> body);
  /// Copies what a chunk reads of `blocks` blocks of input channels from `firstBlock` on into the panel.
  void fillPanel(const SparseChunk &chunk, mlir::Value firstBlock, int64_t blocks);
  /// Stores the sums at `at` as a block of output channels of the rows from `row` on that a register tile has.
  void storeBlock(const SparseChunk &chunk, mlir::Value block, mlir::Value row, mlir::Value at);

protected:
  /// Where the pixels of all lanes lie, in pixels from that of the first one.
  llvm::SmallVector<int64_t> getLaneOffsets(int64_t rowSize, int64_t rowStride, int64_t columnStride) const;
  mlir::Value isBelow(mlir::Value number, int64_t bound);
  /// Whether row (`dim` 0) or column `at` of the chunk at `start` exists in the input of each lane; null where it does.
  Values getInside(int64_t dim, mlir::Value start, mlir::Value at);
  /// The same for outputs.
  Values getStored(int64_t dim, mlir::Value start, mlir::Value at);
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value loadPixel(mlir::Value at, mlir::Value inside);
  Values transposePixels(mlir::Value first, llvm::ArrayRef<int64_t> offsets, const Values &rows, const Values &columns);
  void storeChannels(llvm::ArrayRef<mlir::Value> channels, mlir::Value block, mlir::Value place);
  void fillFlat(const SparseChunk &chunk, mlir::Value block, mlir::Value to);
  void fillRows(const SparseChunk &chunk, mlir::Value block, mlir::Value to);
  void storePixels(const Values &pixels, mlir::Value at, llvm::ArrayRef<int64_t> offsets);
  Values getPixels(mlir::Value at);
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSEPIXELS_H
