//===- NormalizationOps.cpp - verifiers, inference and folders ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpHelpers.h"

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

WINNOW_INFER(BatchNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult BatchNormOp::verify() { return success(); }

WINNOW_INFER(InstanceNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult InstanceNormOp::verify() { return success(); }

WINNOW_INFER(GroupNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult GroupNormOp::verify() { return success(); }

WINNOW_INFER(LpNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult LpNormOp::verify() { return success(); }

WINNOW_INFER(LocalResponseNormOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult LocalResponseNormOp::verify() { return success(); }

WINNOW_INFER(SoftmaxOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult SoftmaxOp::verify() { return success(); }

WINNOW_INFER(LogSoftmaxOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult LogSoftmaxOp::verify() { return success(); }

WINNOW_INFER(HardmaxOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult HardmaxOp::verify() { return success(); }

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

LogicalResult LayerNormOp::verify() { return success(); }
