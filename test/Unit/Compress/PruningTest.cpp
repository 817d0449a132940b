//===- PruningTest.cpp - orders, refits and choices of densities ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Densities.h"
#include "LeastSquares.h"
#include "Surgeon.h"

#include "gtest/gtest.h"

#include <cmath>
#include <random>

using namespace winnow;

namespace {

/// Weights, and second moments of inputs that have much to do with each other.
struct Example {
  Example(size_t count, int64_t inputs, int64_t taps) : count(count), inputs(inputs), taps(taps) {
    size_t size = inputs * taps, columns = 4 * size;
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    std::vector<float> data(size * columns), mix(size * size);
    for (float &x : data)
      x = normal(random);
    for (float &x : mix)
      x = normal(random) / std::sqrt(float(size));
    gram.resize(size * size);
    std::vector<float> mixed(size * columns, 0.0f);
    for (size_t i = 0; i < size; ++i)
      for (size_t j = 0; j < size; ++j)
        for (size_t c = 0; c < columns; ++c)
          mixed[i * columns + c] += (mix[i * size + j] + (i == j)) * data[j * columns + c];
    for (size_t i = 0; i < size; ++i)
      for (size_t j = 0; j < size; ++j)
        for (size_t c = 0; c < columns; ++c)
          gram[i * size + j] += mixed[i * columns + c] * mixed[j * columns + c] / columns;
    rows.resize(count * size);
    for (float &x : rows)
      x = normal(random);
  }
  /// With the damped moments, which are what orders and refits know.
  double getError(llvm::ArrayRef<float> changed) const {
    Eigen::MatrixXf damped = dampGram(gram, inputs * taps);
    return getOutputError(rows, changed, count, {damped.data(), gram.size()});
  }
  WeightMatrix getMatrix() const { return {rows, count, inputs, taps}; }
  /// The error with so many zeros.
  double prune(llvm::ArrayRef<RemovalOrder> orders, const PruningPattern &pattern, double zeros,
               std::vector<char> *support = nullptr) const {
    std::vector<char> kept = chooseSupports(getMatrix(), orders, pattern, zeros).front();
    std::vector<float> pruned = refitSupport(rows, count, gram, kept);
    for (size_t i = 0; i < pruned.size(); ++i)
      EXPECT_TRUE(kept[i] || pruned[i] == 0) << "at " << i;
    if (support)
      *support = kept;
    return getError(pruned);
  }

  size_t count;
  int64_t inputs, taps;
  std::vector<float> rows, gram;
};

PruningPattern parse(llvm::StringRef text) { return *PruningPattern::parse(text); }

TEST(PruningPatternTest, ReadsWhatItWrites) {
  for (llvm::StringRef text : {"any", "1x4", "16x1", "2:4", "kernel", "channel", "layer"})
    EXPECT_EQ(parse(text).str(), text);
  for (llvm::StringRef text : {"", "x", "4", "0x4", "1x65", "4:4", "5:4", "2:", "any2"})
    EXPECT_FALSE(PruningPattern::parse(text)) << text.str();
}

TEST(PruningPatternTest, UnitsCoverAllColumnsOnce) {
  for (llvm::StringRef text : {"any", "1x4", "4x3", "2:4", "kernel", "channel", "layer"}) {
    std::vector<int> seen(7 * 9, 0);
    for (const std::vector<int64_t> &unit : parse(text).getUnits(7, 9))
      for (int64_t column : unit)
        ++seen[column];
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 63) << text.str();
  }
}

TEST(SurgeonTest, CostsAreWhatTheRefitFinds) {
  // One row: what the order says that removals cost is the error of the best weights without them.
  Example example(1, 40, 1);
  PruningPattern pattern = parse("any");
  std::vector<RemovalOrder> orders = orderRemovals(example.getMatrix(), example.gram, pattern);
  ASSERT_EQ(orders.front().units.size(), 40u);
  double sum = 0;
  for (size_t gone = 1; gone <= 36; ++gone) {
    sum += orders.front().costs[gone - 1];
    double found = example.prune(orders, pattern, gone / 40.0);
    EXPECT_NEAR(found / sum, 1, 1e-3) << gone << " gone";
  }
}

