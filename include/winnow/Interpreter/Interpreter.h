//===- Interpreter.h - reference semantics of the cnn dialect ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_INTERPRETER_INTERPRETER_H
#define WINNOW_INTERPRETER_INTERPRETER_H

#include "winnow/Interpreter/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>

namespace winnow {

/// Computes the results of one `cnn` op or `arith.constant` from its operands'
/// values (one per operand, in order; absent optional operands have none).
/// Extents that the op's types leave open follow from the values. Fails with a
/// diagnostic on the op where values do not fit its types, where an index lies
/// out of range, or where the op is unknown.
mlir::FailureOr<llvm::SmallVector<Tensor>> evaluate(mlir::Operation *op, llvm::ArrayRef<Tensor> inputs);

/// Results of `op` as constants if all its operands are constant and its results
/// together take at most `maxBytes`. Each has the static shape of the value and
/// the encoding of the result's type. Fails silently otherwise.
mlir::FailureOr<llvm::SmallVector<mlir::ElementsAttr>> foldOperation(mlir::Operation *op, int64_t maxBytes = int64_t(64)
                                                                                                             << 20);

/// Called after each op of an interpreted function (constants excepted) with its results.
using InterpreterObserver = std::function<void(mlir::Operation *op, llvm::ArrayRef<Tensor> results)>;

/// Runs a function of one block of `cnn` ops and `arith.constant`. Values are
/// freed after their last use. Fails with a diagnostic on the function or op.
mlir::FailureOr<llvm::SmallVector<Tensor>> interpret(mlir::func::FuncOp func, llvm::ArrayRef<Tensor> args,
                                                     const InterpreterObserver &observer = {});

} // namespace winnow

#endif // WINNOW_INTERPRETER_INTERPRETER_H
