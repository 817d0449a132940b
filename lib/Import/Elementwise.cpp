//===- Elementwise.cpp - arithmetic, comparison and logic --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"
#include "TensorData.h"

using namespace mlir;

namespace winnow::onnx_import {

template <typename OpTy> static LogicalResult importUnary(NodeImport &node) {
  return node.setResult(node.create<OpTy>(node.getInput(0)));
}

template <typename OpTy> static LogicalResult importBinary(NodeImport &node) {
  return node.setResult(node.create<OpTy>(node.getInput(0), node.getInput(1)));
}

/// Before opset 7 only the second operand broadcasts, and only where asked to;
/// attribute `axis` says where its dimensions lie in the first one's.
template <typename OpTy> static LogicalResult importLegacyBinary(NodeImport &node) {
  if (!node.getBool("broadcast") || !node.hasAttribute("axis"))
    return importBinary<OpTy>(node);
  int64_t rank = node.getRank(0), axis = node.getInt("axis", 0);
  return node.setResult(node.create<OpTy>(node.getInput(0), node.getLegacyBroadcast(1, axis < 0 ? axis + rank : axis)));
}

/// Sum, Min and Max of any number of inputs as a chain of binary ops.
template <typename OpTy> static Value chain(NodeImport &node) {
  Value result = node.getInput(0);
  for (unsigned i = 1; i < node.getNumInputs() && result; ++i)
    result = node.create<OpTy>(result, node.getInput(i));
  return result;
}

template <typename OpTy> static LogicalResult importVariadic(NodeImport &node) {
  return node.setResult(chain<OpTy>(node));
}

static LogicalResult importMean(NodeImport &node) {
  Value sum = chain<cnn::AddOp>(node);
  if (!sum)
    return failure();
  Value count = node.createScalar(NodeImport::getType(sum).getElementType(), node.getNumInputs());
  return node.setResult(node.create<cnn::DivOp>(sum, count));
}

/// Mod of floats without fmod: the remainder, plus the divisor where their signs differ.
static Value createFloatMod(NodeImport &node) {
  Value divisor = node.getInput(1), zero = node.createScalar(node.getType(1).getElementType(), 0);
  Value remainder = node.create<cnn::ModOp>(node.getInput(0), divisor, /*fmod=*/true);
  Value differ =
      node.create<cnn::XorOp>(node.create<cnn::LessOp>(remainder, zero), node.create<cnn::LessOp>(divisor, zero));
  Value exact = node.create<cnn::EqualOp>(remainder, zero);
  Value adjust = node.create<cnn::AndOp>(differ, node.create<cnn::NotOp>(exact));
  return node.create<cnn::WhereOp>(adjust, node.create<cnn::AddOp>(remainder, divisor), remainder);
}

static LogicalResult importMod(NodeImport &node) {
  bool fmod = node.getBool("fmod");
  if (!fmod && isa<FloatType>(node.getType(0).getElementType()))
    return node.setResult(createFloatMod(node));
  return node.setResult(node.create<cnn::ModOp>(node.getInput(0), node.getInput(1), fmod));
}

static LogicalResult importBitShift(NodeImport &node) {
  bool left = node.getEnum<bool>("direction", "", {{"LEFT", true}, {"RIGHT", false}});
  return left ? importBinary<cnn::ShiftLeftOp>(node) : importBinary<cnn::ShiftRightOp>(node);
}

static LogicalResult importIsInf(NodeImport &node) {
  return node.setResult(node.create<cnn::IsInfOp>(node.getInput(0), node.getBool("detect_negative", true),
                                                  node.getBool("detect_positive", true)));
}

static LogicalResult importWhere(NodeImport &node) {
  return node.setResult(node.create<cnn::WhereOp>(node.getInput(0), node.getInput(1), node.getInput(2)));
}

/// Cast 1: the element type is named by a word.
static LogicalResult importCastByName(NodeImport &node) {
  std::string name = node.getString("to", "");
  onnx::TensorProto::DataType dataType = onnx::TensorProto::UNDEFINED;
  Type elementType =
      onnx::TensorProto::DataType_Parse(name, &dataType) ? getElementType(dataType, node.getContext()) : Type();
  if (!elementType)
    return node.emitError() << "a cast to element type '" << sanitize(name) << "' is not supported";
  return node.setResult(node.createCast(node.getInput(0), elementType));
}

static LogicalResult importCast(NodeImport &node) {
  if (!node.hasAttribute("to"))
    return node.emitError() << "attribute 'to' is missing";
  int64_t dataType = node.getInt("to", 0);
  Type elementType = getElementType(static_cast<int>(std::clamp<int64_t>(dataType, 0, 1000)), node.getContext());
  if (!elementType)
    return node.emitError() << "a cast to element type " << getDataTypeName(dataType) << " is not supported";
  return node.setResult(node.createCast(node.getInput(0), elementType));
}

static LogicalResult importCastLike(NodeImport &node) {
  return node.setResult(node.createCast(node.getInput(0), node.getType(1).getElementType()));
}

static void registerUnary(Registry &registry) {
  registry.add("Abs", 1, 1, importUnary<cnn::AbsOp>);
  registry.add("Neg", 1, 1, importUnary<cnn::NegOp>);
  registry.add("Ceil", 1, 1, importUnary<cnn::CeilOp>);
  registry.add("Floor", 1, 1, importUnary<cnn::FloorOp>);
  registry.add("Round", 1, 1, importUnary<cnn::RoundOp>);
  registry.add("Sqrt", 1, 1, importUnary<cnn::SqrtOp>);
  registry.add("Exp", 1, 1, importUnary<cnn::ExpOp>);
  registry.add("Log", 1, 1, importUnary<cnn::LogOp>);
  registry.add("Reciprocal", 1, 1, importUnary<cnn::ReciprocalOp>);
  registry.add("Sign", 1, 1, importUnary<cnn::SignOp>);
  registry.add("Sin", 1, 1, importUnary<cnn::SinOp>);
  registry.add("Cos", 1, 1, importUnary<cnn::CosOp>);
  registry.add("Tan", 1, 1, importUnary<cnn::TanOp>);
  registry.add("Asin", 1, 1, importUnary<cnn::AsinOp>);
  registry.add("Acos", 1, 1, importUnary<cnn::AcosOp>);
  registry.add("Atan", 1, 1, importUnary<cnn::AtanOp>);
  registry.add("Sinh", 1, 1, importUnary<cnn::SinhOp>);
  registry.add("Cosh", 1, 1, importUnary<cnn::CoshOp>);
  registry.add("Asinh", 1, 1, importUnary<cnn::AsinhOp>);
  registry.add("Acosh", 1, 1, importUnary<cnn::AcoshOp>);
  registry.add("Atanh", 1, 1, importUnary<cnn::AtanhOp>);
  registry.add("Not", 1, 1, importUnary<cnn::NotOp>);
  registry.add("BitwiseNot", 1, 1, importUnary<cnn::BitwiseNotOp>);
  registry.add("IsNaN", 1, 1, importUnary<cnn::IsNaNOp>);
  registry.add("IsInf", 1, 1, importIsInf);
}

/// Registers an operator that had limited broadcasting before opset 7.
template <typename OpTy> static void addBinary(Registry &registry, llvm::StringRef name) {
  registry.add(name, 2, 2, importLegacyBinary<OpTy>);
  registry.add(name, 2, 2, importBinary<OpTy>, 7);
}

static void registerBinary(Registry &registry) {
  addBinary<cnn::AddOp>(registry, "Add");
  addBinary<cnn::SubOp>(registry, "Sub");
  addBinary<cnn::MulOp>(registry, "Mul");
  addBinary<cnn::DivOp>(registry, "Div");
  addBinary<cnn::PowOp>(registry, "Pow");
  addBinary<cnn::EqualOp>(registry, "Equal");
  addBinary<cnn::LessOp>(registry, "Less");
  registry.add("LessOrEqual", 2, 2, importBinary<cnn::LessOrEqualOp>);
  addBinary<cnn::GreaterOp>(registry, "Greater");
  registry.add("GreaterOrEqual", 2, 2, importBinary<cnn::GreaterOrEqualOp>);
  addBinary<cnn::AndOp>(registry, "And");
  addBinary<cnn::OrOp>(registry, "Or");
  addBinary<cnn::XorOp>(registry, "Xor");
  registry.add("BitwiseAnd", 2, 2, importBinary<cnn::BitwiseAndOp>);
  registry.add("BitwiseOr", 2, 2, importBinary<cnn::BitwiseOrOp>);
  registry.add("BitwiseXor", 2, 2, importBinary<cnn::BitwiseXorOp>);
  registry.add("BitShift", 2, 2, importBitShift);
  registry.add("Mod", 2, 2, importMod);
}

void registerElementwise(Registry &registry) {
  registerUnary(registry);
  registerBinary(registry);
  registry.add("Sum", 1, kVariadic, importVariadic<cnn::AddOp>);
  registry.add("Min", 1, kVariadic, importVariadic<cnn::MinOp>);
  registry.add("Max", 1, kVariadic, importVariadic<cnn::MaxOp>);
  registry.add("Mean", 1, kVariadic, importMean);
  registry.add("Where", 3, 3, importWhere);
  registry.add("Cast", 1, 1, importCastByName);
  registry.add("Cast", 1, 1, importCast, 6);
  registry.add("CastLike", 2, 2, importCastLike);
}

} // namespace winnow::onnx_import
