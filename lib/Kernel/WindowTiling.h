//===- WindowTiling.h - tiles of a sliding window, without padding -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_WINDOWTILING_H
#define WINNOW_LIB_KERNEL_WINDOWTILING_H

#include "ConvolutionShape.h"
#include "KernelBuilder.h"

namespace winnow::kernel {

/// Taps [first, end) of one dimension for which the same positions of a tile lie inside the input.
struct TapRange {
  mlir::Value first, end;
  llvm::SmallVector<bool> inside; ///< one flag a position of the tile
  bool isComplete() const {
    return llvm::all_of(inside, [](bool flag) { return flag; });
  }
};

/// `count` neighbouring output positions of one dimension.
struct TileSpan {
  mlir::Value start;
  int64_t count = 1;
  llvm::SmallVector<TapRange> taps;
};

/// Taps of position `at` (an index known at run time) along `dim` that lie inside the input.
TapRange getTapsAt(KernelBuilder &kb, const WindowShape &window, int64_t dim, mlir::Value at);

/// Cuts the positions of dimension `dim` into spans of up to `size`, sizes as
/// equal as possible, and calls `body` for each. Spans whose window never
/// leaves the input share a loop; the others are emitted one by one with the
/// taps that each position has, so no inner loop tests borders and no padded
/// copy exists. A wide border becomes a loop of single positions. With the name
/// of an `axis`, the kernel may be divided among threads along this dimension.
void forEachSpan(KernelBuilder &kb, const WindowShape &window, int64_t dim, int64_t size,
                 llvm::function_ref<void(const TileSpan &)> body, llvm::StringRef axis = {});

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_WINDOWTILING_H
