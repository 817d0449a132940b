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

/// How many extents of `shape` are dynamic.
static int64_t countDynamic(ShapeRef shape) { return llvm::count_if(shape, isDynamic); }

/// `shape`, where given, is 1-D with one element for each dimension of `output`.
static LogicalResult checkShapeOperand(Value shape, Value output, const Reporter &report) {
  return checkShape(shape, static_cast<int64_t>(getShape(output).size()), "a shape operand", report);
}

LogicalResult ReshapeOp::verify() {
  Reporter report(getOperation());
  ShapeRef input = ::getShape(getInput()), output = ::getShape(getOutput());
  if (failed(checkElementType(getOutput(), ::getElementType(getInput()), "a result", report)) ||
      failed(checkShapeOperand(getShape(), getOutput(), report)))
    return failure();
  if (!getShape() && countDynamic(output) > 1)
    return report("expected at most one dynamic extent without a shape operand but got " + shapeToString(output));
  if (!canReshape(input, output))
    return report("expected a result with the elements of " + shapeToString(input) + " but got " +
                  shapeToString(output));
  return success();
}

WINNOW_INFER(TransposeOp) {
  return inferType(getTransposedShape(getShape(adaptor.getInput()), adaptor.getPermutation(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult TransposeOp::verify() { return checkInference(*this); }

LogicalResult ExpandOp::verify() {
  Reporter report(getOperation());
  ShapeRef input = ::getShape(getInput()), output = ::getShape(getOutput());
  if (failed(checkElementType(getOutput(), ::getElementType(getInput()), "a result", report)) ||
      failed(checkBroadcastsTo(getInput(), output, "an input", report)) ||
      failed(checkShapeOperand(getShape(), getOutput(), report)))
    return failure();
  size_t added = output.size() - input.size();
  for (auto [i, extent] : llvm::enumerate(output))
    if (isDynamic(extent) && !getShape() && (i < added || !isDynamic(input[i - added])))
      return report("expected a shape operand for the dynamic extent " + Twine(i) + " but got none");
  return success();
}

WINNOW_INFER(TileOp) {
  return inferType(getTileShape(getShape(adaptor.getInput()), adaptor.getRepeats(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult TileOp::verify() { return checkInference(*this); }

WINNOW_INFER(ConcatOp) {
  SmallVector<ShapeRef> shapes;
  for (Value input : adaptor.getInputs())
    shapes.push_back(getShape(input));
  FailureOr<Shape> shape = getConcatShape(shapes, adaptor.getAxis(), report);
  if (failed(shape))
    return failure();
  return inferType(shape, ::getElementType(adaptor.getInputs().front()), types, report);
}

LogicalResult ConcatOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  for (Value input : getInputs())
    if (failed(checkElementType(input, ::getElementType(getInputs().front()), "operands", report)))
      return failure();
  return success();
}

WINNOW_INFER(SliceOp) {
  return inferType(getSliceShape(getShape(adaptor.getInput()), adaptor.getAxes(), adaptor.getStarts(),
                                 adaptor.getEnds(), adaptor.getSteps(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult SliceOp::verify() { return checkInference(*this); }

WINNOW_INFER(PadOp) {
  return inferType(getPadShape(getShape(adaptor.getInput()), adaptor.getPads(), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult PadOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  if (failed(checkElementType(getValue(), ::getElementType(getInput()), "a value", report)) ||
      failed(checkOneElement(getValue(), "a value", report)))
    return failure();
  if (getMode() == PadMode::Constant)
    return success();
  // The other modes copy elements: there must be one to copy, and a reflection
  // does not repeat the border.
  ShapeRef input = getShape(getInput());
  for (auto [i, pad] : llvm::enumerate(getPads())) {
    int64_t extent = input[i % input.size()];
    bool reflects = getMode() == PadMode::Reflect;
    if (pad > 0 && !isDynamic(extent) && (extent == 0 || (reflects && pad >= extent)))
      return report("expected pads that " + Twine(extent) + " elements can fill in mode '" +
                    stringifyPadMode(getMode()) + "' but got " + Twine(pad));
  }
  return success();
}

/// `shape` with its channels multiplied by `channels` (divided if `toSpace`) and
/// its two spatial extents the other way round by `block`.
static FailureOr<Shape> getBlockShape(ShapeRef input, int64_t block, bool toSpace, const Reporter &report) {
  if (input.size() != 4)
    return report("expected an input of rank 4 but got rank " + Twine(input.size()));
  std::optional<int64_t> square = countElements({block, block});
  if (block < 1 || !square)
    return report("expected a block from 1 to 2^31 but got " + Twine(block));
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

LogicalResult DepthToSpaceOp::verify() { return checkInference(*this); }

WINNOW_INFER(SpaceToDepthOp) {
  return inferType(getBlockShape(getShape(adaptor.getInput()), adaptor.getBlock(), false, report),
                   ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult SpaceToDepthOp::verify() { return checkInference(*this); }

WINNOW_INFER(ShapeOp) {
  int64_t rank = getShape(adaptor.getInput()).size(), start = adaptor.getStart(), end = adaptor.getEnd();
  if (start < 0 || start > end || end > rank)
    return report("expected 0 <= start <= end <= " + Twine(rank) + " but got " + Twine(start) + " and " + Twine(end));
  return inferType(Shape{end - start}, IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

LogicalResult ShapeOp::verify() { return checkInference(*this); }

WINNOW_INFER(SizeOp) {
  return inferType(Shape{}, IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

LogicalResult RangeOp::verify() {
  Reporter report(getOperation());
  Type elementType = ::getElementType(getStart());
  return success(succeeded(checkElementType(getLimit(), elementType, "a limit", report)) &&
                 succeeded(checkElementType(getDelta(), elementType, "a delta", report)) &&
                 succeeded(checkElementType(getOutput(), elementType, "a result", report)) &&
                 succeeded(checkOneElement(getStart(), "a start", report)) &&
                 succeeded(checkOneElement(getLimit(), "a limit", report)) &&
                 succeeded(checkOneElement(getDelta(), "a delta", report)) &&
                 succeeded(checkRank(getOutput(), 1, "a result", report)));
}

LogicalResult ConstantOfShapeOp::verify() {
  Reporter report(getOperation());
  Type elementType = getValue().getElementType();
  if (failed(checkElementType(getOutput(), elementType, "a result", report)) ||
      failed(checkShapeOperand(getShape(), getOutput(), report)))
    return failure();
  if (getValue().getNumElements() != 1)
    return report("expected a value of one element but got shape " +
                  shapeToString(getValue().getShapedType().getShape()));
  return success();
}

LogicalResult ConvertLayoutOp::verify() {
  Reporter report(getOperation());
  for (Value value : {getInput(), getOutput()}) {
    Attribute encoding = getTensorType(value).getEncoding();
    if (encoding && !isa<LayoutAttr>(encoding))
      return emitOpError("expected a #cnn.layout encoding but got ") << encoding;
  }
  return success(succeeded(checkElementType(getOutput(), ::getElementType(getInput()), "a result", report)) &&
                 succeeded(checkShape(getOutput(), getShape(getInput()), "a result", report)));
}
