//===- LinearMap.h - constant matrices times vectors ------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_LINEARMAP_H
#define WINNOW_LIB_KERNEL_LINEARMAP_H

#include "KernelBuilder.h"

#include "winnow/Support/WinogradTransform.h"

namespace winnow::kernel {

/// outputs[r] = sum over c of matrix[r][c] * inputs[c], on scalars or vectors, of
/// floats or (of a matrix of integers) of integers that wrap around.
/// Work is shared between columns (and then rows) whose coefficients agree but
/// for their signs: of each such pair the sum and the difference are computed
/// once, as interpolation points of both signs give them.
Values emitLinearMap(KernelBuilder &kb, const TransformMatrix &matrix, mlir::ValueRange inputs, bool fma);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_LINEARMAP_H
