//===- SparseInt8Kernel.h - convolutions of bytes without blocks of zeros -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SPARSEINT8KERNEL_H
#define WINNOW_LIB_KERNEL_SPARSEINT8KERNEL_H

#include "DotProduct.h"
#include "QuantizedConvolution.h"
#include "SparseKernel.h"

namespace winnow::kernel {

/// A convolution of bytes whose lanes are pixels, each with four neighbouring input channels. A channel of the tiling
/// is such a quad, or a part of it as `product` prepares it.
struct SparseInt8Plan : SparsePlan {
  DotProduct product;

  /// The plan of `shape`: `shape.pixels` vectors in a row, `shape.outputs` rows (0: flat). Fails with a reason where
  /// not legal.
  static llvm::FailureOr<SparseInt8Plan> get(const ConvolutionShape &shape, const TargetFacts &facts,
                                             llvm::StringRef &reason);

  /// Quads of a block of output channels: as many vectors of bytes hold the pixels of all lanes.
  int64_t getQuads() const { return tiling.vector / kDotChannels; }
  /// Whether the input has a word a pixel.
  bool readsPictures() const { return shape.inBlock == kDotChannels; }
  /// Bytes of a vector.
  int64_t getVectorBytes() const { return tiling.vector * kDotChannels; }
};

/// A filter as blocks of four neighbouring input channels of one tap and one output channel, those of zeros left out:
/// a block is an i32 of its four weights. Otherwise as filters in f32.
SparseFilter packSparseInt8Filter(const QuantizedConstants &constants, const SparseInt8Plan &plan,
                                  mlir::MLIRContext *context);

/// The kernel `(input, values, places, starts, slots, bias, scales, residual?, output)` of one image.
mlir::func::FuncOp getSparseInt8Kernel(KernelContext &context, mlir::Location loc, const SparseInt8Plan &plan,
                                       const SparseFilter &filter);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSEINT8KERNEL_H
