//===- ChoosePrecision.cpp - the fastest precision that is accurate -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Score.h"
#include "Simulation.h"

#include "winnow/Compress/Precision.h"
#include "winnow/Dialect/CNN/CNN.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <numeric>

using namespace mlir;

namespace winnow {

/// A precision must be predicted to save so much of f32's time: predictions are no better than that.
static constexpr double kLeastGain = 0.02;
/// Runs of neighbouring layers whose noise is measured alone, and the samples that takes.
static constexpr size_t kParts = 8, kNoiseSamples = 16;

static size_t countF32Layers(ModuleOp module) {
  size_t count = 0;
  module.walk([&](cnn::ConvolutionOp op) {
    count += op.getInput().getType().getElementType().isF32() && op.getType().getElementType().isF32();
  });
  return count;
}

namespace {

class PrecisionSearch {
public:
  PrecisionSearch(ModuleOp module, const SampleSet &samples, NetworkRunner &runner, const PrecisionOptions &options)
      : module(module), samples(samples), runner(runner), options(options) {}

  llvm::Expected<std::vector<PrecisionCandidate>> run();

private:
  void progress(const llvm::Twine &step) const {
    if (options.progress)
      options.progress(step.str());
  }
  /// A copy of the network in `type`, without the layers (by number) for which `keep` says so.
  OwningOpRef<ModuleOp> convert(FloatType type, llvm::function_ref<bool(size_t)> keep) const;
  int64_t convertIn(ModuleOp network, FloatType type, llvm::function_ref<bool(size_t)> keep) const;
  llvm::Expected<std::vector<std::vector<float>>> compute(ModuleOp network, size_t count) const;
  llvm::Expected<Score> score(ModuleOp network, size_t count) const;
  /// Parts of the network by the noise that each makes alone, the worst first.
  llvm::Expected<std::vector<size_t>> rankParts(FloatType type) const;
  llvm::Error tryType(FloatType type, double f32Cycles);
  bool isInParts(size_t layer, ArrayRef<size_t> parts) const {
    return llvm::is_contained(parts, layer * std::min(kParts, layers) / layers);
  }

