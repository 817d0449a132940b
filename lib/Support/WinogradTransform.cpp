//===- WinogradTransform.cpp - matrices of minimal filtering --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Winograd's algorithms for short filters as convolutional networks use them:
// A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015.
// The matrices come from interpolation points by the Toom-Cook method; the
// accuracy depends on the points, and reciprocal pairs of both signs are best:
// B. Barabasz, A. Anderson, K. Soodhalter, D. Gregg, "Error Analysis and
// Improving the Accuracy of Winograd Convolution for Deep Neural Networks", 2020.
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/WinogradTransform.h"

#include "winnow/Support/TargetFacts.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace winnow {

namespace {

/// An exact fraction; those of up to nine small points fit easily.
struct Fraction {
  int64_t numerator = 0, denominator = 1;

  Fraction(int64_t n = 0, int64_t d = 1) : numerator(n), denominator(d) {
    int64_t divisor = std::gcd(n, d) * (d < 0 ? -1 : 1);
    numerator /= divisor;
    denominator /= divisor;
  }
  Fraction operator*(Fraction other) const { return {numerator * other.numerator, denominator * other.denominator}; }
  Fraction operator/(Fraction other) const { return {numerator * other.denominator, denominator * other.numerator}; }
  Fraction operator-(Fraction other) const {
    return {numerator * other.denominator - other.numerator * denominator, denominator * other.denominator};
  }
  double toDouble() const { return static_cast<double>(numerator) / static_cast<double>(denominator); }
};

using Polynomial = llvm::SmallVector<Fraction>;

} // namespace

/// The finite points for `count` of them, the best by `amplification` among
/// sets of small fractions; infinity is always one more. Points of both signs
/// share most of their work.
static llvm::ArrayRef<Fraction> getPoints(int64_t count) {
  static const Fraction kFew[] = {{0}, {1}, {-1}, {2}};
  static const Fraction kFive[] = {{0}, {2}, {-2}, {1, 2}, {-1, 2}, {1}};
  static const Fraction kSeven[] = {{0}, {1}, {-1}, {2}, {-2}, {1, 2}, {-1, 2}, {-3}};
  static const Fraction kNine[] = {{0}, {3}, {-3}, {1, 3}, {-1, 3}, {3, 4}, {-3, 4}, {4, 3}, {-4, 3}};
  if (count <= 4)
    return llvm::ArrayRef<Fraction>(kFew).take_front(count);
  if (count <= 6)
    return llvm::ArrayRef<Fraction>(kFive).take_front(count);
  if (count <= 8)
    return llvm::ArrayRef<Fraction>(kSeven).take_front(count);
  return llvm::ArrayRef<Fraction>(kNine).take_front(count);
}

/// The product of (x - p) over all points but the one at `skipped`, lowest power first.
static Polynomial getProduct(llvm::ArrayRef<Fraction> points, int64_t skipped) {
  Polynomial product{Fraction(1)};
  for (int64_t k = 0; k < static_cast<int64_t>(points.size()); ++k) {
    if (k == skipped)
      continue;
    product.push_back(0);
    for (int64_t i = product.size() - 1; i >= 0; --i)
      product[i] = (i > 0 ? product[i - 1] : Fraction(0)) - points[k] * product[i];
  }
  return product;
}

/// What the polynomial with zeros at all points but the one at `j` has there.
static Fraction getScale(llvm::ArrayRef<Fraction> points, int64_t j) {
  Fraction scale(1);
  for (int64_t k = 0; k < static_cast<int64_t>(points.size()); ++k)
    if (k != j)
      scale = scale * (points[j] - points[k]);
  return scale;
}

static double getRowSum(const TransformMatrix &matrix, int64_t row) {
  double sum = 0;
  for (int64_t c = 0; c < matrix.columns; ++c)
    sum += std::abs(matrix.at(row, c));
  return sum;
}

