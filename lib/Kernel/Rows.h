//===- Rows.h - reductions along rows of a buffer ---------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_ROWS_H
#define WINNOW_LIB_KERNEL_ROWS_H

#include "KernelLowering.h"

namespace winnow::kernel {

/// A contiguous buffer seen as [outer, length, inner]. What is computed along
/// `length` is vectorised along it where `inner` is 1, else across `inner`.
/// Halves are computed in f32, other types in their own or in `computeType`.
class RowView {
public:
  /// Dimensions [begin, end) of `buffer` form the rows.
  RowView(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, int64_t begin, int64_t end,
          const TargetFacts &facts, bool isUnsigned, mlir::Type computeType = {});

  mlir::Value buffer;
  mlir::OpFoldResult outer, length, inner;
  mlir::Type storageType, computeType;
  bool isUnsigned, isInnerOne;
  int64_t lanes;
};

/// The row, or the vector of neighbouring rows, that a loop stands at.
class Row {
public:
  using MapFn = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value x)>;
  using WriteFn = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value x, mlir::Value position,
                                                 int64_t lanes)>;

  Row(const RowView &view, mlir::Value outer, mlir::Value inner, int64_t count)
      : view(view), outer(outer), inner(inner), count(count) {}

  /// Combines map(x) over the row with Add, Mul, Max or Min, in the compute
  /// type: a scalar, or a vector with one lane for each row.
  mlir::Value reduce(mlir::OpBuilder &b, mlir::Location loc, cnn::ElementwiseKind kind, MapFn map) const;

  /// target[position] = write(x, position) along the row; values of the compute
  /// type, converted to the target's. `target` is a view of the same shape.
  void write(mlir::OpBuilder &b, mlir::Location loc, mlir::Value target, WriteFn write) const;

  /// Stores a reduced value to `target`, a buffer [outer, inner].
  void store(mlir::OpBuilder &b, mlir::Location loc, mlir::Value reduced, mlir::Value target) const;

  /// `reduced` fit to be combined with `lanes` lanes of `write` or `reduce`.
  mlir::Value spread(mlir::OpBuilder &b, mlir::Location loc, mlir::Value reduced, mlir::Type like) const;

  const RowView &view;
  mlir::Value outer, inner;
  int64_t count;

private:
  mlir::Value load(mlir::OpBuilder &b, mlir::Location loc, mlir::Value position, int64_t lanes) const;
};

/// Visits all rows of `view`.
void forEachRow(mlir::OpBuilder &b, mlir::Location loc, const RowView &view,
                llvm::function_ref<void(mlir::OpBuilder &, mlir::Location, const Row &)> body);

/// `buffer` seen as a rank-3 buffer of the extents of `view`.
mlir::Value viewLikeRows(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, const RowView &view);
/// `buffer` seen as [outer, inner] of `view`.
mlir::Value viewLikeReduced(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, const RowView &view);

/// What combining starts from.
mlir::Value getNeutral(mlir::OpBuilder &b, mlir::Location loc, cnn::ElementwiseKind kind, mlir::Type element,
                       bool isUnsigned);

/// `buffer` under the shape of the given extents.
mlir::Value viewAs(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer,
                   llvm::ArrayRef<mlir::OpFoldResult> extents);

/// Fills `result` (contiguous) with `input` transposed.
void transposeInto(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input, mlir::Value result,
                   llvm::ArrayRef<int64_t> permutation, const TargetFacts &facts);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_ROWS_H
