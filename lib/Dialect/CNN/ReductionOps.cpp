//===- ReductionOps.cpp - verifiers, inference and folders ---------===//
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
#include "winnow/Dialect/CNN/ReductionOps.cpp.inc"

void CNNDialect::registerReductionOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/ReductionOps.cpp.inc"
      >();
}

WINNOW_INFER(ReduceOp) {
  return inferType(getReducedShape(getShape(adaptor.getInput()), adaptor.getAxes(), adaptor.getKeepDims(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult ReduceOp::verify() { return success(); }

/// Infers positions along one axis.
template <typename Adaptor>
static LogicalResult inferPositions(Adaptor adaptor, llvm::SmallVectorImpl<Type> &types, const Reporter &report) {
  int64_t axis = adaptor.getAxis();
  return inferType(getReducedShape(getShape(adaptor.getInput()), axis, adaptor.getKeepDims(), report),
                   IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

WINNOW_INFER(ArgMaxOp) { return inferPositions(adaptor, types, report); }
WINNOW_INFER(ArgMinOp) { return inferPositions(adaptor, types, report); }

LogicalResult ArgMaxOp::verify() { return success(); }
LogicalResult ArgMinOp::verify() { return success(); }

WINNOW_INFER(TopKOp) {
  Shape shape(getShape(adaptor.getInput()));
  int64_t k = adaptor.getK(), axis = adaptor.getAxis();
  if (failed(checkAxis(axis, shape.size(), report)))
    return failure();
  if (k < 0 || (!isDynamic(shape[axis]) && k > shape[axis]))
    return report("expected k from 0 to the extent " + shapeToString(shape[axis]) + " but got " + Twine(k));
  shape[axis] = k;
  if (failed(inferType(shape, ::getElementType(adaptor.getInput()), types, report)))
    return failure();
  return inferType(shape, IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

LogicalResult TopKOp::verify() { return success(); }

WINNOW_INFER(CumSumOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult CumSumOp::verify() { return success(); }

WINNOW_INFER(NonMaxSuppressionOp) {
  return inferType(Shape{ShapedType::kDynamic, 3}, IntegerType::get(adaptor.getBoxes().getContext(), 64), types,
                   report);
}

LogicalResult NonMaxSuppressionOp::verify() { return success(); }
