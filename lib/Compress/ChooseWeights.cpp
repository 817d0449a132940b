//===- ChooseWeights.cpp - bits and integers of weights -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"

#include "Weights.h"

using namespace mlir;

namespace winnow {

/// Layers that add most noise for each of their weights have 8 bits, as long as they hold at most this part of all
/// weights and as many as the last layer has, which others give 8 bits whatever it holds; no more than kMostWide in
/// all.
static constexpr double kNoisyLayers = 0.1, kMostWide = 0.25;
/// An i32 bias stays below 2^28 in magnitude, so that sums cannot overflow.
static constexpr float kLargestBias = 0x1p28f;

unsigned Quantizer::getWeightBits(unsigned layer) const {
  return wide.contains(layer) || raised.contains(layer) ? 8 : options.weightBits;
}

void Quantizer::chooseWideLayers() {
  reasons.assign(plan.layers.size(), "");
  if (options.weightBits == 8)
    return;
  auto widen = [&](unsigned layer, StringRef reason) {
    if (wide.insert(layer).second)
      reasons[layer] = ("8 bits: " + reason).str();
  };
  for (auto [i, layer] : llvm::enumerate(plan.layers)) {
    if (i == 0)
      widen(i, "the first layer");
    else if (layer.op.getGroups() > 1)
      widen(i, "a layer in groups");
  }
}

void Quantizer::widenNoisyLayers(ArrayRef<double> noise) {
  std::vector<std::pair<double, unsigned>> order; // by noise for each weight
  int64_t total = 0, held = 0;
  auto getSize = [&](unsigned i) { return plan.layers[i].op.getRows() * plan.layers[i].op.getRowLength(); };
  for (unsigned i = 0; i < plan.layers.size(); ++i) {
    total += getSize(i);
    if (getWeightBits(i) < 8)
      order.emplace_back(-noise[i] / getSize(i), i);
  }
  double most = std::min(kNoisyLayers * total + getSize(plan.layers.size() - 1), kMostWide * total);
  llvm::sort(order);
  for (auto [perWeight, layer] : order)
    if (held + getSize(layer) <= most) {
      held += getSize(layer);
      wide.insert(layer);
      reasons[layer] = "8 bits: much noise for few weights";
    }
}

void Quantizer::quantizeWeights() {
  parameters.layers.resize(plan.layers.size());
  for (auto [i, layer] : llvm::enumerate(plan.layers)) {
    LayerParameters &to = parameters.layers[i];
    if (!layer.quantized)
      continue;
    std::vector<float> weights = layer.op.getWeights();
    size_t length = layer.op.getRowLength(), rows = layer.op.getRows();
    to.bits = getWeightBits(i);
    to.bias = layer.op.takesBias() ? layer.op.getBiasValues() : std::vector<float>();
    to.scales.resize(rows);
    to.weights.resize(weights.size());
    float inputScale = parameters.ranges[layer.input].scale;
    for (size_t m = 0; m < rows; ++m) {
      ArrayRef<float> row = ArrayRef<float>(weights).slice(m * length, length);
      float scale = to.bits < 8 ? getBestScale(row, to.bits) : getFullScale(row, to.bits);
      // Weights that are all but 0 must leave room for the bias.
      float least = to.bias.empty() ? 0 : std::abs(to.bias[m]) / (kLargestBias * inputScale);
      to.scales[m] = std::max({scale, least, 0x1p-100f});
      roundRow(row, to.scales[m], to.bits, MutableArrayRef<int8_t>(to.weights).slice(m * length, length));
    }
    if (to.bits == 8 && grams[i])
      to.weights = grams[i]->round(weights, to.scales, to.bits);
  }
}

} // namespace winnow
