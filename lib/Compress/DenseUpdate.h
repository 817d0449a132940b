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

/// to[i] = from[i] - sum over p < count of factors[p] * rows[p * stride + i], for i < length. Uses the widest vectors
/// of this machine.
void subtractRows(float *to, const float *from, const float *factors, const float *rows, size_t stride, size_t count,
                  size_t length);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_DENSEUPDATE_H
