//===- Weights.cpp - rows of weights as integers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace winnow {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic>;

/// Part of the mean diagonal that is added to a Gram matrix, so that inputs that hardly vary do no harm.
static constexpr float kDamping = 0.01f;
static constexpr int kSweeps = 4;
/// Scales that are tried, from this part of the full one on.
static constexpr int kScaleSteps = 48;
static constexpr float kLeastScalePart = 0.35f;

static int8_t roundWeight(float value, float scale, int largest) {
  return static_cast<int8_t>(std::clamp<float>(std::nearbyintf(value / scale), -largest, largest));
}

void roundRow(llvm::ArrayRef<float> row, float scale, unsigned bits, llvm::MutableArrayRef<int8_t> integers) {
  for (size_t k = 0; k < row.size(); ++k)
    integers[k] = roundWeight(row[k], scale, getLargestWeight(bits));
}

float getFullScale(llvm::ArrayRef<float> row, unsigned bits) {
  float largest = 0;
  for (float weight : row)
    largest = std::max(largest, std::abs(weight));
  return largest / getLargestWeight(bits);
}

float getBestScale(llvm::ArrayRef<float> row, unsigned bits, llvm::ArrayRef<float> importance) {
  float full = getFullScale(row, bits), best = full;
  int largest = getLargestWeight(bits);
  double least = HUGE_VAL;
  for (int step = kScaleSteps; step > 0 && full > 0; --step) {
    float scale = full * (kLeastScalePart + (1 - kLeastScalePart) * step / kScaleSteps);
    double error = 0;
    for (size_t k = 0; k < row.size(); ++k) {
      double difference = roundWeight(row[k], scale, largest) * scale - row[k];
      error += difference * difference * (importance.empty() ? 1 : importance[k]);
    }
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

/// Integers that GPTQ's order of columns gives, in place of the weights themselves.
static void roundInOrder(RowMatrix &weights, llvm::ArrayRef<float> scales, int largest, const Matrix &gram,
                         RowMatrix &rounded) {
  Eigen::Index size = weights.cols();
  std::vector<Eigen::Index> order(size);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](Eigen::Index a, Eigen::Index b) { return gram(a, a) != gram(b, b) ? gram(a, a) > gram(b, b) : a < b; });
  Matrix permuted(size, size), inverse = Matrix::Identity(size, size);
  for (Eigen::Index i = 0; i < size; ++i)
    for (Eigen::Index j = 0; j < size; ++j)
      permuted(i, j) = gram(order[i], order[j]);
  Eigen::LLT<Matrix>(permuted).solveInPlace(inverse);
  Matrix upper = Eigen::LLT<Matrix>(inverse).matrixU();
  RowMatrix left(weights.rows(), size);
  for (Eigen::Index j = 0; j < size; ++j)
    left.col(j) = weights.col(order[j]);
  for (Eigen::Index j = 0; j < size; ++j) {
    Eigen::VectorXf error(weights.rows());
    for (Eigen::Index m = 0; m < weights.rows(); ++m) {
      float value = roundWeight(left(m, j), scales[m], largest) * scales[m];
      rounded(m, order[j]) = value;
      error(m) = (left(m, j) - value) / upper(j, j);
    }
    Eigen::Index rest = size - j - 1;
    if (rest > 0)
      left.rightCols(rest).noalias() -= error * upper.row(j).tail(rest);
  }
}

/// Moves single integers as long as the output error falls.
static void descend(const RowMatrix &weights, llvm::ArrayRef<float> scales, int largest, const Matrix &gram,
                    RowMatrix &rounded) {
  RowMatrix gradient = (rounded - weights) * gram;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool changed = false;
    for (Eigen::Index m = 0; m < weights.rows(); ++m)
      for (Eigen::Index k = 0; k < weights.cols(); ++k) {
        float wanted = rounded(m, k) - gradient(m, k) / gram(k, k);
        float value = roundWeight(wanted, scales[m], largest) * scales[m], step = value - rounded(m, k);
        if (step == 0)
          continue;
        gradient.row(m) += step * gram.row(k);
        rounded(m, k) = value;
        changed = true;
      }
    if (!changed)
      return;
  }
}

void roundRowsTogether(llvm::ArrayRef<float> rows, llvm::ArrayRef<float> scales, unsigned bits,
                       llvm::ArrayRef<float> gram, llvm::MutableArrayRef<int8_t> integers) {
  Eigen::Index count = scales.size(), size = rows.size() / scales.size();
  RowMatrix weights = Eigen::Map<const RowMatrix>(rows.data(), count, size), rounded(count, size);
  Matrix damped = Eigen::Map<const Matrix>(gram.data(), size, size);
  float mean = damped.diagonal().mean();
  damped.diagonal().array() += mean > 0 ? kDamping * mean : 1.0f;
  int largest = getLargestWeight(bits);
  roundInOrder(weights, scales, largest, damped, rounded);
  descend(weights, scales, largest, damped, rounded);
  for (Eigen::Index m = 0; m < count; ++m)
    for (Eigen::Index k = 0; k < size; ++k)
      integers[m * size + k] = roundWeight(rounded(m, k), scales[m], largest);
}

} // namespace winnow
