//===- LeastSquares.cpp - weights that fit where only some may be ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LeastSquares.h"

#include "DenseUpdate.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Parallel.h"

#include <Eigen/Cholesky>

#include <map>

namespace winnow {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// When conjugate gradients end: steps, or the residual relative to its start, squared.
static constexpr int kMostSteps = 60;
static constexpr float kLeastResidual = 1e-7f;
/// Rows that one thread solves together by conjugate gradients.
static constexpr size_t kRowsTogether = 32;
/// What a row costs that way, in steps of a factorization for each element of the Gram matrix.
static constexpr double kIterationCost = 5;

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

/// `rows` times the symmetric `gram`.
static RowMatrix multiply(const RowMatrix &rows, const Eigen::MatrixXf &gram) {
  RowMatrix result = RowMatrix::Zero(rows.rows(), rows.cols()), negative = -rows;
  size_t size = rows.cols();
  subtractProduct({result.data(), size}, {result.data(), size}, {negative.data(), size}, {gram.data(), size},
                  rows.rows(), size, size);
  return result;
}

namespace {
/// Rows to be fitted, and what they are fitted with.
struct Problem {
  Eigen::Map<const RowMatrix> rows;
  Eigen::Map<const Eigen::Matrix<char, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> support;
  Eigen::MatrixXf gram;
  Eigen::Map<RowMatrix> result;
};
} // namespace

/// For rows with many weights left.
static void iterate(Problem &problem, llvm::ArrayRef<size_t> which) {
  std::vector<Eigen::Index> order(which.begin(), which.end());
  RowMatrix wanted = problem.rows(order, Eigen::all), mask = problem.support(order, Eigen::all).cast<float>();
  RowMatrix weights = wanted.cwiseProduct(mask);
  Eigen::RowVectorXf inverseDiagonal = problem.gram.diagonal().transpose().cwiseInverse();
  RowMatrix residual = multiply(wanted - weights, problem.gram).cwiseProduct(mask);
  RowMatrix direction = residual.array().rowwise() * inverseDiagonal.array();
  Eigen::VectorXf product = residual.cwiseProduct(direction).rowwise().sum(), start = product;
  for (int step = 0; step < kMostSteps && (product.array() > kLeastResidual * start.array()).any(); ++step) {
    RowMatrix image = multiply(direction, problem.gram).cwiseProduct(mask);
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
  problem.result(order, Eigen::all) = weights;
}

/// For rows that keep the same weights, and few of them.
static void factorize(Problem &problem, llvm::ArrayRef<size_t> which) {
  std::vector<Eigen::Index> order(which.begin(), which.end()), stay, gone;
  for (Eigen::Index k = 0; k < problem.rows.cols(); ++k)
    (problem.support(order.front(), k) ? stay : gone).push_back(k);
  if (stay.empty())
    return; // the result is zero already
  RowMatrix kept = problem.rows(order, stay);
  Eigen::MatrixXf missed = problem.gram(stay, gone) * RowMatrix(problem.rows(order, gone)).transpose();
  Eigen::LLT<Eigen::MatrixXf>(problem.gram(stay, stay)).solveInPlace(missed);
  kept += missed.transpose();
  problem.result(order, stay) = kept;
}

/// Rows that are solved together: `direct`, or by conjugate gradients.
static void planRefit(llvm::ArrayRef<char> support, size_t count, std::vector<std::vector<size_t>> &direct,
                      std::vector<std::vector<size_t>> &iterated) {
  size_t length = support.size() / count;
  std::map<llvm::StringRef, std::vector<size_t>> alike;
  for (size_t row = 0; row < count; ++row)
    alike[llvm::StringRef(support.data() + row * length, length)].push_back(row);
  for (const auto &[pattern, rows] : alike) {
    double stay = length - pattern.count('\0');
    if (stay * stay * (stay / 3 + 2 * rows.size()) <= kIterationCost * length * length * rows.size()) {
      direct.push_back(rows);
      continue;
    }
    for (size_t row : rows) {
      if (iterated.empty() || iterated.back().size() == kRowsTogether)
        iterated.emplace_back();
      iterated.back().push_back(row);
    }
  }
}

std::vector<float> refitSupport(llvm::ArrayRef<float> rows, size_t count, llvm::ArrayRef<float> gram,
                                llvm::ArrayRef<char> support, float damping) {
  Eigen::Index size = rows.size() / count;
  std::vector<float> result(rows.size());
  Problem problem{{rows.data(), Eigen::Index(count), size},
                  {support.data(), Eigen::Index(count), size},
                  dampGram(gram, size, damping),
                  {result.data(), Eigen::Index(count), size}};
  std::vector<std::vector<size_t>> direct, iterated;
  planRefit(support, count, direct, iterated);
  llvm::parallelFor(0, iterated.size(), [&](size_t i) { iterate(problem, iterated[i]); });
  llvm::parallelFor(0, direct.size(), [&](size_t i) { factorize(problem, direct[i]); });
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
