//===- WindowAttributes.h - strides, pads and their like ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_WINDOWATTRIBUTES_H
#define WINNOW_LIB_IMPORT_WINDOWATTRIBUTES_H

#include "NodeImport.h"

namespace winnow::onnx_import {

/// The attributes that convolutions and pools share, one entry per spatial
/// dimension (`pads`: all begins, then all ends).
struct WindowAttributes {
  llvm::SmallVector<int64_t> kernel, strides, pads, dilations;
  AutoPad autoPad = AutoPad::Explicit;
};

/// Reads and checks the attributes of a node whose input 0 is a feature map
/// (N, C, 1 to 3 spatial dimensions). `kernel` is the window's shape where a
/// filter gives it; else attribute kernel_shape must. Nothing after an error.
std::optional<WindowAttributes> readWindow(NodeImport &node, std::optional<llvm::ArrayRef<int64_t>> kernel = {});

/// The kernel of a filter tensor (O, I, spatial), after a check against the
/// rank of the feature map; nothing after an error.
std::optional<llvm::ArrayRef<int64_t>> getFilterKernel(NodeImport &node, mlir::Value filter);

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_WINDOWATTRIBUTES_H
