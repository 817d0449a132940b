//===- SpatialOps.cpp - verifiers, inference and folders ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpHelpers.h"

#include <cmath>

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

LogicalResult ResizeOp::verify() {
  Reporter report(getOperation());
  ShapeRef input = getShape(getInput()), output = getShape(getOutput());
  int64_t rank = input.size(), numScales = getScales().size();
  if (failed(checkRank(getOutput(), rank, "a result", report)) ||
      failed(checkElementType(getOutput(), ::getElementType(getInput()), "a result", report)))
    return failure();
  if (numScales != rank)
    return report("expected " + Twine(rank) + " scales but got " + Twine(numScales));
  for (double scale : getScales())
    if (!(scale > 0.0) || !std::isfinite(scale))
      return emitOpError("expected scales above 0 but got ") << scale;
  bool crops = getCoordinates() == CoordinateMode::CropAndResize;
  int64_t numBounds = getRoi() ? getRoi()->size() : 0, wanted = crops ? 2 * rank : numBounds;
  if (numBounds != wanted)
    return report("expected " + Twine(wanted) + " bounds in roi but got " + Twine(numBounds));
  for (auto [from, to] : llvm::zip_equal(input, output)) {
    if (isDynamic(to) && !isDynamic(from))
      return report("expected a static extent from one of " + Twine(from) + " but got a dynamic one");
    if (from == 0 && to != 0)
      return report("expected a result of extent 0 from an empty input but got " + shapeToString(output));
  }
  return success();
}

WINNOW_INFER(GridSampleOp) {
  ShapeRef input = getShape(adaptor.getInput()), grid = getShape(adaptor.getGrid());
  if (input.size() < 3 || grid.size() != input.size())
    return report("expected input and grid of one rank of 3 or more but got ranks " + Twine(input.size()) + " and " +
                  Twine(grid.size()));
  Shape result{isDynamic(input[0]) ? grid[0] : input[0], input[1]};
  llvm::append_range(result, grid.drop_front().drop_back());
  return inferType(result, ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult GridSampleOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  ShapeRef input = getShape(getInput());
  Shape grid(getShape(getGrid()));
  grid.front() = input[0];
  grid.back() = input.size() - 2;
  return checkShape(getGrid(), grid, "a grid", report);
}

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

LogicalResult RoiAlignOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  if (getKind() == PoolKind::Lp)
    return report("expected 'average' or 'max' but got 'lp'");
  int64_t regions = getShape(getRois())[0];
  return success(succeeded(checkShape(getRois(), {regions, 4}, "regions", report)) &&
                 succeeded(checkShape(getBatchIndices(), regions, "batch indices", report)) &&
                 succeeded(checkAtLeast(getSamplingRatio(), 0, "a sampling ratio", report)));
}
