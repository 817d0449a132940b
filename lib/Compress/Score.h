//===- Score.h - how a changed network does -*- C++ -*---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_SCORE_H
#define WINNOW_LIB_COMPRESS_SCORE_H

#include "winnow/Compress/NetworkScore.h"

#include "llvm/ADT/ArrayRef.h"

namespace winnow {

/// How a changed network does on samples, against the one that it was made of.
class Score {
public:
  /// `labels` are the classes of all samples; empty: they are not known.
  explicit Score(llvm::ArrayRef<int64_t> labels) : labels(labels) {}

  /// The first output of `sample`, of the changed network and of the other one. Infinities and NaN are wrong answers.
  void add(size_t sample, llvm::ArrayRef<float> got, llvm::ArrayRef<float> want);

  /// Squared error of the outputs over their squares; infinite where an output is not finite.
  double getError() const { return square > 0 ? error / square : error; }
  /// Points of top-1 accuracy that are lost; without labels, of agreement with the other network.
  double getDrop() const;
  /// The same and one standard error of it, for samples that are not among these.
  double getCertainDrop() const;
  /// Fills in what a report says of the network as a whole.
  void reportTo(NetworkScore &report) const;

private:
  llvm::ArrayRef<int64_t> labels;
  size_t same = 0, right = 0, rightBefore = 0, lost = 0, won = 0, count = 0;
  double error = 0, square = 0;
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_SCORE_H
