//===- ActivatedMeans.h - means of what layers return -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_ACTIVATEDMEANS_H
#define WINNOW_LIB_COMPRESS_ACTIVATEDMEANS_H

#include "LayerOp.h"

namespace winnow {

/// Of each channel of a layer's sums: the mean behind its activation, and how it moves with the bias.
class ActivatedMeans {
public:
  explicit ActivatedMeans(const LayerOp &layer);

  /// Adds sums, rows of `rowLength` elements of each channel.
  void add(llvm::ArrayRef<float> sums, int64_t rowLength);
  std::vector<double> getMeans() const { return getParts(totals); }
  /// The parts of the sums that the activation lets through: the mean's derivative by the bias.
  std::vector<double> getSlopes() const { return getParts(inside); }

private:
  std::vector<double> getParts(const std::vector<double> &of) const;

  float lower = -HUGE_VALF, upper = HUGE_VALF; ///< the activation is the identity between them
  std::vector<double> totals, inside;
  double count = 0;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_ACTIVATEDMEANS_H
