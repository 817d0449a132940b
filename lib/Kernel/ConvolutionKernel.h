//===- ConvolutionKernel.h - kernels of convolutions ------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_CONVOLUTIONKERNEL_H
#define WINNOW_LIB_KERNEL_CONVOLUTIONKERNEL_H

#include "ConvolutionShape.h"
#include "KernelBuilder.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// Operands of a kernel call, flat views of one image; absent ones are null.
struct ConvolutionOperands {
  mlir::Value input, filter, bias, residual, output;
  mlir::Value origin;      ///< pixel of the image where scattered outputs start
  mlir::Value scales = {}; ///< of quantized convolutions: f32, one a channel, then the residual's
};

/// The kernel `(input, packed filter, bias?, residual?, output, origin?)` that
/// computes `shape` for one image by the register tile: any kernel size, stride,
/// dilation, padding and grouping, input plain or blocked, output blocked.
mlir::func::FuncOp getConvolutionKernel(KernelContext &context, mlir::Location loc, const ConvolutionShape &shape);

/// The same for one filter per channel: lanes are channels, taps of a row are
/// shared by the pixels of a tile.
mlir::func::FuncOp getDepthwiseKernel(KernelContext &context, mlir::Location loc, const ConvolutionShape &shape);

/// The type of a kernel that computes `shape` from a packed filter of `filterSize` elements: input, filter, bias,
/// scales and residual where it has them, output, the origin of scattered outputs. The order is that of `callKernel`.
mlir::FunctionType getKernelType(mlir::MLIRContext *context, const ConvolutionShape &shape, int64_t filterSize);

/// The operands behind the first arguments of such a kernel.
ConvolutionOperands getOperands(const ConvolutionShape &shape, mlir::ValueRange args);

/// Emits the call of `kernel` on the operands that are present, and `more` behind them.
void callKernel(mlir::OpBuilder &b, mlir::Location loc, mlir::func::FuncOp kernel, const ConvolutionOperands &operands,
                mlir::ValueRange more = {});

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_CONVOLUTIONKERNEL_H
