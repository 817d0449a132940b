//===- ArenaPlan.h - offsets for buffers that live at different times -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_MEMORY_ARENAPLAN_H
#define WINNOW_MEMORY_ARENAPLAN_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace winnow {

/// Bytes that every buffer's offset is a multiple of: a cache line, and the
/// widest vector.
inline constexpr int64_t kArenaAlignment = 64;

/// A buffer to be placed: its size and the closed interval of time it lives.
struct ArenaBuffer {
  int64_t bytes = 0;
  int64_t firstUse = 0;
  int64_t lastUse = 0;
  /// Result of planArena.
  int64_t offset = 0;
};

/// Gives every buffer an offset so that buffers which live at the same time do
/// not overlap: in order of falling size, each at the lowest free offset
/// (greedy by size: Pisarchyk and Lee 2020, section 5). Returns the bytes used.
int64_t planArena(llvm::MutableArrayRef<ArenaBuffer> buffers);

/// The most bytes that live at one time: no plan can need less.
int64_t getArenaLowerBound(llvm::ArrayRef<ArenaBuffer> buffers);

} // namespace winnow

#endif // WINNOW_MEMORY_ARENAPLAN_H
