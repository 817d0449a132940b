//===- OpHelpers.cpp - what the op families' files share ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpHelpers.h"

namespace winnow::cnn {

std::string typeToString(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

LogicalResult checkElementType(Value value, Type expected, llvm::StringRef what, const Reporter &report) {
  if (value && getElementType(value) != expected)
    return report("expected " + what + " of element type " + typeToString(expected) + " but got " +
                  typeToString(getElementType(value)));
  return success();
}

LogicalResult checkRank(Value value, int64_t expected, llvm::StringRef what, const Reporter &report) {
  if (value && getTensorType(value).getRank() != expected)
    return report("expected " + what + " of rank " + Twine(expected) + " but got rank " +
                  Twine(getTensorType(value).getRank()));
  return success();
}

LogicalResult checkShape(Value value, ShapeRef expected, llvm::StringRef what, const Reporter &report) {
  if (value && !areCompatibleShapes(getShape(value), expected))
    return report("expected " + what + " of shape " + shapeToString(expected) + " but got shape " +
                  shapeToString(getShape(value)));
  return success();
}

LogicalResult checkOneElement(Value value, llvm::StringRef what, const Reporter &report) {
  if (value && countElements(getShape(value)) != 1)
    return report("expected " + what + " of one element but got shape " + shapeToString(getShape(value)));
  return success();
}

LogicalResult checkBroadcastsTo(Value value, ShapeRef shape, llvm::StringRef what, const Reporter &report) {
  if (value && !broadcastsTo(getShape(value), shape))
    return report("expected " + what + " that broadcasts to shape " + shapeToString(shape) + " but got shape " +
                  shapeToString(getShape(value)));
  return success();
}

/// Whether elements take eight bits, with one scale.
static bool isByte(Type elementType) {
  mlir::quant::UniformQuantizedType type = getQuantization(elementType);
  return type && type.getStorageTypeIntegralWidth() == 8;
}

LogicalResult checkRequantized(Value input, Value result, const Reporter &report) {
  if (input && result && !isQuantized(input.getType()) && !isQuantized(result.getType()))
    return checkElementType(result, getElementType(input), "a result", report);
  for (Value value : {input, result})
    if (value && isQuantized(value.getType()) && !isByte(getElementType(value)))
      return report("expected quantized elements of eight bits and one scale but got " +
                    typeToString(getElementType(value)));
  return success();
}

LogicalResult checkSameQuantization(Value input, Value result, const Reporter &report) {
  return checkElementType(result, getElementType(input), "a result", report);
}

LogicalResult checkAtLeast(int64_t value, int64_t least, llvm::StringRef what, const Reporter &report) {
  if (value < least)
    return report("expected " + what + " of at least " + Twine(least) + " but got " + Twine(value));
  return success();
}

} // namespace winnow::cnn
