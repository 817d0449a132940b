//===- ChannelAffine.h - affine maps of channels moved into weights -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_GRAPH_CHANNELAFFINE_H
#define WINNOW_LIB_GRAPH_CHANNELAFFINE_H

#include "mlir/IR/PatternMatch.h"

namespace winnow {

/// y[n,c,...] = scale[c] * x[n,c,...] + shift[c], in double precision.
struct ChannelAffine {
  llvm::SmallVector<double> scale, shift;

  /// Whether any shift is not zero.
  bool shifts() const {
    return llvm::any_of(shift, [](double value) { return value != 0.0; });
  }
  /// Whether any scale is not one.
  bool scales() const {
    return llvm::any_of(scale, [](double value) { return value != 1.0; });
  }
};

/// Folds `affine`, which `root` applies to the result of a convolution,
/// transposed convolution, gemm or matrix product, into the weights of that
/// producer, and replaces `root` by it. Fails, with the reason given to the
/// rewriter, where the producer has other uses, an epilogue that is in the way,
/// or weights that are not constant.
mlir::LogicalResult foldIntoProducer(mlir::RewriterBase &rewriter, mlir::Operation *root, mlir::Value input,
                                     const ChannelAffine &affine);

/// Folds `affine`, which `root` applies to `input`, into the weights of the
/// only user of `root`. A shift passes through a convolution only if that does
/// not pad, as padding is not shifted.
mlir::LogicalResult foldIntoConsumer(mlir::RewriterBase &rewriter, mlir::Operation *root, mlir::Value input,
                                     const ChannelAffine &affine);

} // namespace winnow

#endif // WINNOW_LIB_GRAPH_CHANNELAFFINE_H
