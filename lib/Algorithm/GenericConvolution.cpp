//===- GenericConvolution.cpp - filters that are packed at run time ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileCost.h"

namespace winnow {

/// The direct kernel with a filter that is packed before each run.
static llvm::StringRef getObstacle(const ConvolutionProblem &problem) {
  if (problem.packedBits)
    return "weights stay integers until they are used";
  return problem.isStatic ? getQuantizedObstacle(problem) : llvm::StringRef("extents are not static");
}

const ConvolutionModel genericModel{cnn::AlgorithmKind::Generic, getObstacle, [](const ConvolutionProblem &problem) {
                                      TileChoice choice = problem.isPointwise ? chooseTile(problem, /*flat=*/true)
                                                                              : directModel.choose(problem);
                                      choice.cycles *= 2;
                                      return choice;
                                    }};

} // namespace winnow
