//===- SelectAlgorithms.cpp - how each convolution is computed ------- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Algorithm/Passes.h"

#include "ConvolutionModel.h"
#include "RowStrips.h"
#include "SubsampledInputs.h"

#include "winnow/Support/ReportAttributes.h"
#include "winnow/Support/SparseTiling.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;

namespace winnow {

#define GEN_PASS_DEF_SELECTALGORITHMSPASS
#include "winnow/Algorithm/Passes.h.inc"

/// All algorithms; of equal cost the first wins.
static const ConvolutionModel *const kModels[] = {&depthwiseModel,  &gemvModel,   &groupedModel,  &pointwiseModel,
                                                  &firstLayerModel, &directModel, &winogradModel, &strassenModel,
                                                  &fourierModel,    &im2colModel, &kn2rowModel,   &implicitGemmModel,
                                                  &tilesModel,      &sparseModel, &genericModel};

static const ConvolutionModel *findModel(llvm::StringRef name) {
  for (const ConvolutionModel *model : kModels)
    if (cnn::stringifyAlgorithmKind(model->kind) == name)
      return model;
  return nullptr;
}

bool isAlgorithmName(llvm::StringRef name) { return findModel(name) != nullptr; }

std::string getAlgorithmNames() {
  return llvm::join(
      llvm::map_range(kModels, [](const ConvolutionModel *model) { return cnn::stringifyAlgorithmKind(model->kind); }),
      ", ");
}

std::string getAlgorithmLabel(cnn::AlgorithmKind kind, int64_t outputs) {
  std::string text = cnn::stringifyAlgorithmKind(kind).str();
  if (kind == cnn::AlgorithmKind::Winograd)
    text += " F(" + std::to_string(outputs) + ")";
  if (kind == cnn::AlgorithmKind::FFT)
    text += " of " + std::to_string(outputs);
  return text;
}

/// "direct in 1800000 cycles" with the m of Winograd's F(m, r) where there is one.
static std::string describe(const ConvolutionModel &model, const TileChoice &tile) {
  return getAlgorithmLabel(model.kind, tile.outputs) + " in " + std::to_string(static_cast<int64_t>(tile.cycles)) +
         " cycles";
}

/// "67% of the filter is zero".
static std::string describeZeros(const ConvolutionProblem &problem) {
  auto getPercents = [](int64_t nonzeros, int64_t all) {
    return 100 * (1 - static_cast<double>(nonzeros) / static_cast<double>(all));
  };
  double share = getPercents(problem.nonzeros, problem.getNumWeights());
  if (!problem.isQuantized)
    return llvm::formatv("{0:F1}% of the filter is zero", share).str();
  return llvm::formatv("{0:F1}% of the filter and {1:F1}% of its blocks of four input channels are zero", share,
                       getPercents(problem.nonzeroBlocks, problem.getNumFilterBlocks()))
      .str();
}

/// How the filter of `op` is stored where `tile` leaves its zeros out.
static cnn::SparseAttr describeFilter(cnn::ConvolutionOp op, const ConvolutionProblem &problem,
                                      const TileChoice &tile) {
  if (!problem.isQuantized && gemvModel.getObstacle(problem).empty())
    return cnn::SparseAttr::get(op.getContext(),
                                storesBitmask(problem.facts, problem.nonzeros, problem.getNumWeights())
                                    ? cnn::SparseFormat::Bitmask
                                    : cnn::SparseFormat::Indices16,
                                1, problem.nonzeros, problem.getNumWeights());
  SparseTiling tiling = getSparseTiling(problem, tile);
  if (problem.isQuantized)
    return cnn::SparseAttr::get(op.getContext(),
                                tiling.hasShortPlaces() ? cnn::SparseFormat::Indices8 : cnn::SparseFormat::Indices16, 1,
                                std::min(problem.nonzeroBlocks * 4, problem.getNumWeights()), problem.getNumWeights());
  // Of a last group of fewer channels, zeros of those that do not exist are not counted.
  int64_t stored =
      std::min(problem.getNumWeights(), tile.depth == 1               ? problem.nonzeros
                                        : tile.depth == problem.block ? problem.blockNonzeros * problem.block
                                                                      : problem.sharedNonzeros * tile.depth);
  return cnn::SparseAttr::get(op.getContext(),
                              tiling.hasShortPlaces() && tile.depth != problem.block ? cnn::SparseFormat::Indices8
                                                                                     : cnn::SparseFormat::Indices16,
                              tile.depth, stored, problem.getNumWeights());
}

/// The attribute of a decision, with a remark that names the predicted times of
/// this and of the `other` algorithms that were legal.
static cnn::AlgorithmAttr makeAlgorithm(cnn::ConvolutionOp op, const ConvolutionProblem &problem,
                                        const ConvolutionModel &model, const TileChoice &tile,
                                        llvm::ArrayRef<std::string> others = {}) {
  if (model.kind == cnn::AlgorithmKind::Sparse)
    op->setDiscardableAttr(kSparseAttr, describeFilter(op, problem, tile));
  remark::analysis(op.getLoc(), remark::RemarkOpts::name("algorithm").category("algorithm"))
      << "computed by " << describe(model, tile) << " with tiles of " << std::to_string(tile.pixels) << " pixels by "
      << std::to_string(tile.channels) << " channels"
      << (tile.amplification > 0
              ? llvm::formatv(", rounding errors at most {0:F1} times those of direct sums", tile.amplification).str()
              : std::string())
      << (model.kind == cnn::AlgorithmKind::Sparse ? ", " + describeZeros(problem) : std::string())
      << (others.empty() ? std::string() : "; predicted else: " + llvm::join(others, ", "));
  return cnn::AlgorithmAttr::get(op.getContext(), model.kind, tile.pixels, tile.channels, tile.depth, tile.outputs);
}

/// Leaves what every model says of `op`: its cycles, or why it is not legal.
static void explainChoice(cnn::ConvolutionOp op, const ConvolutionProblem &problem) {
  Builder b(op.getContext());
  NamedAttrList predictions;
  for (const ConvolutionModel *model : kModels) {
    if (llvm::StringRef obstacle = model->getObstacle(problem); !obstacle.empty()) {
      predictions.set(cnn::stringifyAlgorithmKind(model->kind), b.getStringAttr(obstacle));
      continue;
    }
    TileChoice tile = model->choose(problem);
    predictions.set(getAlgorithmLabel(model->kind, tile.outputs), b.getI64IntegerAttr(tile.cycles));
  }
  op->setDiscardableAttr(kPredictedAttr, predictions.getDictionary(op.getContext()));
}

/// The cheapest legal algorithm of `op`, or `forced` where that is legal; null where none is legal.
static cnn::AlgorithmAttr selectAlgorithm(cnn::ConvolutionOp op, const TargetFacts &facts,
                                          const ConvolutionModel *forced, bool sparsity) {
  ConvolutionProblem problem = ConvolutionProblem::get(op, facts);
  if (forced) {
    llvm::StringRef obstacle = forced->getObstacle(problem);
    if (obstacle.empty())
      return makeAlgorithm(op, problem, *forced, forced->choose(problem));
    remark::missed(op.getLoc(), remark::RemarkOpts::name("algorithm").category("algorithm"))
        << "cannot be computed by " << cnn::stringifyAlgorithmKind(forced->kind).str() << ": " << obstacle.str();
  }
  const ConvolutionModel *best = nullptr;
  TileChoice bestTile;
  llvm::SmallVector<std::string> others;
  for (const ConvolutionModel *model : kModels) {
    if (!model->getObstacle(problem).empty() || (model->kind == cnn::AlgorithmKind::Sparse && !sparsity))
      continue;
    TileChoice tile = model->choose(problem);
    bool better = !best || tile.cycles < bestTile.cycles;
    if (best)
      others.push_back(better ? describe(*best, bestTile) : describe(*model, tile));
    if (better) {
      best = model;
      bestTile = tile;
    }
  }
  return best ? makeAlgorithm(op, problem, *best, bestTile, others) : cnn::AlgorithmAttr();
}

/// Cycles of the cheapest legal algorithm; without `sparsity`, of those that compute with all zeros.
static double getLeastCycles(const ConvolutionProblem &problem, bool sparsity = true) {
  double least = std::numeric_limits<double>::infinity();
  for (const ConvolutionModel *model : kModels)
    if (model->getObstacle(problem).empty() && (sparsity || model->kind != cnn::AlgorithmKind::Sparse))
      least = std::min(least, model->choose(problem).cycles);
  return least;
}

double predictCycles(ModuleOp module) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager manager(module.getContext());
  manager.addPass(createAssignLayoutsPass());
  if (failed(manager.run(*copy)))
    return std::numeric_limits<double>::infinity();
  TargetFacts facts = TargetFacts::fromModule(*copy);
  double cycles = 0;
  copy->walk([&](cnn::ConvolutionOp op) {
    if (double least = getLeastCycles(ConvolutionProblem::get(op, facts)); std::isfinite(least))
      cycles += least;
  });
  return cycles;
}

