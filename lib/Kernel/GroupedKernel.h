//===- GroupedKernel.h - groups of a few channels ---------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_GROUPEDKERNEL_H
#define WINNOW_LIB_KERNEL_GROUPEDKERNEL_H

#include "ConvolutionShape.h"
#include "KernelBuilder.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// Grouped convolutions whose groups are so narrow that several fill a vector:
/// a block of G-channel groups is multiplied by itself G times, and between the
/// passes accumulators rotate by one lane within their groups. In pass r, with
/// r from 0 to G - 1, lane i of a group belongs to its output (i - r) mod G:
///
///   y[(i - r) mod G] += w[(i - r) mod G][i] * x[i]
///
/// so that no multiplication is by a zero, as it is where groups share a tile
/// of broadcasts, and there is one shuffle for all taps of an output. Filters
/// are packed in that order. A tile is `rows` by `columns` output pixels of one
/// block; each vector of the input is loaded once a pass for all its taps.

/// The reason why `shape` cannot be computed so; empty when it can.
llvm::StringRef getGroupedObstacle(const ConvolutionShape &shape);

/// The kernel `(input, filter of packGroupedFilter filter, bias?, residual?, output)`.
mlir::func::FuncOp getGroupedKernel(KernelContext &context, mlir::Location loc, const ConvolutionShape &shape);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_GROUPEDKERNEL_H
