//===- Equalize.cpp - channels that use the whole range of their tensor -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelFactors.h"
#include "Quantizer.h"

#include "winnow/Support/ConstantData.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Samples that channels are looked at on.
static constexpr size_t kEqualizedSamples = 128;

/// Erases the constant behind `value` if nothing uses it any more.
static void eraseUnused(Value value) {
  if (Operation *constant = value ? value.getDefiningOp() : nullptr; constant && isOpTriviallyDead(constant))
    constant->erase();
}

/// Multiplies what `layer` returns by `made`, and its weights by what undoes `read`, the factors of what it reads.
static void scaleLayer(const LayerOp &layer, ArrayRef<double> read, ArrayRef<double> made) {
  int64_t rows = layer.getRows(), length = layer.getRowLength(), taps = layer.getTaps();
  std::vector<float> weights = layer.getWeights(), bias = layer.getBiasValues();
  for (int64_t m = 0; m < rows; ++m) {
    int64_t firstInput = m / (rows / layer.getGroups()) * layer.getInputChannels();
    for (int64_t k = 0; k < length; ++k)
      weights[m * length + k] = static_cast<float>(weights[m * length + k] * made[m] / read[firstInput + k / taps]);
    bias[m] = static_cast<float>(bias[m] * made[m]);
  }
  OpBuilder b(layer.getOperation());
  Value filter = layer.getFilter(), oldBias = layer.getBias();
  layer.setFilter(createFloats(b, filter.getLoc(), cast<RankedTensorType>(filter.getType()).getShape(),
                               toFilterOrder<float>(weights, rows, layer.getFilterAxis())));
  eraseUnused(filter);
  if (!oldBias)
    return;
  layer.setBias(createFloats(b, oldBias.getLoc(), cast<RankedTensorType>(oldBias.getType()).getShape(), bias));
  eraseUnused(oldBias);
}

llvm::Error Quantizer::equalize() {
  ChannelFactors factors(main, plan);
  progress("compiling the f32 network to look at its channels");
  QuantizationParameters none;
  llvm::Expected<Simulation> simulation = Simulation::make(module, none, {false, true, true}, runner);
  if (!simulation)
    return simulation.takeError();
  size_t runs = samples.size() / batch, looked = std::min(runs, kEqualizedSamples);
  for (size_t i = 0; i < looked; ++i) {
    if (llvm::Error error = simulation->run(samples, i * runs / looked * batch, none))
      return error;
    factors.look(*simulation);
  }
  for (unsigned i = 0; i < plan.layers.size(); ++i)
    factors.setWeightBits(i, getWeightBits(i));
  for (unsigned i = 0; i < plan.groups.size(); ++i)
    factors.setActivationBits(i, getActivationBits(i));
  factors.finishLooking();
  double before = factors.predictNoise();
  factors.choose();
  double after = factors.predictNoise();
  progress(
      llvm::formatv("scaling {0} channels: noise of layers {1:E2}, before {2:E2}", factors.countFree(), after, before)
          .str());
  std::vector<double> noise;
  for (unsigned i = 0; i < plan.layers.size(); ++i)
    noise.push_back(factors.predictWeightNoise(i));
  widenNoisyLayers(noise);
  if (!(after < before))
    return llvm::Error::success();
  for (auto [i, layer] : llvm::enumerate(plan.layers))
    scaleLayer(layer.op, factors.getReadFactors(i), factors.getMadeFactors(i));
  return llvm::Error::success();
}

} // namespace winnow
