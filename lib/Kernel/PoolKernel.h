//===- PoolKernel.h - kernels of pools --------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_POOLKERNEL_H
#define WINNOW_LIB_KERNEL_POOLKERNEL_H

#include "KernelLowering.h"
#include "PoolShape.h"
#include "RowWindow.h"

namespace winnow::kernel {

/// The vector that a pool starts from: what combines with any element to that element.
mlir::Value getPoolStart(KernelBuilder &kb, const PoolShape &shape);

/// Lets `rows` compute the pool `shape` into `output`. All that is passed by reference must live while `rows` emits.
void setPool(RowWindow &rows, KernelBuilder &kb, const PoolShape &shape, mlir::Value output);

/// The kernel `(input, output)` of a window pool.
mlir::func::FuncOp getPoolKernel(KernelContext &context, mlir::Location loc, const PoolShape &shape);

/// The kernel `(input, output)` of a pool over whole feature maps.
mlir::func::FuncOp getGlobalPoolKernel(KernelContext &context, mlir::Location loc, const PoolShape &shape);

/// Pools with a window or over whole feature maps; those that deal in positions; those that a convolution shares a
/// kernel with (see PooledKernel.h).
PopulateFn populatePoolingLowering, populateIndexedPoolLowering, populatePooledLowering;

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_POOLKERNEL_H
