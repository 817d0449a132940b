//===- GramMatrix.cpp - what rows of weights are multiplied with -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Compress/Statistics.h"

#include <Eigen/Core>

#include <algorithm>
#include <functional>

namespace winnow {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic>;
using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Columns that are gathered before they are multiplied: enough to keep the processor busy.
static constexpr int64_t kPendingColumns = 256;

GramMatrix::GramMatrix(const PatchShape &shape, int64_t rows)
    : shape(shape), size(shape.getRowLength()), rows(rows), sums(size * size, 0.0f), cross(rows * size, 0.0f),
      pending(size * kPendingColumns), pendingOutputs(rows * kPendingColumns), inputSums(size, 0.0),
      outputSums(rows, 0.0) {}

void GramMatrix::addColumn(const float *sample, int64_t position) {
  int64_t top = position / shape.outputWidth * shape.strideHeight - shape.padTop;
  int64_t left = position % shape.outputWidth * shape.strideWidth - shape.padLeft;
  float *column = pending.data() + pendingCount * size;
  for (int64_t c = 0; c < shape.channels; ++c) {
    const float *channel = sample + (shape.groupOffset + c) * shape.height * shape.width;
    for (int64_t ky = 0; ky < shape.kernelHeight; ++ky)
      for (int64_t kx = 0; kx < shape.kernelWidth; ++kx) {
        int64_t y = top + ky * shape.dilationHeight, x = left + kx * shape.dilationWidth;
        bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
        *column++ = inside ? channel[y * shape.width + x] : 0.0f;
      }
  }
}

void GramMatrix::add(llvm::ArrayRef<float> input, int64_t positions, llvm::ArrayRef<float> output) {
  int64_t sample = shape.height * shape.width * shape.totalChannels;
  int64_t outputs = shape.outputHeight * shape.outputWidth, taken = std::min(positions, outputs);
  for (size_t n = 0; (n + 1) * sample <= input.size(); ++n, ++phase)
    for (int64_t i = 0; i < taken; ++i) {
      // Evenly spread, and others each time.
      int64_t position = (i * outputs / taken + phase * 7919) % outputs;
      addColumn(input.data() + n * sample, position);
      for (int64_t m = 0; m < rows; ++m)
        pendingOutputs[pendingCount * rows + m] = output[(n * rows + m) * outputs + position];
      if (++pendingCount == kPendingColumns)
        flush();
    }
}

void GramMatrix::flush() {
  if (pendingCount == 0)
    return;
  Eigen::Map<Matrix> total(sums.data(), size, size), columns(pending.data(), size, pendingCount);
  total.selfadjointView<Eigen::Lower>().rankUpdate(columns);
  Eigen::Map<Eigen::VectorXd>(inputSums.data(), size) += columns.rowwise().sum().cast<double>();
  if (rows > 0) {
    Eigen::Map<Matrix> results(pendingOutputs.data(), rows, pendingCount);
    Eigen::Map<RowMatrix>(cross.data(), rows, size).noalias() += results * columns.transpose();
    Eigen::Map<Eigen::VectorXd>(outputSums.data(), rows) += results.rowwise().sum().cast<double>();
  }
  count += pendingCount;
  pendingCount = 0;
}

void GramMatrix::merge(const GramMatrix &other) {
  GramMatrix whole = other;
  whole.flush();
  flush();
  auto add = [](auto &to, const auto &from) {
    std::transform(to.begin(), to.end(), from.begin(), to.begin(), std::plus<>());
  };
  add(sums, whole.sums);
  add(cross, whole.cross);
  add(inputSums, whole.inputSums);
  add(outputSums, whole.outputSums);
  count += whole.count;
}

std::vector<float> GramMatrix::getMeans(const std::vector<double> &sums) const {
  GramMatrix whole = *this;
  whole.flush();
  std::vector<float> means;
  for (double sum : &sums == &inputSums ? whole.inputSums : whole.outputSums)
    means.push_back(static_cast<float>(sum / std::max<int64_t>(1, whole.count)));
  return means;
}

std::vector<float> GramMatrix::get() const {
  GramMatrix whole = *this;
  whole.flush();
  std::vector<float> result(size * size), means = getInputMeans();
  Eigen::Map<Matrix> total(whole.sums.data(), size, size), out(result.data(), size, size);
  Eigen::Map<Eigen::VectorXf> mean(means.data(), size);
  out = total.selfadjointView<Eigen::Lower>();
  out /= std::max<float>(1, whole.count);
  out -= mean * mean.transpose();
  return result;
}

std::vector<float> GramMatrix::getCross() const {
  GramMatrix whole = *this;
  whole.flush();
  std::vector<float> result(rows * size), inputs = getInputMeans(), outputs = getOutputMeans();
  Eigen::Map<RowMatrix> out(result.data(), rows, size);
  out = Eigen::Map<RowMatrix>(whole.cross.data(), rows, size) / std::max<float>(1, whole.count);
  out -= Eigen::Map<Eigen::VectorXf>(outputs.data(), rows) * Eigen::Map<Eigen::RowVectorXf>(inputs.data(), size);
  return result;
}

} // namespace winnow
