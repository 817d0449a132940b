//===- SubsampledInputs.h - pointwise convolutions with strides -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_ALGORITHM_SUBSAMPLEDINPUTS_H
#define WINNOW_LIB_ALGORITHM_SUBSAMPLEDINPUTS_H

#include "ConvolutionModel.h"

#include "mlir/IR/BuiltinOps.h"

namespace winnow {

/// Cycles of a convolution by the cheapest of all legal algorithms.
using CostFunction = llvm::function_ref<double(const ConvolutionProblem &problem)>;

/// Copies the pixels that convolutions of one tap with strides read, where that
/// and a convolution without strides take fewer cycles. Convolutions that have
/// an algorithm already stay.
void subsampleInputs(mlir::ModuleOp module, const TargetFacts &facts, CostFunction getLeastCycles);

} // namespace winnow

#endif // WINNOW_LIB_ALGORITHM_SUBSAMPLEDINPUTS_H
