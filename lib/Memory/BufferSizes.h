//===- BufferSizes.h - sizes of buffers as multiples of the batch -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_MEMORY_BUFFERSIZES_H
#define WINNOW_LIB_MEMORY_BUFFERSIZES_H

#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <optional>

namespace winnow::memory {

/// A size in bytes: `bytes`, or `bytes` for each sample of the batch.
struct BufferSize {
  int64_t bytes = 0;
  bool perSample = false;
};

/// The size of an allocation of the entry function whose arguments have the
/// dynamic batch as dimension 0. Emits an error on `alloc` and returns nothing
/// where an extent depends on anything else, or where the size overflows.
std::optional<BufferSize> getBufferSize(mlir::memref::AllocOp alloc);

} // namespace winnow::memory

#endif // WINNOW_LIB_MEMORY_BUFFERSIZES_H
