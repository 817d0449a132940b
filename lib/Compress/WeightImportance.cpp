//===- WeightImportance.cpp - squares of derivatives by weights -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importance.h"

#include <Eigen/Core>

#include <algorithm>

namespace winnow {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Numbers of patches that are gathered at a time.
static constexpr int64_t kPatchElements = int64_t(1) << 18;

WeightImportance::WeightImportance(const PatchShape &shape, int64_t rows)
    : shape(shape), rows(rows), squares(rows * shape.getRowLength(), 0.0), rowSquares(rows, 0.0),
      sum(rows * shape.getRowLength()) {}

/// What the weights meet at positions [begin, end), a line for each weight of a row.
static void gatherPatches(const PatchShape &shape, const float *input, int64_t begin, int64_t end, float *to) {
  for (int64_t c = 0; c < shape.channels; ++c) {
    const float *plane = input + (shape.groupOffset + c) * shape.height * shape.width;
    for (int64_t ky = 0; ky < shape.kernelHeight; ++ky)
      for (int64_t kx = 0; kx < shape.kernelWidth; ++kx)
        for (int64_t at = begin; at < end; ++at) {
          int64_t y = at / shape.outputWidth * shape.strideHeight - shape.padTop + ky * shape.dilationHeight;
          int64_t x = at % shape.outputWidth * shape.strideWidth - shape.padLeft + kx * shape.dilationWidth;
          bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
          *to++ = inside ? plane[y * shape.width + x] : 0.0f;
        }
  }
}

void WeightImportance::add(llvm::ArrayRef<float> input, llvm::ArrayRef<float> gradient) {
  int64_t length = shape.getRowLength(), positions = shape.outputHeight * shape.outputWidth;
  int64_t atATime = std::clamp<int64_t>(kPatchElements / length, 1, positions);
  Eigen::Map<const RowMatrix> bySums(gradient.data(), rows, positions);
  Eigen::Map<RowMatrix> byWeights(sum.data(), rows, length);
  byWeights.setZero();
  patches.resize(length * atATime);
  for (int64_t begin = 0, count; begin < positions; begin += count) {
    count = std::min(atATime, positions - begin);
    gatherPatches(shape, input.data(), begin, begin + count, patches.data());
    Eigen::Map<const RowMatrix> met(patches.data(), length, count);
    byWeights.noalias() += bySums.middleCols(begin, count) * met.transpose();
  }
  Eigen::Map<Eigen::ArrayXd>(squares.data(), squares.size()) +=
      Eigen::Map<const Eigen::ArrayXf>(sum.data(), sum.size()).square().cast<double>();
  Eigen::Map<Eigen::VectorXd>(rowSquares.data(), rows) += bySums.rowwise().squaredNorm().cast<double>();
  ++samples;
}

Importance WeightImportance::get() const {
  Importance found;
  double count = std::max<int64_t>(1, samples);
  for (double square : squares)
    found.weights.push_back(static_cast<float>(square / count));
  for (double square : rowSquares)
    found.rows.push_back(static_cast<float>(square / count));
  return found;
}

} // namespace winnow
