//===- FoldDequantized.cpp - dequantized constants as real ones -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Islands.h"

#include "winnow/Compress/Passes.h"
#include "winnow/Interpreter/Interpreter.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "winnow/Dialect/CNN/PackedFilter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_FOLDDEQUANTIZEDPASS
#include "winnow/Compress/Passes.h.inc"
} // namespace winnow

using namespace mlir;

namespace winnow {

static LogicalResult foldDequantized(RewriterBase &rewriter, cnn::DequantizeOp op) {
  ElementsAttr stored = getStoredConstant(op.getInput());
  if (!stored)
    return failure();
  auto input = Tensor::fromConstant(stored);
  auto cast = op.getInput().getDefiningOp<quant::StorageCastOp>();
  FailureOr<SmallVector<Tensor>> quantized = evaluate(cast, {input});
  FailureOr<SmallVector<Tensor>> real = failed(quantized) ? FailureOr<SmallVector<Tensor>>() : evaluate(op, *quantized);
  if (failed(real))
    return failure();
  rewriter.replaceOp(op, createConstant(rewriter, op.getLoc(), real->front().toAttr()));
  return success();
}

/// The same where scales have no form as a type: in blocks.
static LogicalResult foldDequantizeLinear(RewriterBase &rewriter, cnn::DequantizeLinearOp op) {
  if (cnn::isReadPacked(op))
    return rewriter.notifyMatchFailure(op, "its integers are read as they are");
  FailureOr<SmallVector<ElementsAttr>> values = foldOperation(op, std::numeric_limits<int64_t>::max());
  if (failed(values))
    return failure();
  rewriter.replaceOp(op, createConstant(rewriter, op.getLoc(), values->front()));
  return success();
}

namespace {
struct FoldDequantizedPass : impl::FoldDequantizedPassBase<FoldDequantizedPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CallRewrite<cnn::DequantizeOp, foldDequantized>,
                 CallRewrite<cnn::DequantizeLinearOp, foldDequantizeLinear>>(&getContext());
    applyPatterns(getOperation(), std::move(patterns), "winnow-fold-dequantized");
  }
};
} // namespace

} // namespace winnow
