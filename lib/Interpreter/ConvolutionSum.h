//===- ConvolutionSum.h - sums of products over windows ------- -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_CONVOLUTIONSUM_H
#define WINNOW_LIB_INTERPRETER_CONVOLUTIONSUM_H

#include "Window.h"

namespace winnow {

/// The sums of a convolution, (N, M, positions), of an input (N, C, map) and a
/// filter (M, C / group, taps) of which taps outside of the map count as zero.
/// Exact for integers below 2^53.
std::vector<double> convolve(llvm::ArrayRef<double> input, llvm::ArrayRef<double> filter, const SlidingWindow &window,
                             int64_t batch, int64_t channels, int64_t filters, int64_t group);

} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_CONVOLUTIONSUM_H
