//===- LeastSquares.h - weights that fit where only some may be -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_LEASTSQUARES_H
#define WINNOW_LIB_COMPRESS_LEASTSQUARES_H

#include "llvm/ADT/ArrayRef.h"

#include <Eigen/Core>

#include <vector>

namespace winnow {

/// What is added to the diagonal of a Gram matrix, as a part of the mean diagonal, so that inputs that hardly vary do
/// no harm. More of it trusts correlations less that were seen on few samples.
inline constexpr float kLeastDamping = 0.01f;

/// The Gram matrix `gram` (size x size) with so much added.
Eigen::MatrixXf dampGram(llvm::ArrayRef<float> gram, Eigen::Index size, float damping = kLeastDamping);

/// `gram`, symmetric and positive definite, inverted.
Eigen::MatrixXf invertGram(const Eigen::MatrixXf &gram);

/// The weights that fit best to outputs that are `error` (count x size: the mean of output error times input) off, near
/// to `rows`: rows + error (gram + damping)^-1.
std::vector<float> refitRows(llvm::ArrayRef<float> rows, size_t count, llvm::ArrayRef<float> gram,
                             llvm::ArrayRef<float> error, float damping = kLeastDamping);

/// Rows of weights that are zero where `support` (count x size) is, and else such that the squared output error against
/// `rows`, (w - row)^T gram (w - row), is least. Where few weights stay, or many rows keep the same, by factorization;
/// else by conjugate gradients for many rows at once (Hestenes and Stiefel, 1952), preconditioned with the diagonal.
std::vector<float> refitSupport(llvm::ArrayRef<float> rows, size_t count, llvm::ArrayRef<float> gram,
                                llvm::ArrayRef<char> support, float damping = kLeastDamping);

/// The squared output error of `changed` against `rows`: the mean over inputs, summed over rows.
double getOutputError(llvm::ArrayRef<float> rows, llvm::ArrayRef<float> changed, size_t count,
                      llvm::ArrayRef<float> gram);

/// Adds to `bias` what the means of sums lose if `from` become `to`.
void keepMeans(llvm::ArrayRef<float> from, llvm::ArrayRef<float> to, llvm::ArrayRef<float> inputMeans,
               std::vector<float> &bias);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_LEASTSQUARES_H
