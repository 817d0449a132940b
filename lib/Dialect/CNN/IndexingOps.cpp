//===- IndexingOps.cpp - verifiers, inference and folders ---------===//
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
#include "winnow/Dialect/CNN/IndexingOps.cpp.inc"

void CNNDialect::registerIndexingOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/IndexingOps.cpp.inc"
      >();
}

WINNOW_INFER(GatherOp) {
  ShapeRef input = getShape(adaptor.getInput());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(axis, input.size(), report)))
    return failure();
  Shape result(input.take_front(axis));
  llvm::append_range(result, getShape(adaptor.getIndices()));
  llvm::append_range(result, input.drop_front(axis + 1));
  return inferType(result, ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult GatherOp::verify() { return checkInference(*this); }

WINNOW_INFER(GatherElementsOp) {
  return inferType(Shape(getShape(adaptor.getIndices())), ::getElementType(adaptor.getInput()), types, report);
}

/// Indices of an elementwise gather or scatter: of the input's rank, and no
/// longer than the input outside `axis`.
static LogicalResult checkIndices(Value input, Value indices, int64_t axis, const Reporter &report) {
  ShapeRef shape = getShape(input), index = getShape(indices);
  if (failed(checkAxis(axis, shape.size(), report)) || failed(checkRank(indices, shape.size(), "indices", report)))
    return failure();
  for (auto [i, extent] : llvm::enumerate(index))
    if (static_cast<int64_t>(i) != axis && !isDynamic(extent) && !isDynamic(shape[i]) && extent > shape[i])
      return report("expected indices of at most " + Twine(shape[i]) + " in dimension " + Twine(i) + " but got " +
                    Twine(extent));
  return success();
}

LogicalResult GatherElementsOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkIndices(getInput(), getIndices(), getAxis(), Reporter(getOperation()));
}

WINNOW_INFER(GatherNDOp) {
  ShapeRef input = getShape(adaptor.getInput()), indices = getShape(adaptor.getIndices());
  if (input.empty() || indices.empty())
    return report("expected operands of rank 1 or more but got ranks " + Twine(input.size()) + " and " +
                  Twine(indices.size()));
  int64_t batchDims = adaptor.getBatchDims(), rank = std::min(input.size(), indices.size());
  if (batchDims < 0 || batchDims >= rank)
    return report("expected batch_dims from 0 to " + Twine(rank - 1) + " but got " + Twine(batchDims));
  int64_t tuple = indices.back(), most = static_cast<int64_t>(input.size()) - batchDims;
  if (tuple < 1 || tuple > most)
    return report("expected tuples of 1 to " + Twine(most) + " indices but got " + shapeToString(tuple));
  Shape result(indices.drop_back());
  llvm::append_range(result, input.drop_front(batchDims + tuple));
  return inferType(result, ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult GatherNDOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  ShapeRef batch = getShape(getInput()).take_front(getBatchDims());
  ShapeRef indices = getShape(getIndices()).take_front(getBatchDims());
  if (!areCompatibleShapes(batch, indices))
    return emitOpError("expected indices of batch shape ")
           << shapeToString(batch) << " but got " << shapeToString(indices);
  return success();
}

WINNOW_INFER(ScatterElementsOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult ScatterElementsOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  return success(succeeded(checkIndices(getInput(), getIndices(), getAxis(), report)) &&
                 succeeded(checkShape(getUpdates(), getShape(getIndices()), "updates", report)) &&
                 succeeded(checkElementType(getUpdates(), ::getElementType(getInput()), "updates", report)));
}

WINNOW_INFER(ScatterNDOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult ScatterNDOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  ShapeRef input = getShape(getInput()), indices = getShape(getIndices());
  if (indices.empty())
    return report("expected indices of rank 1 or more but got rank 0");
  int64_t tuple = indices.back(), most = input.size();
  if (tuple < 1 || tuple > most)
    return report("expected tuples of 1 to " + Twine(most) + " indices but got " + shapeToString(tuple));
  Shape updates(indices.drop_back());
  llvm::append_range(updates, input.drop_front(tuple));
  return success(succeeded(checkShape(getUpdates(), updates, "updates", report)) &&
                 succeeded(checkElementType(getUpdates(), ::getElementType(getInput()), "updates", report)));
}
