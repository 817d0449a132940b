//===- QuantizedDepthwise.h - one filter of bytes per channel -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_QUANTIZEDDEPTHWISE_H
#define WINNOW_LIB_KERNEL_QUANTIZEDDEPTHWISE_H

#include "ConvolutionKernel.h"
#include "QuantizedConvolution.h"

namespace winnow::kernel {

/// The reason why there is no kernel for the depthwise convolution of bytes `shape`; empty when there is.
llvm::StringRef getQuantizedDepthwiseObstacle(const ConvolutionShape &shape);

/// The kernel of a depthwise convolution of bytes, and its filter as it reads it. Where the target multiplies whole
/// vectors of bytes, rows are interleaved for that (`InterleavedDepthwise`); elsewhere sums are made in f32, which
/// holds them exactly.
mlir::func::FuncOp getQuantizedDepthwiseKernel(KernelContext &context, mlir::Location loc,
                                               const ConvolutionShape &shape);
mlir::ElementsAttr packQuantizedDepthwise(const QuantizedConstants &constants, const ConvolutionShape &shape,
                                          const TargetFacts &facts);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_QUANTIZEDDEPTHWISE_H
