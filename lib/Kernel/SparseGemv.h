//===- SparseGemv.h - one pixel: a matrix with zeros times a vector -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SPARSEGEMV_H
#define WINNOW_LIB_KERNEL_SPARSEGEMV_H

#include "SparseKernel.h"

namespace winnow::kernel {

/// The nonzero weights of each output channel in the order of the input, for shapes that `getGemvObstacle` allows.
/// Their places are a bit for every weight where that takes fewer bytes and the target expands by such bits, else
/// indices.
SparseFilter packSparseRows(mlir::ElementsAttr filter, const ConvolutionShape &shape, const TargetFacts &facts);

/// The kernel `(input, values, places, starts, bias?, residual?, output)` of one image.
mlir::func::FuncOp getSparseGemvKernel(KernelContext &context, mlir::Location loc, const ConvolutionShape &shape,
                                       const SparseFilter &filter);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSEGEMV_H
