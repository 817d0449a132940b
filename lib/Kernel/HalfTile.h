//===- HalfTile.h - the register tile of f16 arithmetic ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_HALFTILE_H
#define WINNOW_LIB_KERNEL_HALFTILE_H

#include "ContractionTile.h"

#include "winnow/Support/HalfPairs.h"

namespace winnow::kernel {

/// A contraction tile whose step takes two channels: the pair of a pixel, broadcast as one word, times
/// `[output channel][2]` of the filter, so that even and odd channels have sums of their own in one vector of f16.
/// After a chain of steps both are added and go on in f32: in `sums`, where there is more than one chain, else as
/// results.
struct HalfTile final : ContractionTile {
  /// f32 memory of the kernel's frame, a vector for each accumulator; null where one chain is all.
  mlir::Value sums;
  /// The first output channel of the tile.
  mlir::Value channel;

  /// Starts the f32 sums; the accumulators are those of the first chain.
  Values initialize(KernelBuilder &kb, mlir::Value channel) const override;
  void step(KernelBuilder &kb, mlir::Value x, mlir::Value w, Values &accumulators, llvm::ArrayRef<bool> active = {},
            mlir::Value ahead = {}, mlir::Value pixelsAhead = {}) const override;
  /// With `sums`, there are no accumulators.
  void finish(KernelBuilder &kb, mlir::Value y, mlir::ValueRange accumulators, mlir::Value r = {}) const override;

  bool hasChains() const override { return static_cast<bool>(sums); }
  Values startChain(KernelBuilder &kb) const override;
  void endChain(KernelBuilder &kb, mlir::ValueRange accumulators) const override;

private:
  mlir::VectorType getHalfType(KernelBuilder &kb) const {
    return mlir::VectorType::get({2 * lanes}, kb.builder.getF16Type());
  }
  mlir::Value widen(KernelBuilder &kb, mlir::Value accumulator) const;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_HALFTILE_H
