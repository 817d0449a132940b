//===- PooledKernel.h - a convolution and the pool behind it ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_POOLEDKERNEL_H
#define WINNOW_LIB_KERNEL_POOLEDKERNEL_H

#include "ConvolutionShape.h"
#include "KernelLowering.h"
#include "PoolShape.h"

namespace winnow::kernel {

/// A convolution whose output only a pool reads, computed row by row of the pool: rows of the convolution lie in a ring
/// on the stack of the thread that needs them, and none is computed twice by one thread.
struct PooledShape {
  ConvolutionShape conv;
  PoolShape pool;

  /// Rows that one row of the pool reads, and elements of the ring: rows of one group of output channels.
  int64_t getRingRows() const { return (pool.window.kernel[1] - 1) * pool.window.dilation[1] + 1; }
  int64_t getRingSize() const {
    return std::min(conv.vectors, conv.getOutBlocks()) * conv.block * getRingRows() * conv.window.out[2];
  }
  std::string getName() const { return "pooled_" + conv.getName() + "_" + pool.getName(); }
};

/// The kernel `(input, packed filter, bias?, output)` for one image; the output is that of the pool.
mlir::func::FuncOp getPooledKernel(KernelContext &context, mlir::Location loc, const PooledShape &shape);

/// The pool that shares a kernel with `op`: its algorithm is `row_strips` with one op that follows, or `winograd` with a
/// `depth` of 1. Null where there is none.
mlir::Operation *getSharedPool(cnn::ConvolutionOp op);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_POOLEDKERNEL_H
