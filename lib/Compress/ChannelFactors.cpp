//===- ChannelFactors.cpp - factors that make integers fit channels -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelFactors.h"

#include "Weights.h"

#include <algorithm>
#include <cmath>

namespace winnow {

/// How far a channel that an activation cuts may come near its bound: beyond, other pictures would be cut too.
static constexpr double kHeadroom = 1.1;
/// The part of a tensor's channels for which the margin left for unseen numbers would have been enough.
static constexpr double kSafeChannels = 0.95;

void ChannelFactors::Moments::add(const Simulation::Shown &shown) {
  sums.resize(shown.channels), squares.resize(shown.channels);
  const float *next = shown.elements.data();
  for (size_t row = 0; row < shown.elements.size() / shown.rowLength; ++row, next += shown.rowLength) {
    float sum = 0, square = 0;
    for (int64_t i = 0; i < shown.rowLength; ++i) {
      sum += next[i];
      square += next[i] * next[i];
    }
    sums[row % shown.channels] += sum;
    squares[row % shown.channels] += square;
  }
  count += double(shown.elements.size()) / shown.channels;
}

double ChannelFactors::Moments::getVariance(size_t channel) const {
  double mean = sums[channel] / count;
  return std::max(squares[channel] / count - mean * mean, 0.0);
}

ChannelFactors::ChannelFactors(mlir::func::FuncOp main, const QuantizationPlan &plan)
    : known(main), classes(known.size()) {
  auto classOf = [&](mlir::Value value, int64_t channel) { return known.find(value, channel).value_or(kNone); };
  llvm::DenseMap<mlir::Value, unsigned> shown;
  for (const QuantizationPlan::Group &group : plan.groups) {
    llvm::DenseSet<unsigned> members;
    for (mlir::Value value : group.values) {
      shown[value] = values.size();
      values.push_back(value);
      for (int64_t c = 0; c < getChannelShape(llvm::cast<mlir::RankedTensorType>(value.getType())).channels; ++c)
        if (unsigned index = classOf(value, c); index != kNone)
          members.insert(index);
    }
    groups.emplace_back().classes.assign(members.begin(), members.end());
    llvm::sort(groups.back().classes);
  }
  moments.resize(values.size());
  for (const QuantizationPlan::Layer &planned : plan.layers) {
    const LayerOp &op = planned.op;
    Layer &layer = layers.emplace_back();
    layer.rows = op.getRows(), layer.inputs = op.getInputChannels(), layer.groups = op.getGroups();
    layer.taps = op.getTaps();
    if (auto found = shown.find(op.getInput()); planned.quantized && found != shown.end())
      layer.value = found->second;
    for (int64_t m = 0; m < layer.rows; ++m)
      layer.made.push_back(classOf(op.getOutput(), m));
    for (int64_t c = 0; c < layer.inputs * layer.groups; ++c)
      layer.read.push_back(classOf(op.getInput(), c));
    std::vector<float> weights = op.getWeights();
    layer.largest.resize(layer.rows * layer.inputs);
    layer.squares.resize(layer.inputs * layer.groups);
    for (int64_t m = 0; m < layer.rows; ++m)
      for (int64_t k = 0; k < op.getRowLength(); ++k) {
        float weight = std::abs(weights[m * op.getRowLength() + k]);
        float &largest = layer.largest[m * layer.inputs + k / layer.taps];
        largest = std::max(largest, weight);
        layer.squares[m / (layer.rows / layer.groups) * layer.inputs + k / layer.taps] += double(weight) * weight;
      }
  }
}

unsigned ChannelFactors::countFree() const {
  unsigned count = 0;
  for (unsigned i = 0; i < classes.size(); ++i)
    count += !known.isFixed(i);
  return count;
}

void ChannelFactors::setWeightBits(unsigned layer, unsigned bits) { layers[layer].levels = getLargestWeight(bits); }

void ChannelFactors::look(const Simulation &simulation) {
  // The larger of two halves of the samples, as far as it is beyond the other, says what more samples would bring.
  unsigned half = looked++ % 2;
  for (unsigned i = 0; i < layers.size(); ++i)
    layers[i].sums.add(simulation.getLayer(i));
  for (size_t v = 0; v < values.size(); ++v) {
    Simulation::Shown shown = simulation.getValue(v);
    moments[v].add(shown);
    for (size_t row = 0; row < shown.elements.size() / shown.rowLength; ++row) {
      std::optional<unsigned> index = known.find(values[v], row % shown.channels);
      if (!index)
        continue;
      float least = 0, largest = 0, bound = known.getUpperBound(*index);
      int64_t inexact = 0;
      for (float element : shown.elements.slice(row * shown.rowLength, shown.rowLength)) {
        least = std::min(least, element);
        largest = std::max(largest, element);
        inexact += element != 0 && element != bound;
      }
      Class &one = classes[*index];
      one.inexact += inexact;
      one.count += shown.rowLength;
      one.least = std::min<double>(one.least, least);
      one.largest = std::max<double>(one.largest, largest);
      one.farthest[half] = std::max({one.farthest[half], double(-least), double(largest)});
    }
  }
}

void ChannelFactors::addHeadroom() {
  std::vector<double> headroom(classes.size(), 1.0);
  for (const Group &group : groups) {
    std::vector<double> ratios;
    for (unsigned index : group.classes) {
      auto [a, b] = classes[index].farthest;
      if (a > 0 && b > 0)
        ratios.push_back(std::max(a, b) / std::min(a, b));
    }
    if (ratios.empty())
      continue;
    auto nth = ratios.begin() + static_cast<size_t>((ratios.size() - 1) * kSafeChannels);
    std::nth_element(ratios.begin(), nth, ratios.end());
    for (unsigned index : group.classes)
      headroom[index] = std::max(headroom[index], *nth);
  }
  for (auto [one, more] : llvm::zip_equal(classes, headroom)) {
    one.least *= more;
    one.largest *= more;
  }
}

void ChannelFactors::finishLooking() {
  for (auto [i, one] : llvm::enumerate(classes))
    one.seen = one.largest;
  addHeadroom();
  for (auto [i, one] : llvm::enumerate(classes)) {
    bool isDead = one.largest == 0 && one.least == 0;
    double bound = known.getUpperBound(i), room = bound / (kHeadroom * one.largest);
    // Nothing is beyond a bound.
    one.largest = std::min(one.largest, std::max(bound, one.seen));
    if (known.isFixed(i) || isDead || (std::isfinite(bound) && !(room > 1)))
      continue;
    one.upper = std::isfinite(bound) ? room : HUGE_VAL;
    one.lower = std::isfinite(bound) ? 1 : 0;
  }
  for (auto [i, group] : llvm::enumerate(groups))
    for (unsigned index : group.classes)
      classes[index].groups.push_back(i);
  for (auto [number, layer] : llvm::enumerate(layers)) {
    // A product of more dimensions has its channels last.
    if (layer.value != kNone && moments[layer.value].sums.size() != layer.read.size())
      layer.value = kNone;
    double variance = 0;
    for (size_t m = 0; m < layer.sums.sums.size(); ++m)
      variance += layer.sums.getVariance(m);
    layer.power = variance > 0 ? variance : HUGE_VAL;
    for (size_t c = 0; c < layer.read.size() && layer.value != kNone; ++c)
      layer.variances.push_back(moments[layer.value].getVariance(c));
    for (auto [c, index] : llvm::enumerate(layer.read))
      if (index != kNone && layer.value != kNone) {
        classes[index].readers.emplace_back(number, c);
        classes[index].cost +=
            layer.squares[c] / layer.power * classes[index].inexact / std::max(classes[index].count, 1.0);
      }
  }
}

std::vector<double> ChannelFactors::getReadFactors(unsigned layer) const {
  std::vector<double> factors;
  for (unsigned index : layers[layer].read)
    factors.push_back(getFactor(index));
  return factors;
}

std::vector<double> ChannelFactors::getMadeFactors(unsigned layer) const {
  std::vector<double> factors;
  for (unsigned index : layers[layer].made)
    factors.push_back(getFactor(index));
  return factors;
}

} // namespace winnow
