//===- ShortTile.h - the register tile of 16-bit integers -------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SHORTTILE_H
#define WINNOW_LIB_KERNEL_SHORTTILE_H

#include "ContractionTile.h"

#include "winnow/Support/TargetFacts.h"

namespace winnow::kernel {

/// A contraction tile of i16 with sums in i32, which may wrap around: a step takes two channels, the pair of a pixel,
/// broadcast as one word, times `[output channel][2]` of the filter. No pair may be four times -32768.
struct ShortTile final : ContractionTile {
  explicit ShortTile(const TargetFacts &facts) : facts(facts) {}

  void step(KernelBuilder &kb, mlir::Value x, mlir::Value w, Values &accumulators, llvm::ArrayRef<bool> active = {},
            mlir::Value ahead = {}, mlir::Value pixelsAhead = {}) const override;

private:
  bool isGeneric() const { return facts.dot == DotUnit::None || lanes != facts.getF32Lanes(); }
  /// A vector of pairs as the products take it: itself, or even and odd numbers in i32.
  Values prepare(KernelBuilder &kb, mlir::Value pairs) const;
  mlir::Value multiplyPairs(KernelBuilder &kb, llvm::ArrayRef<mlir::Value> a, llvm::ArrayRef<mlir::Value> b,
                            mlir::Value sums) const;

  const TargetFacts &facts;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SHORTTILE_H
