//===- ChooseFactors.cpp - the factors of least noise -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelFactors.h"

#include <algorithm>
#include <cmath>

namespace winnow {

/// Steps of single factors, the coarse ones first, and how often all classes are tried with each.
static constexpr double kStepSizes[] = {2.0, 1.4, 1.2, 1.1};
static constexpr int kSweeps = 3;
/// What a group's range is tried to be multiplied by.
static constexpr double kNarrower = 0.85;
/// The part of the noise that must be left at most for a narrower range to be worth it.
static constexpr double kWorthwhile = 0.999;

std::pair<double, double> ChannelFactors::getRange(const Group &group) const {
  double least = 0, largest = 0;
  for (unsigned index : group.classes) {
    least = std::min(least, classes[index].least * classes[index].factor);
    largest = std::max(largest, classes[index].largest * classes[index].factor);
  }
  return {least, largest};
}

double ChannelFactors::getNoise(const Group &group) const {
  auto [least, largest] = getRange(group);
  double step = (largest - least) / group.levels, noise = 0;
  for (unsigned index : group.classes)
    noise += classes[index].cost / (classes[index].factor * classes[index].factor);
  return step * step / 12 * noise;
}

void ChannelFactors::prepare(Layer &layer) const {
  int64_t groupRows = layer.rows / layer.groups;
  layer.inputPower.assign(layer.groups, 0.0);
  for (int64_t c = 0; c < layer.inputs * layer.groups; ++c) {
    double factor = getFactor(layer.read[c]);
    layer.inputPower[c / layer.inputs] += layer.taps * factor * factor * layer.variances[c];
  }
  layer.rowLargest.assign(layer.rows, 0.0);
  for (int64_t m = 0; m < layer.rows; ++m)
    for (int64_t c = 0; c < layer.inputs; ++c)
      layer.rowLargest[m] = std::max(layer.rowLargest[m], layer.largest[m * layer.inputs + c] /
                                                              getFactor(layer.read[m / groupRows * layer.inputs + c]));
}

double ChannelFactors::getNoise(const Layer &layer) const {
  double noise = 0;
  for (int64_t m = 0; m < layer.rows; ++m)
    noise += layer.rowLargest[m] * layer.rowLargest[m] * layer.inputPower[m / (layer.rows / layer.groups)];
  return noise / (12 * layer.levels * layer.levels * layer.power);
}

double ChannelFactors::predictNoise() {
  double noise = 0;
  for (const Group &group : groups)
    noise += getNoise(group);
  for (Layer &layer : layers)
    if (layer.value != kNone) {
      prepare(layer);
      noise += getNoise(layer);
    }
  return noise;
}

double ChannelFactors::getRowLargest(const Layer &layer, int64_t row, int64_t channel, double factor) const {
  int64_t first = row / (layer.rows / layer.groups) * layer.inputs;
  const float *own = &layer.largest[row * layer.inputs];
  unsigned index = layer.read[channel];
  double before = own[channel - first] / getFactor(index), after = own[channel - first] / factor;
  if (after >= layer.rowLargest[row] || before < layer.rowLargest[row])
    return std::max(after, layer.rowLargest[row]);
  for (int64_t c = 0; c < layer.inputs; ++c) // it was the largest, and is smaller now
    if (first + c != channel)
      after = std::max(after, own[c] / (layer.read[first + c] == index ? factor : getFactor(layer.read[first + c])));
  return after;
}

double ChannelFactors::getGain(const Layer &layer, int64_t channel, double factor) const {
  int64_t group = channel / layer.inputs, groupRows = layer.rows / layer.groups;
  double old = getFactor(layer.read[channel]);
  double power = layer.inputPower[group] + layer.taps * (factor * factor - old * old) * layer.variances[channel];
  double change = 0;
  for (int64_t m = group * groupRows; m < (group + 1) * groupRows; ++m) {
    double largest = getRowLargest(layer, m, channel, factor);
    change += largest * largest * power - layer.rowLargest[m] * layer.rowLargest[m] * layer.inputPower[group];
  }
  return -change / (12 * layer.levels * layer.levels * layer.power);
}

void ChannelFactors::set(unsigned index, double factor) {
  double old = classes[index].factor;
  for (auto [number, channel] : classes[index].readers) {
    Layer &layer = layers[number];
    int64_t group = channel / layer.inputs, groupRows = layer.rows / layer.groups;
    for (int64_t m = group * groupRows; m < (group + 1) * groupRows; ++m)
      layer.rowLargest[m] = getRowLargest(layer, m, channel, factor);
    layer.inputPower[group] += layer.taps * (factor * factor - old * old) * layer.variances[channel];
  }
  classes[index].factor = factor;
}

bool ChannelFactors::tryFactor(unsigned index, double factor) {
  Class &one = classes[index];
  if (factor < one.lower || factor > one.upper)
    return false;
  double gain = 0, old = one.factor;
  // Where a layer reads several channels of the class, as behind a reshape, each is looked at by itself.
  for (auto [number, channel] : one.readers)
    gain += getGain(layers[number], channel, factor);
  for (unsigned group : one.groups) {
    gain += getNoise(groups[group]);
    one.factor = factor;
    gain -= getNoise(groups[group]);
    one.factor = old;
  }
  if (!(gain > 0))
    return false;
  set(index, factor);
  return true;
}

double ChannelFactors::getNoiseAround(const Group &group) {
  llvm::DenseSet<unsigned> readers, neighbors;
  for (unsigned index : group.classes) {
    for (auto [number, channel] : classes[index].readers)
      readers.insert(number);
    neighbors.insert(classes[index].groups.begin(), classes[index].groups.end());
  }
  double noise = 0;
  for (unsigned neighbor : neighbors)
    noise += getNoise(groups[neighbor]);
  for (unsigned number : readers) {
    prepare(layers[number]);
    noise += getNoise(layers[number]);
  }
  return noise;
}

void ChannelFactors::narrow(const Group &group) {
  // All that reach beyond have to step back at once: alone, none gains.
  double best = getNoiseAround(group);
  while (true) {
    auto [least, largest] = getRange(group);
    std::vector<double> before;
    for (unsigned index : group.classes)
      before.push_back(classes[index].factor);
    for (unsigned index : group.classes) {
      Class &one = classes[index];
      double factor = one.factor;
      if (one.largest > 0)
        factor = std::min(factor, kNarrower * largest / one.largest);
      if (one.least < 0)
        factor = std::min(factor, kNarrower * least / one.least);
      one.factor = std::clamp(factor, std::min(one.lower, one.factor), one.upper);
    }
    double noise = getNoiseAround(group);
    if (!(noise < kWorthwhile * best)) {
      for (auto [index, factor] : llvm::zip_equal(group.classes, before))
        classes[index].factor = factor;
      getNoiseAround(group); // what layers keep of it
      return;
    }
    best = noise;
  }
}

void ChannelFactors::choose() {
  for (double step : kStepSizes) {
    for (int sweep = 0; sweep < kSweeps; ++sweep)
      for (unsigned i = 0; i < classes.size(); ++i)
        if (classes[i].lower < classes[i].upper && !tryFactor(i, classes[i].factor * step))
          tryFactor(i, classes[i].factor / step);
    for (const Group &group : groups)
      narrow(group);
  }
}

} // namespace winnow
