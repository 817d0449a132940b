//===- IntegerSums.cpp - how large sums of integers become ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerSums.h"

#include "winnow/Support/ConstantData.h"
#include "winnow/Support/QuantizedTypes.h"
#include "winnow/Support/WinogradTransform.h"

using namespace mlir;

namespace winnow {

std::optional<SmallVector<double>> getIntegerFilter(cnn::ConvolutionOp op) {
  ElementsAttr stored = getStoredConstant(op.getFilter());
  auto quantization = getQuantizedChannels(op.getFilter().getType(), 0);
  if (!stored || !quantization)
    return std::nullopt;
  SmallVector<double> filter = getConstantDoubles(stored);
  int64_t channels = op.getFilter().getType().getDimSize(0);
  int64_t perChannel = static_cast<int64_t>(filter.size()) / std::max<int64_t>(1, channels);
  for (auto [i, weight] : llvm::enumerate(filter))
    weight -= static_cast<double>(quantization->getZeroPoint(static_cast<int64_t>(i) / perChannel));
  return filter;
}

SmallVector<double> getLargestSums(cnn::ConvolutionOp op, ArrayRef<double> filter) {
  quant::UniformQuantizedType input = getQuantization(op.getInput());
  auto zero = static_cast<double>(input.getZeroPoint());
  double magnitude = std::max(std::abs(static_cast<double>(input.getStorageTypeMin()) - zero),
                              std::abs(static_cast<double>(input.getStorageTypeMax()) - zero));
  size_t channels = op.getFilter().getType().getDimSize(0), perChannel = filter.size() / std::max<size_t>(1, channels);
  SmallVector<double> sums;
  for (size_t m = 0; m < channels; ++m) {
    double sum = 0;
    for (double weight : filter.slice(m * perChannel, perChannel))
      sum += std::abs(weight) * magnitude;
    sums.push_back(sum);
  }
  return sums;
}

double getLargestByteSum(cnn::ConvolutionOp op, ArrayRef<double> filter) {
  int64_t zeroPoint = getQuantization(op.getInput()).getZeroPoint();
  size_t channels = op.getFilter().getType().getDimSize(0), perChannel = filter.size() / std::max<size_t>(1, channels);
  double largest = 0;
  for (size_t m = 0; m < channels; ++m) {
    double positive = 0, negative = 0;
    for (double weight : filter.slice(m * perChannel, perChannel))
      (weight > 0 ? positive : negative) += std::abs(weight);
    largest = std::max(largest, getLargestByteSum(positive, negative, zeroPoint));
  }
  return largest;
}

} // namespace winnow
