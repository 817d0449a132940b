//===- Pruner.cpp - the steps of pruning ----------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pruner.h"

#include "RemovableLayers.h"
#include "Simulation.h"

#include "winnow/Support/Remarks.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Multiplications that runs for the fit of layers may take, and within what that leaves, how many runs are fitted to.
static constexpr double kFitMacs = 6e11;
static constexpr size_t kLeastFitted = 96, kMostFitted = 8192;
/// Bytes of what flows from part to part of the network, as it was and pruned, and what compiling a part is worth.
static constexpr double kMostFlowBytes = 600 << 20, kCompilingMacs = 1e10;
/// Samples on which alternatives are compared.
static constexpr size_t kHeldOutSamples = 512;

Pruner::Pruner(ModuleOp module, const SampleSet &samples, NetworkRunner &runner, const PruningOptions &options)
    : module(module), samples(samples), runner(runner), options(options) {}

/// Elements that a row of weights adds up for a sample.
static int64_t countPositions(const LayerOp &layer) {
  auto type = cast<RankedTensorType>(layer.getOutput().getType());
  if (llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
    return 1;
  int64_t elements = 1;
  for (int64_t extent : type.getShape().drop_front())
    elements *= extent;
  return std::max<int64_t>(1, elements / layer.getRows());
}

void Pruner::planLayers() {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  std::vector<LayerOp> ops = findLayers(main);
  for (const LayerOp &op : ops) {
    Layer &layer = layers.emplace_back(Layer{op, "", countPositions(op)});
    if (op.getGroups() > 1)
      layer.kept = "its channels are in groups: each weight counts for much";
    else if (!getPatchShape(op))
      layer.kept = "its input is no plane of known extents";
  }
  choiceOf.resize(layers.size());
  if (options.pattern.wholeLayers) {
    planRemovals();
  } else if (!options.pattern.wholeChannels) {
    for (size_t i = 0; i < layers.size(); ++i)
      if (layers[i].kept.empty())
        choices.push_back({{i}, {}});
  } else {
    classes.emplace(main, ChannelClasses::Purpose::Remove);
    groups = findChannelGroups(*classes, ops);
    llvm::erase_if(groups, [&](const ChannelGroup &group) {
      return llvm::any_of(group.readers, [&](const ChannelUse &reader) {
        return !layers[reader.layer].kept.empty() || layers[reader.layer].op.getRowLength() > kLargestGram;
      });
    });
    for (const ChannelGroup &group : groups) {
      choices.emplace_back();
      for (const ChannelUse &reader : group.readers)
        choices.back().layers.push_back(reader.layer);
    }
  }
  for (auto [i, choice] : llvm::enumerate(choices))
    for (size_t layer : choice.layers)
      choiceOf[layer] = i;
}

std::vector<double> Pruner::countMacs() const {
  std::vector<double> macs;
  auto input = cast<RankedTensorType>(ModuleOp(module).lookupSymbol<func::FuncOp>("main").getArgumentTypes().front());
  double batch = input.isDynamicDim(0) ? 1 : input.getDimSize(0);
  for (const Layer &layer : layers)
    macs.push_back(batch * layer.op.getRows() * layer.op.getRowLength() * layer.positions);
  return macs;
}

std::vector<NetworkCuts::Part> Pruner::splitSamples(const NetworkCuts &cuts) {
  size_t batch = network->getBatch(), runs = samples.size() / batch, wanted = std::max<size_t>(1, runs * 2 / 3);
  // Fewer runs can be taken through smaller parts, as more may flow between these.
  std::vector<NetworkCuts::Part> parts;
  for (wanted = std::min(wanted, kMostFitted);; wanted = std::max(wanted * 3 / 4, kLeastFitted)) {
    parts = cuts.choose({double(wanted), int64_t(kMostFlowBytes / (2 * wanted)), kCompilingMacs});
    if (wanted <= kLeastFitted || cuts.countMacs(parts) * wanted <= kFitMacs)
      break;
  }
  SampleSplit split = winnow::splitSamples(runs, batch, wanted, kHeldOutSamples);
  fitted = std::move(split.fitted);
  heldOut = std::move(split.heldOut);
  return parts;
}

llvm::Error Pruner::compile() {
  progress("compiling the network to look at " + llvm::Twine(layers.size()) + " layers");
  llvm::Expected<WeightedNetwork> whole =
      WeightedNetwork::make(module, runner, {/*showLayers=*/false, /*takeLogits=*/true});
  if (!whole)
    return whole.takeError();
  network.emplace(std::move(*whole));
  if (samples.size() < network->getBatch())
    return llvm::createStringError("expected at least " + llvm::Twine(network->getBatch()) +
                                   " samples, the batch of the network, but found " + llvm::Twine(samples.size()));
  std::vector<LayerOp> ops;
  for (const Layer &layer : layers)
    ops.push_back(layer.op);
  NetworkCuts cuts(module.lookupSymbol<func::FuncOp>("main"), ops, countMacs());
  std::vector<NetworkCuts::Part> parts = splitSamples(cuts);
  progress(llvm::formatv("compiling {0} parts: to look at all layers takes {1:F1} runs of the network for each sample",
                         parts.size(), cuts.countMacs(parts) / std::max(1.0, countRunMacs()))
               .str());
  llvm::Expected<StagedNetwork> made = StagedNetwork::make(cuts, parts, runner);
  if (!made)
    return made.takeError();
  stages.emplace(std::move(*made));
  return llvm::Error::success();
}

llvm::Expected<Score> Pruner::score(ArrayRef<LayerWeights> weights, ArrayRef<size_t> which) {
  Score score(samples.getLabels());
  for (size_t first : which) {
    if (llvm::Error failure = network->run(samples, first, weights))
      return std::move(failure);
    for (size_t k = 0; k < network->getBatch(); ++k)
      score.add(first + k, network->getSignal(k), signals[first + k]);
  }
  return score;
}

llvm::Expected<PruningReport> Pruner::run() {
  planLayers();
  if (choices.empty())
    return llvm::createStringError(classes ? "nothing to prune: the network has no channels that can be removed"
                                   : options.pattern.wholeLayers
                                       ? "nothing to prune: the network has no layer that its residual, or what it "
                                         "reads, can stand in the place of"
                                       : "nothing to prune: the network has no convolution or product with "
                                         "constant f32 weights and one group");
  if (llvm::Error error = compile())
    return std::move(error);
  if (llvm::Error error = findSignals())
    return std::move(error);
  importance.resize(layers.size());
  if (llvm::Error error = lookAtGradients())
    return std::move(error);
  if (llvm::Error error = makeLevels())
    return std::move(error);
  if (llvm::Error error = measureLevels())
    return std::move(error);
  countSavings();
  if (options.trial != PruningTrial::None)
    return explore();
  if (llvm::Error error = search())
    return std::move(error);
  PruningReport report = makeReport(*result.score);
  writeTo(module.lookupSymbol<func::FuncOp>("main"), result.weights, getGone(result.levels));
  return report;
}

void Pruner::writeTo(func::FuncOp main, ArrayRef<LayerWeights> weights, const DenseSet<unsigned> &gone) const {
  OpBuilder builder(main.getContext());
  for (auto [op, given] : llvm::zip_equal(findLayers(main), weights)) {
    builder.setInsertionPoint(op.getOperation());
    Location loc = op.getOperation()->getLoc();
    auto type = cast<RankedTensorType>(op.getFilter().getType());
    op.setFilter(createFloats(builder, loc, type.getShape(),
                              toFilterOrder<float>(given.rows, op.getRows(), op.getFilterAxis())));
    if (op.takesBias())
      op.setBias(createFloats(builder, loc, {op.getRows()}, given.bias));
  }
  if (options.pattern.wholeLayers)
    removeLayers(main, gone);
  if (classes)
    removeChannels(main, ChannelClasses(main, ChannelClasses::Purpose::Remove), gone);
}

PruningReport Pruner::makeReport(const Score &score) const {
  PruningReport report;
  score.reportTo(report);
  report.pattern = options.pattern.str();
  report.criterion = getName(options.criterion).str();
  report.fittedSamples = fitted.size() * network->getBatch();
  report.target = options.target;
  report.reached = result.reached;
  report.measure = options.measure;
  report.maxDrop = options.maxDrop;
  report.totalBefore = getTotal(std::vector<unsigned>(choices.size(), 0));
  report.totalAfter = getTotal(result.levels);
  std::vector<int64_t> nonzeros = countNonzeros(result.levels);
  auto getName = [&](size_t i) {
    auto name = layers[i].op.getOperation()->getLoc()->findInstanceOf<NameLoc>();
    return name ? name.getName().str() : std::string();
  };
  for (auto [i, layer] : llvm::enumerate(layers)) {
    PrunedLayerReport &row = report.layers.emplace_back();
    row.name = getName(i);
    row.weights = layer.op.getRows() * layer.op.getRowLength();
    row.nonzeros = nonzeros[i];
    row.macs = row.weights * layer.positions;
    row.macsKept = row.nonzeros * layer.positions;
    row.error = result.errors[i];
    if (choiceOf[i] && choices[*choiceOf[i]].layers.front() == i)
      row.outputError = choices[*choiceOf[i]].levels[result.levels[*choiceOf[i]]].outputError;
    else if (choiceOf[i])
      row.decidedWith = getName(choices[*choiceOf[i]].layers.front());
    row.reason = layer.kept;
    report.bytesBefore += getStoredBytes(row.weights, row.weights);
    report.bytesAfter += getStoredBytes(row.weights, row.nonzeros);
    remarkAnalysis(layer.op.getOperation(), "winnow-prune",
                   llvm::formatv("{0:P1} of the weights are zero", 1.0 - double(row.nonzeros) / row.weights).str(),
                   {{"error over variance of the sums", row.error}, {"output error alone", row.outputError}});
  }
  if (options.pattern.wholeLayers)
    explainRemovals(report);
  return report;
}

llvm::Expected<PruningReport> pruneNetwork(ModuleOp module, const SampleSet &samples, NetworkRunner &runner,
                                           const PruningOptions &options) {
  return Pruner(module, samples, runner, options).run();
}

} // namespace winnow
