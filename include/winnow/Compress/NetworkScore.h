//===- NetworkScore.h - how a changed network does on samples ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_NETWORKSCORE_H
#define WINNOW_COMPRESS_NETWORKSCORE_H

#include <cstddef>

namespace winnow {

/// How a changed network does on samples, against the one that it was made of.
struct NetworkScore {
  size_t samples = 0; ///< 0: nothing was measured
  /// Percent of the samples whose largest output is their label; negative: there are no labels.
  double accuracyBefore = -1, accuracyAfter = -1;
  /// Percent of the samples on which both networks have the same largest output.
  double agreement = 0;
  /// Squared error of the outputs relative to their squares.
  double outputError = 0;
};

} // namespace winnow

#endif // WINNOW_COMPRESS_NETWORKSCORE_H
