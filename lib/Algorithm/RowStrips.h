//===- RowStrips.h - which convolutions share strips of rows ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_ALGORITHM_ROWSTRIPS_H
#define WINNOW_LIB_ALGORITHM_ROWSTRIPS_H

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/TargetFacts.h"

#include "mlir/IR/BuiltinOps.h"

namespace winnow {

/// Where a depthwise convolution works on feature maps that leave the cache,
/// lets it share strips of rows with the pointwise convolutions around it:
/// `row_strips` with `outputs` rows a strip, `depth` the number of convolutions
/// that follow in the strip. The tiles that were chosen stay.
void selectRowStrips(mlir::ModuleOp module, const TargetFacts &facts);

/// Where elementwise ops make a large map that only a pointwise convolution
/// reads, lets that one compute it in panels of pixels: `row_strips` with
/// `outputs` rows a panel and nothing that follows.
void selectComputedPanels(mlir::ModuleOp module, const TargetFacts &facts);

/// Where only a pool reads a large output of a convolution, lets the two share a kernel, row by row of the pool:
/// `row_strips` with one op that follows. The tile that was chosen stays.
void selectPooledConvolutions(mlir::ModuleOp module, const TargetFacts &facts);

/// `op` as a pointwise convolution with its register tile, which strips and panels can take over: what they save in
/// memory is more than what Strassen's algorithm saves. Null where it is neither.
cnn::AlgorithmAttr getPointwiseTile(cnn::ConvolutionOp op, const TargetFacts &facts);

} // namespace winnow

#endif // WINNOW_LIB_ALGORITHM_ROWSTRIPS_H
