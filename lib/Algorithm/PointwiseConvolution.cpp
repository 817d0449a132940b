//===- PointwiseConvolution.cpp - one tap: rows of pixels join --- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (!problem.isPointwise)
    return "the window has more than one tap, strides or padding";
  return {};
}

const ConvolutionModel pointwiseModel{cnn::AlgorithmKind::Pointwise, getObstacle,
                                      [](const ConvolutionProblem &problem) { return chooseTile(problem, true); }};

} // namespace winnow
