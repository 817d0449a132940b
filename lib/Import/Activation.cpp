//===- Activation.cpp - activation functions ---------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Activations without parameters.
template <typename OpTy> static LogicalResult importPlain(NodeImport &node) {
  return node.setResult(node.create<OpTy>(node.getInput(0)));
}

/// Activations with parameter `alpha`, whose default is given in thousandths.
template <typename OpTy, int defaultThousandths> static LogicalResult importAlpha(NodeImport &node) {
  return node.setResult(node.create<OpTy>(node.getInput(0), node.getFloat("alpha", defaultThousandths / 1000.0)));
}

static LogicalResult importSelu(NodeImport &node) {
  return node.setResult(node.create<cnn::SeluOp>(node.getInput(0), node.getFloat("alpha", 1.67326319217681884765625),
                                                 node.getFloat("gamma", 1.05070102214813232421875)));
}

/// Selu 1 has shorter defaults.
static LogicalResult importShortSelu(NodeImport &node) {
  return node.setResult(
      node.create<cnn::SeluOp>(node.getInput(0), node.getFloat("alpha", 1.6732), node.getFloat("gamma", 1.0507)));
}

static LogicalResult importHardSigmoid(NodeImport &node) {
  return node.setResult(
      node.create<cnn::HardSigmoidOp>(node.getInput(0), node.getFloat("alpha", 0.2), node.getFloat("beta", 0.5)));
}

static LogicalResult importShrink(NodeImport &node) {
  return node.setResult(
      node.create<cnn::ShrinkOp>(node.getInput(0), node.getFloat("bias", 0.0), node.getFloat("lambd", 0.5)));
}

static LogicalResult importGelu(NodeImport &node) {
  bool approximate = node.getEnum<bool>("approximate", "none", {{"none", false}, {"tanh", true}});
  return node.setResult(node.create<cnn::GeluOp>(node.getInput(0), approximate));
}

/// A half that gates the other.
static LogicalResult importSwiGLU(NodeImport &node) {
  if (node.getType(0) != node.getType(1))
    return node.emitError() << "expected inputs of one type, but got " << node.getType(0) << " and " << node.getType(1);
  Value gate = node.create<cnn::SwishOp>(node.getInput(0), node.getFloat("alpha", 1.0));
  return node.setResult(node.create<cnn::MulOp>(gate, node.getInput(1)));
}

/// Clip 6: bounds are attributes; their defaults do not bound.
static LogicalResult importClipAttributes(NodeImport &node) {
  Type elementType = node.getType(0).getElementType();
  Value lower = node.hasAttribute("min") ? node.createScalar(elementType, node.getFloat("min", 0)) : Value();
  Value upper = node.hasAttribute("max") ? node.createScalar(elementType, node.getFloat("max", 0)) : Value();
  if (!lower && !upper)
    return node.setResult(node.getInput(0));
  return node.setResult(node.create<cnn::ClipOp>(node.getInput(0), lower, upper));
}

static LogicalResult importClip(NodeImport &node) {
  if (!node.hasInput(1) && !node.hasInput(2))
    return node.setResult(node.getInput(0));
  return node.setResult(node.create<cnn::ClipOp>(node.getInput(0), node.getInput(1), node.getInput(2)));
}

static LogicalResult importPRelu(NodeImport &node) {
  return node.setResult(node.create<cnn::PReluOp>(node.getInput(0), node.getInput(1)));
}

/// PRelu 6: a slope of rank 1 belongs to the channels (dimension 1).
static LogicalResult importLegacyPRelu(NodeImport &node) {
  bool perChannel = node.getRank(0) > 1 && node.getRank(1) == 1 && node.getType(1).getDimSize(0) != 1;
  Value slope = perChannel ? node.getLegacyBroadcast(1, 1) : node.getInput(1);
  return node.setResult(node.create<cnn::PReluOp>(node.getInput(0), slope));
}

void registerActivation(Registry &registry) {
  registry.add("Relu", 1, 1, importPlain<cnn::ReluOp>);
  registry.add("Sigmoid", 1, 1, importPlain<cnn::SigmoidOp>);
  registry.add("Tanh", 1, 1, importPlain<cnn::TanhOp>);
  registry.add("Erf", 1, 1, importPlain<cnn::ErfOp>);
  registry.add("HardSwish", 1, 1, importPlain<cnn::HardSwishOp>);
  registry.add("Mish", 1, 1, importPlain<cnn::MishOp>);
  registry.add("Softplus", 1, 1, importPlain<cnn::SoftplusOp>);
  registry.add("Softsign", 1, 1, importPlain<cnn::SoftsignOp>);
  registry.add("LeakyRelu", 1, 1, importAlpha<cnn::LeakyReluOp, 10>);
  registry.add("Elu", 1, 1, importAlpha<cnn::EluOp, 1000>);
  registry.add("Celu", 1, 1, importAlpha<cnn::CeluOp, 1000>);
  registry.add("Swish", 1, 1, importAlpha<cnn::SwishOp, 1000>);
  registry.add("ThresholdedRelu", 1, 1, importAlpha<cnn::ThresholdedReluOp, 1000>);
  registry.add("SwiGLU", 2, 2, importSwiGLU);
  registry.add("Selu", 1, 1, importShortSelu);
  registry.add("Selu", 1, 1, importSelu, 6);
  registry.add("HardSigmoid", 1, 1, importHardSigmoid);
  registry.add("Shrink", 1, 1, importShrink);
  registry.add("Gelu", 1, 1, importGelu);
  registry.add("Clip", 1, 1, importClipAttributes);
  registry.add("Clip", 1, 3, importClip, 11);
  registry.add("PRelu", 2, 2, importLegacyPRelu);
  registry.add("PRelu", 2, 2, importPRelu, 7);
}

} // namespace winnow::onnx_import
