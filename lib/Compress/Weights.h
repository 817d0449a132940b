//===- Weights.h - rows of weights as integers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_WEIGHTS_H
#define WINNOW_LIB_COMPRESS_WEIGHTS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace winnow {

/// The largest magnitude of an integer weight: 127 of 8 bits, 7 of 4 (symmetric, so that no zero point is needed).
inline int getLargestWeight(unsigned bits) { return (1 << (bits - 1)) - 1; }

/// Rounds each of `row` to its nearest multiple of `scale` within `bits`.
void roundRow(llvm::ArrayRef<float> row, float scale, unsigned bits, llvm::MutableArrayRef<int8_t> integers);

/// The scale at which all of `row` can be represented.
float getFullScale(llvm::ArrayRef<float> row, unsigned bits);

/// The scale, up to the full one, at which rounding `row` to the nearest costs least: sum_k importance[k] (error of
/// k)^2. No importance: all the same.
float getBestScale(llvm::ArrayRef<float> row, unsigned bits, llvm::ArrayRef<float> importance);

/// Chooses integers for `rows` of weights so that the layer's output changes least: weight after weight is rounded, and
/// the others of its row take over the error as far as the Gram matrix `gram` (size x size) of their inputs lets them.
/// Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2022, with
/// weights in descending order of their diagonal, and rounds of coordinate descent afterwards.
void roundRowsTogether(llvm::ArrayRef<float> rows, llvm::ArrayRef<float> scales, unsigned bits,
                       llvm::ArrayRef<float> gram, llvm::MutableArrayRef<int8_t> integers);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_WEIGHTS_H
