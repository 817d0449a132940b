//===- LeastSquares.cpp - weights that fit where only some may be ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LeastSquares.h"

#include "llvm/Support/Parallel.h"

#include <Eigen/Cholesky>

namespace winnow {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// When conjugate gradients end: steps, or the residual relative to its start, squared.
static constexpr int kMostSteps = 60;
static constexpr float kLeastResidual = 1e-7f;
/// Rows that one thread solves together.
static constexpr size_t kRowsTogether = 32;

Eigen::MatrixXf dampGram(llvm::ArrayRef<float> gram, Eigen::Index size, float damping) {
  Eigen::MatrixXf damped = Eigen::Map<const Eigen::MatrixXf>(gram.data(), size, size);
  float mean = damped.diagonal().mean();
  damped.diagonal().array() += mean > 0 ? damping * mean : 1.0f;
  return damped;
}

Eigen::MatrixXf invertGram(const Eigen::MatrixXf &gram) {
  Eigen::MatrixXf inverse = Eigen::MatrixXf::Identity(gram.rows(), gram.cols());
  Eigen::LLT<Eigen::MatrixXf>(gram).solveInPlace(inverse);
  return inverse;
}

/// Solves for what to add to the supported part of `weights`.
static void solveRows(const RowMatrix &wanted, const RowMatrix &mask, const Eigen::MatrixXf &gram,
                      Eigen::Ref<RowMatrix> weights) {
  weights = wanted.cwiseProduct(mask);
  Eigen::RowVectorXf inverseDiagonal = gram.diagonal().transpose().cwiseInverse();
  RowMatrix residual = ((wanted - weights) * gram).cwiseProduct(mask);
  RowMatrix direction = residual.array().rowwise() * inverseDiagonal.array();
  Eigen::VectorXf product = residual.cwiseProduct(direction).rowwise().sum(), start = product;
  for (int step = 0; step < kMostSteps && (product.array() > kLeastResidual * start.array()).any(); ++step) {
    RowMatrix image = (direction * gram).cwiseProduct(mask);
    Eigen::VectorXf curvature = direction.cwiseProduct(image).rowwise().sum();
    Eigen::VectorXf length = (curvature.array() > 0).select(product.array() / curvature.array(), 0.0f);
    weights += length.asDiagonal() * direction;
    residual -= length.asDiagonal() * image;
    RowMatrix scaled = residual.array().rowwise() * inverseDiagonal.array();
    Eigen::VectorXf next = residual.cwiseProduct(scaled).rowwise().sum();
    Eigen::VectorXf ratio = (product.array() > 0).select(next.array() / product.array(), 0.0f);
    direction = scaled + ratio.asDiagonal() * direction;
    product = next;
  }
}

std::vector<float> refitSupport(llvm::ArrayRef<float> rows, size_t count, llvm::ArrayRef<float> gram,
                                llvm::ArrayRef<char> support, float damping) {
  Eigen::Index size = rows.size() / count;
  Eigen::MatrixXf damped = dampGram(gram, size, damping);
  std::vector<float> result(rows.size());
  llvm::parallelFor(0, llvm::divideCeil(count, kRowsTogether), [&](size_t part) {
    size_t first = part * kRowsTogether, taken = std::min(kRowsTogether, count - first);
    Eigen::Map<const RowMatrix> wanted(rows.data() + first * size, taken, size);
    RowMatrix mask = Eigen::Map<const Eigen::Matrix<char, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                         support.data() + first * size, taken, size)
                         .cast<float>();
    Eigen::Map<RowMatrix> weights(result.data() + first * size, taken, size);
    solveRows(wanted, mask, damped, weights);
  });
  return result;
}

std::vector<float> refitRows(llvm::ArrayRef<float> rows, size_t count, llvm::ArrayRef<float> gram,
                             llvm::ArrayRef<float> error, float damping) {
  Eigen::Index size = rows.size() / count;
  Eigen::Map<const RowMatrix> weights(rows.data(), count, size), correlation(error.data(), count, size);
  std::vector<float> result(rows.size());
  Eigen::Map<RowMatrix> fitted(result.data(), count, size);
  Eigen::MatrixXf right = correlation.transpose();
  Eigen::LLT<Eigen::MatrixXf>(dampGram(gram, size, damping)).solveInPlace(right);
  fitted = weights + right.transpose();
  return result;
}

double getOutputError(llvm::ArrayRef<float> rows, llvm::ArrayRef<float> changed, size_t count,
                      llvm::ArrayRef<float> gram) {
  Eigen::Index size = rows.size() / count;
  RowMatrix difference =
      Eigen::Map<const RowMatrix>(changed.data(), count, size) - Eigen::Map<const RowMatrix>(rows.data(), count, size);
  Eigen::Map<const Eigen::MatrixXf> moments(gram.data(), size, size);
  return (difference * moments).cwiseProduct(difference).cast<double>().sum();
}

void keepMeans(llvm::ArrayRef<float> from, llvm::ArrayRef<float> to, llvm::ArrayRef<float> inputMeans,
               std::vector<float> &bias) {
  size_t length = inputMeans.size();
  for (size_t m = 0; m < bias.size(); ++m) {
    double change = 0;
    for (size_t k = 0; k < length; ++k)
      change += double(from[m * length + k] - to[m * length + k]) * inputMeans[k];
    bias[m] += static_cast<float>(change);
  }
}

} // namespace winnow
