//===- Elementwise.cpp - functions of one, two or three operands ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

void registerElementwise(Registry &registry) {
  registry.addPlain<cnn::AbsOp>("Abs");
  registry.addPlain<cnn::NegOp>("Neg");
  registry.addPlain<cnn::CeilOp>("Ceil");
  registry.addPlain<cnn::FloorOp>("Floor");
  registry.addPlain<cnn::RoundOp>("Round");
  registry.addPlain<cnn::SqrtOp>("Sqrt");
  registry.addPlain<cnn::ExpOp>("Exp");
  registry.addPlain<cnn::LogOp>("Log");
  registry.addPlain<cnn::ReciprocalOp>("Reciprocal");
  registry.addPlain<cnn::SignOp>("Sign");
  registry.addPlain<cnn::SinOp>("Sin");
  registry.addPlain<cnn::CosOp>("Cos");
  registry.addPlain<cnn::TanOp>("Tan");
  registry.addPlain<cnn::AsinOp>("Asin");
  registry.addPlain<cnn::AcosOp>("Acos");
  registry.addPlain<cnn::AtanOp>("Atan");
  registry.addPlain<cnn::SinhOp>("Sinh");
  registry.addPlain<cnn::CoshOp>("Cosh");
  registry.addPlain<cnn::AsinhOp>("Asinh");
  registry.addPlain<cnn::AcoshOp>("Acosh");
  registry.addPlain<cnn::AtanhOp>("Atanh");
  registry.addPlain<cnn::NotOp>("Not");
  registry.addPlain<cnn::BitwiseNotOp>("BitwiseNot");
  registry.addPlain<cnn::IsNaNOp>("IsNaN");
  registry.addPlain<cnn::AddOp>("Add");
  registry.addPlain<cnn::SubOp>("Sub");
  registry.addPlain<cnn::MulOp>("Mul");
  registry.addPlain<cnn::DivOp>("Div");
  registry.addPlain<cnn::MinOp>("Min");
  registry.addPlain<cnn::MaxOp>("Max");
  registry.addPlain<cnn::EqualOp>("Equal");
  registry.addPlain<cnn::LessOp>("Less");
  registry.addPlain<cnn::LessOrEqualOp>("LessOrEqual");
  registry.addPlain<cnn::GreaterOp>("Greater");
  registry.addPlain<cnn::GreaterOrEqualOp>("GreaterOrEqual");
  registry.addPlain<cnn::AndOp>("And");
  registry.addPlain<cnn::OrOp>("Or");
  registry.addPlain<cnn::XorOp>("Xor");
  registry.addPlain<cnn::BitwiseAndOp>("BitwiseAnd");
  registry.addPlain<cnn::BitwiseOrOp>("BitwiseOr");
  registry.addPlain<cnn::BitwiseXorOp>("BitwiseXor");
  registry.addPlain<cnn::PowOp>("Pow");
  registry.addPlain<cnn::WhereOp>("Where");
  registry.addPlain<cnn::PReluOp>("PRelu");
  registry.add<cnn::IsInfOp>([](GraphWriter &writer, cnn::IsInfOp op) {
    addPlainNode(writer, "IsInf", op)
        .set("detect_negative", op.getDetectNegative())
        .set("detect_positive", op.getDetectPositive());
  });
  registry.add<cnn::ModOp>(
      [](GraphWriter &writer, cnn::ModOp op) { addPlainNode(writer, "Mod", op).set("fmod", op.getFmod()); });
  registry.add<cnn::ShiftLeftOp>(
      [](GraphWriter &writer, cnn::ShiftLeftOp op) { addPlainNode(writer, "BitShift", op).set("direction", "LEFT"); });
  registry.add<cnn::ShiftRightOp>([](GraphWriter &writer, cnn::ShiftRightOp op) {
    addPlainNode(writer, "BitShift", op).set("direction", "RIGHT");
  });
  registry.add<cnn::CastOp>([](GraphWriter &writer, cnn::CastOp op) {
    addPlainNode(writer, "Cast", op).set("to", int64_t(getDataType(op.getOutput().getType().getElementType())));
  });
}

} // namespace winnow::onnx_export
