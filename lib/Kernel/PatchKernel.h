//===- PatchKernel.h - matrices of patches of a feature map -----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_PATCHKERNEL_H
#define WINNOW_LIB_KERNEL_PATCHKERNEL_H

#include "ConvolutionShape.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// What the windows of `chunk` outputs read, zeros where they leave the input:
/// [input block][tap][pixel][channel]. With a window of one tap it is a padded copy.
struct PatchMatrix {
  ConvolutionShape shape; ///< its input and window count
  int64_t chunk = 1;

  mlir::MemRefType getType() const {
    int64_t planes = shape.getInBlocks() * shape.window.getNumTaps();
    return mlir::MemRefType::get({planes * chunk * shape.inBlock}, shape.inType);
  }
};

/// The kernel `(input, patches, first output)` that fills the first `pixels` columns.
mlir::func::FuncOp getPatchKernel(KernelContext &context, mlir::Location loc, const PatchMatrix &patches,
                                  int64_t pixels);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_PATCHKERNEL_H
