//===- Ranges.h - which range of numbers becomes integers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_RANGES_H
#define WINNOW_LIB_COMPRESS_RANGES_H

#include "winnow/Compress/Quantize.h"
#include "winnow/Compress/Statistics.h"

namespace winnow {

/// The scale and zero point of unsigned integers of at most 8 bits, and how they were chosen.
struct Range {
  float scale = 1;
  uint8_t zero = 0;
  unsigned bits = 8;
  std::string choice; ///< "min-max", "99.99%", "mse" ...
  /// The mean squared error that the choice costs, as the histogram predicts.
  double error = 0;

  /// The largest number that it represents.
  float getUpper() const { return static_cast<float>((1 << bits) - 1 - zero) * scale; }
};

/// A range between which numbers are kept: 0 is among them.
struct Bounds {
  double lower = 0, upper = 0;
};

/// The scale and zero point of `bits` for `bounds`: 0 is exact.
Range makeRange(Bounds bounds, unsigned bits);

/// The mean squared error of numbers as `counts` has them, kept in 2^`bits` steps between `bounds`: a twelfth of a
/// step's square inside, the distance outside.
double getRangeError(const Histogram &counts, Bounds bounds, unsigned bits);

/// The candidates of a group of values: their whole range, percentiles, and the one of least predicted error under
/// `costs`.
struct RangeCandidate {
  std::string name;
  Bounds bounds;
};
std::vector<RangeCandidate> getRangeCandidates(Bounds seen, const Histogram &counts, const Histogram &costs,
                                               unsigned bits);

/// The candidate of the least error under `costs`, or the one that `method` names.
Range chooseRange(Bounds seen, const Histogram &counts, const Histogram &costs, RangeMethod method, unsigned bits);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_RANGES_H
