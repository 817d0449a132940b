//===- PruningPattern.h - which weights become zero together ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_PRUNINGPATTERN_H
#define WINNOW_COMPRESS_PRUNINGPATTERN_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace winnow {

/// Which weights of a layer become zero together. Weights are a matrix: a row for each output channel, in it `taps`
/// columns for each input channel.
struct PruningPattern {
  /// Adjacent output channels that lose the same columns.
  int64_t rows = 1;
  /// Adjacent input channels that are lost together, at one tap.
  int64_t channels = 1;
  /// All taps of an input channel are lost together.
  bool wholeKernels = false;
  /// All weights of an input channel go, in all output channels, and with them the layers' outputs that it comes from:
  /// the network is the same with fewer channels.
  bool wholeChannels = false;
  /// Layers go as a whole, and with them those that only they need: their residual, or what they read, stands in their
  /// place.
  bool wholeLayers = false;
  /// Of each `of` adjacent input channels at one tap, `keep` stay; `of` 0: any number.
  int64_t keep = 0, of = 0;

  /// "any", "1x4" (rows x channels), "2:4" (keep:of), "kernel", "channel" or "layer"; nothing for another text.
  static std::optional<PruningPattern> parse(llvm::StringRef text);
  /// What parse() understands, for errors.
  static llvm::StringRef getForms();
  std::string str() const;

  bool hasFixedDensity() const { return of > 0; }
  /// Columns that are lost together in a matrix of `inputs` channels; those at the end of the channels may be fewer.
  std::vector<std::vector<int64_t>> getUnits(int64_t inputs, int64_t taps) const;
};

} // namespace winnow

#endif // WINNOW_COMPRESS_PRUNINGPATTERN_H
