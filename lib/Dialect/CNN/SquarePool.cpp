//===- SquarePool.cpp - maxima of squares behind a convolution ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/SquarePool.h"

using namespace mlir;

namespace winnow::cnn {

static bool isAll(ArrayRef<int64_t> values, int64_t value) {
  return llvm::all_of(values, [=](int64_t element) { return element == value; });
}

bool poolsSquares(ConvolutionOp op, Operation *pool) {
  auto max = dyn_cast<MaxPoolOp>(pool);
  if (!max || !isAll(max.getKernel(), 2) || !isAll(max.getStrides(), 2) || !isAll(max.getDilations(), 1))
    return false;
  // With padding before it, an output of half the extent would be that of other squares.
  if (max.getAutoPad() == AutoPad::Explicit && !isAll(max.getPads(), 0))
    return false;
  auto in = op.getOutput().getType().getShape(), out = max.getOutput().getType().getShape();
  ActivationAttr activation = op.getActivationAttr();
  bool grows =
      !activation || activation.getKind() == ActivationKind::Relu || activation.getKind() == ActivationKind::Clip;
  return grows && in.size() == 4 && in[2] == 2 * out[2] && in[3] == 2 * out[3];
}

} // namespace winnow::cnn
