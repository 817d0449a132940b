//===- SelectAlgorithms.cpp - how each convolution is computed ------- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Algorithm/Passes.h"

#include "ConvolutionModel.h"
#include "RowStrips.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace winnow {

#define GEN_PASS_DEF_SELECTALGORITHMSPASS
#include "winnow/Algorithm/Passes.h.inc"

/// All algorithms; of equal cost the first wins.
static const ConvolutionModel *const kModels[] = {&depthwiseModel, &pointwiseModel, &firstLayerModel, &directModel,
                                                  &genericModel};

/// The cheapest legal algorithm of `op`; null where none is legal.
static cnn::AlgorithmAttr selectAlgorithm(cnn::ConvolutionOp op, const TargetFacts &facts) {
  ConvolutionProblem problem = ConvolutionProblem::get(op, facts);
  const ConvolutionModel *best = nullptr;
  TileChoice bestTile;
  for (const ConvolutionModel *model : kModels) {
    llvm::StringRef obstacle = model->getObstacle(problem);
    if (!obstacle.empty())
      continue;
    TileChoice tile = model->choose(problem);
    if (!best || tile.cycles < bestTile.cycles) {
      best = model;
      bestTile = tile;
    }
  }
  if (!best)
    return {};
  remark::analysis(op.getLoc(), remark::RemarkOpts::name("algorithm").category("algorithm"))
      << "computed by " << cnn::stringifyAlgorithmKind(best->kind).str() << " with tiles of "
      << std::to_string(bestTile.pixels) << " pixels by " << std::to_string(bestTile.channels) << " channels";
  return cnn::AlgorithmAttr::get(op.getContext(), best->kind, bestTile.pixels, bestTile.channels,
                                 /*depth=*/0, /*outputs=*/0);
}

namespace {

struct SelectAlgorithmsPass : impl::SelectAlgorithmsPassBase<SelectAlgorithmsPass> {
  void runOnOperation() override {
    TargetFacts facts = TargetFacts::fromModule(getOperation());
    getOperation().walk([&](cnn::ConvolutionOp op) {
      if (op.getAlgorithmAttr())
        return;
      if (cnn::AlgorithmAttr algorithm = selectAlgorithm(op, facts))
        op.setAlgorithmAttr(algorithm);
    });
    selectRowStrips(getOperation(), facts);
  }
};

} // namespace

} // namespace winnow
