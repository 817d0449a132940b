//===- QuantizationOps.cpp - verifiers, inference and folders ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpHelpers.h"
#include "WindowRules.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;

#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/QuantizationOps.cpp.inc"

void CNNDialect::registerQuantizationOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/QuantizationOps.cpp.inc"
      >();
}

WINNOW_INFER(QuantizeLinearOp) {
  Value zeroPoint = adaptor.getZeroPoint();
  Type elementType = zeroPoint ? ::getElementType(zeroPoint)
                               : IntegerType::get(adaptor.getInput().getContext(), 8, IntegerType::Unsigned);
  return inferType(Shape(getShape(adaptor.getInput())), elementType, types, report);
}

/// Scale and zero point of a quantization: one element, one for each index of
/// `axis`, or one for each block of `blockSize` along it; both of one shape.
static LogicalResult checkParameters(Value input, Value scale, Value zeroPoint, int64_t axis, int64_t blockSize,
                                     const Reporter &report) {
  ShapeRef shape = getShape(input);
  if (failed(checkAtLeast(blockSize, 0, "a block size", report)))
    return failure();
  // Networks mix rank 0 and shape 1 where one element serves the whole tensor.
  bool single = blockSize == 0 && countElements(getShape(scale)) == 1;
  if (single)
    return checkOneElement(zeroPoint, "a zero point", report);
  if (failed(checkShape(zeroPoint, getShape(scale), "a zero point", report)))
    return failure();
  if (failed(checkAxis(axis, shape.size(), report)))
    return failure();
  if (blockSize == 0)
    return checkShape(scale, shape[axis], "a scale", report);
  Shape blocks(shape);
  if (!isDynamic(shape[axis]))
    blocks[axis] = shape[axis] == 0 ? 0 : (shape[axis] - 1) / blockSize + 1;
  return checkShape(scale, blocks, "a scale", report);
}

LogicalResult QuantizeLinearOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  Type elementType = ::getElementType(getInput());
  if (!isa<FloatType>(elementType) && !elementType.isSignlessInteger(32))
    return report("expected an input of floating-point or i32 elements but got " + typeToString(elementType));
  return checkParameters(getInput(), getScale(), getZeroPoint(), getAxis(), getBlockSize(), report);
}

WINNOW_INFER(DequantizeLinearOp) {
  return inferType(Shape(getShape(adaptor.getInput())), ::getElementType(adaptor.getScale()), types, report);
}

LogicalResult DequantizeLinearOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  return success(succeeded(checkElementType(getZeroPoint(), ::getElementType(getInput()), "a zero point", report)) &&
                 succeeded(checkParameters(getInput(), getScale(), getZeroPoint(), getAxis(), getBlockSize(), report)));
}

WINNOW_INFER(DynamicQuantizeLinearOp) {
  Type quantized = IntegerType::get(adaptor.getInput().getContext(), 8, IntegerType::Unsigned);
  types.push_back(RankedTensorType::get(getShape(adaptor.getInput()), quantized));
  types.push_back(RankedTensorType::get({}, ::getElementType(adaptor.getInput())));
  types.push_back(RankedTensorType::get({}, quantized));
  return success();
}

WINNOW_INFER(ConvolutionIntegerOp) {
  return inferType(getConvolutionShape(getShape(adaptor.getInput()), getShape(adaptor.getFilter()), adaptor.getGroup(),
                                       WindowAttributes::get(adaptor, {}), report),
                   IntegerType::get(adaptor.getInput().getContext(), 32), types, report);
}

/// One element, or one for each of `channels`, or a report.
static LogicalResult checkPerTensorOrChannel(Value value, int64_t channels, llvm::StringRef what,
                                             const Reporter &report) {
  if (value && countElements(getShape(value)) == 1)
    return success();
  return checkShape(value, channels, what, report);
}

/// 8-bit operands, or a report.
static LogicalResult checkBytes(Value value, llvm::StringRef what, const Reporter &report) {
  Type elementType = ::getElementType(value);
  if (!elementType.isInteger(8))
    return report("expected " + what + " of 8-bit elements but got " + typeToString(elementType));
  return success();
}

LogicalResult ConvolutionIntegerOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  int64_t channels = getShape(getFilter())[0];
  return success(
      succeeded(checkPads(*this, report)) && succeeded(checkBytes(getInput(), "an input", report)) &&
      succeeded(checkBytes(getFilter(), "a filter", report)) &&
      succeeded(checkElementType(getInputZeroPoint(), ::getElementType(getInput()), "an input zero point", report)) &&
      succeeded(checkElementType(getFilterZeroPoint(), ::getElementType(getFilter()), "a filter zero point", report)) &&
      succeeded(checkOneElement(getInputZeroPoint(), "an input zero point", report)) &&
      succeeded(checkPerTensorOrChannel(getFilterZeroPoint(), channels, "a filter zero point", report)));
}

SmallVector<int64_t> ConvolutionIntegerOp::getWindowShape() {
  return SmallVector<int64_t>(getShape(getFilter()).drop_front(2));
}

WINNOW_INFER(QLinearConvolutionOp) {
  return inferType(getConvolutionShape(getShape(adaptor.getInput()), getShape(adaptor.getFilter()), adaptor.getGroup(),
                                       WindowAttributes::get(adaptor, {}), report),
                   ::getElementType(adaptor.getOutputZeroPoint()), types, report);
}