/// The matrices of F(outputs, taps) by finite `points` and infinity. Rows of G are `unit` times what makes the divisor
/// 1: a number that leaves integers.
static WinogradTransform makeTransform(int64_t outputs, int64_t taps, llvm::ArrayRef<Fraction> points, Fraction unit) {
  int64_t n = outputs + taps - 1;
  WinogradTransform result;
  result.outputs = outputs;
  result.taps = taps;
  TransformMatrix &at = result.outputTransform = TransformMatrix(outputs, n);
  TransformMatrix &g = result.filterTransform = TransformMatrix(n, taps);
  TransformMatrix &bt = result.inputTransform = TransformMatrix(n, n);

  for (int64_t j = 0; j < n - 1; ++j) {
    Fraction scale = getScale(points, j);
    Fraction power(1);
    for (int64_t i = 0; i < std::max(outputs, taps); ++i, power = power * points[j]) {
      if (i < outputs)
        at.at(i, j) = power.toDouble();
      if (i < taps)
        g.at(j, i) = (unit * power / scale).toDouble();
    }
    for (auto [i, coefficient] : llvm::enumerate(getProduct(points, j)))
      bt.at(j, i) = coefficient.toDouble();
  }
  // The point at infinity sees the highest power alone.
  at.at(outputs - 1, n - 1) = 1;
  g.at(n - 1, taps - 1) = unit.toDouble();
  for (auto [i, coefficient] : llvm::enumerate(getProduct(points, -1)))
    bt.at(n - 1, i) = coefficient.toDouble();

  return result;
}

/// Whether there is a transform of so many outputs and taps at all.
static bool hasPoints(int64_t outputs, int64_t taps) { return outputs >= 1 && taps >= 1 && outputs + taps - 1 <= 10; }

std::optional<WinogradTransform> WinogradTransform::get(int64_t outputs, int64_t taps) {
  if (!hasPoints(outputs, taps))
    return std::nullopt;
  int64_t n = outputs + taps - 1;
  WinogradTransform result = makeTransform(outputs, taps, getPoints(n - 1), /*unit=*/1);
  result.amplification = 0;
  for (int64_t i = 0; i < outputs; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < n; ++j)
      sum += std::abs(result.outputTransform.at(i, j)) * getRowSum(result.filterTransform, j) *
             getRowSum(result.inputTransform, j);
    result.amplification = std::max(result.amplification, sum / static_cast<double>(taps));
  }
  return result;
}

/// Rows of integer filter transforms may have this sum: two of them and a byte stay within 16 bits.
static constexpr double kMaxRowSum = 15;

/// Moves a factor of row `r` of G to column `r` of A^T, the smallest that leaves a row of small integers.
static void shrinkRow(WinogradTransform &transform, int64_t r) {
  TransformMatrix &g = transform.filterTransform, &at = transform.outputTransform;
  int64_t divisor = 0;
  for (int64_t c = 0; c < g.columns; ++c)
    divisor = std::gcd(divisor, static_cast<int64_t>(g.at(r, c)));
  int64_t factor = 1;
  while (factor < divisor && (divisor % factor != 0 || getRowSum(g, r) > kMaxRowSum * static_cast<double>(factor)))
    ++factor;
  for (int64_t c = 0; c < g.columns; ++c)
    g.at(r, c) /= static_cast<double>(factor);
  for (int64_t i = 0; i < at.rows; ++i)
    at.at(i, r) *= static_cast<double>(factor);
}

std::optional<WinogradTransform> WinogradTransform::getInteger(int64_t outputs, int64_t taps) {
  static const Fraction kIntegers[] = {{0}, {1}, {-1}, {2}, {-2}, {4}, {-4}};
  int64_t n = outputs + taps - 1;
  if (!hasPoints(outputs, taps) || n - 1 > static_cast<int64_t>(std::size(kIntegers)))
    return std::nullopt;
  llvm::ArrayRef<Fraction> points = llvm::ArrayRef<Fraction>(kIntegers).take_front(n - 1);
  int64_t divisor = 1;
  for (int64_t j = 0; j < n - 1; ++j)
    divisor = std::lcm(divisor, getScale(points, j).numerator);
  WinogradTransform result = makeTransform(outputs, taps, points, divisor);
  result.divisor = divisor;
  for (int64_t r = 0; r < n; ++r)
    shrinkRow(result, r);
  return result;
}

