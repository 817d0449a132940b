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

static double getRowSum(const TransformMatrix &matrix, int64_t row) {
  double sum = 0;
  for (int64_t c = 0; c < matrix.columns; ++c)
    sum += std::abs(matrix.at(row, c));
  return sum;
}

std::optional<WinogradTransform> WinogradTransform::get(int64_t outputs, int64_t taps) {
  int64_t n = outputs + taps - 1;
  if (outputs < 1 || taps < 1 || n > 10)
    return std::nullopt;
  WinogradTransform result;
  result.outputs = outputs;
  result.taps = taps;
  TransformMatrix &at = result.outputTransform = TransformMatrix(outputs, n);
  TransformMatrix &g = result.filterTransform = TransformMatrix(n, taps);
  TransformMatrix &bt = result.inputTransform = TransformMatrix(n, n);

  llvm::ArrayRef<Fraction> points = getPoints(n - 1);
  for (int64_t j = 0; j < n - 1; ++j) {
    Fraction scale(1);
    for (int64_t k = 0; k < n - 1; ++k)
      if (k != j)
        scale = scale * (points[j] - points[k]);
    Fraction power(1);
    for (int64_t i = 0; i < std::max(outputs, taps); ++i, power = power * points[j]) {
      if (i < outputs)
        at.at(i, j) = power.toDouble();
      if (i < taps)
        g.at(j, i) = (power / scale).toDouble();
    }
    for (auto [i, coefficient] : llvm::enumerate(getProduct(points, j)))
      bt.at(j, i) = coefficient.toDouble();
  }
  // The point at infinity sees the highest power alone.
  at.at(outputs - 1, n - 1) = g.at(n - 1, taps - 1) = 1;
  for (auto [i, coefficient] : llvm::enumerate(getProduct(points, -1)))
    bt.at(n - 1, i) = coefficient.toDouble();

  result.amplification = 0;
  for (int64_t i = 0; i < outputs; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < n; ++j)
      sum += std::abs(at.at(i, j)) * getRowSum(g, j) * getRowSum(bt, j);
    result.amplification = std::max(result.amplification, sum / static_cast<double>(taps));
  }
  return result;
}

WinogradTiling WinogradTiling::get(std::array<int64_t, 2> taps, std::array<int64_t, 2> extents, int64_t outputs,
                                   int64_t inChannels, int64_t outChannels, const TargetFacts &facts) {
  WinogradTiling tiling;
  tiling.taps = taps;
  for (int64_t d = 0; d < 2; ++d) {
    tiling.outputs[d] = taps[d] > 1 ? outputs : 1;
    tiling.tiles[d] = (extents[d] + tiling.outputs[d] - 1) / tiling.outputs[d];
  }
  // Transformed inputs and products of a chunk stay in the second level cache where they fit, else they leave it and
  // come back; the filter passes once a chunk where it is larger. Of chunks with about the least traffic the smallest
  // needs the least memory.
  int64_t points = tiling.getNumPoints(), bytes = sizeof(float), rows = tiling.tiles[0];
  int64_t filterBytes = points * inChannels * outChannels * bytes;
  int64_t rowBytes = points * tiling.tiles[1] * (inChannels + outChannels) * bytes;
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
