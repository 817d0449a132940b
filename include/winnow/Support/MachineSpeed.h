//===- MachineSpeed.h - what one core of this machine can do ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_MACHINESPEED_H
#define WINNOW_SUPPORT_MACHINESPEED_H

#include <optional>

namespace winnow {

/// The most f32 operations in 1e9 a second that one core of this machine does
/// now: multiply-adds on the widest vectors that never wait for memory or for one
/// another. Takes some 10 ms. 0 where this program has no such loop.
double measurePeakGFlops();

/// Speeds of one core in its own cycles, so that a change of clock does not matter.
/// Each is the best of several trials: a busy neighbour only slows them.
struct MachineSpeed {
  /// Instructions of f32 multiply-adds on the widest vectors, a cycle.
  double multiplyAdds = 0;
  /// Bytes a cycle that a sum of an array reads from memory.
  double memoryBytes = 0;
};

/// Measures both in some 50 ms. Nothing where this program has no such loops or the machine answers nonsense (a clock
/// that stands still).
std::optional<MachineSpeed> measureMachineSpeed();

} // namespace winnow

#endif // WINNOW_SUPPORT_MACHINESPEED_H
