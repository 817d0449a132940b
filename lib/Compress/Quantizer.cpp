//===- Quantizer.cpp - the steps of post-training quantization -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Quantizer.h"

#include "Weights.h"
#include "WriteQuantization.h"

#include "winnow/Support/Remarks.h"

#include "llvm/Support/FormatVariadic.h"

#include <numeric>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Runs of the quantized network that correcting biases may take, and the samples for each layer.
static constexpr size_t kCorrectionRuns = 1536, kLeastCorrectionSamples = 24, kMostCorrectionSamples = 128;
/// Samples that weights of few bits are fitted to: with fewer, they fit those and no others.
static constexpr size_t kFewBitsSamples = 192;
/// Samples on which alternatives are compared.
static constexpr size_t kHeldOutSamples = 64;

Quantizer::Quantizer(ModuleOp module, const SampleSet &samples, NetworkRunner &runner,
                     const QuantizationOptions &options)
    : module(module), main(module.lookupSymbol<func::FuncOp>("main")), samples(samples), runner(runner),
      options(options) {}

llvm::Expected<Score> Quantizer::build() {
  parameters.ranges = chooseRanges(options.ranges);
  progress("choosing the integers of weights");
  quantizeWeights();
  progress("compiling the quantized network");
  llvm::Expected<Simulation> simulation = Simulation::make(module, parameters, {true, true, true}, runner);
  if (!simulation)
    return simulation.takeError();
  progress("comparing ranges");
  // Under the noise of few bits that are not fitted yet, all ranges would look alike.
  bool hasFewBits = false;
  for (auto [planned, layer] : llvm::zip_equal(plan.layers, parameters.layers))
    if (layer.bits < 8) {
      layer.realWeights = planned.op.getWeights();
      hasFewBits = true;
    }
  if (llvm::Error error = compareRanges(*simulation))
    return std::move(error);
  for (LayerParameters &layer : parameters.layers)
    layer.realWeights.clear();
  if (llvm::Error error = hasFewBits ? fitLayers(*simulation) : correctBiases(*simulation))
    return std::move(error);
  if (llvm::Error error = measureLayers(*simulation))
    return std::move(error);
  progress("measuring the quantized network");
  std::vector<size_t> all;
  for (size_t first = 0; first + batch <= samples.size(); first += batch)
    all.push_back(first);
  return score(*simulation, all);
}

void Quantizer::splitSamples() {
  size_t runs = samples.size() / batch;
  size_t corrected = std::clamp(kCorrectionRuns / plan.layers.size(), kLeastCorrectionSamples, kMostCorrectionSamples);
  corrected = std::min(corrected, std::max<size_t>(1, runs * 2 / 3));
  if (options.weightBits < 8)
    corrected = std::max<size_t>(1, std::min(kFewBitsSamples, runs * 3 / 4));
  SampleSplit split = winnow::splitSamples(runs, batch, corrected, kHeldOutSamples);
  fitted = std::move(split.fitted);
  heldOut = std::move(split.heldOut);
}

llvm::Expected<QuantizationReport> Quantizer::run() {
  splitCurvedActivations(main);
  plan = QuantizationPlan::make(main, parameters.keepFloat);
  if (plan.groups.empty())
    return llvm::createStringError("nothing to quantize: the network has no convolution or product with constant f32 "
                                   "weights");
  chooseWideLayers();
  auto input = cast<RankedTensorType>(main.getArgumentTypes().front());
  batch = input.isDynamicDim(0) ? 1 : input.getDimSize(0);
  if (samples.size() < batch)
    return llvm::createStringError("expected at least " + llvm::Twine(batch) +
                                   " samples, the batch of the network, but found " + llvm::Twine(samples.size()));
  splitSamples();
  if (llvm::Error error = equalize())
    return std::move(error);
  if (llvm::Error error = calibrate())
    return std::move(error);
  llvm::Expected<Score> score = build();
  if (!score)
    return score.takeError();
  if (options.maxDrop && score->getDrop() > *options.maxDrop)
    if (score = searchPrecision(Score(*score)); !score)
      return score.takeError();
  QuantizationReport report = makeReport(*score);
  writeQuantization(main, parameters);
  return report;
}

QuantizationReport Quantizer::makeReport(const Score &score) const {
  QuantizationReport report;
  score.reportTo(report);
  report.weightBits = options.weightBits;
  report.activationBits = options.activationBits;
  for (auto [i, layer] : llvm::enumerate(plan.layers)) {
    QuantizedLayerReport &row = report.layers.emplace_back();
    if (auto name = layer.op.getOperation()->getLoc()->findInstanceOf<NameLoc>())
      row.name = name.getName().str();
    int64_t weights = layer.op.getRows() * layer.op.getRowLength(),
            biases = layer.op.getBias() ? layer.op.getRows() : 0;
    report.bytesBefore += 4 * (weights + biases);
    row.signalToNoise = signalToNoise[i];
    if (i < reasons.size())
      row.reason = reasons[i];
    if (layer.output != QuantizationPlan::kNone) {
      const Range &range = parameters.ranges[layer.output];
      row.outputScale = range.scale, row.outputZero = range.zero, row.outputChoice = range.choice;
    }
    if (!layer.quantized) {
      report.bytesAfter += 4 * (weights + biases);
      continue;
    }
    const LayerParameters &given = parameters.layers[i];
    const Range &range = parameters.ranges[layer.input];
    report.bytesAfter += (weights * given.bits + 7) / 8 + 4 * (biases + layer.op.getRows());
    row.weightBits = given.bits;
    row.inputScale = range.scale, row.inputZero = range.zero, row.inputChoice = range.choice;
    row.leastWeightScale = *llvm::min_element(given.scales);
    row.largestWeightScale = *llvm::max_element(given.scales);
    row.biasCorrected = biasesCorrected && !given.bias.empty();
    remarkAnalysis(layer.op.getOperation(), "winnow-quantize",
                   "weights of " + llvm::Twine(given.bits) + " bits, input " + range.choice,
                   {{"input scale", double(range.scale)}, {"signal to noise (dB)", row.signalToNoise}});
  }
  return report;
}

llvm::Expected<QuantizationReport> quantizeNetwork(ModuleOp module, const SampleSet &samples, NetworkRunner &runner,
                                                   const QuantizationOptions &options) {
  return Quantizer(module, samples, runner, options).run();
}

llvm::Expected<std::vector<SampleInput>> getSampleInputs(ModuleOp module) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.getNumArguments() == 0)
    return llvm::createStringError("expected a network with at least one input");
  std::vector<SampleInput> inputs;
  int64_t batch = -1;
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    auto type = dyn_cast<RankedTensorType>(main.getArgument(i).getType());
    auto name = main.getArgAttrOfType<StringAttr>(i, "winnow.name");
    std::string text = name ? name.str() : "input" + std::to_string(i);
    if (!type || !type.getElementType().isF32() || type.getRank() < 1)
      return llvm::createStringError("input '" + text + "': expected f32 with a batch as its first dimension");
    for (int64_t extent : type.getShape().drop_front())
      if (ShapedType::isDynamic(extent))
        return llvm::createStringError("input '" + text +
                                       "': its shape must be known but for the batch: give "
                                       "--input-shape");
    int64_t own = type.isDynamicDim(0) ? 1 : type.getDimSize(0);
    if (batch >= 0 && own != batch)
      return llvm::createStringError("input '" + text + "': its batch differs from the others'");
    batch = own;
    inputs.push_back({text, type.getShape().drop_front().vec()});
  }
  return inputs;
}

} // namespace winnow
