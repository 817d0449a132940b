//===- Score.cpp - how a changed network does -*- C++ -*-------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Score.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace winnow {

static int64_t getLargest(llvm::ArrayRef<float> values) { return llvm::max_element(values) - values.begin(); }

void Score::add(size_t sample, llvm::ArrayRef<float> got, llvm::ArrayRef<float> want) {
  bool isFinite = true;
  for (auto [a, b] : llvm::zip_equal(got, want)) {
    isFinite &= std::isfinite(a);
    error += (double(a) - b) * (double(a) - b);
    square += double(b) * b;
  }
  if (!isFinite)
    error = HUGE_VAL;
  ++count;
  same += isFinite && getLargest(got) == getLargest(want);
  if (labels.empty())
    return;
  bool isRight = isFinite && getLargest(got) == labels[sample], wasRight = getLargest(want) == labels[sample];
  right += isRight;
  rightBefore += wasRight;
  lost += wasRight && !isRight;
  won += isRight && !wasRight;
}

double Score::getDrop() const {
  double lost = labels.empty() ? double(count) - double(same) : double(rightBefore) - double(right);
  return count ? 100 * lost / count : 0;
}

double Score::getCertainDrop() const {
  // Of the difference of two proportions of the same samples (McNemar, 1947).
  double changed = labels.empty() ? double(count) - double(same) : double(lost + won);
  return count ? getDrop() + 100 * std::sqrt(changed) / count : 0;
}

void Score::reportTo(NetworkScore &report) const {
  report.samples = count;
  report.agreement = 100.0 * same / count;
  report.outputError = getError();
  if (labels.empty())
    return;
  report.accuracyBefore = 100.0 * rightBefore / count;
  report.accuracyAfter = 100.0 * right / count;
}

} // namespace winnow
