//===- NormalizationOps.cpp - verifiers, inference and folders ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowRules.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;

#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/NormalizationOps.cpp.inc"

void CNNDialect::registerNormalizationOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/NormalizationOps.cpp.inc"
      >();
}

/// Feature maps of rank `least` or more with `values` of one element per channel.
static LogicalResult checkPerChannel(Value input, int64_t least, ArrayRef<std::pair<Value, llvm::StringRef>> values,
                                     const Reporter &report) {
  ShapeRef shape = getShape(input);
  if (static_cast<int64_t>(shape.size()) < least)
    return report("expected an input of rank " + Twine(least) + " or more but got rank " + Twine(shape.size()));
  for (auto [value, what] : values)
    if (failed(checkShape(value, shape[1], what, report)))
      return failure();
  return success();
}

WINNOW_INFER(BatchNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult BatchNormOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkPerChannel(
      getInput(), 2,
      {{getScale(), "a scale"}, {getBias(), "a bias"}, {getMean(), "a mean"}, {getVariance(), "a variance"}},
      Reporter(getOperation()));
}

WINNOW_INFER(InstanceNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult InstanceNormOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkPerChannel(getInput(), 3, {{getScale(), "a scale"}, {getBias(), "a bias"}}, Reporter(getOperation()));
}

WINNOW_INFER(GroupNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult GroupNormOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  if (failed(checkPerChannel(getInput(), 2, {{getScale(), "a scale"}, {getBias(), "a bias"}}, report)))
    return failure();
  return checkGroups(getShape(getInput())[1], getNumGroups(), "channels", report);
}

WINNOW_INFER(LpNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult LpNormOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  if (getP() != 1 && getP() != 2)
    return report("expected a norm of 1 or 2 but got " + Twine(static_cast<int64_t>(getP())));
  return checkAxis(getAxis(), getShape(getInput()).size(), report);
}

WINNOW_INFER(LocalResponseNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult LocalResponseNormOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  return success(succeeded(checkPerChannel(getInput(), 2, {}, report)) &&
                 succeeded(checkAtLeast(getSize(), 1, "a size", report)));
}

WINNOW_INFER(SoftmaxOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult SoftmaxOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkAxis(getAxis(), getShape(getInput()).size(), Reporter(getOperation()));
}

WINNOW_INFER(LogSoftmaxOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult LogSoftmaxOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkAxis(getAxis(), getShape(getInput()).size(), Reporter(getOperation()));
}

WINNOW_INFER(HardmaxOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult HardmaxOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkAxis(getAxis(), getShape(getInput()).size(), Reporter(getOperation()));
}

WINNOW_INFER(LayerNormOp) {
  ShapeRef input = getShape(adaptor.getInput());
  if (failed(checkAxis(adaptor.getAxis(), input.size(), report)))
    return failure();
  Shape statistics(input);
  std::fill(statistics.begin() + adaptor.getAxis(), statistics.end(), 1);
  Type elementType = ::getElementType(adaptor.getInput());
  types.push_back(RankedTensorType::get(input, elementType));
  types.append(2, RankedTensorType::get(statistics, elementType));
  return success();
}

LogicalResult LayerNormOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  ShapeRef input = getShape(getInput());
  return success(succeeded(checkBroadcastsTo(getScale(), input, "a scale", report)) &&
                 succeeded(checkBroadcastsTo(getBias(), input, "a bias", report)));
}
