//===- WinogradTransform.h - matrices of minimal filtering ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_WINOGRADTRANSFORM_H
#define WINNOW_SUPPORT_WINOGRADTRANSFORM_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <array>
#include <cstdint>
#include <optional>

namespace winnow {

struct TargetFacts;

/// A small dense matrix.
struct TransformMatrix {
  int64_t rows = 0, columns = 0;
  llvm::SmallVector<double> elements; ///< row-major

  TransformMatrix() = default;
  TransformMatrix(int64_t rows, int64_t columns) : rows(rows), columns(columns), elements(rows * columns, 0.0) {}
  double &at(int64_t row, int64_t column) { return elements[row * columns + column]; }
  double at(int64_t row, int64_t column) const { return elements[row * columns + column]; }
};

/// The minimal filtering algorithm F(m, r): m outputs of a correlation with r
/// taps from m + r - 1 inputs by as many multiplications,
///
///   y = outputTransform * ((filterTransform * g) .* (inputTransform * d)) / divisor
///
/// With m = r = 1 all three are the identity, so that dimensions without taps
/// need no special case.
struct WinogradTransform {
  int64_t outputs = 1, taps = 1;
  TransformMatrix outputTransform; ///< A^T, m x n
  TransformMatrix filterTransform; ///< G, n x r
  TransformMatrix inputTransform;  ///< B^T, n x n
  /// How much larger a rounding error may become than in a direct sum:
  /// max_i sum_j |A^T_ij| |G_j|_1 |B^T_j|_1 / r. Two nested transforms multiply theirs.
  double amplification = 1;
  /// What integer matrices multiply the results by; 1 for real ones.
  int64_t divisor = 1;

  int64_t getNumPoints() const { return outputs + taps - 1; }

  /// The matrices of F(outputs, taps); nothing where more interpolation points
  /// would be needed than single precision stands (outputs + taps > 11).
  static std::optional<WinogradTransform> get(int64_t outputs, int64_t taps);

  /// Matrices of integers, small ones in `filterTransform`: sums of products of integers come out exactly `divisor`
  /// times as large. Nothing as above, or where there are not enough integer points.
  static std::optional<WinogradTransform> getInteger(int64_t outputs, int64_t taps);
};

/// The largest magnitude of a sum of products of unsigned bytes less `zeroPoint` with weights, of which those above zero
/// sum up to `positive` and the others to -`negative`.
double getLargestByteSum(double positive, double negative, int64_t zeroPoint);

/// Why integer `transforms` along height and width cannot compute a convolution of bytes, in i16 with sums in i32;
/// empty where they can. `largestSum` is the largest magnitude that a sum of its products may have.
llvm::StringRef getByteObstacle(const std::array<WinogradTransform, 2> &transforms, double largestSum);

/// How a convolution of stride 1 is cut for F(m, r) along height and width, and
/// how many rows of tiles pass through the caches together.
struct WinogradTiling {
  std::array<int64_t, 2> taps{1, 1}, outputs{1, 1}, tiles{1, 1};
  /// Rows of tiles of one chunk; the last may have fewer.
  int64_t chunkRows = 1;
  /// Bytes of filters, transformed inputs and products that the second level cache does not hold.
  int64_t traffic = 0;

  /// `extents` are those of the output; channels are padded to whole blocks.
  /// `outputs` is m for the dimensions that have taps. `inputBytes` are those of an element of transformed inputs and
  /// filters; products have four.
  static WinogradTiling get(std::array<int64_t, 2> taps, std::array<int64_t, 2> extents, int64_t outputs,
                            int64_t inChannels, int64_t outChannels, int64_t inputBytes, const TargetFacts &facts);

  int64_t getTileExtent(int64_t dim) const { return outputs[dim] + taps[dim] - 1; }
  /// Multiplications (matrices of the batched product) of one tile.
  int64_t getNumPoints() const { return getTileExtent(0) * getTileExtent(1); }
  int64_t getNumTiles() const { return tiles[0] * tiles[1]; }
  int64_t getNumChunks() const { return (tiles[0] + chunkRows - 1) / chunkRows; }
  int64_t getLastRows() const { return tiles[0] - (getNumChunks() - 1) * chunkRows; }
};

} // namespace winnow

#endif // WINNOW_SUPPORT_WINOGRADTRANSFORM_H
