//===- Product.h - the inner loops of convolutions and matrix products  -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_PRODUCT_H
#define WINNOW_LIB_INTERPRETER_PRODUCT_H

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace winnow {

/// Columns of the right factor that `multiplyPanel` takes at a time: few enough
/// for two rows of sums to stay in the vector registers of any machine.
constexpr int64_t kPanelColumns = 8;

/// out[r][p] = sum over k of lhs[r][k] * panel[k][p] for `Rows` rows; integers
/// (`T` unsigned) wrap. Each sum runs over k in order.
template <int64_t Rows, typename T> void multiplyRows(const T *lhs, int64_t depth, const T *panel, T *out) {
  T sums[Rows][kPanelColumns] = {};
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t r = 0; r < Rows; ++r)
      for (int64_t p = 0; p < kPanelColumns; ++p)
        sums[r][p] += lhs[r * depth + k] * panel[k * kPanelColumns + p];
  std::copy(&sums[0][0], &sums[0][0] + Rows * kPanelColumns, out);
}

/// The product of `lhs` (rows x depth) and `panel` (depth x kPanelColumns), both row-major.
template <typename T> void multiplyPanel(const T *lhs, int64_t rows, int64_t depth, const T *panel, T *out) {
  int64_t r = 0;
  for (; r + 2 <= rows; r += 2)
    multiplyRows<2>(lhs + r * depth, depth, panel, out + r * kPanelColumns);
  if (r < rows)
    multiplyRows<1>(lhs + r * depth, depth, panel, out + r * kPanelColumns);
}

/// out (rows x columns) = lhs (rows x depth) * rhs (depth x columns), where element
/// (k, c) of rhs is rhs[k * depthStride + c * columnStride].
template <typename T>
void multiplyMatrices(const T *lhs, int64_t rows, int64_t depth, const T *rhs, int64_t depthStride,
                      int64_t columnStride, int64_t columns, T *out) {
  std::vector<T> panel(depth * kPanelColumns), block(rows * kPanelColumns);
  for (int64_t first = 0; first < columns; first += kPanelColumns) {
    int64_t width = std::min(kPanelColumns, columns - first);
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t p = 0; p < width; ++p)
        panel[k * kPanelColumns + p] = rhs[k * depthStride + (first + p) * columnStride];
    multiplyPanel(lhs, rows, depth, panel.data(), block.data());
    for (int64_t r = 0; r < rows; ++r)
      std::copy_n(&block[r * kPanelColumns], width, out + r * columns + first);
  }
}

} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_PRODUCT_H
