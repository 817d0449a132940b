//===- ResizeRule.h - how one dimension is resized ------------ -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_INTERPRETER_RESIZERULE_H
#define WINNOW_INTERPRETER_RESIZERULE_H

#include "winnow/Dialect/CNN/CNN.h"

#include <optional>

namespace winnow {

/// What one position of a resized dimension is made of.
struct ResizeBlend {
  /// Elements of the input dimension and their weights.
  llvm::SmallVector<std::pair<int64_t, double>, 4> taps;
  /// Whether it lies outside of the cropped picture and has the extrapolation
  /// value (`tf_crop_and_resize`).
  bool extrapolated = false;
};

/// How each of the `outExtent` positions of dimension `dim` is made from the
/// input's `inExtent` elements; resizing dimension after dimension gives the
/// result. Empty where the dimension stays as it is; nothing where it cannot be
/// resized (a scale that is not positive, no element to read).
std::optional<llvm::SmallVector<ResizeBlend>> getResizeBlends(cnn::ResizeOp op, int64_t dim, int64_t inExtent,
                                                              int64_t outExtent);

} // namespace winnow

#endif // WINNOW_INTERPRETER_RESIZERULE_H
