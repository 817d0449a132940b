//===- CompareNetworks.cpp - what a change of a network costs -*- C++ -*---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Score.h"
#include "Simulation.h"

#include "winnow/Compress/Quantize.h"
#include "winnow/Dialect/CNN/PackedFilter.h"

using namespace mlir;

namespace winnow {

QuantizationReport reportPackedWeights(ModuleOp module) {
  QuantizationReport report;
  module.walk([&](Operation *op) {
    QuantizedLayerReport row;
    if (auto name = op->getLoc()->findInstanceOf<NameLoc>())
      row.name = name.getName().str();
    StringRef obstacle;
    auto conv = dyn_cast<cnn::ConvolutionOp>(op);
    std::optional<cnn::PackedFilter> filter = conv ? cnn::getPackedFilter(conv, obstacle) : std::nullopt;
    std::optional<LayerOp> layer = LayerOp::get(op);
    if (!filter && !layer)
      return;
    int64_t weights = filter ? filter->integers.getNumElements() : layer->getRows() * layer->getRowLength();
    report.bytesBefore += 4 * weights;
    row.weightBits = filter ? filter->bits : 32;
    row.reason = filter ? "" : "its weights are no product with one pixel, or few";
    report.bytesAfter += (weights * row.weightBits + 7) / 8 + (filter ? 4 * filter->scales.getNumElements() : 0);
    report.layers.push_back(std::move(row));
  });
  return report;
}

llvm::Error compareNetworks(ModuleOp before, ModuleOp after, const SampleSet &samples, NetworkRunner &runner,
                            NetworkScore &report) {
  QuantizationParameters none;
  Simulation::Options plain{/*quantized=*/false};
  llvm::Expected<Simulation> first = Simulation::make(before, none, plain, runner);
  if (!first)
    return first.takeError();
  llvm::Expected<Simulation> second = Simulation::make(after, none, plain, runner);
  if (!second)
    return second.takeError();
  if (samples.size() < first->getBatch())
    return llvm::createStringError("expected at least as many samples as the network's batch");
  Score score(samples.getLabels());
  for (size_t start = 0; start + first->getBatch() <= samples.size(); start += first->getBatch()) {
    if (llvm::Error failure = first->run(samples, start, none))
      return failure;
    if (llvm::Error failure = second->run(samples, start, none))
      return failure;
    for (size_t k = 0; k < first->getBatch(); ++k)
      score.add(start + k, second->getSignal(k), first->getSignal(k));
  }
  score.reportTo(report);
  return llvm::Error::success();
}

} // namespace winnow
