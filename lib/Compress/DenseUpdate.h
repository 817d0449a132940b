//===- DenseUpdate.h - what pruning spends its time on ----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_DENSEUPDATE_H
#define WINNOW_LIB_COMPRESS_DENSEUPDATE_H

#include <cstddef>

namespace winnow {

/// Rows of f32, `stride` elements from one to the next.
struct ConstRows {
  const float *data;
  size_t stride;
};
struct Rows {
  float *data;
  size_t stride;
};

/// to = from - factors * terms, where `to` and `from` (which may be the same) are count x length, `factors` is
/// count x depth and `terms` depth x length. Uses the widest vectors of this machine.
void subtractProduct(Rows to, ConstRows from, ConstRows factors, ConstRows terms, size_t count, size_t depth,
                     size_t length);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_DENSEUPDATE_H
