//===- Statistics.cpp - what a run of samples says of values -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Compress/Statistics.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace winnow {

//===----------------------------------------------------------------------===//
// Histogram
//===----------------------------------------------------------------------===//

/// Bins of twice the width, as often as it takes.
void Histogram::resize(double newRange) {
  for (; range < newRange; range *= 2) {
    std::vector<double> wider(kBins, 0.0);
    for (int64_t i = 0; i < kBins; ++i)
      wider[kBins / 4 + i / 2] += bins[i];
    bins = std::move(wider);
  }
  binsPerUnit = kBins / (2 * range);
}

void Histogram::grow(float value) {
  // Strictly inside, so that the last bin is hit at most.
  double wanted = std::max<double>(std::abs(value), range);
  resize(std::exp2(std::floor(std::log2(wanted)) + 1));
}

void Histogram::add(const Histogram &other, double factor) {
  resize(other.range);
  Histogram same = other;
  same.resize(range);
  for (auto [mine, theirs] : llvm::zip_equal(bins, same.bins))
    mine += factor * theirs;
  zeros += factor * other.zeros;
}

double Histogram::getTotal() const {
  double total = zeros;
  for (double count : bins)
    total += count;
  return total;
}

double Histogram::getUpperQuantile(double part) const {
  double total = 0, passed = 0;
  for (int64_t i = kBins / 2; i < kBins; ++i)
    total += bins[i];
  for (int64_t i = kBins - 1; i >= kBins / 2; --i)
    if (passed += bins[i]; passed > (1 - part) * total)
      return getCenter(i) + getBinWidth() / 2;
  return 0;
}

double Histogram::getLowerQuantile(double part) const {
  double total = 0, passed = 0;
  for (int64_t i = 0; i < kBins / 2; ++i)
    total += bins[i];
  for (int64_t i = 0; i < kBins / 2; ++i)
    if (passed += bins[i]; passed > (1 - part) * total)
      return getCenter(i) - getBinWidth() / 2;
  return 0;
}

//===----------------------------------------------------------------------===//
// ValueStatistics, ChannelMeans
//===----------------------------------------------------------------------===//

ValueStatistics::ValueStatistics(int64_t channels, std::vector<double> channelWeights)
    : minima(channels, std::numeric_limits<float>::infinity()),
      maxima(channels, -std::numeric_limits<float>::infinity()), weights(std::move(channelWeights)) {
  assert((weights.empty() || weights.size() == minima.size()) && "expected a weight for each channel");
}

void ValueStatistics::add(llvm::ArrayRef<float> elements, int64_t rowLength) {
  int64_t channels = getChannels();
  const float *row = elements.data();
  for (size_t i = 0; i < elements.size() / rowLength; ++i, row += rowLength) {
    int64_t channel = i % channels;
    float least = minima[channel], most = maxima[channel];
    for (int64_t k = 0; k < rowLength; ++k) {
      least = std::min(least, row[k]);
      most = std::max(most, row[k]);
      counts.add(row[k]);
    }
    if (!weights.empty())
      for (int64_t k = 0; k < rowLength; ++k)
        costs.add(row[k], weights[channel]);
    minima[channel] = least;
    maxima[channel] = most;
  }
}

float ValueStatistics::getMin() const { return *llvm::min_element(minima); }
float ValueStatistics::getMax() const { return *llvm::max_element(maxima); }

void ChannelMeans::add(llvm::ArrayRef<float> elements, int64_t rowLength) {
  const float *row = elements.data();
  for (size_t i = 0; i < elements.size() / rowLength; ++i, row += rowLength) {
    double sum = 0, square = 0;
    for (int64_t k = 0; k < rowLength; ++k) {
      sum += row[k];
      square += double(row[k]) * row[k];
    }
    sums[i % sums.size()] += sum;
    squares += square;
  }
  count += static_cast<double>(elements.size()) / sums.size();
}

std::vector<double> ChannelMeans::getMeans() const {
  std::vector<double> means;
  for (double sum : sums)
    means.push_back(count ? sum / count : 0);
  return means;
}

} // namespace winnow
