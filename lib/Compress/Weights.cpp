//===- Weights.cpp - rows of weights as integers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"

#include "LeastSquares.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace winnow {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic>;

static constexpr int kSweeps = 4;
/// Parts of the full scale that rows are rounded together at.
static constexpr float kScaleParts[] = {1.0f, 0.92f, 0.84f, 0.76f, 0.68f, 0.6f};
/// How often scales are then fitted to the integers, and integers to the scales.
static constexpr int kScaleFits = 2;
/// Scales that are tried for rows by themselves, from this part of the full one on.
static constexpr int kScaleSteps = 48;
static constexpr float kLeastScalePart = 0.35f;

static int8_t roundWeight(float value, float scale, unsigned bits) {
  return static_cast<int8_t>(
      std::clamp<float>(std::nearbyintf(value / scale), getSmallestWeight(bits), getLargestWeight(bits)));
}

void roundRow(llvm::ArrayRef<float> row, float scale, unsigned bits, llvm::MutableArrayRef<int8_t> integers) {
  for (size_t k = 0; k < row.size(); ++k)
    integers[k] = roundWeight(row[k], scale, bits);
}

float getFullScale(llvm::ArrayRef<float> row, unsigned bits) {
  float largest = 0;
  for (float weight : row)
    largest = std::max(largest, std::abs(weight));
  return largest / getLargestWeight(bits);
}

float getBestScale(llvm::ArrayRef<float> row, unsigned bits) {
  float full = getFullScale(row, bits), best = full;
  double least = HUGE_VAL;
  for (int step = kScaleSteps; step > 0 && full > 0; --step) {
    float scale = full * (kLeastScalePart + (1 - kLeastScalePart) * step / kScaleSteps);
    double error = 0;
    for (float weight : row) {
      double difference = roundWeight(weight, scale, bits) * scale - weight;
      error += difference * difference;
    }
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

namespace {
/// One layer's rows while they are rounded.
class Rounder {
public:
  Rounder(llvm::ArrayRef<float> rows, size_t count, unsigned bits, llvm::ArrayRef<float> gram, float damping);

  /// Integers, times their scales, at these scales.
  RowMatrix round(const std::vector<float> &scales) const;
  /// The scales at which the integers of `rounded`, which has `scales`, fit best.
  std::vector<float> fitScales(const RowMatrix &rounded, const std::vector<float> &scales) const;
  /// `rounded`, integers times `scales`, with other scales, and integers that fit these better.
  RowMatrix rescale(const RowMatrix &rounded, const std::vector<float> &scales, const std::vector<float> &to) const;
  /// The squared error of the output that each row makes.
  Eigen::VectorXf getErrors(const RowMatrix &rounded) const {
    RowMatrix difference = rounded - weights;
    return (difference * gram).cwiseProduct(difference).rowwise().sum();
  }

private:
  void roundInOrder(const std::vector<float> &scales, RowMatrix &rounded) const;
  void descend(const std::vector<float> &scales, RowMatrix &rounded) const;

  RowMatrix weights;
  Matrix gram;     ///< damped
  RowMatrix upper; ///< the factor of its inverse in `order`
  std::vector<Eigen::Index> order;
  unsigned bits;
};
} // namespace

Rounder::Rounder(llvm::ArrayRef<float> rows, size_t count, unsigned bits, llvm::ArrayRef<float> gram, float damping)
    : weights(Eigen::Map<const RowMatrix>(rows.data(), count, rows.size() / count)),
      gram(dampGram(gram, rows.size() / count, damping)), order(rows.size() / count), bits(bits) {
  Eigen::Index size = weights.cols();
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) {
    return this->gram(a, a) != this->gram(b, b) ? this->gram(a, a) > this->gram(b, b) : a < b;
  });
  Matrix permuted(size, size), inverse = Matrix::Identity(size, size);
  for (Eigen::Index i = 0; i < size; ++i)
    for (Eigen::Index j = 0; j < size; ++j)
      permuted(i, j) = this->gram(order[i], order[j]);
  Eigen::LLT<Matrix>(permuted).solveInPlace(inverse);
  upper = Eigen::LLT<Matrix>(inverse).matrixU();
}

