//===- SparseInt8Pixels.h - pixels of bytes in and out of lanes -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SPARSEINT8PIXELS_H
#define WINNOW_LIB_KERNEL_SPARSEINT8PIXELS_H

#include "Requantize.h"
#include "SparseInt8Kernel.h"
#include "SparsePixels.h"

namespace winnow::kernel {

/// Maps in blocks of channels on one side, lanes of pixels with four channels each on the other. Four pixels are a
/// vector of bytes; quads and pixels change places within its 128-bit parts, where that is one instruction. Lanes so
/// have an order of their own, which the way back undoes.
struct SparseInt8Pixels : SparsePixels {
  const SparseInt8Plan &bytePlan;
  const Requantizer &requantizer;
  mlir::Value scales;

  /// Copies what a chunk reads of `blocks` blocks of input channels from `firstBlock` on into the panel.
  void fillPanel(const SparseChunk &chunk, mlir::Value firstBlock, int64_t blocks);
  /// Stores the sums at `at` as a block of output channels of the rows from `row` on that a register tile has.
  void storeBlock(const SparseChunk &chunk, mlir::Value block, mlir::Value row, mlir::Value at);

private:
  mlir::VectorType getBytes(int64_t count) const { return mlir::VectorType::get({count}, kb.builder.getI8Type()); }
  Values loadQuads(mlir::Value buffer, mlir::Value first, llvm::ArrayRef<int64_t> offsets, const Values &inside,
                   int64_t outside);
  Values loadWords(mlir::Value first, llvm::ArrayRef<int64_t> offsets, const Values &inside);
  Values loadInput(mlir::Value pixel, llvm::ArrayRef<int64_t> offsets, const Values &inside);
  Values splitQuads(Values vectors);
  Values joinQuads(Values vectors);
  void storeQuads(const Values &quads, mlir::Value block, mlir::Value place);
  void fillFlatBytes(const SparseChunk &chunk, mlir::Value from, mlir::Value block);
  void fillRowsOfBytes(const SparseChunk &chunk, mlir::Value from, mlir::Value block);
  mlir::Value packQuad(llvm::ArrayRef<mlir::Value> channels);
  Values requantize(mlir::Value block, mlir::Value at, const Values &residual);
  void storeBytes(const Values &vectors, mlir::Value first, llvm::ArrayRef<int64_t> offsets, const Values &stored);
  void storePlace(mlir::Value block, mlir::Value at, mlir::Value first, llvm::ArrayRef<int64_t> offsets,
                  const Values &stored);
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSEINT8PIXELS_H
