//===- Matmul.h - matrix products with numpy's batching ------- -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_MATMUL_H
#define WINNOW_LIB_INTERPRETER_MATMUL_H

#include "Product.h"
#include "Walk.h"

namespace winnow {

/// How two operands of numpy's `matmul` are multiplied: matrices of the last
/// two dimensions, leading dimensions broadcast.
struct MatmulShape {
  MatmulShape(llvm::ArrayRef<int64_t> lhs, llvm::ArrayRef<int64_t> rhs);

  int64_t rows, depth, columns;
  /// The broadcast leading dimensions, and each operand's strides over them, in matrices.
  Extents batch, lhsStrides, rhsStrides;
};

/// All products of matrices; integers (`T` unsigned) wrap.
template <typename T>
std::vector<T> multiplyBatches(const MatmulShape &shape, const std::vector<T> &lhs, const std::vector<T> &rhs) {
  std::vector<T> result(numElements(shape.batch) * shape.rows * shape.columns);
  walk<2>(shape.batch, {shape.lhsStrides, shape.rhsStrides}, [&](int64_t i, std::array<int64_t, 2> matrix) {
    multiplyMatrices<T>(lhs.data() + matrix[0] * shape.rows * shape.depth, shape.rows, shape.depth,
                        rhs.data() + matrix[1] * shape.depth * shape.columns, shape.columns, 1, shape.columns,
                        result.data() + i * shape.rows * shape.columns);
  });
  return result;
}

} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_MATMUL_H