TEST(SurgeonTest, CostsOfBlocksAreWhatTheRefitFinds) {
  Example example(4, 24, 2);
  PruningPattern pattern = parse("4x3");
  std::vector<RemovalOrder> orders = orderRemovals(example.getMatrix(), example.gram, pattern);
  ASSERT_EQ(orders.size(), 1u);
  ASSERT_EQ(orders.front().units.size(), 16u);
  double sum = 0;
  for (size_t gone = 1; gone <= 14; ++gone) {
    sum += orders.front().costs[gone - 1];
    EXPECT_NEAR(example.prune(orders, pattern, gone / 16.0) / sum, 1, 1e-3) << gone << " gone";
  }
}

TEST(SurgeonTest, LosesLessThanMagnitude) {
  Example example(16, 40, 1);
  for (llvm::StringRef text : {"any", "1x4", "4x1", "2:4"}) {
    PruningPattern pattern = parse(text);
    std::vector<RemovalOrder> surgeon = orderRemovals(example.getMatrix(), example.gram, pattern),
                              magnitude = orderByMagnitude(example.getMatrix(), {}, pattern);
    EXPECT_LT(example.prune(surgeon, pattern, 0.5), 0.9 * example.prune(magnitude, pattern, 0.5)) << text.str();
  }
}

TEST(SurgeonTest, KeepsFixedDensities) {
  // 10 channels in groups of 4: the last two are both kept.
  Example example(6, 10, 3);
  PruningPattern pattern = parse("2:4");
  for (const std::vector<RemovalOrder> &orders : {orderRemovals(example.getMatrix(), example.gram, pattern),
                                                  orderByMagnitude(example.getMatrix(), {}, pattern)}) {
    std::vector<char> support;
    example.prune(orders, pattern, 0, &support);
    for (size_t row = 0; row < 6; ++row)
      for (int64_t first = 0; first < 10; first += 4)
        for (int64_t tap = 0; tap < 3; ++tap) {
          int kept = 0;
          for (int64_t channel = first; channel < std::min<int64_t>(10, first + 4); ++channel)
            kept += support[row * 30 + channel * 3 + tap];
          EXPECT_EQ(kept, 2);
        }
  }
}

TEST(SurgeonTest, LosesWholePatterns) {
  Example example(10, 6, 4);
  PruningPattern pattern = parse("4x1");
  std::vector<char> support;
  example.prune(orderRemovals(example.getMatrix(), example.gram, pattern), pattern, 0.6, &support);
  EXPECT_GE(std::count(support.begin(), support.end(), 0), 144);
  for (size_t row = 0; row < 10; ++row)
    for (size_t column = 0; column < 24; ++column)
      EXPECT_EQ(support[row * 24 + column], support[row / 4 * 4 * 24 + column]);
}

TEST(LeastSquaresTest, RefitIsTheBest) {
  Example example(3, 30, 1);
  std::vector<char> support(90, 0);
  for (size_t i = 0; i < 90; i += 2)
    support[i] = 1;
  std::vector<float> fitted = refitSupport(example.rows, 3, example.gram, support);
  double least = example.getError(fitted);
  // Any step away from it costs.
  for (size_t i = 0; i < 90; i += 2)
    for (float step : {-0.05f, 0.05f}) {
      std::vector<float> moved = fitted;
      moved[i] += step;
      EXPECT_GT(example.getError(moved), least);
    }
}

TEST(DensitiesTest, FindsTheBestChoice) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform;
  std::vector<std::vector<DensityLevel>> layers(4);
  for (std::vector<DensityLevel> &levels : layers)
    for (int k = 0; k < 5; ++k)
      levels.push_back({10.0 * (5 - k) * (1 + uniform(random)), k * uniform(random)});
  for (double budget : {80.0, 120.0, 200.0, 500.0}) {
    double best = HUGE_VAL;
    for (int code = 0; code < 625; ++code) {
      double cost = 0, error = 0;
      for (int i = 0, rest = code; i < 4; ++i, rest /= 5)
        cost += layers[i][rest % 5].cost, error += layers[i][rest % 5].error;
      if (cost <= budget * (1 - 0.002)) // what rounding costs up may take away
        best = std::min(best, error);
    }
    std::optional<std::vector<unsigned>> found = chooseLevels(layers, budget);
    ASSERT_EQ(found.has_value(), best < HUGE_VAL) << budget;
    if (!found)
      continue;
    double cost = 0, error = 0;
    for (size_t i = 0; i < 4; ++i)
      cost += layers[i][(*found)[i]].cost, error += layers[i][(*found)[i]].error;
    EXPECT_LE(cost, budget);
    EXPECT_LE(error, best);
  }
  EXPECT_FALSE(chooseLevels(layers, 1.0));
}

} // namespace
