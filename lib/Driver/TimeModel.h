//===- TimeModel.h - how long a compiled model takes ------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_TIMEMODEL_H
#define WINNOW_LIB_DRIVER_TIMEMODEL_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace winnow {

/// Loads an instrumented library from its bytes, runs it for about `seconds` on
/// `threads` threads and returns the least microseconds of its layer `layer`.
/// Weights come from memory beyond the second level cache (`l2Bytes`), as in a
/// network; activations do not.
llvm::Expected<double> timeLayer(llvm::StringRef library, llvm::StringRef layer, int64_t threads, int64_t l2Bytes,
                                 double seconds);

/// Loads an instrumented library from its bytes, runs it for about `seconds` on one thread, and returns the least
/// microseconds of each layer; `runs` is how many there were.
llvm::Expected<std::vector<double>> timeLayers(llvm::StringRef library, double seconds, int &runs);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_TIMEMODEL_H
