//===- FewBits.h - weights of few bits for one layer -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_FEWBITS_H
#define WINNOW_LIB_COMPRESS_FEWBITS_H

#include "CheckedMoments.h"
#include "Simulation.h"

namespace winnow {

/// Finds integers of few bits for one layer from what its inputs are, behind the quantized layers before it, and from
/// what its f32 weights would be off there.
class FewBitsFit {
public:
  /// `weights`: `rows` of f32.
  FewBitsFit(const PatchShape &shape, llvm::ArrayRef<float> weights, size_t rows);

  /// Adds runs: `input` as the layer reads it, and what its sums must change by (f32 network less quantized network
  /// with f32 weights in this layer). Every few calls only serve to check.
  void add(llvm::ArrayRef<float> input, llvm::ArrayRef<float> error);
  /// Sets scales, integers and bias of `to`, whose bits are given. Returns the damping that was found best.
  float round(LayerParameters &to) const;

private:
  /// Scales and integers into `to`.
  void roundTo(const GramMatrix &seen, float damping, LayerParameters &to) const;

  std::vector<float> weights;
  CheckedMoments moments;
  size_t rows;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_FEWBITS_H
