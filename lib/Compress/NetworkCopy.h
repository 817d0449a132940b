//===- NetworkCopy.h - a copy of a network to be looked into ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_NETWORKCOPY_H
#define WINNOW_LIB_COMPRESS_NETWORKCOPY_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace winnow {

/// What a result is taken of, where only the order of its elements matters: the operand of a softmax.
mlir::Value skipSoftmax(mlir::Value value);

/// A copy of a network that gets further arguments, and further results that show what it computes. Its first results
/// are the network's own.
class NetworkCopy {
public:
  explicit NetworkCopy(mlir::ModuleOp module);

  mlir::ModuleOp getModule() { return *module; }
  mlir::func::FuncOp getMain() { return main; }
  /// Of the first input; 1 where it is open.
  size_t getBatch() const;
  /// The network's own results.
  unsigned countOwnResults() const;
  /// The number of the result that will be `value`.
  unsigned show(mlir::Value value);
  /// Lets the network return what is to be shown; in place of a softmax, if asked for, what it is taken of. Once, at
  /// the end.
  void finishResults(bool takeLogits = true);
  mlir::Value addArgument(mlir::Type type, const std::string &name);

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp main;
  llvm::SmallVector<mlir::Value> shown;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_NETWORKCOPY_H
