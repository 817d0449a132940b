//===- LinalgToCNN.cpp - the door from linalg -----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgToCNN.h"

#include "winnow/Conversion/Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace winnow {
#define GEN_PASS_DEF_CONVERTLINALGTOCNNPASS
#include "winnow/Conversion/Passes.h.inc"
} // namespace winnow

using namespace mlir;

namespace winnow {

void populateLinalgToCNNPatterns(RewritePatternSet &patterns) {
  populateLinalgWindowPatterns(patterns);
  populateLinalgGenericPatterns(patterns);
  populateLinalgShapePatterns(patterns);
}

/// Whether a structured op keeps its name: windows are recognised by it, and so are plain matrix products.
static bool keepsName(linalg::LinalgOp op) {
  if (isa<linalg::ConvolutionOpInterface>(op.getOperation()) || isa<linalg::FillOp, linalg::GenericOp>(op))
    return true;
  if (auto matmul = dyn_cast<linalg::MatmulOp>(op.getOperation()))
    return !matmul.hasUserDefinedMaps();
  if (auto matmul = dyn_cast<linalg::BatchMatmulOp>(op.getOperation()))
    return !matmul.hasUserDefinedMaps();
  return false;
}

/// Writes the other structured ops as `linalg.generic`, the one form that the patterns read.
static void generalize(func::FuncOp function) {
  SmallVector<linalg::LinalgOp> named;
  function.walk([&](linalg::LinalgOp op) {
    if (!keepsName(op))
      named.push_back(op);
  });
  IRRewriter rewriter(function.getContext());
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    (void)linalg::generalizeNamedOp(rewriter, op); // one that fails is reported as unknown
  }
}

/// Whether `op` is one that must go: it lies in the function itself and works on tensors.
static bool isForeign(Operation *op) {
  if (!isa_and_nonnull<func::FuncOp>(op->getParentOp()) || !op->getDialect())
    return false;
  if (isa<linalg::LinalgDialect, tensor::TensorDialect>(op->getDialect()))
    return true;
  bool isScalarDialect = isa<arith::ArithDialect, math::MathDialect>(op->getDialect());
  return isScalarDialect && !isa<arith::ConstantOp>(op) &&
         llvm::any_of(op->getResultTypes(), llvm::IsaPred<TensorType>);
}

namespace {
struct ConvertLinalgToCNNPass : impl::ConvertLinalgToCNNPassBase<ConvertLinalgToCNNPass> {
  void runOnOperation() override {
    generalize(getOperation());
    RewritePatternSet patterns(&getContext());
    populateLinalgToCNNPatterns(patterns);
    if (failed(convertFunction(getOperation(), std::move(patterns), isForeign, "cnn")))
      signalPassFailure();
  }
};
} // namespace

} // namespace winnow
