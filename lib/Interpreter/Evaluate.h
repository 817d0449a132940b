//===- Evaluate.h - one function for each op --------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_EVALUATE_H
#define WINNOW_LIB_INTERPRETER_EVALUATE_H

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Interpreter/Tensor.h"

namespace winnow {

/// The operand values of an op under their ODS names; null where an optional operand is absent.
template <typename OpT>
using Operands = typename OpT::template GenericAdaptor<llvm::ArrayRef<const Tensor *>>;

/// The results to fill. A result whose extents follow from the operands is
/// allocated; the others are null and made by the op's function.
using Results = llvm::MutableArrayRef<Tensor>;

/// Allocates a result that the shape rules could not; an error on `op` if that is impossible.
mlir::LogicalResult createResult(mlir::Operation *op, Tensor &result, llvm::ArrayRef<int64_t> shape,
                                 mlir::Type elementType);

// Every function computes the results of one op. Operands fit the op's types
// and its shape rules; a function fails, with a diagnostic on the op, only on
// what types cannot say (indices out of range, extents given as data).
// The functions of a family lie in the file of its name.

// The remaining declarations follow family by family.
} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_EVALUATE_H
