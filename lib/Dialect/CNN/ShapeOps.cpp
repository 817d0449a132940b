//===- ShapeOps.cpp - verifiers, inference and folders ---------===//
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
#include "winnow/Dialect/CNN/ShapeOps.cpp.inc"

void CNNDialect::registerShapeOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/ShapeOps.cpp.inc"
      >();
}

LogicalResult ReshapeOp::verify() { return success(); }

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) { return {}; }

WINNOW_INFER(TransposeOp) {
  return inferType(getTransposedShape(getShape(adaptor.getInput()), adaptor.getPermutation(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult TransposeOp::verify() { return success(); }

OpFoldResult TransposeOp::fold(FoldAdaptor adaptor) { return {}; }

LogicalResult ExpandOp::verify() { return success(); }

OpFoldResult ExpandOp::fold(FoldAdaptor adaptor) { return {}; }

WINNOW_INFER(TileOp) {
  return inferType(getTileShape(getShape(adaptor.getInput()), adaptor.getRepeats(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult TileOp::verify() { return success(); }

WINNOW_INFER(ConcatOp) {
  SmallVector<ShapeRef> shapes;
  for (Value input : adaptor.getInputs())
    shapes.push_back(getShape(input));
  FailureOr<Shape> shape = getConcatShape(shapes, adaptor.getAxis(), report);
  if (failed(shape))
    return failure();
  return inferType(shape, ::getElementType(adaptor.getInputs().front()), types, report);
}

LogicalResult ConcatOp::verify() { return success(); }

OpFoldResult ConcatOp::fold(FoldAdaptor adaptor) { return {}; }

WINNOW_INFER(SliceOp) {
  return inferType(getSliceShape(getShape(adaptor.getInput()), adaptor.getAxes(), adaptor.getStarts(),
                                 adaptor.getEnds(), adaptor.getSteps(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult SliceOp::verify() { return success(); }

OpFoldResult SliceOp::fold(FoldAdaptor adaptor) { return {}; }

WINNOW_INFER(PadOp) {
  return inferType(getPadShape(getShape(adaptor.getInput()), adaptor.getPads(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult PadOp::verify() { return success(); }

OpFoldResult PadOp::fold(FoldAdaptor adaptor) { return {}; }

/// `shape` with its channels multiplied by `channels` (divided if `toSpace`) and
/// its two spatial extents the other way round by `block`.
static FailureOr<Shape> getBlockShape(ShapeRef input, int64_t block, bool toSpace, const Reporter &report) {
  if (input.size() != 4)
    return report("expected an input of rank 4 but got rank " + Twine(input.size()));
  std::optional<int64_t> square = countElements({block, block});
  if (block < 1 || !square)
    return report("expected a block of at least 1 but got " + Twine(block));
  Shape result(input);
  auto scale = [&](int64_t &extent, int64_t factor, bool divide) -> LogicalResult {
    if (isDynamic(extent))
      return success();
    if (divide && extent % factor != 0)
      return report("expected extents that " + Twine(factor) + " divides but got " + shapeToString(input));
    std::optional<int64_t> scaled = divide ? extent / factor : countElements({extent, factor});
    if (!scaled)
      return report("expected extents that fit in 64 bits but got an overflow");
    extent = *scaled;
    return success();
  };
  if (failed(scale(result[1], *square, toSpace)) || failed(scale(result[2], block, !toSpace)) ||
      failed(scale(result[3], block, !toSpace)))
    return failure();
  return result;
}

WINNOW_INFER(DepthToSpaceOp) {
  return inferType(getBlockShape(getShape(adaptor.getInput()), adaptor.getBlock(), true, report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult DepthToSpaceOp::verify() { return success(); }

WINNOW_INFER(SpaceToDepthOp) {
  return inferType(getBlockShape(getShape(adaptor.getInput()), adaptor.getBlock(), false, report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult SpaceToDepthOp::verify() { return success(); }

WINNOW_INFER(ShapeOp) {
  int64_t rank = getShape(adaptor.getInput()).size(), start = adaptor.getStart(), end = adaptor.getEnd();
  if (start < 0 || start > end || end > rank)
    return report("expected 0 <= start <= end <= " + Twine(rank) + " but got " + Twine(start) + " and " + Twine(end));
  return inferType(Shape{end - start}, IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

LogicalResult ShapeOp::verify() { return success(); }

OpFoldResult ShapeOp::fold(FoldAdaptor adaptor) { return {}; }

WINNOW_INFER(SizeOp) {
  return inferType(Shape{}, IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

OpFoldResult SizeOp::fold(FoldAdaptor adaptor) { return {}; }

LogicalResult RangeOp::verify() { return success(); }

LogicalResult ConstantOfShapeOp::verify() { return success(); }

LogicalResult ConvertLayoutOp::verify() { return success(); }

OpFoldResult ConvertLayoutOp::fold(FoldAdaptor adaptor) { return {}; }
