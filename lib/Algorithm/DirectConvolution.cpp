//===- DirectConvolution.cpp - register tiles over the input as it lies ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// The fallback of all: the filter must be known so that it can be packed.
static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic)
    return "extents are not static";
  if (!problem.isFilterConstant)
    return "the filter is not constant";
  return {};
}

const ConvolutionModel directModel{cnn::AlgorithmKind::Direct, getObstacle,
                                   [](const ConvolutionProblem &problem) { return chooseTile(problem, false); }};

} // namespace winnow
