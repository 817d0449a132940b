//===- Loss.cpp - losses of classification --------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

namespace {
/// -logs[n, target[n, ...], ...], weighted by class, without targets that are to be ignored.
class LikelihoodLoss {
public:
  LikelihoodLoss(NodeImport &node, Value logs) : node(node), formula(node), logs(logs) {}
  LogicalResult import();

private:
  Value sumAll(Value value);
  Value getWeights();

  NodeImport &node;
  Formula formula;
  Value logs;
  /// Which targets count, null if all do; the class of each (0 where it does not count).
  Value counts, classes;
};
} // namespace

Value LikelihoodLoss::sumAll(Value value) {
  if (!value)
    return {};
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, NodeImport::getType(value).getRank()));
  return node.create<cnn::ReduceOp>(ReductionKind::Sum, value, axes, /*keep_dims=*/false);
}

/// The weight of each target; null where all are one.
Value LikelihoodLoss::getWeights() {
  Value weights;
  if (node.hasInput(2))
    weights = node.create<cnn::GatherOp>(node.getInput(2), classes, 0);
  if (!counts)
    return weights;
  return formula.where(counts, weights ? weights : formula.scalar(1, logs), formula.scalar(0, logs));
}

LogicalResult LikelihoodLoss::import() {
  enum class Reduction { None, Sum, Mean };
  auto reduction = node.getEnum<Reduction>(
      "reduction", "mean", {{"none", Reduction::None}, {"sum", Reduction::Sum}, {"mean", Reduction::Mean}});
  if (node.getRank(0) < 2 || node.getRank(1) != node.getRank(0) - 1)
    return node.emitError() << "expected targets of one dimension less than the scores, but got " << node.getType(1)
                            << " and " << node.getType(0);
  classes = node.getInput(1);
  if (node.hasAttribute("ignore_index")) {
    auto ignored = static_cast<double>(node.getInt("ignore_index", -1));
    counts = node.create<cnn::NotOp>(formula.equal(classes, formula.scalar(ignored, classes)));
    classes = formula.where(counts, classes, formula.scalar(0, classes));
  }
  Value picked = node.create<cnn::GatherElementsOp>(logs, formula.unsqueeze(classes, 1), 1);
  Value loss = node.create<cnn::NegOp>(formula.squeeze(picked, 1)), weights = getWeights();
  if (weights)
    loss = formula.mul(loss, weights);
  if (!loss)
    return failure();
  if (reduction == Reduction::None)
    return node.setResult(loss);
  Value sum = sumAll(loss);
  if (reduction == Reduction::Sum)
    return node.setResult(sum);
  if (weights)
    return node.setResult(formula.div(sum, sumAll(weights)));
  auto axes = llvm::to_vector(llvm::seq<int64_t>(0, NodeImport::getType(loss).getRank()));
  return node.setResult(node.create<cnn::ReduceOp>(ReductionKind::Mean, loss, axes, /*keep_dims=*/false));
}

static LogicalResult importNegativeLogLikelihoodLoss(NodeImport &node) {
  return LikelihoodLoss(node, node.getInput(0)).import();
}

static LogicalResult importSoftmaxCrossEntropyLoss(NodeImport &node) {
  if (node.getRank(0) < 2)
    return node.emitError() << "expected scores of rank 2 or more, but got " << node.getType(0);
  Value logs = Formula(node).logSoftmax(node.getInput(0), 1);
  if (!logs || failed(LikelihoodLoss(node, logs).import()))
    return failure();
  return node.setResult(1, logs);
}

void registerLoss(Registry &registry) {
  registry.add("NegativeLogLikelihoodLoss", 2, 3, importNegativeLogLikelihoodLoss, 12);
  registry.add("SoftmaxCrossEntropyLoss", 2, 3, importSoftmaxCrossEntropyLoss, 12);
}

} // namespace winnow::onnx_import
