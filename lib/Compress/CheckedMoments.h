//===- CheckedMoments.h - second moments, some held out ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_CHECKEDMOMENTS_H
#define WINNOW_LIB_COMPRESS_CHECKEDMOMENTS_H

#include "winnow/Compress/Statistics.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace winnow {

/// What a layer reads and what its sums are off, seen in two: most to fit weights to, the rest to check them on.
class CheckedMoments {
public:
  CheckedMoments(const PatchShape &shape, int64_t rows) : fitted(shape, rows), checked(shape, rows) {}

  /// As GramMatrix::add; every few calls only serve to check.
  void add(llvm::ArrayRef<float> input, int64_t positions, llvm::ArrayRef<float> error);

  /// Calls `fit` with the part to fit to, for several dampings of its Gram matrix, and returns the damping at which the
  /// weights that it returns have the least squared error on the part to check. `weights`: those that the errors were
  /// seen with.
  float chooseDamping(llvm::ArrayRef<float> weights,
                      llvm::function_ref<std::vector<float>(const GramMatrix &fitted, float damping)> fit) const;

  /// Both parts together.
  GramMatrix getAll() const;

private:
  GramMatrix fitted, checked;
  size_t calls = 0;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_CHECKEDMOMENTS_H
