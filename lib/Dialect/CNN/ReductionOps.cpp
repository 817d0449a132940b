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

LogicalResult ReduceOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  bool ordered = getKind() == ReductionKind::Max || getKind() == ReductionKind::Min;
  if (::getElementType(getInput()).isInteger(1) && !ordered)
    return emitOpError("expected 'max' or 'min' for bool elements but got '")
           << stringifyReductionKind(getKind()) << "'";
  return success();
}

/// Infers positions along one axis.
template <typename Adaptor>
static LogicalResult inferPositions(Adaptor adaptor, llvm::SmallVectorImpl<Type> &types, const Reporter &report) {
  int64_t axis = adaptor.getAxis();
  return inferType(getReducedShape(getShape(adaptor.getInput()), axis, adaptor.getKeepDims(), report),
                   IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

WINNOW_INFER(ArgMaxOp) { return inferPositions(adaptor, types, report); }
WINNOW_INFER(ArgMinOp) { return inferPositions(adaptor, types, report); }

LogicalResult ArgMaxOp::verify() { return checkInference(*this); }
LogicalResult ArgMinOp::verify() { return checkInference(*this); }

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

LogicalResult TopKOp::verify() { return checkInference(*this); }

WINNOW_INFER(CumSumOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult CumSumOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkAxis(getAxis(), getShape(getInput()).size(), Reporter(getOperation()));
}

WINNOW_INFER(NonMaxSuppressionOp) {
  return inferType(Shape{ShapedType::kDynamic, 3}, IntegerType::get(adaptor.getBoxes().getContext(), 64), types,
                   report);
}

LogicalResult NonMaxSuppressionOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  if (failed(checkRank(getBoxes(), 3, "boxes", report)) || failed(checkRank(getScores(), 3, "scores", report)))
    return failure();
  ShapeRef boxes = getShape(getBoxes()), scores = getShape(getScores());
  if (failed(checkShape(getBoxes(), {boxes[0], boxes[1], 4}, "boxes", report)) ||
      failed(checkShape(getScores(), {boxes[0], scores[1], boxes[1]}, "scores", report)) ||
      failed(checkAtLeast(getMaxOutput(), 0, "a max_output", report)))
    return failure();
  double threshold = getIouThreshold().convertToDouble();
  if (!(threshold >= 0.0 && threshold <= 1.0))
    return emitOpError("expected an iou_threshold from 0 to 1 but got ") << threshold;
  return success();
}
