//===- Weights.h - rows of weights as integers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_WEIGHTS_H
#define WINNOW_LIB_COMPRESS_WEIGHTS_H

#include "LeastSquares.h"

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace winnow {

/// The largest integer weight: 127 of 8 bits, 7 of 4. The smallest is its negative for 8 bits, one less for fewer,
/// where a number more counts.
inline int getLargestWeight(unsigned bits) { return (1 << (bits - 1)) - 1; }
inline int getSmallestWeight(unsigned bits) { return -getLargestWeight(bits) - (bits < 8); }

/// Rounds each of `row` to its nearest multiple of `scale` within `bits`.
void roundRow(llvm::ArrayRef<float> row, float scale, unsigned bits, llvm::MutableArrayRef<int8_t> integers);

/// The scale at which all of `row` can be represented.
float getFullScale(llvm::ArrayRef<float> row, unsigned bits);

/// The scale, up to the full one, at which rounding `row` to the nearest costs least: the sum of squared errors.
float getBestScale(llvm::ArrayRef<float> row, unsigned bits);

/// Weights of a layer with few bits, for which single roundings are not independent.
struct RoundedRows {
  std::vector<float> scales;
  std::vector<int8_t> integers;
};

/// Chooses scales and integers for `count` rows of weights so that the layer's output changes least: weight after
/// weight is rounded, and the others of its row take over the error as far as the Gram matrix `gram` (size x size) of
/// their inputs lets them; then single integers move as long as the error falls. Of several scales each row takes the
/// best. Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers", 2022,
/// with weights in descending order of their diagonal. Weights that are 0 stay 0.
RoundedRows roundRowsTogether(llvm::ArrayRef<float> rows, size_t count, unsigned bits, llvm::ArrayRef<float> gram,
                              float damping = kLeastDamping);

/// The same at given `scales`, one a row.
std::vector<int8_t> roundRowsAt(llvm::ArrayRef<float> scales, llvm::ArrayRef<float> rows, unsigned bits,
                                llvm::ArrayRef<float> gram);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_WEIGHTS_H
