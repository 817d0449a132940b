//===- SparseInt8Convolution.h - blocks of zeros of bytes -------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_ALGORITHM_SPARSEINT8CONVOLUTION_H
#define WINNOW_LIB_ALGORITHM_SPARSEINT8CONVOLUTION_H

#include "ConvolutionModel.h"

namespace winnow {

struct SparseBlockTiling;

/// The numbers of a problem that decide how the sparse algorithm cuts it, whatever its elements are.
SparseWindow getSparseWindow(const ConvolutionProblem &problem);

/// Calls `body` for all tiles of `height` (0: flat) rows of up to `most` vectors that may suit `problem`.
void forEachSparseTile(const ConvolutionProblem &problem, int64_t most,
                       llvm::function_ref<void(int64_t width, int64_t height)> body);

/// The best tile of the sparse algorithm whose lanes are output channels with weights in common places (its `depth` is
/// a block; 0: there is none), and how it cuts `problem`.
TileChoice chooseSparseBlocks(const ConvolutionProblem &problem);
SparseBlockTiling getSparseBlockTiling(const ConvolutionProblem &problem, const TileChoice &tile);

/// The sparse algorithm for bytes: why it is not legal, its best tile, and how it cuts `problem` with `tile`.
llvm::StringRef getSparseInt8Obstacle(const ConvolutionProblem &problem);
TileChoice chooseSparseInt8(const ConvolutionProblem &problem);
SparseTiling getSparseInt8Tiling(const ConvolutionProblem &problem, const TileChoice &tile);

} // namespace winnow

#endif // WINNOW_LIB_ALGORITHM_SPARSEINT8CONVOLUTION_H
