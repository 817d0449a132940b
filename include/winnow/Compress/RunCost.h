//===- RunCost.h - what a run of a network costs ----------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_RUNCOST_H
#define WINNOW_COMPRESS_RUNCOST_H

#include <cstdint>

namespace winnow {

/// What a network, or a layer of it, costs in a run of one sample on the target.
struct RunCost {
  int64_t macs = 0;        ///< multiplications that code does: without those by zeros that it leaves out
  int64_t storedBytes = 0; ///< of constants, as code reads them
  double cycles = 0;       ///< of one core, as predicted
  double microseconds = 0; ///< as measured; 0: it was not
  double energy = 0;       ///< picojoules, an estimate
};

} // namespace winnow

#endif // WINNOW_COMPRESS_RUNCOST_H