/// The largest sum of magnitudes in a row of `matrix`: how much larger than its inputs a result may be.
static double getGain(const TransformMatrix &matrix) {
  double gain = 0;
  for (int64_t r = 0; r < matrix.rows; ++r)
    gain = std::max(gain, getRowSum(matrix, r));
  return gain;
}

double getLargestByteSum(double positive, double negative, int64_t zeroPoint) {
  auto below = static_cast<double>(zeroPoint), above = 255 - below;
  return std::max(positive * above + negative * below, negative * above + positive * below);
}

llvm::StringRef getByteObstacle(const std::array<WinogradTransform, 2> &transforms, double largestSum) {
  double input = 255, filter = 128;
  int64_t divisor = 1;
  for (const WinogradTransform &transform : transforms) {
    input *= getGain(transform.inputTransform);
    filter *= getGain(transform.filterTransform);
    divisor *= transform.divisor;
  }
  if (input > INT16_MAX || filter > INT16_MAX)
    return "transformed bytes do not fit into 16 bits";
  // Modulo 2^32 an odd factor can be taken away again, a power of two needs room above the sums.
  double power = std::exp2(llvm::countr_zero(static_cast<uint64_t>(divisor)));
  if (largestSum * power > INT32_MAX)
    return "sums of products are too large for a transform in 32 bits";
  return {};
}

WinogradTiling WinogradTiling::get(std::array<int64_t, 2> taps, std::array<int64_t, 2> extents, int64_t outputs,
                                   int64_t inChannels, int64_t outChannels, int64_t inputBytes,
                                   const TargetFacts &facts) {
  WinogradTiling tiling;
  tiling.taps = taps;
  for (int64_t d = 0; d < 2; ++d) {
    tiling.outputs[d] = taps[d] > 1 ? outputs : 1;
    tiling.tiles[d] = (extents[d] + tiling.outputs[d] - 1) / tiling.outputs[d];
  }
  // Transformed inputs and products of a chunk stay in the second level cache where they fit, else they leave it and
  // come back; the filter passes once a chunk where it is larger. Of chunks with about the least traffic the smallest
  // needs the least memory.
  int64_t points = tiling.getNumPoints(), productBytes = sizeof(float), rows = tiling.tiles[0];
  int64_t filterBytes = points * inChannels * outChannels * inputBytes;
  int64_t rowBytes = points * tiling.tiles[1] * (inChannels * inputBytes + outChannels * productBytes);
  bool stays = filterBytes <= facts.l2Bytes / 2;
  int64_t budget = stays ? facts.l2Bytes * 2 / 5 : facts.l2Bytes;
  auto getTraffic = [&](int64_t chunkRows) {
    int64_t filters = stays ? filterBytes : filterBytes * ((rows + chunkRows - 1) / chunkRows);
    return filters + (chunkRows * rowBytes <= facts.l2Bytes ? 0 : 2 * rowBytes * rows);
  };
  int64_t room = std::clamp<int64_t>(budget / rowBytes, 1, rows);
  tiling.traffic = getTraffic(room);
  for (int64_t chunkRows = room + 1; chunkRows <= rows; ++chunkRows)
    tiling.traffic = std::min(tiling.traffic, getTraffic(chunkRows));
  int64_t most = room;
  while (most < rows && getTraffic(most) > tiling.traffic + tiling.traffic / 4)
    ++most;
  tiling.traffic = getTraffic(most);
  int64_t chunks = (rows + most - 1) / most;
  tiling.chunkRows = (rows + chunks - 1) / chunks;
  return tiling;
}

} // namespace winnow
