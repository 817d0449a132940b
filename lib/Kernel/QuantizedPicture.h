//===- QuantizedPicture.h - pictures as bytes, pixel by pixel ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_QUANTIZEDPICTURE_H
#define WINNOW_LIB_KERNEL_QUANTIZEDPICTURE_H

#include "KernelLowering.h"

namespace winnow::kernel {

/// Whether a quantization from `input` to `result` makes four bytes a pixel of up to four plain f32 channels.
bool isPicture(mlir::RankedTensorType input, mlir::RankedTensorType result);

/// The quantized pixels of a picture: its channels are read side by side and joined in one word a pixel, so that no
/// element changes its lane. Channels that the picture lacks are zero bytes.
mlir::Value quantizePicture(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input, mlir::RankedTensorType result,
                            KernelContext &context);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_QUANTIZEDPICTURE_H
