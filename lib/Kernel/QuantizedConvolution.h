//===- QuantizedConvolution.h - constants of convolutions of bytes -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_QUANTIZEDCONVOLUTION_H
#define WINNOW_LIB_KERNEL_QUANTIZEDCONVOLUTION_H

#include "ConvolutionShape.h"

namespace winnow::kernel {

/// What a quantized convolution has as numbers, read from its op.
struct QuantizedConstants {
  int64_t inputZero = 0;
  llvm::SmallVector<int8_t> filter; ///< (M, C / group, spatial), without zero points
  llvm::SmallVector<int32_t> bias;  ///< (M)
  llvm::SmallVector<float> scales;  ///< (M), then that of the residual

  /// Reads the constants of `op`; fails with the reason where there is no kernel for it.
  static llvm::FailureOr<QuantizedConstants> get(cnn::ConvolutionOp op, llvm::StringRef &reason);
};

/// What a kernel of `op`, which has `constants` and is otherwise described by `shape`, must know when it is generated.
QuantizedShape getQuantizedShape(cnn::ConvolutionOp op, const QuantizedConstants &constants,
                                 const ConvolutionShape &shape);

/// Packs the filter for register tiles: groups of `vectors` output blocks, in each input blocks x taps x steps of four
/// channels, each step a row of the group's output channels with the bytes of its four input channels.
mlir::ElementsAttr packQuantizedFilter(const QuantizedConstants &constants, const ConvolutionShape &shape);

/// The start values of sums: for each class of `shape`, the bias less the input zero point times all weights of the
/// taps inside, padded to whole blocks.
mlir::ElementsAttr packQuantizedBias(const QuantizedConstants &constants, const ConvolutionShape &shape);

/// The same where kernels read a padding of input zero points, so that no tap is ever outside: one class.
mlir::ElementsAttr packPaddedBias(const QuantizedConstants &constants, ConvolutionShape shape);

/// The factors of whole blocks of channels, then that of the residual.
mlir::ElementsAttr packQuantizedScales(const QuantizedConstants &constants, const ConvolutionShape &shape);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_QUANTIZEDCONVOLUTION_H
