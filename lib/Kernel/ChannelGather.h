//===- ChannelGather.h - chosen channels of blocked maps --------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_CHANNELGATHER_H
#define WINNOW_LIB_KERNEL_CHANNELGATHER_H

#include "KernelLowering.h"

namespace winnow::kernel {

/// Fills `output` (in channel blocks of `block`) with the channels `index` of
/// `input`, which lies in the same blocks and has the same pixels: for each
/// pixel, every block of the result is put together from the blocks that its
/// channels come from.
void emitChannelGather(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input, mlir::Value output,
                       llvm::ArrayRef<int64_t> index, int64_t block);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_CHANNELGATHER_H
