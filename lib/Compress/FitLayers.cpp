//===- FitLayers.cpp - biases and few bits, layer after layer -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerGram.h"
#include "Quantizer.h"

#include "Weights.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The least part of a channel's sums that a bias is thought to move: fewer say too little.
static constexpr double kLeastSlope = 0.05;

/// Runs of both networks that fitting may take: deep networks fit several layers at a time.
static constexpr size_t kFitRuns = 3400;

/// Where the next layers to fit end, at least `count`: those that read one value do not depend on each other.
static unsigned findStepEnd(const QuantizationPlan &plan, unsigned next, size_t count) {
  unsigned end = std::min(next + count, plan.layers.size());
  while (end < plan.layers.size() && plan.layers[end].op.getInput() == plan.layers[end - 1].op.getInput())
    ++end;
  return end;
}

/// Moves a bias so that the means behind the activation become those that are wanted.
static void correctBias(const ActivatedMeans &wanted, const ActivatedMeans &got, std::vector<float> &bias) {
  std::vector<double> to = wanted.getMeans(), from = got.getMeans(), slopes = got.getSlopes();
  for (size_t m = 0; m < bias.size(); ++m)
    bias[m] += static_cast<float>((to[m] - from[m]) / std::max(slopes[m], kLeastSlope));
}

llvm::Error Quantizer::correctBiases(Simulation &simulation) {
  std::vector<LayerParameters> before = parameters.layers;
  llvm::Expected<Score> without = score(simulation, heldOut);
  if (!without)
    return without.takeError();
  for (unsigned next = 0, end; next < plan.layers.size(); next = end) {
    end = findStepEnd(plan, next, 1);
    progress("correcting the bias of layer " + llvm::Twine(end) + " of " + llvm::Twine(plan.layers.size()));
    std::vector<ActivatedMeans> found;
    for (unsigned i = next; i < end; ++i)
      found.emplace_back(plan.layers[i].op);
    for (size_t first : fitted) {
      if (llvm::Error error = simulation.run(samples, first, parameters))
        return error;
      for (unsigned i = next; i < end; ++i) {
        Simulation::Shown shown = simulation.getLayer(i);
        found[i - next].add(shown.elements, shown.rowLength);
      }
    }
    for (unsigned i = next; i < end; ++i) {
      // Where channels are not told apart there is nothing to go by.
      if (simulation.getLayer(i).channels != plan.layers[i].op.getRows())
        continue;
      correctBias(means[i], found[i - next], parameters.layers[i].bias);
    }
  }
  llvm::Expected<Score> with = score(simulation, heldOut);
  if (!with)
    return with.takeError();
  biasesCorrected = with->getError() < without->getError();
  if (!biasesCorrected)
    parameters.layers = std::move(before);
  progress(
      llvm::formatv("output error {0:E2} without, {1:E2} with corrected biases", without->getError(), with->getError())
          .str());
  return llvm::Error::success();
}

/// `values` as they are after quantization.
static std::vector<float> dequantize(ArrayRef<float> values, const Range &range) {
  std::vector<float> result;
  for (float value : values) {
    float rounded = std::nearbyint(value / range.scale) + range.zero;
    result.push_back((std::clamp(rounded, 0.0f, 255.0f) - range.zero) * range.scale);
  }
  return result;
}

namespace {
/// What is learned about one layer in a step.
struct Fit {
  unsigned layer;
  std::vector<float> weights;     ///< rows, in f32
  std::optional<GramMatrix> gram; ///< of few bits
  ActivatedMeans wanted, got;     ///< of the others
};
} // namespace

