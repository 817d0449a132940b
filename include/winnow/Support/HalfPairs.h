//===- HalfPairs.h - which convolutions multiply in f16 ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_HALFPAIRS_H
#define WINNOW_SUPPORT_HALFPAIRS_H

#include "winnow/Support/TargetFacts.h"

#include "mlir/IR/BuiltinTypes.h"

namespace winnow {

/// The most products that are added up in f16, one after the other, before f32 takes their sum over.
inline constexpr int64_t kHalfChain = 72;

/// Whether the register tile multiplies pairs of channels in f16: operands are f16, the target computes with vectors of
/// them, and the `groupInputs` channels of each group are pairs in blocks of `inBlock` (1: plain), of which `rowTaps`
/// taps fit into a chain. What stage one predicts by it, stage two emits by it.
inline bool multipliesHalfPairs(const TargetFacts &facts, mlir::Type elementType, int64_t groupInputs, int64_t inBlock,
                                int64_t block, int64_t rowTaps) {
  return facts.hasF16Arithmetic && elementType.isF16() && groupInputs % 2 == 0 && inBlock % 2 == 0 &&
         block == facts.getF32Lanes() && rowTaps * inBlock / 2 <= kHalfChain;
}

} // namespace winnow

#endif // WINNOW_SUPPORT_HALFPAIRS_H