LogicalResult QLinearConvolutionOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  int64_t channels = getShape(getFilter())[0];
  Type i32 = IntegerType::get(getContext(), 32);
  return success(
      succeeded(checkPads(*this, report)) && succeeded(checkBytes(getInput(), "an input", report)) &&
      succeeded(checkBytes(getFilter(), "a filter", report)) &&
      succeeded(checkBytes(getOutputZeroPoint(), "an output zero point", report)) &&
      succeeded(checkElementType(getInputZeroPoint(), ::getElementType(getInput()), "an input zero point", report)) &&
      succeeded(checkElementType(getFilterZeroPoint(), ::getElementType(getFilter()), "a filter zero point", report)) &&
      succeeded(checkElementType(getBias(), i32, "a bias", report)) &&
      succeeded(checkOneElement(getInputScale(), "an input scale", report)) &&
      succeeded(checkOneElement(getInputZeroPoint(), "an input zero point", report)) &&
      succeeded(checkPerTensorOrChannel(getFilterScale(), channels, "a filter scale", report)) &&
      succeeded(checkPerTensorOrChannel(getFilterZeroPoint(), channels, "a filter zero point", report)) &&
      succeeded(checkOneElement(getOutputScale(), "an output scale", report)) &&
      succeeded(checkOneElement(getOutputZeroPoint(), "an output zero point", report)) &&
      succeeded(checkShape(getBias(), channels, "a bias", report)));
}

SmallVector<int64_t> QLinearConvolutionOp::getWindowShape() {
  return SmallVector<int64_t>(getShape(getFilter()).drop_front(2));
}

WINNOW_INFER(MatmulIntegerOp) {
  return inferType(getMatmulShape(getShape(adaptor.getLhs()), getShape(adaptor.getRhs()), report),
                   IntegerType::get(adaptor.getLhs().getContext(), 32), types, report);
}

/// Parameters of a matrix: one element, one for each row (lhs) or column (rhs)
/// as 1-D tensor, or the matrix's shape with extent 1 in the other dimension.
static LogicalResult checkMatrixParameter(Value value, Value matrix, bool perRow, llvm::StringRef what,
                                          const Reporter &report) {
  ShapeRef shape = getShape(matrix);
  if (!value || countElements(getShape(value)) == 1)
    return success();
  size_t rank = shape.size();
  if (rank < 2)
    return checkOneElement(value, what, report);
  if (getShape(value).size() == 1)
    return checkShape(value, shape[rank - (perRow ? 2 : 1)], what, report);
  Shape expected(shape);
  expected[rank - (perRow ? 1 : 2)] = 1;
  return checkShape(value, expected, what, report);
}

/// What both integer matrix products ask of their operands and zero points.
static LogicalResult checkIntegerMatmul(Value lhs, Value lhsZeroPoint, Value rhs, Value rhsZeroPoint,
                                        const Reporter &report) {
  return success(succeeded(checkBytes(lhs, "a left operand", report)) &&
                 succeeded(checkBytes(rhs, "a right operand", report)) &&
                 succeeded(checkElementType(lhsZeroPoint, ::getElementType(lhs), "a left zero point", report)) &&
                 succeeded(checkElementType(rhsZeroPoint, ::getElementType(rhs), "a right zero point", report)) &&
                 succeeded(checkMatrixParameter(lhsZeroPoint, lhs, true, "a left zero point", report)) &&
                 succeeded(checkMatrixParameter(rhsZeroPoint, rhs, false, "a right zero point", report)));
}

LogicalResult MatmulIntegerOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkIntegerMatmul(getLhs(), getLhsZeroPoint(), getRhs(), getRhsZeroPoint(), Reporter(getOperation()));
}

WINNOW_INFER(QLinearMatmulOp) {
  return inferType(getMatmulShape(getShape(adaptor.getLhs()), getShape(adaptor.getRhs()), report),
                   ::getElementType(adaptor.getOutputZeroPoint()), types, report);
}

LogicalResult QLinearMatmulOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  return success(
      succeeded(checkIntegerMatmul(getLhs(), getLhsZeroPoint(), getRhs(), getRhsZeroPoint(), report)) &&
      succeeded(checkBytes(getOutputZeroPoint(), "an output zero point", report)) &&
      succeeded(checkMatrixParameter(getLhsScale(), getLhs(), true, "a left scale", report)) &&
      succeeded(checkMatrixParameter(getRhsScale(), getRhs(), false, "a right scale", report)) &&
      succeeded(checkMatrixParameter(getOutputScale(), getOutput(), true, "an output scale", report)) &&
      succeeded(checkMatrixParameter(getOutputZeroPoint(), getOutput(), true, "an output zero point", report)));
}

WINNOW_INFER(LookupOp) { return inferSameType(adaptor.getInput(), types); }

LogicalResult LookupOp::verify() {
  Reporter report(getOperation());
  if (failed(checkInference(*this)) || failed(checkRequantized(getInput(), getOutput(), report)))
    return failure();
  if (getTable().size() != 256)
    return report("expected a table of 256 entries but got " + Twine(getTable().size()));
  return success();
}

/// Whether `quantized` stands for numbers of type `real`, or an error.
static LogicalResult checkExpressed(Operation *op, Value quantized, Value real) {
  Type expected = cast<quant::QuantizedType>(::getElementType(quantized)).getExpressedType();
  if (expected != ::getElementType(real))
    return Reporter(op)("expected real numbers of type " + typeToString(expected) + " but got " +
                        typeToString(::getElementType(real)));
  return success();
}

LogicalResult QuantizeOp::verify() { return checkExpressed(*this, getOutput(), getInput()); }
LogicalResult DequantizeOp::verify() { return checkExpressed(*this, getInput(), getOutput()); }

quant::UniformQuantizedType QuantizeOp::getQuantizedType() { return getQuantization(getType()); }
