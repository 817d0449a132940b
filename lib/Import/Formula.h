//===- Formula.h - operators written out in others --------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_FORMULA_H
#define WINNOW_LIB_IMPORT_FORMULA_H

#include "NodeImport.h"

namespace winnow::onnx_import {

using Values = llvm::SmallVector<mlir::Value>;
using Extents = llvm::SmallVector<SymbolicNumber>;

/// Arithmetic on values for importers that write an operator out in others. Null values (after an error) may be
/// passed on; operands broadcast as in numpy.
class Formula {
public:
  explicit Formula(NodeImport &node) : node(node) {}

  mlir::Value add(mlir::Value a, mlir::Value b) { return node.create<cnn::AddOp>(a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return node.create<cnn::SubOp>(a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return node.create<cnn::MulOp>(a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return node.create<cnn::DivOp>(a, b); }
  mlir::Value exp(mlir::Value a) { return node.create<cnn::ExpOp>(a); }
  mlir::Value less(mlir::Value a, mlir::Value b) { return node.create<cnn::LessOp>(a, b); }
  mlir::Value lessOrEqual(mlir::Value a, mlir::Value b) { return node.create<cnn::LessOrEqualOp>(a, b); }
  mlir::Value equal(mlir::Value a, mlir::Value b) { return node.create<cnn::EqualOp>(a, b); }
  mlir::Value both(mlir::Value a, mlir::Value b) { return node.create<cnn::AndOp>(a, b); }
  mlir::Value where(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return node.create<cnn::WhereOp>(condition, a, b);
  }
  mlir::Value matmul(mlir::Value a, mlir::Value b) { return node.create<cnn::MatmulOp>(a, b); }
  /// Over `axes`, which keep extent 1.
  mlir::Value reduce(ReductionKind kind, mlir::Value a, llvm::ArrayRef<int64_t> axes) {
    return node.create<cnn::ReduceOp>(kind, a, axes, /*keep_dims=*/true);
  }
  mlir::Value concat(llvm::ArrayRef<mlir::Value> parts, int64_t axis) {
    if (llvm::is_contained(parts, mlir::Value()))
      return {};
    return parts.size() == 1 ? parts[0] : node.create<cnn::ConcatOp>(parts, axis);
  }
  mlir::Value transpose(mlir::Value a, llvm::ArrayRef<int64_t> order) { return node.createTranspose(a, order); }

  /// A rank-0 constant of the element type of `like`.
  mlir::Value scalar(double value, mlir::Value like) {
    return like ? node.createScalar(NodeImport::getType(like).getElementType(), value) : mlir::Value();
  }
  /// start, start + 1, ... of `count` elements, as i64.
  mlir::Value count(int64_t start, int64_t number) {
    return node.createInts(llvm::to_vector(llvm::seq(start, start + number)));
  }
  mlir::Value reshape(mlir::Value a, llvm::ArrayRef<SymbolicNumber> extents) { return node.createReshape(a, extents); }
  mlir::Value reshape(mlir::Value a, llvm::ArrayRef<int64_t> shape) { return reshape(a, toExtents(shape)); }
  /// Every `step`-th element from `start` to `end` (excluded) along `axis`.
  mlir::Value slice(mlir::Value a, int64_t axis, int64_t start, int64_t end, int64_t step = 1);
  /// A new dimension of extent 1 in front of dimension `axis`.
  mlir::Value unsqueeze(mlir::Value a, int64_t axis);
  /// Without dimension `axis`, which has extent 1.
  mlir::Value squeeze(mlir::Value a, int64_t axis);
  /// Dimension `axis`, of extent 1, repeated.
  mlir::Value repeat(mlir::Value a, int64_t axis, int64_t times);
  /// `a` broadcast to the extents `extents`.
  mlir::Value broadcast(mlir::Value a, llvm::ArrayRef<SymbolicNumber> extents);
  /// exp(x) / sum(exp(x)) along `axis`. Each step of 16-bit floats is rounded, as ONNX defines the operator in others.
  mlir::Value softmax(mlir::Value a, int64_t axis);
  /// x - log(sum(exp(x))) along `axis`.
  mlir::Value logSoftmax(mlir::Value a, int64_t axis) { return node.create<cnn::LogSoftmaxOp>(a, axis); }

  static Extents toExtents(llvm::ArrayRef<int64_t> shape) {
    return llvm::map_to_vector(shape, [](int64_t extent) { return SymbolicNumber::integer(extent); });
  }

private:
  NodeImport &node;
};

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_FORMULA_H
