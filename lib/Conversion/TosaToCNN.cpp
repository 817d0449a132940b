//===- TosaToCNN.cpp - the door from tosa ---------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TosaToCNN.h"

#include "winnow/Conversion/Passes.h"

namespace winnow {
#define GEN_PASS_DEF_CONVERTTOSATOCNNPASS
#include "winnow/Conversion/Passes.h.inc"
} // namespace winnow

using namespace mlir;

namespace winnow {

LogicalResult checkZeroPoint(ConversionPatternRewriter &rewriter, Operation *op, Value zeroPoint) {
  if (!zeroPoint)
    return success();
  std::optional<double> value = getSplatValue(zeroPoint);
  if (value && *value == 0.0)
    return success();
  return winnow::refuse(rewriter, op, "expected zero points that are constant and 0");
}

void populateTosaToCNNPatterns(RewritePatternSet &patterns) {
  populateTosaWindowPatterns(patterns);
  populateTosaElementwisePatterns(patterns);
  populateTosaShapePatterns(patterns);
}

namespace {
struct ConvertTosaToCNNPass : impl::ConvertTosaToCNNPassBase<ConvertTosaToCNNPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateTosaToCNNPatterns(patterns);
    auto isTosa = [](Operation *op) { return isa_and_nonnull<tosa::TosaDialect>(op->getDialect()); };
    if (failed(convertFunction(getOperation(), std::move(patterns), isTosa, "cnn")))
      signalPassFailure();
  }
};
} // namespace

} // namespace winnow
