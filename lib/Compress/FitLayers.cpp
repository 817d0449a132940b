//===- FitLayers.cpp - biases and few bits, layer after layer -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FewBits.h"
#include "LayerGram.h"
#include "Quantizer.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The least part of a channel's sums that a bias is thought to move: fewer say too little.
static constexpr double kLeastSlope = 0.05;

/// Runs of both networks that fitting may take: deep networks fit several layers at a time.
static constexpr size_t kFitRuns = 5000;

/// How many layers are fitted at once: those of few bits one after the other if there are runs enough, as each takes
/// over what those before it are off; those of 8 bits, which are off by little, share what runs are left.
struct StepSize {
  size_t few = 1, wide = 1;

  StepSize() = default;
  StepSize(ArrayRef<LayerParameters> layers, size_t runs) {
    size_t fewCount = llvm::count_if(layers, [](const LayerParameters &layer) { return layer.bits < 8; });
    size_t steps = std::max<size_t>(1, kFitRuns / runs);
    few = std::max<size_t>(1, llvm::divideCeil(fewCount, steps));
    size_t left = steps - std::min(steps - 1, llvm::divideCeil(fewCount, few));
    wide = std::max<size_t>(1, llvm::divideCeil(layers.size() - fewCount, left));
  }
};

/// Where the step that begins with layer `next` ends.
static unsigned findStepEnd(const QuantizationPlan &plan, ArrayRef<LayerParameters> layers, unsigned next,
                            StepSize size) {
  unsigned end = next;
  for (size_t few = 0, wide = 0; end < plan.layers.size(); ++end) {
    // Those that read one value do not depend on each other.
    bool isBeside = end > next && plan.layers[end].op.getInput() == plan.layers[end - 1].op.getInput();
    layers[end].bits < 8 ? ++few : ++wide;
    if ((few > size.few || wide > size.wide) && !isBeside)
      break;
  }
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
  StepSize one;
  for (unsigned next = 0, end; next < plan.layers.size(); next = end) {
    end = findStepEnd(plan, parameters.layers, next, one);
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
  std::optional<FewBitsFit> fewBits;
  ActivatedMeans wanted, got; ///< of the others
};
} // namespace

llvm::Error Quantizer::fitLayers(Simulation &simulation) {
  std::vector<LayerParameters> unfitted = parameters.layers;
  llvm::Expected<Score> before = score(simulation, heldOut);
  if (!before)
    return before.takeError();
  DenseMap<Value, unsigned> shownValue;
  unsigned count = 0;
  for (const QuantizationPlan::Group &group : plan.groups)
    for (Value value : group.values)
      shownValue[value] = count++;
  QuantizationParameters none;
  StepSize size(parameters.layers, fitted.size());
  for (unsigned next = 0, end; next < plan.layers.size(); next = end) {
    end = findStepEnd(plan, parameters.layers, next, size);
    progress("fitting layer " + llvm::Twine(end) + " of " + llvm::Twine(plan.layers.size()));
    std::vector<Fit> fits;
    for (unsigned i = next; i < end; ++i) {
      const LayerOp &op = plan.layers[i].op;
      LayerParameters &to = parameters.layers[i];
      if (!plan.layers[i].quantized)
        continue;
      Fit &fit = fits.emplace_back(Fit{i, std::nullopt, ActivatedMeans(op), ActivatedMeans(op)});
      std::optional<PatchShape> shape = getPatchShape(op);
      if (to.bits == 8 || !shape || shape->getRowLength() > kLargestGram || op.getGroups() > 1)
        continue;
      // While it is looked at, the layer itself makes no error.
      to.realWeights = op.getWeights();
      fit.fewBits.emplace(*shape, to.realWeights, op.getRows());
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
        if (!fit.fewBits) {
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
        fit.fewBits->add(input, error);
      }
    }
    for (const Fit &fit : fits) {
      LayerParameters &to = parameters.layers[fit.layer];
      if (fit.fewBits) {
        float damping = fit.fewBits->round(to);
        progress(llvm::formatv("layer {0}: fits samples held out best with {1} of damping", fit.layer + 1, damping));
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
  biasesCorrected = after->getError() < before->getError();
  if (!biasesCorrected)
    parameters.layers = std::move(unfitted);
  progress(
      llvm::formatv("output error {0:E2} rounded to the nearest, {1:E2} fitted", before->getError(), after->getError())
          .str());
  return llvm::Error::success();
}

} // namespace winnow