/// Rounds the weights of a layer of few bits, and gives its bias what that and the layers before it changed.
static void roundLayer(const Fit &fit, LayerParameters &to) {
  size_t rows = to.scales.size(), length = fit.weights.size() / rows;
  std::vector<float> gram = fit.gram->get();
  std::vector<float> wanted = refitRows(fit.weights, rows, gram, fit.gram->getCross());
  RoundedRows rounded = roundRowsTogether(wanted, rows, to.bits, gram);
  to.scales = std::move(rounded.scales);
  to.weights = std::move(rounded.integers);
  to.realWeights.clear();
  std::vector<float> inputs = fit.gram->getInputMeans(), errors = fit.gram->getOutputMeans(), made = to.getWeights();
  for (size_t m = 0; m < to.bias.size(); ++m) {
    double change = errors[m];
    for (size_t k = 0; k < length; ++k)
      change += double(fit.weights[m * length + k] - made[m * length + k]) * inputs[k];
    to.bias[m] += static_cast<float>(change);
  }
}

llvm::Error Quantizer::fitLayers(Simulation &simulation) {
  llvm::Expected<Score> before = score(simulation, heldOut);
  if (!before)
    return before.takeError();
  DenseMap<Value, unsigned> shownValue;
  unsigned count = 0;
  for (const QuantizationPlan::Group &group : plan.groups)
    for (Value value : group.values)
      shownValue[value] = count++;
  QuantizationParameters none;
  size_t atOnce = llvm::divideCeil(plan.layers.size() * fitted.size(), kFitRuns);
  for (unsigned next = 0, end; next < plan.layers.size(); next = end) {
    end = findStepEnd(plan, next, atOnce);
    progress("fitting layer " + llvm::Twine(end) + " of " + llvm::Twine(plan.layers.size()));
    std::vector<Fit> fits;
    for (unsigned i = next; i < end; ++i) {
      const LayerOp &op = plan.layers[i].op;
      LayerParameters &to = parameters.layers[i];
      if (!plan.layers[i].quantized)
        continue;
      Fit &fit = fits.emplace_back(Fit{i, op.getWeights(), std::nullopt, ActivatedMeans(op), ActivatedMeans(op)});
      std::optional<PatchShape> shape = getPatchShape(op);
      if (to.bits == 8 || !shape || shape->getRowLength() > kLargestGram || op.getGroups() > 1)
        continue;
      fit.gram.emplace(*shape, op.getRows());
      // While it is looked at, the layer itself makes no error.
      to.realWeights = fit.weights;
    }
    for (size_t first : fitted) {
      if (fits.empty())
        break;
      if (llvm::Error error = reference->run(samples, first, none))
        return error;
      if (llvm::Error error = simulation.run(samples, first, parameters))
        return error;
      Value seen;
      std::vector<float> input;
      for (Fit &fit : fits) {
        Simulation::Shown got = simulation.getLayer(fit.layer), want = reference->getLayer(fit.layer);
        if (!fit.gram) {
          fit.wanted.add(want.elements, want.rowLength);
          fit.got.add(got.elements, got.rowLength);
          continue;
        }
        std::vector<float> error(want.elements.begin(), want.elements.end());
        for (auto [a, b] : llvm::zip_equal(error, got.elements))
          a -= b;
        const QuantizationPlan::Layer &layer = plan.layers[fit.layer];
        if (seen != layer.op.getInput()) {
          seen = layer.op.getInput();
          input = dequantize(simulation.getValue(shownValue[seen]).elements, parameters.ranges[layer.input]);
        }
        fit.gram->add(input, kGramPositions, error);
      }
    }
    for (const Fit &fit : fits) {
      LayerParameters &to = parameters.layers[fit.layer];
      if (fit.gram) {
        roundLayer(fit, to);
        continue;
      }
      if (simulation.getLayer(fit.layer).channels != plan.layers[fit.layer].op.getRows())
        continue;
      correctBias(fit.wanted, fit.got, to.bias);
    }
  }
  llvm::Expected<Score> after = score(simulation, heldOut);
  if (!after)
    return after.takeError();
  biasesCorrected = true;
  progress(
      llvm::formatv("output error {0:E2} rounded to the nearest, {1:E2} fitted", before->getError(), after->getError())
          .str());
  return llvm::Error::success();
}

} // namespace winnow
