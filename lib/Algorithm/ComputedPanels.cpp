//===- ComputedPanels.cpp - inputs that are computed panel by panel -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowStrips.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace winnow {

/// Maps below this part of the second level cache are as well written and read again.
static constexpr double kMinMapBytes = 0.125;
/// The part of it that a panel may take.
static constexpr double kMaxPanelBytes = 0.25;
static constexpr int64_t kMaxPixels = 448;

/// Whether `op` computes its result element by element from operands that panels can read: maps of its type, one
/// value a channel, or one value.
static bool isStep(Operation *op) {
  if (!op || op->getNumResults() != 1 || isa<cnn::ClipOp>(op) ||
      !isa<cnn::ElementwiseOpInterface, cnn::ActivationOpInterface>(op))
    return false;
  if (auto activation = dyn_cast<cnn::ActivationOpInterface>(op); activation && !activation.getActivation())
    return false;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto canRead = [&](Value operand) {
    auto tensor = cast<RankedTensorType>(operand.getType());
    if (tensor == type)
      return true;
    if (tensor.getElementType() != type.getElementType() || !tensor.hasStaticShape())
      return false;
    return (tensor.getNumElements() == 1 && !tensor.getEncoding()) ||
           (tensor.getEncoding() == type.getEncoding() && tensor.getRank() == type.getRank() &&
            tensor.getNumElements() == tensor.getDimSize(0) * type.getDimSize(1) &&
            tensor.getDimSize(1) == type.getDimSize(1));
  };
  return llvm::all_of(op->getOperands(), canRead) &&
         llvm::any_of(op->getOperands(), [&](Value operand) { return operand.getType() == type; });
}

/// Whether `op` and all elementwise ops before it that only it reads are steps.
static bool isChain(Operation *op) {
  return isStep(op) && llvm::all_of(op->getOperands(), [&](Value operand) {
           Operation *before = operand.getDefiningOp();
           bool joins = before && operand.hasOneUse() && operand.getType() == op->getResult(0).getType() &&
                        isa<cnn::ElementwiseOpInterface, cnn::ActivationOpInterface>(before);
           return !joins || isChain(before);
         });
}

/// The most rows of a panel that divide a part of the image and fit; 0 where none do.
static int64_t chooseRows(RankedTensorType input, const TargetFacts &facts) {
  auto shape = input.getShape();
  int64_t height = shape[2] % 4 == 0 ? shape[2] / 4 : shape[2] % 2 == 0 ? shape[2] / 2 : shape[2], best = 0;
  for (int64_t rows = 1; rows <= height; ++rows) {
    double bytes = static_cast<double>(shape[1] * rows * shape[3] * static_cast<int64_t>(sizeof(float)));
    if (height % rows == 0 && rows * shape[3] <= kMaxPixels &&
        bytes <= kMaxPanelBytes * static_cast<double>(facts.l2Bytes))
      best = rows;
  }
  return best;
}

void selectComputedPanels(ModuleOp module, const TargetFacts &facts) {
  module.walk([&](cnn::ConvolutionOp op) {
    cnn::AlgorithmAttr tile = getPointwiseTile(op, facts);
    RankedTensorType input = op.getInput().getType();
    Operation *producer = op.getInput().getDefiningOp();
    if (!tile || input.getRank() != 4 || !input.getElementType().isF32() || !input.getEncoding() ||
        input.getEncoding() != op.getOutput().getType().getEncoding() || (op.getBias() && !getConstant(op.getBias())))
      return;
    if (!producer || !producer->hasOneUse() || !isChain(producer))
      return;
    double bytes = static_cast<double>(sizeof(float));
    for (int64_t extent : input.getShape().drop_front())
      bytes *= static_cast<double>(extent);
    int64_t rows = chooseRows(input, facts);
    if (bytes < kMinMapBytes * static_cast<double>(facts.l2Bytes) || rows == 0)
      return;
    remark::analysis(op.getLoc(), remark::RemarkOpts::name("panels").category("algorithm"))
        << "computes its input in panels of " << std::to_string(rows) << " rows";
    op.setAlgorithmAttr(cnn::AlgorithmAttr::get(op.getContext(), cnn::AlgorithmKind::RowStrips, tile.getPixels(),
                                                tile.getChannels(), /*depth=*/0, rows));
  });
}

} // namespace winnow
