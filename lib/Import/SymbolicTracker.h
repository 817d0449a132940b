//===- SymbolicTracker.h - what is known about values -----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_SYMBOLICTRACKER_H
#define WINNOW_LIB_IMPORT_SYMBOLICTRACKER_H

#include "SymbolicTensor.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace winnow::onnx_import {

/// Knows extents and contents of values up to the batch extent N, so that the
/// shape arithmetic of a model becomes attributes.
class SymbolicTracker {
public:
  /// The extents of a value: those of its type, and for `?` what is known.
  llvm::SmallVector<SymbolicNumber> getExtents(mlir::Value value) const;
  /// States the extents of a value whose type has `?`.
  void setExtents(mlir::Value value, llvm::ArrayRef<SymbolicNumber> extents);

  /// The elements of a small tensor; nothing if none of them is known.
  std::optional<SymbolicTensor> getContents(mlir::Value value) const;

  /// Follows an op that was just created: returns the constant its only result
  /// is, or null after noting what is known of extents and contents.
  mlir::ElementsAttr visit(mlir::Operation *op);

private:
  std::optional<SymbolicTensor> evaluate(mlir::Operation *op) const;
  void inferExtents(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, llvm::SmallVector<SymbolicNumber>> extents;
  llvm::DenseMap<mlir::Value, SymbolicTensor> contents;
};

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_SYMBOLICTRACKER_H
