//===- WinogradTransformTest.cpp - minimal filtering against plain sums ---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/WinogradTransform.h"

#include "winnow/Support/TargetFacts.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace winnow;

namespace {

using Vector = std::vector<double>;

Vector multiply(const TransformMatrix &matrix, const Vector &in) {
  EXPECT_EQ(static_cast<size_t>(matrix.columns), in.size());
  Vector out(matrix.rows, 0.0);
  for (int64_t r = 0; r < matrix.rows; ++r)
    for (int64_t c = 0; c < matrix.columns; ++c)
      out[r] += matrix.at(r, c) * in[c];
  return out;
}

/// Numbers without pattern.
Vector makeNumbers(int64_t count, int64_t seed) {
  Vector numbers;
  for (int64_t i = 0; i < count; ++i)
    numbers.push_back(std::sin(static_cast<double>(12.9898 * (i + 1) + 78.233 * seed)));
  return numbers;
}

/// A^T ((G g) . (B^T d)).
Vector applyTransform(const WinogradTransform &transform, const Vector &d, const Vector &g) {
  Vector u = multiply(transform.filterTransform, g), v = multiply(transform.inputTransform, d);
  for (size_t i = 0; i < u.size(); ++i)
    u[i] *= v[i];
  return multiply(transform.outputTransform, u);
}

/// What `g` and what it meets of `d` from element `first` on add up to.
double correlate(const Vector &d, const Vector &g, size_t first) {
  double sum = 0;
  for (size_t k = 0; k < g.size(); ++k)
    sum += g[k] * d[first + k];
  return sum;
}

void expectCorrelation(int64_t outputs, int64_t taps) {
  auto transform = WinogradTransform::get(outputs, taps);
  ASSERT_TRUE(transform) << outputs << ", " << taps;
  Vector d = makeNumbers(outputs + taps - 1, 1), g = makeNumbers(taps, 2);
  Vector y = applyTransform(*transform, d, g);
  for (int64_t i = 0; i < outputs; ++i)
    EXPECT_NEAR(y[i], correlate(d, g, i), 1e-12) << "F(" << outputs << ", " << taps << ") output " << i;
}

TEST(WinogradTransform, EqualsTheCorrelation) {
  for (int64_t taps = 1; taps <= 7; ++taps)
    for (int64_t outputs = 1; outputs + taps <= 11; ++outputs)
      expectCorrelation(outputs, taps);
}

TEST(WinogradTransform, WithoutTapsIsTheIdentity) {
  auto transform = WinogradTransform::get(1, 1);
  ASSERT_TRUE(transform);
  for (const TransformMatrix *matrix :
       {&transform->outputTransform, &transform->filterTransform, &transform->inputTransform}) {
    ASSERT_EQ(matrix->elements.size(), 1u);
    EXPECT_EQ(matrix->elements[0], 1.0);
  }
  EXPECT_EQ(transform->amplification, 1.0);
}

TEST(WinogradTransform, ErrorsGrowWithTheOutputs) {
  double two = WinogradTransform::get(2, 3)->amplification, four = WinogradTransform::get(4, 3)->amplification,
         six = WinogradTransform::get(6, 3)->amplification;
  EXPECT_LT(two, 3);
  EXPECT_LT(two, four);
  // The points 0, +-1, +-2 of the first paper have 16.
  EXPECT_LT(four, 8);
  EXPECT_LT(four, six);
  EXPECT_LT(six, 23);
}

/// Products of integers by integer matrices, modulo 2^32 where they are summed up; inputs and filters are the worst.
void expectExact(int64_t outputs, int64_t taps, double input, double weight) {
  auto transform = WinogradTransform::getInteger(outputs, taps);
  ASSERT_TRUE(transform) << outputs << ", " << taps;
  for (const TransformMatrix *matrix :
       {&transform->outputTransform, &transform->filterTransform, &transform->inputTransform})
    for (double element : matrix->elements)
      EXPECT_EQ(element, std::round(element));
  // Signs that make each of the transformed numbers as large as it may become, one after the other.
  for (int64_t point = 0; point < transform->getNumPoints(); ++point) {
    Vector d, g;
    for (int64_t i = 0; i < outputs + taps - 1; ++i)
      d.push_back(transform->inputTransform.at(point, i) < 0 ? -input : input);
    for (int64_t k = 0; k < taps; ++k)
      g.push_back(transform->filterTransform.at(point, k) < 0 ? -weight : weight);
    Vector y = applyTransform(*transform, d, g);
    for (int64_t i = 0; i < outputs; ++i)
      EXPECT_EQ(y[i], correlate(d, g, i) * static_cast<double>(transform->divisor))
          << "F(" << outputs << ", " << taps << ")";
  }
}

TEST(WinogradTransform, IntegersAreExact) {
  for (int64_t taps = 1; taps <= 5; ++taps)
    for (int64_t outputs = 1; outputs + taps <= 8; ++outputs)
      expectExact(outputs, taps, 255, 128);
}

TEST(WinogradTransform, BytesFitWhereWindowsAreSmall) {
  auto get = [](int64_t outputs, int64_t taps) {
    auto transform = *WinogradTransform::getInteger(outputs, taps);
    return std::array<WinogradTransform, 2>{transform, transform};
  };
  EXPECT_EQ(get(4, 3)[0].divisor, 24);
  EXPECT_TRUE(getByteObstacle(get(2, 3), 1 << 20).empty());
  // 576 is 64 times an odd number.
  EXPECT_TRUE(getByteObstacle(get(4, 3), (1 << 25) - 1).empty());
  EXPECT_FALSE(getByteObstacle(get(4, 3), 1 << 25).empty());
  EXPECT_FALSE(getByteObstacle(get(4, 5), 1).empty());
  EXPECT_FALSE(getByteObstacle(get(6, 3), 1).empty());
  EXPECT_FALSE(WinogradTransform::getInteger(6, 4));
}

TEST(WinogradTransform, SumsAreBoundedByTheSignsOfWeights) {
  EXPECT_EQ(getLargestByteSum(10, 4, 0), 2550);
  EXPECT_EQ(getLargestByteSum(4, 10, 0), 2550);
  EXPECT_EQ(getLargestByteSum(10, 4, 255), 2550);
  EXPECT_EQ(getLargestByteSum(10, 4, 55), 10 * 200 + 4 * 55);
}

TEST(WinogradTransform, TooManyPointsAreRefused) {
  EXPECT_FALSE(WinogradTransform::get(5, 7));
  EXPECT_FALSE(WinogradTransform::get(0, 3));
}

TEST(WinogradTiling, ChunksCoverAllRows) {
  TargetFacts facts;
  for (int64_t l2 : {256 << 10, 1 << 20, 2 << 20})
    for (int64_t extent : {1, 7, 13, 28, 56, 224}) {
      facts.l2Bytes = l2;
      WinogradTiling tiling = WinogradTiling::get({3, 3}, {extent, extent}, 4, 64, 64, /*inputBytes=*/4, facts);
      EXPECT_GE(tiling.tiles[0] * 4, extent);
      EXPECT_LT((tiling.tiles[0] - 1) * 4, extent);
      EXPECT_GE(tiling.getLastRows(), 1);
      EXPECT_LE(tiling.getLastRows(), tiling.chunkRows);
    }
}

TEST(WinogradTiling, LargeFiltersPassOnce) {
  TargetFacts facts;
  facts.l2Bytes = 2 << 20;
  // 38 MB of filter, 7 MB of transformed inputs and products: those may leave the cache.
  WinogradTiling deep = WinogradTiling::get({3, 3}, {28, 28}, 4, 512, 512, /*inputBytes=*/4, facts);
  EXPECT_EQ(deep.getNumChunks(), 1);
  EXPECT_EQ(deep.traffic, 4 * 36 * (512 * 512 + 2 * 49 * (512 + 512)));
  // 0.6 MB of filter stay, so the others stay as well.
  WinogradTiling wide = WinogradTiling::get({3, 3}, {224, 224}, 4, 64, 64, /*inputBytes=*/4, facts);
  EXPECT_EQ(wide.chunkRows, 1);
  EXPECT_EQ(wide.traffic, 4 * 36 * 64 * 64);
  // Transformed bytes have two bytes, their products four.
  WinogradTiling bytes = WinogradTiling::get({3, 3}, {28, 28}, 4, 512, 512, /*inputBytes=*/2, facts);
  EXPECT_EQ(bytes.traffic, 36 * (2 * 512 * 512 + 2 * 49 * 512 * (2 + 4)));
}

TEST(WinogradTiling, DimensionsWithoutTapsStayAsTheyAre) {
  WinogradTiling tiling = WinogradTiling::get({1, 7}, {17, 17}, 2, 128, 128, /*inputBytes=*/4, TargetFacts());
  EXPECT_EQ(tiling.outputs[0], 1);
  EXPECT_EQ(tiling.tiles[0], 17);
  EXPECT_EQ(tiling.outputs[1], 2);
  EXPECT_EQ(tiling.tiles[1], 9);
  EXPECT_EQ(tiling.getNumPoints(), 8);
}

} // namespace
