//===- StripKernel.h - convolutions computed in strips of rows --*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_STRIPKERNEL_H
#define WINNOW_LIB_KERNEL_STRIPKERNEL_H

#include "ConvolutionShape.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// A depthwise convolution with the pointwise one before it, the one behind it,
/// or both, computed strip by strip so that what lies between them stays in
/// cache. Rows that the depthwise convolution reads from the first one lie in a
/// ring: none is computed twice.
struct StripShape {
  std::optional<ConvolutionShape> expand;
  ConvolutionShape depthwise;
  std::optional<ConvolutionShape> project;
  /// Rows of the depthwise result in one strip.
  int64_t rows = 1;
  /// Runs of strips that do not depend on each other, each with its own ring.
  int64_t parts = 1;

  const ConvolutionShape &getFirst() const { return expand ? *expand : depthwise; }
  const ConvolutionShape &getLast() const { return project ? *project : depthwise; }
  /// Rows that one strip reads.
  int64_t getRingRows() const {
    const WindowShape &window = depthwise.window;
    return (rows - 1) * window.stride[1] + (window.kernel[1] - 1) * window.dilation[1] + 1;
  }
  /// Elements of the ring, of the strip between the last two, and of both for all parts.
  int64_t getRingSize() const;
  int64_t getStripSize() const;
  int64_t getScratchSize() const { return (getRingSize() + getStripSize()) * parts; }
  std::string getName() const;
};

/// Operands of a stage that are present: packed filter, bias.
struct StripStageOperands {
  mlir::Value filter, bias;
};

/// The kernel `(input, filter and bias of each stage, residual?, scratch, output)` for one image.
mlir::func::FuncOp getStripKernel(KernelContext &context, mlir::Location loc, const StripShape &shape);

/// Convolutions whose algorithm is `row_strips`.
PopulateFn populateStripLowering, populatePanelLowering;

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_STRIPKERNEL_H
