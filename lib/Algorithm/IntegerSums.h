//===- IntegerSums.h - how large sums of integers become --------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_ALGORITHM_INTEGERSUMS_H
#define WINNOW_LIB_ALGORITHM_INTEGERSUMS_H

#include "winnow/Dialect/CNN/CNN.h"

#include <optional>

namespace winnow {

/// The weights of a quantized convolution without their zero points, (M, C / group, spatial); nothing where the filter
/// is not constant or its output channels are not quantized one by one.
std::optional<llvm::SmallVector<double>> getIntegerFilter(cnn::ConvolutionOp op);

/// For each output channel, the largest magnitude that a partial sum of its products can reach: inputs are quantized
/// without a scale for each channel, `filter` is as above.
llvm::SmallVector<double> getLargestSums(cnn::ConvolutionOp op, llvm::ArrayRef<double> filter);

/// The largest magnitude of any output's sum of products, where inputs are unsigned bytes.
double getLargestByteSum(cnn::ConvolutionOp op, llvm::ArrayRef<double> filter);

} // namespace winnow

#endif // WINNOW_LIB_ALGORITHM_INTEGERSUMS_H