/// In GPTQ's order of columns. What was pruned stays zero.
void Rounder::roundInOrder(const std::vector<float> &scales, RowMatrix &rounded) const {
  Eigen::Index size = weights.cols();
  RowMatrix left(weights.rows(), size);
  for (Eigen::Index j = 0; j < size; ++j)
    left.col(j) = weights.col(order[j]);
  for (Eigen::Index m = 0; m < weights.rows(); ++m)
    for (Eigen::Index j = 0; j < size; ++j) {
      float value = weights(m, order[j]) == 0 ? 0 : roundWeight(left(m, j), scales[m], bits) * scales[m];
      rounded(m, order[j]) = value;
      Eigen::Index rest = size - j - 1;
      left.row(m).tail(rest) -= (left(m, j) - value) / upper(j, j) * upper.row(j).tail(rest);
    }
}

/// Moves single integers as long as the output error falls.
void Rounder::descend(const std::vector<float> &scales, RowMatrix &rounded) const {
  RowMatrix gradient = (rounded - weights) * gram;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    bool changed = false;
    for (Eigen::Index m = 0; m < weights.rows(); ++m)
      for (Eigen::Index k = 0; k < weights.cols(); ++k) {
        if (weights(m, k) == 0)
          continue;
        float wanted = rounded(m, k) - gradient(m, k) / gram(k, k);
        float value = roundWeight(wanted, scales[m], bits) * scales[m], step = value - rounded(m, k);
        if (step == 0)
          continue;
        gradient.row(m) += step * gram.col(k).transpose();
        rounded(m, k) = value;
        changed = true;
      }
    if (!changed)
      return;
  }
}

RowMatrix Rounder::round(const std::vector<float> &scales) const {
  RowMatrix rounded(weights.rows(), weights.cols());
  roundInOrder(scales, rounded);
  descend(scales, rounded);
  return rounded;
}

std::vector<float> Rounder::fitScales(const RowMatrix &rounded, const std::vector<float> &scales) const {
  RowMatrix product = rounded * gram;
  Eigen::VectorXf wanted = product.cwiseProduct(weights).rowwise().sum(),
                  made = product.cwiseProduct(rounded).rowwise().sum();
  std::vector<float> fitted = scales;
  for (Eigen::Index m = 0; m < rounded.rows(); ++m)
    if (made(m) > 0 && wanted(m) > 0)
      fitted[m] *= wanted(m) / made(m);
  return fitted;
}

RowMatrix Rounder::rescale(const RowMatrix &rounded, const std::vector<float> &scales,
                           const std::vector<float> &to) const {
  RowMatrix result = rounded;
  for (Eigen::Index m = 0; m < rounded.rows(); ++m)
    result.row(m) *= to[m] / scales[m];
  descend(to, result);
  return result;
}

RoundedRows roundRowsTogether(llvm::ArrayRef<float> rows, size_t count, unsigned bits, llvm::ArrayRef<float> gram,
                              float damping) {
  Rounder rounder(rows, count, bits, gram, damping);
  size_t size = rows.size() / count;
  RoundedRows best{std::vector<float>(count), std::vector<int8_t>(rows.size())};
  std::vector<float> least(count, HUGE_VALF), full(count), scales(count);
  for (size_t m = 0; m < count; ++m)
    full[m] = std::max(getFullScale(rows.slice(m * size, size), bits), 0x1p-100f);
  auto keepBetter = [&](const RowMatrix &rounded) {
    Eigen::VectorXf errors = rounder.getErrors(rounded);
    for (size_t m = 0; m < count; ++m) {
      if (!(errors(m) < least[m]))
        continue;
      least[m] = errors(m);
      best.scales[m] = scales[m];
      for (size_t k = 0; k < size; ++k)
        best.integers[m * size + k] = roundWeight(rounded(m, k), scales[m], bits);
    }
  };
  for (float part : kScaleParts) {
    for (size_t m = 0; m < count; ++m)
      scales[m] = full[m] * part;
    RowMatrix rounded = rounder.round(scales);
    keepBetter(rounded);
    for (int fit = 0; fit < kScaleFits; ++fit) {
      std::vector<float> fitted = rounder.fitScales(rounded, scales);
      rounded = rounder.rescale(rounded, scales, fitted);
      scales = std::move(fitted);
      keepBetter(rounded);
    }
  }
  return best;
}

std::vector<int8_t> roundRowsAt(llvm::ArrayRef<float> scales, llvm::ArrayRef<float> rows, unsigned bits,
                                llvm::ArrayRef<float> gram) {
  size_t count = scales.size(), size = rows.size() / count;
  RowMatrix rounded = Rounder(rows, count, bits, gram, kLeastDamping).round(scales.vec());
  std::vector<int8_t> integers(rows.size());
  for (size_t k = 0; k < integers.size(); ++k)
    integers[k] = roundWeight(rounded(k / size, k % size), scales[k / size], bits);
  return integers;
}

} // namespace winnow
