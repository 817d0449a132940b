//===- DotTile.h - the register tile of bytes -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_DOTTILE_H
#define WINNOW_LIB_KERNEL_DOTTILE_H

#include "ContractionTile.h"
#include "ConvolutionKernel.h"
#include "DotProduct.h"
#include "Requantize.h"
#include "WindowTiling.h"

#include <memory>

namespace winnow::kernel {

/// The register tile of convolutions of bytes: accumulators are i32, a step takes four input channels, and what is
/// stored is requantized (or f32). Offsets count bytes of the pixels and the filter.
///
///   acc[p][v] += dot(four bytes of pixelBuffer[x + pixelOffsets[p]], channelBuffer[w + v * channelStride : 4 * lanes])
struct DotTile final : ContractionTile {
  DotTile(const DotProduct &product, const Requantization &requantization, const TargetFacts &facts)
      : product(product), requantization(requantization), facts(facts) {}

  /// f32 factors of the output channels; behind them, at `ratioPosition`, that of the residual.
  mlir::Value scales;
  int64_t ratioPosition = 0;
  /// The first output channel of the tile.
  mlir::Value channel;
  /// Where the bias of each pixel's class starts; empty where there is one class.
  Values biasStarts = {};

  Values initialize(KernelBuilder &kb, mlir::Value channel) const override;
  void step(KernelBuilder &kb, mlir::Value x, mlir::Value w, Values &accumulators, llvm::ArrayRef<bool> active = {},
            mlir::Value ahead = {}, mlir::Value pixelsAhead = {}) const override;
  void finish(KernelBuilder &kb, mlir::Value y, mlir::ValueRange accumulators, mlir::Value r = {}) const override;

private:
  mlir::Value loadRatio(KernelBuilder &kb) const;
  /// Pixels from `first` on whose outputs follow each other without a gap, at most four.
  int64_t getRun(int64_t first) const;
  void storeReal(KernelBuilder &kb, mlir::Value t, mlir::Value position) const;
  void storeBytes(KernelBuilder &kb, mlir::Value bytes, mlir::Value position, int64_t pixels) const;

  DotProduct product;
  const Requantization &requantization;
  const TargetFacts &facts;
};

/// The register tile that computes `shape`, of floats or bytes, from a filter packed for it: all but its pixels, its
/// blocks of channels and where they lie in the output.
std::unique_ptr<ContractionTile> makeContractionTile(const ConvolutionShape &shape, const TargetFacts &facts,
                                                     const ConvolutionOperands &operands);

/// The class of position `at` of an output along `dim`.
mlir::Value getClassAt(KernelBuilder &kb, const BorderClasses &classes, const WindowShape &window, int64_t dim,
                       mlir::Value at);

/// Where the biases of the classes of a tile's pixels start: for each row, for each column.
Values getBiasStarts(KernelBuilder &kb, const ConvolutionShape &shape, const TileSpan &planes, const TileSpan &rows,
                     const TileSpan &columns);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_DOTTILE_H
