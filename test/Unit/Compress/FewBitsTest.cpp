//===- FewBitsTest.cpp - weights of few bits for one layer -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FewBits.h"
#include "Weights.h"

#include "gtest/gtest.h"

#include <random>

using namespace winnow;

namespace {

constexpr size_t kSize = 40, kRows = 8;
constexpr int kBits = 4;

/// A product whose inputs have something in common, and what its sums must change by: what inputs explain, and noise.
struct Product {
  PatchShape shape;
  std::vector<float> weights = std::vector<float>(kRows * kSize), change = weights;
  float noise;
  std::mt19937 generator{11};
  std::normal_distribution<float> normal{0, 1};

  Product(float explained, float noise) : noise(noise) {
    shape.channels = shape.totalChannels = kSize;
    for (float &weight : weights)
      weight = normal(generator);
    for (float &weight : change)
      weight = explained * normal(generator);
  }

  void makeSample(std::vector<float> &input, std::vector<float> &error) {
    input.assign(kSize, 0.0f), error.assign(kRows, 0.0f);
    float common = normal(generator);
    for (float &value : input)
      value = 1.0f + common + normal(generator);
    for (size_t m = 0; m < kRows; ++m) {
      error[m] = 0.5f + noise * normal(generator);
      for (size_t k = 0; k < kSize; ++k)
        error[m] += change[m * kSize + k] * input[k];
    }
  }

  /// What layers with these parameters are off on samples that nobody saw: the mean square.
  double getError(const LayerParameters &made) {
    std::vector<float> input, error, rows = made.getWeights();
    double sum = 0;
    for (int n = 0; n < 4000; ++n) {
      makeSample(input, error);
      for (size_t m = 0; m < kRows; ++m) {
        double left = error[m] - made.bias[m];
        for (size_t k = 0; k < kSize; ++k)
          left -= double(rows[m * kSize + k] - weights[m * kSize + k]) * input[k];
        sum += left * left;
      }
    }
    return sum / (4000 * kRows) - noise * noise;
  }

  /// As rounding to the nearest has it, with the right mean.
  LayerParameters roundToNearest() {
    LayerParameters made{
        kBits, std::vector<float>(kRows), std::vector<int8_t>(weights.size()), std::vector<float>(kRows), {}};
    for (size_t m = 0; m < kRows; ++m) {
      llvm::ArrayRef<float> row = llvm::ArrayRef<float>(weights).slice(m * kSize, kSize);
      made.scales[m] = getBestScale(row, kBits);
      roundRow(row, made.scales[m], kBits, llvm::MutableArrayRef<int8_t>(made.weights).slice(m * kSize, kSize));
      made.bias[m] = 0.5f;
      for (size_t k = 0; k < kSize; ++k) // the mean of all inputs is 1
        made.bias[m] += row[k] + change[m * kSize + k] - made.scales[m] * made.weights[m * kSize + k];
    }
    return made;
  }

  /// What is found from `count` samples, and the damping that it took.
  std::pair<LayerParameters, float> fit(size_t count) {
    FewBitsFit fit(shape, weights, kRows);
    std::vector<float> input, error;
    for (size_t n = 0; n < count; ++n) {
      makeSample(input, error);
      fit.add(input, error);
    }
    LayerParameters made{kBits, std::vector<float>(kRows, 1.0f), {}, std::vector<float>(kRows), weights};
    float damping = fit.round(made);
    EXPECT_TRUE(made.realWeights.empty());
    EXPECT_EQ(made.weights.size(), weights.size());
    return {made, damping};
  }
};

TEST(FewBits, TakeOverWhatInputsExplain) {
  Product product(/*explained=*/0.3f, /*noise=*/0.0f);
  auto [made, damping] = product.fit(2000);
  EXPECT_LE(damping, 0.05f);
  EXPECT_LT(product.getError(made), 0.1 * product.getError(product.roundToNearest()));
}

TEST(FewBits, AreNotFittedToNoise) {
  Product product(/*explained=*/0.0f, /*noise=*/4.0f);
  // Hardly more samples than weights of a row: what fits them best fits no others.
  auto [made, damping] = product.fit(60);
  EXPECT_GE(damping, 0.2f);
  GramMatrix gram(product.shape, kRows);
  std::vector<float> input, error;
  for (size_t n = 0; n < 60; ++n) {
    product.makeSample(input, error);
    gram.add(input, 1, error);
  }
  RoundedRows eager =
      roundRowsTogether(refitRows(product.weights, kRows, gram.get(), gram.getCross()), kRows, kBits, gram.get());
  LayerParameters taken = made;
  taken.scales = eager.scales, taken.weights = eager.integers;
  EXPECT_LT(product.getError(made), 0.5 * product.getError(taken));
}

TEST(FewBits, MergedMomentsAreThoseOfAllSamples) {
  Product product(0.3f, 1.0f);
  GramMatrix all(product.shape, kRows), one(product.shape, kRows), other(product.shape, kRows);
  std::vector<float> input, error;
  for (int n = 0; n < 50; ++n) {
    product.makeSample(input, error);
    all.add(input, 1, error);
    (n % 3 ? one : other).add(input, 1, error);
  }
  one.merge(other);
  for (size_t k = 0; k < kSize * kSize; ++k)
    EXPECT_NEAR(one.get()[k], all.get()[k], 1e-4);
  for (size_t k = 0; k < kRows * kSize; ++k)
    EXPECT_NEAR(one.getCross()[k], all.getCross()[k], 1e-4);
}

} // namespace
