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

LogicalResult QuantizeLinearOp::verify() { return success(); }

WINNOW_INFER(DequantizeLinearOp) {
  return inferType(Shape(getShape(adaptor.getInput())), ::getElementType(adaptor.getScale()), types, report);
}

LogicalResult DequantizeLinearOp::verify() { return success(); }

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

LogicalResult ConvolutionIntegerOp::verify() { return success(); }

SmallVector<int64_t> ConvolutionIntegerOp::getWindowShape() {
  return SmallVector<int64_t>(getShape(getFilter()).drop_front(2));
}

WINNOW_INFER(QLinearConvolutionOp) {
  return inferType(getConvolutionShape(getShape(adaptor.getInput()), getShape(adaptor.getFilter()), adaptor.getGroup(),
                                       WindowAttributes::get(adaptor, {}), report),
                   ::getElementType(adaptor.getOutputZeroPoint()), types, report);
}

LogicalResult QLinearConvolutionOp::verify() { return success(); }

SmallVector<int64_t> QLinearConvolutionOp::getWindowShape() {
  return SmallVector<int64_t>(getShape(getFilter()).drop_front(2));
}

WINNOW_INFER(MatmulIntegerOp) {
  return inferType(getMatmulShape(getShape(adaptor.getLhs()), getShape(adaptor.getRhs()), report),
                   IntegerType::get(adaptor.getLhs().getContext(), 32), types, report);
}

LogicalResult MatmulIntegerOp::verify() { return success(); }

WINNOW_INFER(QLinearMatmulOp) {
  return inferType(getMatmulShape(getShape(adaptor.getLhs()), getShape(adaptor.getRhs()), report),
                   ::getElementType(adaptor.getOutputZeroPoint()), types, report);
}

LogicalResult QLinearMatmulOp::verify() { return success(); }
