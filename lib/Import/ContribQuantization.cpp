//===- ContribQuantization.cpp - ONNX Runtime's own integer operators ----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operators of domain com.microsoft that its quantization writes in "QOperator" form. They become what they stand for:
// computation on dequantized values, which later passes make integers of, as of any other quantized network.

#include "Registry.h"
#include "WindowAttributes.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Input `first` with the scale and zero point behind it, as floats; scales of several elements belong to `axis`.
static Value dequantize(NodeImport &node, unsigned first, int64_t axis = 0) {
  return node.create<cnn::DequantizeLinearOp>(node.getInput(first), node.getInput(first + 1), node.getInput(first + 2),
                                              axis, /*block_size=*/0);
}

/// `value` as integers, with the scale and zero point that are inputs `scale` and the one behind it.
static LogicalResult setQuantized(NodeImport &node, Value value, unsigned scale) {
  return node.setResult(node.create<cnn::QuantizeLinearOp>(value, node.getInput(scale), node.getInput(scale + 1),
                                                           /*axis=*/int64_t(0), /*block_size=*/0));
}

/// Whether channels come first; an error otherwise.
static bool hasChannelsFirst(NodeImport &node) {
  if (node.getBool("channels_last"))
    node.emitError() << "'channels_last' is not supported";
  return !node.hasFailed();
}

/// QLinearAdd, QLinearMul.
template <typename OpTy> static LogicalResult importBinary(NodeImport &node) {
  return setQuantized(node, node.create<OpTy>(dequantize(node, 0), dequantize(node, 3)), 6);
}

static LogicalResult importSigmoid(NodeImport &node) {
  return setQuantized(node, node.create<cnn::SigmoidOp>(dequantize(node, 0)), 3);
}

static LogicalResult importLeakyRelu(NodeImport &node) {
  return setQuantized(node, node.create<cnn::LeakyReluOp>(dequantize(node, 0), node.getFloat("alpha", 0.01)), 3);
}

static LogicalResult importSoftmax(NodeImport &node) {
  int64_t rank = node.getRank(0), axis = node.getAxis("axis", -1, rank);
  if (node.getInt("opset", 13) < 13 && axis != rank - 1)
    return node.emitError() << "a softmax of operator set " << node.getInt("opset", 13) << " over dimensions " << axis
                            << " to " << rank - 1 << " is not supported";
  return setQuantized(node, node.create<cnn::SoftmaxOp>(dequantize(node, 0), axis), 3);
}

static LogicalResult importAveragePool(NodeImport &node) {
  std::optional<WindowAttributes> window = readWindow(node);
  if (!window || !hasChannelsFirst(node))
    return failure();
  return setQuantized(node,
                      node.create<cnn::AveragePoolOp>(dequantize(node, 0), window->kernel, window->strides,
                                                      window->pads, window->dilations, node.getBool("ceil_mode"),
                                                      window->autoPad, node.getBool("count_include_pad")),
                      3);
}

static LogicalResult importGlobalAveragePool(NodeImport &node) {
  if (node.getRank(0) < 3)
    return node.emitError() << "expected an input of rank 3 or more, but got " << node.getType(0);
  if (!hasChannelsFirst(node))
    return failure();
  return setQuantized(node, node.create<cnn::GlobalPoolOp>(PoolKind::Average, dequantize(node, 0), int64_t(2)), 3);
}

/// Scale and zero point of the result come first, then three inputs for each part.
static LogicalResult importConcat(NodeImport &node) {
  unsigned count = node.getNumInputs();
  if (count < 5 || (count - 2) % 3)
    return node.emitError() << "expected a scale, a zero point and three inputs for each part, but got " << count
                            << " inputs";
  llvm::SmallVector<Value> parts;
  for (unsigned i = 2; i < count; i += 3) {
    if (!node.hasInput(i) || !node.hasInput(i + 1))
      return node.emitError() << "expected a tensor and a scale as inputs " << i << " and " << i + 1;
    parts.push_back(dequantize(node, i));
  }
  if (node.hasFailed())
    return failure();
  return setQuantized(node, node.create<cnn::ConcatOp>(parts, node.getAxis("axis", 0, node.getRank(2))), 0);
}

/// alpha * A' * B' + C, whose scale is the product of those of A, B and alpha; floats where no scale for the result is
/// given.
static LogicalResult importGemm(NodeImport &node) {
  if (node.getRank(0) != 2 || node.getRank(3) != 2)
    return node.emitError() << "expected matrices, but got " << node.getType(0) << " and " << node.getType(3);
  bool transposed = node.getBool("transB");
  double alpha = node.getFloat("alpha", 1);
  Value lhs = dequantize(node, 0), rhs = dequantize(node, 3, /*axis=*/transposed ? 0 : 1), addend;
  if (node.hasInput(6)) {
    Value scale = node.create<cnn::MulOp>(node.getInput(1), node.getInput(4));
    if (alpha != 1)
      scale = node.create<cnn::MulOp>(scale, node.createScalar(node.getBuilder().getF32Type(), alpha));
    addend = node.create<cnn::DequantizeLinearOp>(node.getInput(6), scale, Value(), node.getRank(6) - 1,
                                                  /*block_size=*/int64_t(0));
  }
  if (node.hasFailed())
    return failure();
  Value product =
      node.create<cnn::GemmOp>(lhs, rhs, addend, alpha, 1.0, node.getBool("transA"), transposed, cnn::ActivationAttr());
  return node.hasInput(7) ? setQuantized(node, product, 7) : node.setResult(product);
}

/// Floats times dequantized weights: A and B are integers, each scale comes before the zero points.
static LogicalResult importMatMulIntegerToFloat(NodeImport &node) {
  auto operand = [&](unsigned i, int64_t axis) {
    return node.create<cnn::DequantizeLinearOp>(node.getInput(i), node.getInput(i + 2), node.getInput(i + 4), axis,
                                                /*block_size=*/int64_t(0));
  };
  Value product = node.create<cnn::MatmulOp>(operand(0, 0), operand(1, node.getRank(1) - 1));
  return node.setResult(node.hasInput(6) ? node.create<cnn::AddOp>(product, node.getInput(6)) : product);
}

void registerContribQuantization(Registry &registry) {
  auto add = [&](llvm::StringRef type, unsigned min, unsigned max, ImportFunction import) {
    registry.add(("com.microsoft." + type).str(), min, max, import);
  };
  add("QLinearAdd", 7, 8, importBinary<cnn::AddOp>);
  add("QLinearMul", 7, 8, importBinary<cnn::MulOp>);
  add("QLinearSigmoid", 4, 5, importSigmoid);
  add("QLinearLeakyRelu", 4, 5, importLeakyRelu);
  add("QLinearSoftmax", 4, 5, importSoftmax);
  add("QLinearAveragePool", 4, 5, importAveragePool);
  add("QLinearGlobalAveragePool", 5, 5, importGlobalAveragePool);
  add("QLinearConcat", 1, kVariadic, importConcat);
  add("QGemm", 6, 9, importGemm);
  add("MatMulIntegerToFloat", 4, 7, importMatMulIntegerToFloat);
}

} // namespace winnow::onnx_import
