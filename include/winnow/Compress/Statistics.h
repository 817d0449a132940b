//===- Statistics.h - what a run of samples says of values -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_STATISTICS_H
#define WINNOW_COMPRESS_STATISTICS_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace winnow {

/// How often numbers fall into each of 2048 bins of equal width around 0. The range doubles as larger numbers come, so
/// that one pass is enough; neighbouring bins are joined then. Exact zeros are counted apart: they have no error.
class Histogram {
public:
  static constexpr int64_t kBins = 2048;

  void add(float value, double weight = 1) {
    if (value == 0) {
      zeros += weight;
      return;
    }
    if (!(value > -range && value < range))
      grow(value);
    bins[static_cast<int64_t>((value + range) * binsPerUnit)] += weight;
  }
  /// Adds `factor` times the counts of another.
  void add(const Histogram &other, double factor = 1);

  double getZeros() const { return zeros; }
  /// All counts, zeros too.
  double getTotal() const;
  /// Counts between -getRange() and getRange().
  llvm::ArrayRef<double> getBins() const { return bins; }
  double getRange() const { return range; }
  double getBinWidth() const { return 2 * range / kBins; }
  double getCenter(int64_t bin) const { return (bin + 0.5) * getBinWidth() - range; }
  /// The number below which `part` (0..1) of the positive counts lie, and above which `part` of the negative ones do (a
  /// number of at most 0); zeros count for neither.
  double getUpperQuantile(double part) const;
  double getLowerQuantile(double part) const;

private:
  void grow(float value);
  void resize(double newRange);

  std::vector<double> bins = std::vector<double>(kBins, 0.0);
  double range = 0x1p-20, binsPerUnit = kBins / 0x1p-19, zeros = 0;
};

/// What is known of one value of a network: tensors of shape (N, C, ...) or (N, C).
class ValueStatistics {
public:
  /// `channelWeights` says what an error in each channel costs; none: all the same.
  explicit ValueStatistics(int64_t channels, std::vector<double> channelWeights = {});

  /// Adds tensors of `channels` rows of `rowLength` elements, of as many samples as there are.
  void add(llvm::ArrayRef<float> elements, int64_t rowLength);

  int64_t getChannels() const { return minima.size(); }
  float getMin() const;
  float getMax() const;
  llvm::ArrayRef<float> getChannelMinima() const { return minima; }
  llvm::ArrayRef<float> getChannelMaxima() const { return maxima; }
  /// Counts of numbers, and the same weighted by what their errors cost.
  const Histogram &getCounts() const { return counts; }
  const Histogram &getCosts() const { return weights.empty() ? counts : costs; }

private:
  std::vector<float> minima, maxima;
  std::vector<double> weights;
  Histogram counts, costs;
};

/// Means of each channel over samples and positions, and the mean square over all.
class ChannelMeans {
public:
  explicit ChannelMeans(int64_t channels = 0) : sums(channels, 0.0) {}
  void add(llvm::ArrayRef<float> elements, int64_t rowLength);
  std::vector<double> getMeans() const;
  double getMeanSquare() const { return count ? squares / (count * sums.size()) : 0; }

private:
  std::vector<double> sums;
  double squares = 0, count = 0;
};

/// Where the rows of weights of a layer meet its input: a convolution of one or two spatial dimensions, or a product
/// (one position, one tap).
struct PatchShape {
  int64_t channels = 1, height = 1, width = 1; ///< of the input that is read, one group
  int64_t groupOffset = 0;                     ///< the first channel of the group
  int64_t totalChannels = 1;
  int64_t kernelHeight = 1, kernelWidth = 1, strideHeight = 1, strideWidth = 1;
  int64_t dilationHeight = 1, dilationWidth = 1, padTop = 0, padLeft = 0;
  int64_t outputHeight = 1, outputWidth = 1;

  int64_t getRowLength() const { return channels * kernelHeight * kernelWidth; }
};

/// Second moments of what the rows of a layer are multiplied with, over sampled positions: H, the mean of x x^T without
/// that of x times its transpose. With it the layer's mean squared output error (its mean apart) for a change d of a
/// row of weights is d^T H d.
class GramMatrix {
public:
  /// With `rows` above 0, also the moments of x with outputs of so many channels.
  explicit GramMatrix(const PatchShape &shape, int64_t rows = 0);
  /// Adds up to `positions` evenly spread positions of each of the samples in `input` (N, C, H, W), and of `output`
  /// (N, rows, H, W) there; which ones moves on from call to call.
  void add(llvm::ArrayRef<float> input, int64_t positions, llvm::ArrayRef<float> output = {});
  /// Adds what `other`, of the same shape and rows, has seen.
  void merge(const GramMatrix &other);
  int64_t getSize() const { return size; }
  /// Row-major, size x size; symmetric.
  std::vector<float> get() const;
  /// Row-major, rows x size: the mean of y x^T without that of the means.
  std::vector<float> getCross() const;
  /// Means of x and of y.
  std::vector<float> getInputMeans() const { return getMeans(inputSums); }
  std::vector<float> getOutputMeans() const { return getMeans(outputSums); }

private:
  void addColumn(const float *sample, int64_t position);
  void flush();
  std::vector<float> getMeans(const std::vector<double> &sums) const;

  PatchShape shape;
  int64_t size, rows, count = 0, pendingCount = 0, phase = 0;
  std::vector<float> sums, cross;             ///< size x size, the lower triangle; rows x size
  std::vector<float> pending, pendingOutputs; ///< columns that are not in the sums yet
  std::vector<double> inputSums, outputSums;
};

} // namespace winnow

#endif // WINNOW_COMPRESS_STATISTICS_H
