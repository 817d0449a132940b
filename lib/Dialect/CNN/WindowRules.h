//===- WindowRules.h - what convolutions and pools share --------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DIALECT_CNN_WINDOWRULES_H
#define WINNOW_LIB_DIALECT_CNN_WINDOWRULES_H

#include "OpHelpers.h"

namespace winnow::cnn {

/// The attributes of a window op before it exists.
struct WindowAttributes {
  ShapeRef window, strides, pads, dilations;
  AutoPad autoPad = AutoPad::Explicit;
  bool ceilMode = false;

  /// Reads the attributes of an adaptor; `window` is the caller's to name.
  template <typename Adaptor> static WindowAttributes get(Adaptor adaptor, ShapeRef window) {
    return {window, adaptor.getStrides(), adaptor.getPads(), adaptor.getDilations(), adaptor.getAutoPad(), false};
  }

  /// Dimension `i` with the pads that hold there; `in` is the input's extent.
  /// Pads that only run time knows count as zero.
  Window getWindow(size_t i, int64_t in) const;
};

/// `group` divides the extent `channels`, or a report.
LogicalResult checkGroups(int64_t channels, int64_t group, llvm::StringRef what, const Reporter &report);

/// Explicit pads are not negative, or a report.
LogicalResult checkPads(WindowOpInterface op, const Reporter &report);

/// The rank of a feature map with 1 to 3 spatial dimensions, or a report.
LogicalResult checkFeatureMap(ShapeRef input, const Reporter &report);

/// One entry per spatial dimension in each list (two in `pads`), or a report.
LogicalResult checkWindowLists(const WindowAttributes &attributes, size_t spatialRank, const Reporter &report);

/// Output extents of the spatial dimensions `spatial` of an input.
FailureOr<Shape> getWindowOutputs(ShapeRef spatial, const WindowAttributes &attributes, const Reporter &report);

/// The shape (N, M, spatial) that a convolution of `input` (N, C, spatial) with
/// `filter` (M, C / group, spatial) has.
FailureOr<Shape> getConvolutionShape(ShapeRef input, ShapeRef filter, int64_t group, WindowAttributes attributes,
                                     const Reporter &report);

} // namespace winnow::cnn

#endif // WINNOW_LIB_DIALECT_CNN_WINDOWRULES_H
