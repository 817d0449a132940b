//===- PackedGemv.h - a matrix of few bits times a vector -------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_PACKEDGEMV_H
#define WINNOW_LIB_KERNEL_PACKEDGEMV_H

#include "KernelLowering.h"

#include "winnow/Dialect/CNN/PackedFilter.h"

namespace winnow::kernel {

/// How the integers of a PackedFilter lie in memory: as 32-bit words, each with
/// as many neighbouring input channels of one output channel as fit (the first
/// in the lowest bits), words of a block's output channels side by side. So one
/// vector of words is `getPerWord()` steps of multiply-adds, and a group of
/// channels that share a scale begins with a word of its own.
struct PackedWords {
  int64_t rows, columns, group, block; ///< `block`: output channels of a vector
  unsigned bits;

  PackedWords(const cnn::PackedFilter &filter, int64_t block)
      : rows(filter.rows), columns(filter.columns), group(filter.block), block(block), bits(filter.bits) {}

  int64_t getPerWord() const { return 32 / bits; }
  int64_t getGroups() const { return columns / group; }
  int64_t getGroupWords() const { return (group + getPerWord() - 1) / getPerWord(); }
  int64_t getBlocks() const { return (rows + block - 1) / block; }
  /// Vectors of words that one block has.
  int64_t getBlockWords() const { return getGroups() * getGroupWords(); }
  /// Says all that the kernel depends on.
  std::string getName() const;
};

/// The integers as i32 words [block][group][word][output channel].
mlir::ElementsAttr packWords(const cnn::PackedFilter &filter, const PackedWords &words);

/// The scales as f32 [block][group][output channel]; 0 for channels that only fill up a block.
mlir::ElementsAttr packScales(const cnn::PackedFilter &filter, const PackedWords &words);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_PACKEDGEMV_H
