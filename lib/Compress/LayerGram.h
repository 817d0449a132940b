//===- LayerGram.h - second moments of what a layer reads -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_LAYERGRAM_H
#define WINNOW_LIB_COMPRESS_LAYERGRAM_H

#include "LayerOp.h"

#include "winnow/Compress/Statistics.h"

namespace winnow {

/// Positions of a sample that enter Gram matrices, and the largest matrices that are made: 4608^2 f32 are 85 MB.
inline constexpr int64_t kGramPositions = 256, kLargestGram = 4608;
/// Positions for layers in groups, which have few weights a row.
inline constexpr int64_t kGroupPositions = 64;

/// Where the weights of `layer` meet its input, the first group's; nothing where that is no plane.
std::optional<PatchShape> getPatchShape(const LayerOp &layer);

/// The Gram matrices of all groups of a layer.
class LayerGram {
public:
  /// Nothing where the weights do not meet a plane, or the matrices would be too large.
  static std::optional<LayerGram> make(const LayerOp &layer);

  /// Bytes that it takes.
  int64_t getBytes() const;
  void add(llvm::ArrayRef<float> input);
  /// Integers of `weights` (rows), at the scales of rows, so that the layer's output changes least.
  std::vector<int8_t> round(llvm::ArrayRef<float> weights, llvm::ArrayRef<float> scales, unsigned bits) const;

private:
  std::vector<GramMatrix> groups;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_LAYERGRAM_H
