//===- Activation.cpp - activation functions ------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

/// The node of a function that ONNX has as one operator with a tensor of scalars, or with attributes.
static void addSimple(GraphWriter &writer, Operation *op, cnn::ActivationAttr activation, const std::string &input,
                      const std::string &output, llvm::StringRef suffix) {
  auto plain = [&](llvm::StringRef type) { return writer.addNode(type, op, {input}, output, suffix); };
  auto param = [&](unsigned i) { return activation.getParam(i); };
  switch (activation.getKind()) {
  case cnn::ActivationKind::Relu:
    return (void)plain("Relu");
  case cnn::ActivationKind::Clip: {
    Type element = getElementTypeOrSelf(op->getResult(0).getType());
    std::string lower = writer.addScalar(op, "min", element, param(0));
    std::string upper = writer.addScalar(op, "max", element, param(1));
    return (void)writer.addNode("Clip", op, {input, lower, upper}, output, suffix);
  }
  case cnn::ActivationKind::LeakyRelu:
    return (void)plain("LeakyRelu").set("alpha", param(0));
  case cnn::ActivationKind::Elu:
    return (void)plain("Elu").set("alpha", param(0));
  case cnn::ActivationKind::Selu:
    return (void)plain("Selu").set("alpha", param(0)).set("gamma", param(1));
  case cnn::ActivationKind::Celu:
    return (void)plain("Celu").set("alpha", param(0));
  case cnn::ActivationKind::Sigmoid:
    return (void)plain("Sigmoid");
  case cnn::ActivationKind::HardSigmoid:
    return (void)plain("HardSigmoid").set("alpha", param(0)).set("beta", param(1));
  case cnn::ActivationKind::HardSwish:
    return (void)plain("HardSwish");
  case cnn::ActivationKind::Gelu:
    return (void)plain("Gelu").set("approximate", "none");
  case cnn::ActivationKind::GeluTanh:
    return (void)plain("Gelu").set("approximate", "tanh");
  case cnn::ActivationKind::Mish:
    return (void)plain("Mish");
  case cnn::ActivationKind::Softplus:
    return (void)plain("Softplus");
  case cnn::ActivationKind::Softsign:
    return (void)plain("Softsign");
  case cnn::ActivationKind::Tanh:
    return (void)plain("Tanh");
  case cnn::ActivationKind::Erf:
    return (void)plain("Erf");
  case cnn::ActivationKind::ThresholdedRelu:
    return (void)plain("ThresholdedRelu").set("alpha", param(0));
  case cnn::ActivationKind::Shrink:
    return (void)plain("Shrink").set("bias", param(0)).set("lambd", param(1));
  case cnn::ActivationKind::Swish:
    break;
  }
  llvm_unreachable("swish takes several nodes");
}

/// x * sigmoid(alpha * x): operator sets before 24 have no Swish.
static void addSwish(GraphWriter &writer, Operation *op, double alpha, const std::string &input,
                     const std::string &output, llvm::StringRef suffix) {
  std::string scaled = input;
  if (alpha != 1.0) {
    std::string factor = writer.addScalar(op, "alpha", getElementTypeOrSelf(op->getResult(0).getType()), alpha);
    scaled = writer.makeName(op, "scaled");
    writer.addNode("Mul", op, {input, factor}, scaled, "scale");
  }
  std::string sigmoid = writer.makeName(op, "sigmoid");
  writer.addNode("Sigmoid", op, {scaled}, sigmoid, "sigmoid");
  writer.addNode("Mul", op, {input, sigmoid}, output, suffix);
}

void addActivation(GraphWriter &writer, Operation *op, cnn::ActivationAttr activation, const std::string &input,
                   const std::string &output, bool isOwnNode) {
  std::string suffix = isOwnNode ? "" : stringifyEnum(activation.getKind()).str();
  if (activation.getKind() == cnn::ActivationKind::Swish)
    addSwish(writer, op, activation.getParam(0), input, output, suffix);
  else
    addSimple(writer, op, activation, input, output, suffix);
}

/// An op that is nothing but an activation.
template <typename Op> static void exportActivation(GraphWriter &writer, Op op) {
  addActivation(writer, op, op.getActivation(), writer.getName(op.getInput()), writer.getName(op.getOutput()),
                /*isOwnNode=*/true);
}

/// Bounds stay tensors: they may be missing, or known only at run time.
static void exportClip(GraphWriter &writer, cnn::ClipOp op) {
  writer.addNode("Clip", op,
                 {writer.getName(op.getInput()), writer.getName(op.getLower()), writer.getName(op.getUpper())});
}

template <typename... Ops> static void addActivations(Registry &registry) {
  (registry.add<Ops>(exportActivation<Ops>), ...);
}

void registerActivation(Registry &registry) {
  addActivations<cnn::ReluOp, cnn::LeakyReluOp, cnn::EluOp, cnn::SeluOp, cnn::CeluOp, cnn::SigmoidOp,
                 cnn::HardSigmoidOp, cnn::HardSwishOp, cnn::SwishOp, cnn::GeluOp, cnn::MishOp, cnn::SoftplusOp,
                 cnn::SoftsignOp, cnn::TanhOp, cnn::ErfOp, cnn::ThresholdedReluOp, cnn::ShrinkOp>(registry);
  registry.add<cnn::ClipOp>(exportClip);
}

} // namespace winnow::onnx_export
