//===- PruningPattern.cpp - which weights become zero together ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Compress/PruningPattern.h"

#include <algorithm>

namespace winnow {

static constexpr int64_t kMostTogether = 64;

std::optional<PruningPattern> PruningPattern::parse(llvm::StringRef text) {
  PruningPattern pattern;
  if (text == "any")
    return pattern;
  if (text == "kernel") {
    pattern.wholeKernels = true;
    return pattern;
  }
  if (text == "channel") {
    pattern.wholeChannels = true;
    return pattern;
  }
  if (text == "layer") {
    pattern.wholeLayers = true;
    return pattern;
  }
  auto readPair = [&](llvm::StringRef separator, int64_t &first, int64_t &second) {
    auto [left, right] = text.split(separator);
    return text.contains(separator) && !left.getAsInteger(10, first) && !right.getAsInteger(10, second) && first > 0 &&
           second > 0 && std::max(first, second) <= kMostTogether;
  };
  if (readPair("x", pattern.rows, pattern.channels))
    return pattern;
  pattern = {};
  if (readPair(":", pattern.keep, pattern.of) && pattern.keep < pattern.of)
    return pattern;
  return std::nullopt;
}

llvm::StringRef PruningPattern::getForms() {
  return "any, ROWSxCHANNELS as in 1x4, KEEP:OF as in 2:4 (up to 64 each), kernel, channel or layer";
}

std::string PruningPattern::str() const {
  if (of > 0)
    return std::to_string(keep) + ":" + std::to_string(of);
  if (wholeKernels)
    return "kernel";
  if (wholeChannels)
    return "channel";
  if (wholeLayers)
    return "layer";
  return rows == 1 && channels == 1 ? "any" : std::to_string(rows) + "x" + std::to_string(channels);
}

std::vector<std::vector<int64_t>> PruningPattern::getUnits(int64_t inputs, int64_t taps) const {
  std::vector<std::vector<int64_t>> units;
  if (wholeKernels) {
    for (int64_t channel = 0; channel < inputs; ++channel)
      for (int64_t tap = 0; tap < taps; ++tap) {
        if (tap == 0)
          units.emplace_back();
        units.back().push_back(channel * taps + tap);
      }
    return units;
  }
  for (int64_t first = 0; first < inputs; first += channels)
    for (int64_t tap = 0; tap < taps; ++tap) {
      std::vector<int64_t> &unit = units.emplace_back();
      for (int64_t channel = first; channel < std::min(first + channels, inputs); ++channel)
        unit.push_back(channel * taps + tap);
    }
  return units;
}

} // namespace winnow
