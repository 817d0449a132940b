//===- WeightsTest.cpp - integers of weights -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace winnow;

namespace {

constexpr size_t kSize = 24, kRows = 6;

/// Weights, and the Gram matrix of inputs that have much in common.
struct Layer {
  std::vector<float> rows = std::vector<float>(kRows * kSize), gram = std::vector<float>(kSize * kSize);

  Layer() {
    std::mt19937 generator(7);
    std::normal_distribution<float> normal(0, 1);
    for (float &weight : rows)
      weight = normal(generator);
    for (int n = 0; n < 400; ++n) {
      std::vector<float> x(kSize);
      float common = normal(generator);
      for (float &value : x)
        value = common + 0.4f * normal(generator);
      for (size_t i = 0; i < kSize; ++i)
        for (size_t j = 0; j < kSize; ++j)
          gram[i * kSize + j] += x[i] * x[j] / 400;
    }
  }

  /// The squared error of the outputs of `integers`.
  double getError(const std::vector<int8_t> &integers, const std::vector<float> &scales) const {
    double error = 0;
    for (size_t m = 0; m < kRows; ++m)
      for (size_t i = 0; i < kSize; ++i)
        for (size_t j = 0; j < kSize; ++j)
          error += double(integers[m * kSize + i] * scales[m] - rows[m * kSize + i]) * gram[i * kSize + j] *
                   (integers[m * kSize + j] * scales[m] - rows[m * kSize + j]);
    return error;
  }
};

TEST(Weights, RoundToTheNearest) {
  std::vector<int8_t> integers(4);
  roundRow({0.24f, -0.26f, 10.0f, -10.0f}, 0.5f, 4, integers);
  EXPECT_EQ(integers, (std::vector<int8_t>{0, -1, 7, -8}));
  roundRow({0.24f, -0.26f, 100.0f, -100.0f}, 0.5f, 8, integers);
  EXPECT_EQ(integers, (std::vector<int8_t>{0, -1, 127, -127}));
}

TEST(Weights, ScalesLeaveOutliersBehindWhereThatCostsLess) {
  std::vector<float> row(2000, 0.0f);
  for (size_t k = 0; k < row.size(); ++k)
    row[k] = std::sin(float(k));
  EXPECT_FLOAT_EQ(getFullScale(row, 4), getFullScale(row, 8) * 127 / 7);
  row[0] = 1.7f;
  EXPECT_LT(getBestScale(row, 4), getFullScale(row, 4));
  EXPECT_EQ(getBestScale(std::vector<float>(4, 0.0f), 4), 0);
}

TEST(Weights, RoundedTogetherCostMuchLess) {
  Layer layer;
  std::vector<float> scales;
  std::vector<int8_t> nearest(layer.rows.size());
  for (size_t m = 0; m < kRows; ++m) {
    llvm::ArrayRef<float> row = llvm::ArrayRef<float>(layer.rows).slice(m * kSize, kSize);
    scales.push_back(getBestScale(row, 4));
    roundRow(row, scales[m], 4, llvm::MutableArrayRef<int8_t>(nearest).slice(m * kSize, kSize));
  }
  RoundedRows together = roundRowsTogether(layer.rows, kRows, 4, layer.gram);
  for (int8_t integer : together.integers)
    EXPECT_TRUE(integer >= -8 && integer <= 7);
  EXPECT_LT(layer.getError(together.integers, together.scales), 0.5 * layer.getError(nearest, scales));
}

TEST(Weights, RoundedTogetherAtGivenScales) {
  Layer layer;
  std::vector<float> scales(kRows);
  std::vector<int8_t> nearest(layer.rows.size());
  for (size_t m = 0; m < kRows; ++m) {
    llvm::ArrayRef<float> row = llvm::ArrayRef<float>(layer.rows).slice(m * kSize, kSize);
    scales[m] = getFullScale(row, 8);
    roundRow(row, scales[m], 8, llvm::MutableArrayRef<int8_t>(nearest).slice(m * kSize, kSize));
  }
  std::vector<int8_t> together = roundRowsAt(scales, layer.rows, 8, layer.gram);
  for (int8_t integer : together)
    EXPECT_TRUE(integer >= -127);
  EXPECT_LT(layer.getError(together, scales), 0.5 * layer.getError(nearest, scales));
}

TEST(Weights, RefitTakesUpWhatInputsExplain) {
  Layer layer;
  // Outputs that lack what a change `d` of the weights would give: error = d H.
  std::vector<float> change(layer.rows.size()), error(layer.rows.size());
  for (size_t k = 0; k < change.size(); ++k)
    change[k] = 0.1f * std::cos(float(k));
  for (size_t m = 0; m < kRows; ++m)
    for (size_t i = 0; i < kSize; ++i)
      for (size_t j = 0; j < kSize; ++j)
        error[m * kSize + i] += change[m * kSize + j] * layer.gram[j * kSize + i];
  std::vector<float> fitted = refitRows(layer.rows, kRows, layer.gram, error);
  double before = 0, after = 0;
  for (size_t m = 0; m < kRows; ++m)
    for (size_t i = 0; i < kSize; ++i)
      for (size_t j = 0; j < kSize; ++j) {
        auto left = [&](size_t k) { return layer.rows[m * kSize + k] + change[m * kSize + k] - fitted[m * kSize + k]; };
        before += double(change[m * kSize + i]) * layer.gram[i * kSize + j] * change[m * kSize + j];
        after += double(left(i)) * layer.gram[i * kSize + j] * left(j);
      }
  EXPECT_LT(after, 0.1 * before);
}

} // namespace