  ModuleOp module;
  const SampleSet &samples;
  NetworkRunner &runner;
  const PrecisionOptions &options;
  size_t batch = 1, layers = 0;
  std::vector<std::vector<float>> reference; ///< outputs of the f32 network
  std::vector<PrecisionCandidate> candidates;
  FloatType chosenType; ///< null: f32
  std::vector<size_t> chosenParts;
};

} // namespace

int64_t PrecisionSearch::convertIn(ModuleOp network, FloatType type, llvm::function_ref<bool(size_t)> keep) const {
  size_t number = 0;
  return convertPrecision(network.lookupSymbol<func::FuncOp>("main"), type, [&](Operation *) -> std::string {
    return keep(number++) ? "16 bits there cost too much accuracy on the calibration data" : "";
  });
}

OwningOpRef<ModuleOp> PrecisionSearch::convert(FloatType type, llvm::function_ref<bool(size_t)> keep) const {
  OwningOpRef<ModuleOp> copy = ModuleOp(module).clone();
  convertIn(*copy, type, keep);
  return copy;
}

llvm::Expected<std::vector<std::vector<float>>> PrecisionSearch::compute(ModuleOp network, size_t count) const {
  auto runnable = runner.prepare(network);
  if (!runnable)
    return runnable.takeError();
  std::vector<std::vector<float>> outputs;
  for (size_t first = 0; first + batch <= count; first += batch) {
    std::vector<std::vector<float>> inputs = joinSamples(samples, first, batch);
    std::vector<ArrayRef<char>> arguments;
    for (const std::vector<float> &input : inputs)
      arguments.push_back(getBytes(input));
    if (llvm::Error error = (*runnable)->run(arguments))
      return std::move(error);
    ArrayRef<float> result = (*runnable)->getResult(0);
    size_t size = result.size() / batch;
    for (size_t k = 0; k < batch; ++k)
      outputs.push_back(result.slice(k * size, size).vec());
  }
  return outputs;
}

llvm::Expected<Score> PrecisionSearch::score(ModuleOp network, size_t count) const {
  auto outputs = compute(network, count);
  if (!outputs)
    return outputs.takeError();
  Score score(samples.getLabels());
  for (auto [i, got] : llvm::enumerate(*outputs))
    score.add(i, got, reference[i]);
  return score;
}

llvm::Expected<std::vector<size_t>> PrecisionSearch::rankParts(FloatType type) const {
  std::vector<size_t> parts(std::min(kParts, layers));
  std::iota(parts.begin(), parts.end(), 0);
  std::vector<double> noise;
  for (size_t part : parts) {
    progress("noise of part " + llvm::Twine(part + 1) + " of " + llvm::Twine(parts.size()));
    auto found = score(*convert(type, [&](size_t layer) { return !isInParts(layer, part); }),
                       std::min(kNoiseSamples, reference.size()));
    if (!found)
      return found.takeError();
    noise.push_back(found->getError());
  }
  llvm::sort(parts, [&](size_t a, size_t b) { return noise[a] != noise[b] ? noise[a] > noise[b] : a < b; });
  return parts;
}

llvm::Error PrecisionSearch::tryType(FloatType type, double f32Cycles) {
  PrecisionCandidate candidate;
  llvm::raw_string_ostream(candidate.type) << type;
  candidate.layers = layers;
  std::vector<size_t> kept;
  auto keep = [&](size_t layer) { return isInParts(layer, kept); };
  std::vector<size_t> order;
  while (true) {
    OwningOpRef<ModuleOp> network = convert(type, keep);
    candidate.predictedCycles = options.predict(*network);
    candidate.keptLayers = countF32Layers(*network);
    if (candidate.predictedCycles > (1 - kLeastGain) * f32Cycles) {
      candidate.reason =
          kept.empty() ? "predicted to be no faster than f32" : "no faster than f32 with the layers that must stay f32";
      break;
    }
    progress("accuracy with " + candidate.type + (kept.empty() ? "" : " and some layers in f32"));
    auto found = score(*network, samples.size());
    if (!found)
      return found.takeError();
    candidate.drop = found->getDrop();
    if (found->getDrop() <= options.maxDrop) {
      candidate.reason = llvm::formatv("predicted to take {0:F2} of f32's time, loses {1:F2} points of {2:F2} allowed",
                                       candidate.predictedCycles / f32Cycles, found->getDrop(), options.maxDrop);
      break;
    }
    if (order.empty()) {
      auto ranked = rankParts(type);
      if (!ranked)
        return ranked.takeError();
      order = *ranked;
    }
    kept.push_back(order[kept.size()]);
    if (kept.size() == order.size()) {
      candidate.reason = llvm::formatv("loses {0:F2} points, {1:F2} are allowed", found->getDrop(), options.maxDrop);
      candidate.predictedCycles = f32Cycles;
      break;
    }
  }
  candidates.push_back(candidate);
  if (candidate.predictedCycles > (1 - kLeastGain) * f32Cycles)
    return llvm::Error::success();
  // It replaces the best so far where it is faster.
  if (candidate.predictedCycles < candidates.front().predictedCycles) {
    candidates.front().reason = "slower than what keeps the accuracy";
    std::rotate(candidates.begin(), candidates.end() - 1, candidates.end());
    chosenType = type;
    chosenParts = kept;
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<PrecisionCandidate>> PrecisionSearch::run() {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  auto input = cast<RankedTensorType>(main.getArgumentTypes().front());
  batch = input.isDynamicDim(0) ? 1 : input.getDimSize(0);
  if (samples.size() < batch)
    return llvm::createStringError("expected at least " + llvm::Twine(batch) +
                                   " samples, the batch of the network, but found " + llvm::Twine(samples.size()));
  layers = countF32Layers(module);
  PrecisionCandidate f32{"f32", options.predict(module), 0, layers, 0, "nothing faster is accurate enough"};
  candidates.push_back(f32);
  if (layers == 0)
    return candidates;
  progress("the f32 network");
  auto outputs = compute(module, samples.size());
  if (!outputs)
    return outputs.takeError();
  reference = std::move(*outputs);
  for (FloatType type :
       {FloatType(Float16Type::get(module.getContext())), FloatType(BFloat16Type::get(module.getContext()))})
    if (llvm::Error error = tryType(type, f32.predictedCycles))
      return std::move(error);
  if (chosenType)
    convertIn(module, chosenType, [&](size_t layer) { return isInParts(layer, chosenParts); });
  return candidates;
}

llvm::Expected<std::vector<PrecisionCandidate>>
choosePrecision(ModuleOp module, const SampleSet &samples, NetworkRunner &runner, const PrecisionOptions &options) {
  return PrecisionSearch(module, samples, runner, options).run();
}

} // namespace winnow
