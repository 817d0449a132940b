//===- PoolingOps.cpp - verifiers, inference and folders ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpHelpers.h"
#include "WindowRules.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;

#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/PoolingOps.cpp.inc"

void CNNDialect::registerPoolingOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/PoolingOps.cpp.inc"
      >();
}

/// The shape of a pool: batch and channels stay, windows reduce the rest.
template <typename Adaptor> static FailureOr<Shape> getPoolShape(Adaptor adaptor, const Reporter &report) {
  ShapeRef input = getShape(adaptor.getInput());
  if (failed(checkFeatureMap(input, report)))
    return failure();
  auto attributes = WindowAttributes::get(adaptor, adaptor.getKernel());
  attributes.ceilMode = adaptor.getCeilMode();
  FailureOr<Shape> spatial = getWindowOutputs(input.drop_front(2), attributes, report);
  if (failed(spatial))
    return failure();
  Shape result{input[0], input[1]};
  llvm::append_range(result, *spatial);
  return result;
}

/// Explicit pads lie in [0, span of the window): no window sees padding alone.
static LogicalResult checkPoolPads(WindowOpInterface op) {
  Reporter report(op.getOperation());
  if (op.getAutoPad() != AutoPad::Explicit)
    return success();
  SmallVector<int64_t> window = op.getWindowShape();
  for (auto [i, pad] : llvm::enumerate(op.getPads())) {
    size_t d = i % window.size();
    // Inference has checked that the span does not overflow.
    int64_t span = op.getDilations()[d] * (window[d] - 1) + 1;
    if (pad < 0 || pad >= span)
      return report("expected pads from 0 to below the window's span of " + Twine(span) + " but got " + Twine(pad));
  }
  return success();
}

WINNOW_INFER(MaxPoolOp) {
  return inferType(getPoolShape(adaptor, report), ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult MaxPoolOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkPoolPads(*this);
}

SmallVector<int64_t> MaxPoolOp::getWindowShape() { return SmallVector<int64_t>(getKernel()); }

WINNOW_INFER(AveragePoolOp) {
  return inferType(getPoolShape(adaptor, report), ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult AveragePoolOp::verify() {
  if (failed(checkInference(*this)) || failed(checkPoolPads(*this)))
    return failure();
  return checkRequantized(getInput(), getOutput(), Reporter(getOperation()));
}

SmallVector<int64_t> AveragePoolOp::getWindowShape() { return SmallVector<int64_t>(getKernel()); }

WINNOW_INFER(LpPoolOp) {
  return inferType(getPoolShape(adaptor, report), ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult LpPoolOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return success(succeeded(checkPoolPads(*this)) &&
                 succeeded(checkAtLeast(getP(), 1, "a norm", Reporter(getOperation()))));
}

SmallVector<int64_t> LpPoolOp::getWindowShape() { return SmallVector<int64_t>(getKernel()); }

WINNOW_INFER(MaxPoolWithIndicesOp) {
  FailureOr<Shape> shape = getPoolShape(adaptor, report);
  if (failed(inferType(shape, ::getElementType(adaptor.getInput()), types, report)))
    return failure();
  return inferType(shape, IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

LogicalResult MaxPoolWithIndicesOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  if (getStorageOrder() > 1)
    return emitOpError("expected a storage order of 0 or 1 but got ") << static_cast<int64_t>(getStorageOrder());
  return checkPoolPads(*this);
}

SmallVector<int64_t> MaxPoolWithIndicesOp::getWindowShape() { return SmallVector<int64_t>(getKernel()); }

WINNOW_INFER(GlobalPoolOp) {
  Shape shape(getShape(adaptor.getInput()));
  if (shape.size() < 3)
    return report("expected an input of rank 3 or more but got rank " + Twine(shape.size()));
  std::fill(shape.begin() + 2, shape.end(), 1);
  return inferType(shape, ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult GlobalPoolOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  if (failed(checkAtLeast(getP(), 1, "a norm", report)))
    return failure();
  if (!isQuantized(getInput().getType()))
    return success();
  if (getKind() == PoolKind::Lp)
    return report("expected a mean or a maximum of quantized elements");
  if (getKind() == PoolKind::Max)
    return checkSameQuantization(getInput(), getOutput(), report);
  return checkRequantized(getInput(), getOutput(), report);
}

LogicalResult MaxUnpoolOp::verify() {
  Reporter report(getOperation());
  ShapeRef input = getShape(getInput());
  if (failed(checkFeatureMap(input, report)) || failed(checkRank(getOutput(), input.size(), "a result", report)))
    return failure();
  Shape output(getShape(getOutput()));
  std::copy_n(input.begin(), 2, output.begin());
  return success(succeeded(checkShape(getIndices(), input, "indices", report)) &&
                 succeeded(checkElementType(getOutput(), ::getElementType(getInput()), "a result", report)) &&
                 succeeded(checkShape(getOutput(), output, "a result", report)));
}
