//===- SpatialOps.cpp - verifiers, inference and folders ---------===//
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
#include "winnow/Dialect/CNN/SpatialOps.cpp.inc"

void CNNDialect::registerSpatialOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/SpatialOps.cpp.inc"
      >();
}

LogicalResult ResizeOp::verify() { return success(); }

WINNOW_INFER(GridSampleOp) {
  ShapeRef input = getShape(adaptor.getInput()), grid = getShape(adaptor.getGrid());
  if (input.size() < 3 || grid.size() != input.size())
    return report("expected input and grid of one rank of 3 or more but got ranks " + Twine(input.size()) + " and " +
                  Twine(grid.size()));
  Shape result{isDynamic(input[0]) ? grid[0] : input[0], input[1]};
  llvm::append_range(result, grid.drop_front().drop_back());
  return inferType(result, ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult GridSampleOp::verify() { return success(); }

WINNOW_INFER(RoiAlignOp) {
  ShapeRef input = getShape(adaptor.getInput()), rois = getShape(adaptor.getRois());
  ShapeRef size = adaptor.getOutputSize();
  if (input.size() != 4)
    return report("expected an input of rank 4 but got rank " + Twine(input.size()));
  if (rois.size() != 2)
    return report("expected regions of rank 2 but got rank " + Twine(rois.size()));
  if (size.size() != 2 || size[0] < 1 || size[1] < 1)
    return report("expected an output size of two extents of at least 1 but got " + listToString(size));
  return inferType(Shape{rois[0], input[1], size[0], size[1]}, ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult RoiAlignOp::verify() { return success(); }
