//===- ChannelBlocks.h - channel blocks of feature maps -------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_CHANNELBLOCKS_H
#define WINNOW_LIB_KERNEL_CHANNELBLOCKS_H

#include "KernelLowering.h"

namespace winnow::kernel {

/// The channel block of a tensor type; 1 when plain.
int64_t getBlock(mlir::Type tensorType);

/// `from` in channel blocks of `toBlock`: itself where it has them, else a new buffer.
mlir::Value getReblocked(mlir::OpBuilder &b, mlir::Location loc, mlir::RankedTensorType type, mlir::Value from,
                         int64_t fromBlock, int64_t toBlock);

/// An uninitialised buffer of `type`'s shape in channel blocks of `block`; its batch is that of `like`.
mlir::Value allocateBlocked(mlir::OpBuilder &b, mlir::Location loc, mlir::RankedTensorType type, int64_t block,
                            mlir::Value like);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_CHANNELBLOCKS_H
