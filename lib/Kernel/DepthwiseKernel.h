//===- DepthwiseKernel.h - one filter per channel ---------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_DEPTHWISEKERNEL_H
#define WINNOW_LIB_KERNEL_DEPTHWISEKERNEL_H

#include "ContractionTile.h"
#include "RowWindow.h"

namespace winnow::kernel {

/// Lets `rows` compute the depthwise convolution `shape` with the packed
/// `filter` and `bias` (may be null). `tile` says where results go and has their
/// epilogue; it is completed here. All that is passed by reference must live
/// while `rows` emits.
void setDepthwise(RowWindow &rows, KernelBuilder &kb, const ConvolutionShape &shape, ContractionTile &tile,
                  mlir::Value filter, mlir::Value bias);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_DEPTHWISEKERNEL_H
