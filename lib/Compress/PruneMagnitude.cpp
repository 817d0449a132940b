//===- PruneMagnitude.cpp - the smallest weights become zero --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerOp.h"
#include "Surgeon.h"

#include "winnow/Compress/Passes.h"
#include "winnow/Support/Remarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

namespace winnow {
#define GEN_PASS_DEF_PRUNEMAGNITUDEPASS
#include "winnow/Compress/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-prune-magnitude";

/// Why the weights of a layer stay; empty where they need not.
static StringRef getObstacle(const std::optional<LayerOp> &layer) {
  if (!layer)
    return "its weights are not constant numbers of f32";
  return layer->getGroups() > 1 ? "its channels are in groups: each weight counts for much" : "";
}

/// Makes `sparsity` (0..1) of the layer's weights zero, or what the pattern says.
static void pruneLayer(const LayerOp &layer, const PruningPattern &pattern, double sparsity) {
  std::vector<float> rows = layer.getWeights();
  WeightMatrix weights{rows, size_t(layer.getRows()), layer.getInputChannels(), layer.getTaps()};
  std::vector<char> support =
      chooseSupports(weights, orderByMagnitude(weights, /*gram=*/{}, pattern), pattern, sparsity).front();
  double all = 0, lost = 0;
  for (auto [weight, stays] : llvm::zip_equal(rows, support)) {
    all += double(weight) * weight;
    lost += stays ? 0 : double(weight) * weight;
    weight = stays ? weight : 0;
  }
  double zeros = double(llvm::count(rows, 0.0f)) / double(rows.size());
  remarkPassed(layer.getOperation(), kPass, llvm::formatv("{0:P1} of the weights are zero", zeros).str(),
               {{"pattern", pattern.str()}, {"part of the squared weights that is lost", all > 0 ? lost / all : 0.0}});
  OpBuilder builder(layer.getOperation());
  layer.setFilter(createFloats(builder, layer.getFilter().getLoc(),
                               cast<RankedTensorType>(layer.getFilter().getType()).getShape(),
                               toFilterOrder<float>(rows, layer.getRows(), layer.getFilterAxis())));
}

namespace {
struct PruneMagnitudePass : impl::PruneMagnitudePassBase<PruneMagnitudePass> {
  using PruneMagnitudePassBase::PruneMagnitudePassBase;

  /// The pattern that the options ask for; nothing, after an error, where they contradict each other.
  std::optional<PruningPattern> readOptions() {
    auto refuse = [&](const llvm::Twine &message) {
      getOperation().emitError(message);
      return std::nullopt;
    };
    std::optional<PruningPattern> parsed = PruningPattern::parse(pattern);
    if (!parsed)
      return refuse("unknown pattern '" + pattern + "' of pruning: expected " + PruningPattern::getForms());
    if (parsed->wholeChannels)
      return refuse("pattern 'channel' removes what other layers read: expected a pattern within layers (winnowc "
                    "--prune=...,pattern=channel looks at all of them)");
    std::string given = llvm::formatv("{0}", double(sparsity));
    if (parsed->hasFixedDensity()) {
      double zeros = 1 - double(parsed->keep) / double(parsed->of);
      if (sparsity != 0 && std::abs(sparsity - zeros) > 1e-6)
        return refuse("pattern '" + pattern + "' makes " + llvm::formatv("{0:P0}", zeros).str() +
                      " of the weights zero: expected no sparsity beside it, found " + given);
      return parsed;
    }
    if (!(sparsity > 0 && sparsity < 1))
      return refuse("expected a sparsity above 0 and below 1, found " + given);
    return parsed;
  }

  void runOnOperation() override {
    std::optional<PruningPattern> parsed = readOptions();
    if (!parsed)
      return signalPassFailure();
    getOperation().walk([&](Operation *op) {
      if (!isa<ConvolutionOp, GemmOp, MatmulOp>(op))
        return;
      std::optional<LayerOp> layer = LayerOp::get(op);
      if (StringRef obstacle = getObstacle(layer); !obstacle.empty()) {
        remarkMissed(op, kPass, obstacle);
        return;
      }
      pruneLayer(*layer, *parsed, sparsity);
      ++numLayers;
    });
  }
};
} // namespace

} // namespace winnow
