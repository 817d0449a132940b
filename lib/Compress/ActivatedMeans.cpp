//===- ActivatedMeans.cpp - means of what layers return -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ActivatedMeans.h"

using namespace winnow::cnn;

namespace winnow {

ActivatedMeans::ActivatedMeans(const LayerOp &layer) : totals(layer.getRows(), 0.0), inside(layer.getRows(), 0.0) {
  ActivationAttr activation = layer.getActivation();
  if (activation && activation.getKind() == ActivationKind::Relu)
    lower = 0;
  if (activation && activation.getKind() == ActivationKind::Clip) {
    lower = static_cast<float>(activation.getParam(0));
    upper = static_cast<float>(activation.getParam(1));
  }
}

void ActivatedMeans::add(llvm::ArrayRef<float> sums, int64_t rowLength) {
  const float *row = sums.data();
  for (size_t i = 0; i < sums.size() / rowLength; ++i, row += rowLength) {
    double total = 0;
    int64_t passed = 0;
    for (int64_t k = 0; k < rowLength; ++k) {
      total += std::min(std::max(row[k], lower), upper);
      passed += row[k] > lower && row[k] < upper;
    }
    totals[i % totals.size()] += total;
    inside[i % totals.size()] += static_cast<double>(passed);
  }
  count += static_cast<double>(sums.size()) / totals.size();
}

std::vector<double> ActivatedMeans::getParts(const std::vector<double> &of) const {
  std::vector<double> parts;
  for (double one : of)
    parts.push_back(count > 0 ? one / count : 0);
  return parts;
}

} // namespace winnow
