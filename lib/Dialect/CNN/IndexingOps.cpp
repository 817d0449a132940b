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

LogicalResult GatherOp::verify() { return success(); }

WINNOW_INFER(GatherElementsOp) {
  return inferType(Shape(getShape(adaptor.getIndices())), ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult GatherElementsOp::verify() { return success(); }

WINNOW_INFER(GatherNDOp) {
  ShapeRef input = getShape(adaptor.getInput()), indices = getShape(adaptor.getIndices());
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

LogicalResult GatherNDOp::verify() { return success(); }

WINNOW_INFER(ScatterElementsOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult ScatterElementsOp::verify() { return success(); }

WINNOW_INFER(ScatterNDOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult ScatterNDOp::verify() { return success(); }
