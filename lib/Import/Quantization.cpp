//===- Quantization.cpp - quantization and integer arithmetic ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"
#include "TensorData.h"
#include "WindowAttributes.h"

using namespace mlir;

namespace winnow::onnx_import {

/// The axis of scales: of no meaning (and possibly out of range) for one scale.
static int64_t getScaleAxis(NodeImport &node) {
  RankedTensorType scale = node.getType(1);
  bool perTensor = scale.getRank() == 0 || (scale.getRank() == 1 && scale.getDimSize(0) == 1);
  int64_t rank = node.getRank(0), axis = node.getInt("axis", 1);
  if (perTensor && (axis < -rank || axis >= rank))
    return 0;
  return node.getAxis("axis", 1, rank);
}

/// Integers narrower than a byte are bytes that stay within their range.
static Value clipToRange(NodeImport &node, Value value, PackedIntegers packed) {
  if (!value)
    return {};
  Type elementType = NodeImport::getType(value).getElementType();
  return node.create<cnn::ClipOp>(value, node.createScalar(elementType, static_cast<double>(packed.getMin())),
                                  node.createScalar(elementType, static_cast<double>(packed.getMax())));
}

static LogicalResult importQuantizeLinear(NodeImport &node) {
  Value zeroPoint = node.getInput(2);
  std::optional<PackedIntegers> packed = node.getPacked(2);
  if (auto dataType = static_cast<int>(std::clamp<int64_t>(node.getInt("output_dtype", 0), 0, 1000))) {
    packed = PackedIntegers::get(dataType);
    Type elementType = packed ? packed->getElementType(node.getContext()) : getElementType(dataType, node.getContext());
    if (!elementType || !isa<IntegerType>(elementType))
      return node.emitError() << "quantization to element type " << getDataTypeName(dataType) << " is not supported";
    if (!zeroPoint)
      zeroPoint = node.createConstant(
          DenseElementsAttr::get(node.getType(1).clone(elementType), node.getBuilder().getIntegerAttr(elementType, 0)));
  }
  Value result = node.create<cnn::QuantizeLinearOp>(node.getInput(0), node.getInput(1), zeroPoint, getScaleAxis(node),
                                                    node.getInt("block_size", 0));
  return node.setResult(packed ? clipToRange(node, result, *packed) : result);
}

static LogicalResult importDequantizeLinear(NodeImport &node) {
  Value result = node.create<cnn::DequantizeLinearOp>(node.getInput(0), node.getInput(1), node.getInput(2),
                                                      getScaleAxis(node), node.getInt("block_size", 0));
  if (int64_t dataType = node.getInt("output_dtype", 0)) {
    Type elementType = getElementType(static_cast<int>(std::clamp<int64_t>(dataType, 0, 1000)), node.getContext());
    if (!elementType || !isa<FloatType>(elementType))
      return node.emitError() << "dequantization to element type " << getDataTypeName(dataType) << " is not supported";
    result = node.createCast(result, elementType);
  }
  return node.setResult(result);
}

static LogicalResult importDynamicQuantizeLinear(NodeImport &node) {
  return node.setResults(node.createOperation<cnn::DynamicQuantizeLinearOp>(node.getInput(0)));
}

static LogicalResult importConvInteger(NodeImport &node) {
  auto kernel = getFilterKernel(node, node.getInput(1));
  auto window = kernel ? readWindow(node, kernel) : std::nullopt;
  if (!window)
    return failure();
  return node.setResult(node.create<cnn::ConvolutionIntegerOp>(
      node.getInput(0), node.getInput(1), node.getInput(2), node.getInput(3), window->strides, window->pads,
      window->dilations, node.getInt("group", 1), window->autoPad));
}

static LogicalResult importQLinearConv(NodeImport &node) {
  auto kernel = getFilterKernel(node, node.getInput(3));
  auto window = kernel ? readWindow(node, kernel) : std::nullopt;
  if (!window)
    return failure();
  return node.setResult(node.create<cnn::QLinearConvolutionOp>(
      node.getInput(0), node.getInput(1), node.getInput(2), node.getInput(3), node.getInput(4), node.getInput(5),
      node.getInput(6), node.getInput(7), node.getInput(8), window->strides, window->pads, window->dilations,
      node.getInt("group", 1), window->autoPad));
}

static LogicalResult importMatMulInteger(NodeImport &node) {
  return node.setResult(
      node.create<cnn::MatmulIntegerOp>(node.getInput(0), node.getInput(1), node.getInput(2), node.getInput(3)));
}

static LogicalResult importQLinearMatMul(NodeImport &node) {
  return node.setResult(node.create<cnn::QLinearMatmulOp>(node.getInput(0), node.getInput(1), node.getInput(2),
                                                          node.getInput(3), node.getInput(4), node.getInput(5),
                                                          node.getInput(6), node.getInput(7)));
}

void registerQuantization(Registry &registry) {
  registry.add("QuantizeLinear", 2, 3, importQuantizeLinear);
  registry.add("DequantizeLinear", 2, 3, importDequantizeLinear);
  // As they were outside of the standard while that had no 16-bit integers.
  registry.add("com.microsoft.QuantizeLinear", 2, 3, importQuantizeLinear);
  registry.add("com.microsoft.DequantizeLinear", 2, 3, importDequantizeLinear);
  registry.add("DynamicQuantizeLinear", 1, 1, importDynamicQuantizeLinear);
  registry.add("ConvInteger", 2, 4, importConvInteger);
  registry.add("QLinearConv", 8, 9, importQLinearConv);
  registry.add("MatMulInteger", 2, 4, importMatMulInteger);
  registry.add("QLinearMatMul", 8, 8, importQLinearMatMul);
}

} // namespace winnow::onnx_import
