//===- GramMatrix.cpp - what rows of weights are multiplied with -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Compress/Statistics.h"

#include <Eigen/Core>

namespace winnow {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic>;

/// Columns that are gathered before they are multiplied: enough to keep the processor busy.
static constexpr int64_t kPendingColumns = 256;

GramMatrix::GramMatrix(const PatchShape &shape)
    : shape(shape), size(shape.getRowLength()), sums(size * size, 0.0f), pending(size * kPendingColumns) {}

void GramMatrix::add(llvm::ArrayRef<float> input, int64_t positions) {
  int64_t plane = shape.height * shape.width, sample = plane * shape.totalChannels;
  int64_t outputs = shape.outputHeight * shape.outputWidth;
  int64_t taken = std::min(positions, outputs);
  for (size_t at = 0; at + sample <= input.size(); at += sample, ++phase)
    for (int64_t i = 0; i < taken; ++i) {
      // Evenly spread, and others each time.
      int64_t position = (i * outputs / taken + phase * 7919) % outputs;
      int64_t top = position / shape.outputWidth * shape.strideHeight - shape.padTop;
      int64_t left = position % shape.outputWidth * shape.strideWidth - shape.padLeft;
      float *column = pending.data() + pendingCount * size;
      for (int64_t c = 0; c < shape.channels; ++c) {
        const float *channel = input.data() + at + (shape.groupOffset + c) * plane;
        for (int64_t ky = 0; ky < shape.kernelHeight; ++ky)
          for (int64_t kx = 0; kx < shape.kernelWidth; ++kx) {
            int64_t y = top + ky * shape.dilationHeight, x = left + kx * shape.dilationWidth;
            bool inside = y >= 0 && y < shape.height && x >= 0 && x < shape.width;
            *column++ = inside ? channel[y * shape.width + x] : 0.0f;
          }
      }
      if (++pendingCount == kPendingColumns)
        flush();
    }
}

void GramMatrix::flush() {
  if (pendingCount == 0)
    return;
  Eigen::Map<Matrix> total(sums.data(), size, size);
  Eigen::Map<Matrix> columns(pending.data(), size, pendingCount);
  total.selfadjointView<Eigen::Lower>().rankUpdate(columns);
  count += pendingCount;
  pendingCount = 0;
}

std::vector<float> GramMatrix::get() const {
  GramMatrix whole = *this;
  whole.flush();
  std::vector<float> result(size * size);
  Eigen::Map<Matrix> total(whole.sums.data(), size, size), out(result.data(), size, size);
  out = total.selfadjointView<Eigen::Lower>();
  out /= std::max<float>(1, whole.count);
  return result;
}

} // namespace winnow
