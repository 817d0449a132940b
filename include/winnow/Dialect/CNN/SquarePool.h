//===- SquarePool.h - maxima of squares behind a convolution ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DIALECT_CNN_SQUAREPOOL_H
#define WINNOW_DIALECT_CNN_SQUAREPOOL_H

#include "winnow/Dialect/CNN/CNN.h"

namespace winnow::cnn {

/// Whether `pool` takes the maxima of the squares of 2x2 that the output of `op` (two spatial dimensions) consists of,
/// and the activation of `op` grows with its argument, so that it may as well follow the maximum. Selection asks this,
/// and so does the kernel that relies on it.
bool poolsSquares(ConvolutionOp op, mlir::Operation *pool);

} // namespace winnow::cnn

#endif // WINNOW_DIALECT_CNN_SQUAREPOOL_H