namespace {

struct SelectAlgorithmsPass : impl::SelectAlgorithmsPassBase<SelectAlgorithmsPass> {
  using SelectAlgorithmsPassBase::SelectAlgorithmsPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    if (algorithm.empty() || isAlgorithmName(algorithm))
      return success();
    return emitError(UnknownLoc::get(context))
           << "unknown algorithm '" << algorithm.getValue() << "': expected one of " << getAlgorithmNames();
  }

  void runOnOperation() override {
    TargetFacts facts = TargetFacts::fromModule(getOperation());
    const ConvolutionModel *forced = findModel(algorithm);
    if (!forced)
      subsampleInputs(getOperation(), facts,
                      [&](const ConvolutionProblem &problem) { return getLeastCycles(problem, sparsity); });
    getOperation().walk([&](cnn::ConvolutionOp op) {
      if (op.getAlgorithmAttr())
        return;
      if (explain)
        explainChoice(op, ConvolutionProblem::get(op, facts));
      if (cnn::AlgorithmAttr attribute = selectAlgorithm(op, facts, forced, sparsity))
        op.setAlgorithmAttr(attribute);
    });
    if (forced)
      return;
    selectRowStrips(getOperation(), facts);
    selectComputedPanels(getOperation(), facts);
    selectPooledConvolutions(getOperation(), facts);
  }
};

} // namespace

} // namespace winnow
