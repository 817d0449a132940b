//===- BlockTranspose.h - channels and pixels change places -----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_BLOCKTRANSPOSE_H
#define WINNOW_LIB_KERNEL_BLOCKTRANSPOSE_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/SmallVector.h"

namespace winnow::kernel {

/// `rows`, n vectors of n lanes (a power of two), transposed in registers.
llvm::SmallVector<mlir::Value> transposeVectors(mlir::OpBuilder &b, mlir::Location loc,
                                                llvm::ArrayRef<mlir::Value> rows);

/// Moves the first pixels of all channels between a plain and a blocked buffer, as many pixels and channels at a time
/// as a block has channels, so that both sides are whole vectors. Returns how many pixels that are: a multiple of
/// `block`, none where these buffers have no such vectors.
int64_t moveTransposed(mlir::OpBuilder &b, mlir::Location loc, mlir::Value plain, mlir::Value blocked, int64_t channels,
                       int64_t block, bool toBlocked);

/// A buffer without gaps, its `rank` spatial dimensions joined into one.
mlir::Value joinPixels(mlir::OpBuilder &b, mlir::Location loc, mlir::Value buffer, int64_t rank);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_BLOCKTRANSPOSE_H
