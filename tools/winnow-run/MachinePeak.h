//===- MachinePeak.h - what a core can do at most ---------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TOOLS_WINNOW_RUN_MACHINEPEAK_H
#define WINNOW_TOOLS_WINNOW_RUN_MACHINEPEAK_H

namespace winnow::run {

/// The most f32 operations in 1e9 a second that one core of this machine does
/// now: multiply-adds on the widest vectors that never wait for memory or for one
/// another. Takes some 10 ms. 0 where this program has no such loop.
double measurePeakGFlops();

} // namespace winnow::run

#endif // WINNOW_TOOLS_WINNOW_RUN_MACHINEPEAK_H
