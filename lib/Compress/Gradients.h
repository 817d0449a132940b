//===- Gradients.h - reverse mode for inference networks --------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Reverse accumulation over a straight line of ops: Griewank and Walther, "Evaluating Derivatives", 2nd edition 2008,
// chapter 3. What an op passes back is written in the ops of the dialect, so that gradients are compiled and run as any
// network is.

#ifndef WINNOW_LIB_COMPRESS_GRADIENTS_H
#define WINNOW_LIB_COMPRESS_GRADIENTS_H

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"

namespace winnow {

/// Makes ops of their own of the activations of @main's layers, so that what lies before each is a value.
void splitActivations(mlir::func::FuncOp main);

/// The derivatives of sum_i seed_i * output_i by values that `output` is computed from.
class Gradients {
public:
  /// Adds ops that compute the derivatives by `asked` where `builder` stands: behind `output`, of whose type `seed` is.
  /// Extents besides the batch are static, elements f32, and activations are ops of their own. Fails where an op
  /// between them has no known derivative, named in the message; some ops may have been added then.
  static llvm::Expected<Gradients> build(mlir::OpBuilder &builder, mlir::Value output, mlir::Value seed,
                                         llvm::ArrayRef<mlir::Value> asked);

  /// By a value that was asked for, of its shape; null where the output does not depend on it.
  mlir::Value get(mlir::Value value) const { return total.lookup(value); }
  /// The part of a value's derivative that comes through this use of it; null where there is none, or no derivative by
  /// the value was needed.
  mlir::Value getThrough(mlir::OpOperand &use) const { return through.lookup(&use); }

private:
  llvm::DenseMap<mlir::Value, mlir::Value> total;
  llvm::DenseMap<mlir::OpOperand *, mlir::Value> through;
};

/// Lets @main take one argument more, `winnow.seed` of the type of its first result, and return besides its results
/// the derivatives of sum_i seed_i * result_i by each of its other arguments (those of f32 tensors). Fails, with a
/// diagnostic on the op that has no known derivative, or where no result depends on an argument.
mlir::LogicalResult differentiate(mlir::func::FuncOp main);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_GRADIENTS_H
