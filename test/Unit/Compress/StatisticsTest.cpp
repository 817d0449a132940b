//===- StatisticsTest.cpp - statistics against counting by hand -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Compress/Statistics.h"

#include "Ranges.h"

#include "gtest/gtest.h"

#include <cmath>
#include <numeric>
#include <random>

using namespace winnow;

namespace {

std::vector<float> makeNoise(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(generator);
  return values;
}

TEST(Histogram, CountsAllAndGrows) {
  Histogram histogram;
  for (float value : {0.0f, 1e-8f, -3.0f, 100.0f, 0.0f, 5.0f})
    histogram.add(value);
  EXPECT_EQ(histogram.getTotal(), 6);
  EXPECT_EQ(histogram.getZeros(), 2);
  EXPECT_GT(histogram.getRange(), 100);
  // The bin of the largest number, which is all that lies above the others.
  EXPECT_NEAR(histogram.getUpperQuantile(1), 100, histogram.getBinWidth());
  EXPECT_NEAR(histogram.getLowerQuantile(1), -3, histogram.getBinWidth());
}

TEST(Histogram, JoinsAnotherOfAnotherRange) {
  Histogram small, large;
  small.add(0.5f);
  large.add(1000.0f, 3);
  small.add(large, 2);
  EXPECT_EQ(small.getTotal(), 7);
  EXPECT_NEAR(small.getUpperQuantile(1), 1000, small.getBinWidth());
}

TEST(Histogram, QuantilesLeaveOutliersBehind) {
  Histogram histogram;
  for (int i = 1; i <= 100000; ++i)
    histogram.add(i * 1e-5f);
  histogram.add(64.0f);
  EXPECT_GT(histogram.getUpperQuantile(1), 63);
  EXPECT_LT(histogram.getUpperQuantile(0.9999), 1.2);
}

TEST(ValueStatistics, KnowsChannels) {
  ValueStatistics statistics(2, {1, 0});
  statistics.add({1, 2, 3, -4, -5, 0, /*next sample*/ 9, 1, 1, 7, 7, 7}, 3);
  EXPECT_EQ(statistics.getMin(), -5);
  EXPECT_EQ(statistics.getMax(), 9);
  EXPECT_EQ(statistics.getChannelMaxima()[1], 7);
  EXPECT_EQ(statistics.getChannelMinima()[0], 1);
  EXPECT_EQ(statistics.getCounts().getTotal(), 12);
  EXPECT_EQ(statistics.getCosts().getTotal(), 6) << "those of channel 0: errors in channel 1 cost nothing";
}

TEST(ChannelMeans, AreThoseOfEachChannel) {
  ChannelMeans means(2);
  means.add({1, 3, 10, 20, 5, 7, 30, 40}, 2);
  EXPECT_EQ(means.getMeans(), (std::vector<double>{4, 25}));
}

TEST(Ranges, KeepZeroExactAndPredictTheirError) {
  std::vector<float> values = makeNoise(100000, 1);
  Histogram counts;
  for (float value : values)
    counts.add(value);
  float largest = *std::max_element(values.begin(), values.end());
  float least = *std::min_element(values.begin(), values.end());
  for (unsigned bits : {8, 5})
    for (RangeMethod method : {RangeMethod::MinMax, RangeMethod::Percentile999, RangeMethod::Mse, RangeMethod::Auto}) {
      Range range = chooseRange({least, largest}, counts, counts, method, bits);
      double error = 0;
      float most = (1 << bits) - 1;
      for (float value : values) {
        float stored = std::min(most, std::max(0.0f, std::nearbyint(value / range.scale) + range.zero));
        double difference = (stored - range.zero) * range.scale - value;
        error += difference * difference / values.size();
      }
      EXPECT_NEAR(error / range.error, 1, 0.15) << range.choice;
      EXPECT_NEAR(range.zero, most / 2, most / 9);
      EXPECT_FLOAT_EQ(range.getUpper(), (most - range.zero) * range.scale);
    }
  EXPECT_LT(chooseRange({least, largest}, counts, counts, RangeMethod::Mse, 8).error,
            chooseRange({least, largest}, counts, counts, RangeMethod::MinMax, 8).error);
}

TEST(Ranges, PositiveNumbersBeginAtZero) {
  Histogram counts;
  counts.add(3.0f);
  Range range = chooseRange({0, 3}, counts, counts, RangeMethod::MinMax, 8);
  EXPECT_EQ(range.zero, 0);
  EXPECT_FLOAT_EQ(range.scale, 3.0f / 255);
  EXPECT_EQ(range.choice, "min-max");
}

TEST(GramMatrix, IsTheMomentsOfPatches) {
  PatchShape shape;
  shape.channels = shape.totalChannels = 2;
  shape.height = 5, shape.width = 4, shape.kernelHeight = shape.kernelWidth = 3, shape.padTop = shape.padLeft = 1;
  shape.strideHeight = 2, shape.outputHeight = 3, shape.outputWidth = 4;
  GramMatrix gram(shape, /*rows=*/1);
  std::vector<float> input = makeNoise(2 * 2 * 5 * 4, 2), output = makeNoise(2 * 3 * 4, 3);
  gram.add(input, 100, output);
  auto at = [&](int64_t n, int64_t c, int64_t y, int64_t x) {
    return y < 0 || y >= 5 || x < 0 || x >= 4 ? 0.0 : input[((n * 2 + c) * 5 + y) * 4 + x];
  };
  auto element = [&](int64_t k, int64_t n, int64_t oy, int64_t ox) {
    return at(n, k / 9, 2 * oy - 1 + k % 9 / 3, ox - 1 + k % 3);
  };
  auto mean = [&](auto &&function) {
    double sum = 0;
    for (int64_t n = 0; n < 2; ++n)
      for (int64_t oy = 0; oy < 3; ++oy)
        for (int64_t ox = 0; ox < 4; ++ox)
          sum += function(n, oy, ox);
    return sum / 24;
  };
  auto first = [&](int64_t k) { return mean([&](auto... p) { return element(k, p...); }); };
  auto result = [&](int64_t n, int64_t oy, int64_t ox) { return double(output[(n * 3 + oy) * 4 + ox]); };
  for (int64_t i = 0; i < 18; ++i) {
    for (int64_t j = 0; j < 18; ++j) {
      double want = mean([&](auto... p) { return element(i, p...) * element(j, p...); }) - first(i) * first(j);
      EXPECT_NEAR(gram.get()[i * 18 + j], want, 1e-4);
    }
    double want = mean([&](auto... p) { return element(i, p...) * result(p...); }) - first(i) * mean(result);
    EXPECT_NEAR(gram.getCross()[i], want, 1e-4);
    EXPECT_NEAR(gram.getInputMeans()[i], first(i), 1e-5);
  }
}

} // namespace
