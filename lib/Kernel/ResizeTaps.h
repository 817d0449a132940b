//===- ResizeTaps.h - which input samples make an output sample -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_RESIZETAPS_H
#define WINNOW_LIB_KERNEL_RESIZETAPS_H

#include "winnow/Dialect/CNN/CNN.h"

namespace winnow::kernel {

/// One dimension of a resize as a table: output sample i is the sum over k of
/// weights[i * count + k] * input[indices[i * count + k]], or the extrapolation
/// value where `outside[i]`.
struct ResizeTaps {
  int64_t count = 1;
  llvm::SmallVector<int64_t> indices;
  llvm::SmallVector<double> weights;
  llvm::SmallVector<bool> outside;

  /// Whether every output sample is the input sample of the same index.
  bool isIdentity(int64_t inputExtent) const;
};

/// The table of dimension `dim` of a resize; both extents there must be static.
/// Coordinates and filters as the ONNX operator Resize-19 defines them; the
/// cubic filter is that of Keys 1981, equation 4.
ResizeTaps computeResizeTaps(cnn::ResizeOp op, int64_t dim);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_RESIZETAPS_H
