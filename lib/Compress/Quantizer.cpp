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
/// Samples on which alternatives are compared.
static constexpr size_t kHeldOutSamples = 64;
/// Samples on which the noise of layers is measured, and what stands for none, in dB.
static constexpr size_t kMeasuredSamples = 8;
static constexpr double kNoNoise = 200;
/// The smallest layers, which together hold at most this part of the weights, are not worth fewer than 8 bits.
static constexpr double kSmallLayers = 0.05;
/// An i32 bias stays below 2^28 in magnitude, so that sums cannot overflow.
static constexpr float kLargestBias = 0x1p28f;

Quantizer::Quantizer(ModuleOp module, const SampleSet &samples, NetworkRunner &runner,
                     const QuantizationOptions &options)
    : module(module), main(module.lookupSymbol<func::FuncOp>("main")), samples(samples), runner(runner),
      options(options) {}

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
  std::vector<std::pair<int64_t, unsigned>> sizes;
  int64_t total = 0;
  for (auto [i, layer] : llvm::enumerate(plan.layers)) {
    int64_t size = layer.op.getRows() * layer.op.getRowLength();
    total += size;
    if (i == 0 || i + 1 == plan.layers.size())
      widen(i, i == 0 ? "the first layer" : "the last layer");
    else if (layer.op.getGroups() > 1)
      widen(i, "a layer in groups");
    else
      sizes.emplace_back(size, i);
  }
  llvm::sort(sizes);
  int64_t held = 0;
  for (auto [size, layer] : sizes)
    if ((held += size) <= kSmallLayers * total)
      widen(layer, "few weights");
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

llvm::Expected<Quantizer::Score> Quantizer::score(Simulation &simulation, ArrayRef<size_t> which) {
  Score score;
  double error = 0, square = 0;
  for (size_t first : which) {
    if (llvm::Error failure = simulation.run(samples, first, parameters))
      return std::move(failure);
    for (size_t k = 0; k < batch; ++k) {
      ArrayRef<float> got = simulation.getSignal(k);
      const std::vector<float> &want = signals[first + k];
      for (auto [a, b] : llvm::zip_equal(got, want)) {
        error += (double(a) - b) * (double(a) - b);
        square += double(b) * b;
      }
      auto largest = [](ArrayRef<float> values) { return llvm::max_element(values) - values.begin(); };
      ++score.count;
      score.same += largest(got) == largest(want);
      if (!samples.getLabels().empty()) {
        score.right += largest(got) == samples.getLabels()[first + k];
        score.rightBefore += largest(want) == samples.getLabels()[first + k];
      }
    }
  }
  score.error = square > 0 ? error / square : 0;
  return score;
}

llvm::Error Quantizer::compareRanges(Simulation &simulation) {
  if (options.ranges != RangeMethod::Auto)
    return llvm::Error::success();
  std::vector<Range> best = parameters.ranges;
  double least = HUGE_VAL;
  for (RangeMethod method : {RangeMethod::Auto, RangeMethod::MinMax, RangeMethod::Percentile9999}) {
    parameters.ranges = chooseRanges(method);
    llvm::Expected<Score> found = score(simulation, heldOut);
    if (!found)
      return found.takeError();
    if (found->error < least) {
      least = found->error;
      best = parameters.ranges;
    }
  }
  parameters.ranges = std::move(best);
  return llvm::Error::success();
}

namespace {
/// Squares of a value and of what it is off.
struct Noise {
  double error = 0, square = 0;
  void add(ArrayRef<float> got, ArrayRef<float> want) {
    for (auto [a, b] : llvm::zip_equal(got, want)) {
      error += (double(a) - b) * (double(a) - b);
      square += double(b) * b;
    }
  }
  double getRatio() const { return square > 0 ? error / square : 0; }
};
} // namespace

llvm::Error Quantizer::measureLayers(Simulation &simulation) {
  std::vector<Noise> sums(plan.layers.size());
  DenseMap<Value, Noise> values;
  QuantizationParameters none;
  for (size_t first : ArrayRef<size_t>(heldOut).take_front(kMeasuredSamples)) {
    if (llvm::Error error = reference->run(samples, first, none))
      return error;
    if (llvm::Error error = simulation.run(samples, first, parameters))
      return error;
    for (size_t i = 0; i < plan.layers.size(); ++i)
      sums[i].add(simulation.getLayer(i).elements, reference->getLayer(i).elements);
    unsigned index = 0;
    for (const QuantizationPlan::Group &group : plan.groups)
      for (Value value : group.values)
        values[value].add(simulation.getValue(index++).elements,
                          reference->getValue(valueIndex.lookup(value)).elements);
  }
  signalToNoise.clear();
  addedNoise.clear();
  for (auto [i, layer] : llvm::enumerate(plan.layers)) {
    double ratio = sums[i].getRatio();
    signalToNoise.push_back(ratio > 0 ? -10 * std::log10(ratio) : kNoNoise);
    addedNoise.push_back(layer.quantized ? std::max(0.0, ratio - values.lookup(layer.op.getInput()).getRatio()) : 0);
  }
  return llvm::Error::success();
}

llvm::Expected<Quantizer::Score> Quantizer::build() {
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
  size_t runs = samples.size() / batch;
  size_t corrected = std::clamp(kCorrectionRuns / plan.layers.size(), kLeastCorrectionSamples, kMostCorrectionSamples);
  if (options.weightBits < 8)
    corrected = kMostCorrectionSamples;
  corrected = std::min(corrected, std::max<size_t>(1, runs * 2 / 3));
  // Every few is fitted to, spread evenly; others are held out.
  DenseSet<size_t> taken;
  for (size_t i = 0; i < corrected; ++i) {
    fitted.push_back(i * runs / corrected * batch);
    taken.insert(fitted.back());
  }
  for (size_t i = 0; i < runs; ++i)
    if (!taken.contains(i * batch))
      heldOut.push_back(i * batch);
  if (heldOut.empty())
    heldOut = fitted;
  size_t kept = std::min(heldOut.size(), kHeldOutSamples);
  for (size_t i = 0; i < kept; ++i)
    heldOut[i] = heldOut[i * heldOut.size() / kept];
  heldOut.resize(kept);

  if (llvm::Error error = equalize())
    return std::move(error);
  if (llvm::Error error = calibrate())
    return std::move(error);
  llvm::Expected<Score> score = build();
  if (!score)
    return score.takeError();
  if (options.maxDrop && getDrop(*score) > *options.maxDrop)
    if (score = searchPrecision(Score(*score)); !score)
      return score.takeError();
  QuantizationReport report = makeReport(*score);
  writeQuantization(main, parameters);
  return report;
}

QuantizationReport Quantizer::makeReport(const Score &score) const {
  QuantizationReport report;
  report.samples = samples.size();
  report.weightBits = options.weightBits;
  report.activationBits = options.activationBits;
  report.agreement = 100.0 * score.same / score.count;
  report.outputError = score.error;
  if (!samples.getLabels().empty()) {
    report.accuracyBefore = 100.0 * score.rightBefore / score.count;
    report.accuracyAfter = 100.0 * score.right / score.count;
  }
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
