//===- FirstLayerConvolution.cpp - few channels of a plain input - ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// A plain input is read by broadcasts where it lies: no conversion, no padding channels.
static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (!problem.isStatic || !problem.isFilterConstant)
    return "extents or the filter are not static";
  if (llvm::StringRef obstacle = getQuantizedObstacle(problem); !obstacle.empty())
    return obstacle;
  if (problem.inBlock != 1)
    return "the input is not plain";
  if (problem.isPointwise)
    return "the window has one tap";
  return {};
}

const ConvolutionModel firstLayerModel{cnn::AlgorithmKind::FirstLayer, getObstacle,
                                       [](const ConvolutionProblem &problem) { return chooseTile(problem, false); }};

} // namespace winnow
