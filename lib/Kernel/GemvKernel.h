//===- GemvKernel.h - one pixel: a matrix times a vector --------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_GEMVKERNEL_H
#define WINNOW_LIB_KERNEL_GEMVKERNEL_H

#include "ContractionTile.h"
#include "ConvolutionShape.h"
#include "KernelBuilder.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// A convolution whose window is as large as its input has one output pixel: a
/// matrix times a vector, bound by the bandwidth at which the matrix comes from
/// memory. Every block of output channels is packed on its own, and as many
/// blocks as the tile has vectors are computed at once: that many streams of
/// addresses keep more of the memory busy than a single one.

/// The shape whose packed filter the kernel reads: single blocks.
ConvolutionShape getGemvPacking(const ConvolutionShape &shape);

/// Numbers of the input that each output channel reads: what follows the last channel is left out.
int64_t getGemvDepth(const ConvolutionShape &shape);

/// The reason why `shape` is not such a product; empty when it is.
llvm::StringRef getGemvObstacle(const ConvolutionShape &shape);

/// The kernel `(input, packed filter, bias?, residual?, output)`.
mlir::func::FuncOp getGemvKernel(KernelContext &context, mlir::Location loc, const ConvolutionShape &shape);

/// Bytes that each stream is prefetched ahead (measured best: 1 KB).
inline constexpr int64_t kStreamPrefetchBytes = 1024;

/// Lets each vector of `tile` read a stream of its own: `depth` rows of one vector each.
void setGemvStreams(ContractionTile &tile, int64_t depth);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_GEMVKERNEL_H
