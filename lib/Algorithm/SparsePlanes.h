//===- SparsePlanes.h - maps between sparse layers stay plain ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_ALGORITHM_SPARSEPLANES_H
#define WINNOW_LIB_ALGORITHM_SPARSEPLANES_H

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/TargetFacts.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace winnow {

/// Calls `reselect` for the convolutions whose maps have become plain: their tiles are chosen anew.
using ReselectFn = llvm::function_ref<void(cnn::ConvolutionOp op)>;

/// Leaves maps between sparse pointwise convolutions plain where that saves more than it costs: these have pixels in
/// their lanes, and blocks of channels would be transposed on both sides. Other readers get a conversion. Algorithms
/// must be selected.
void keepSparsePlanes(mlir::ModuleOp module, const TargetFacts &facts, ReselectFn reselect);

} // namespace winnow

#endif // WINNOW_LIB_ALGORITHM_SPARSEPLANES_H
