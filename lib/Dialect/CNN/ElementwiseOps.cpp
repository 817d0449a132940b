//===- ElementwiseOps.cpp - verifiers, inference and folders ---------===//
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
#include "winnow/Dialect/CNN/ElementwiseOps.cpp.inc"

void CNNDialect::registerElementwiseOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/ElementwiseOps.cpp.inc"
      >();
}

/// Defines an op of one operand that keeps its type.
#define WINNOW_UNARY(Op)                                                                                               \
  WINNOW_INFER(Op) { return inferSameType(adaptor.getInput(), types); }

WINNOW_UNARY(AbsOp)
WINNOW_UNARY(NegOp)
WINNOW_UNARY(CeilOp)
WINNOW_UNARY(FloorOp)
WINNOW_UNARY(RoundOp)
WINNOW_UNARY(SqrtOp)
WINNOW_UNARY(ExpOp)
WINNOW_UNARY(LogOp)
WINNOW_UNARY(ReciprocalOp)
WINNOW_UNARY(SignOp)
WINNOW_UNARY(SinOp)
WINNOW_UNARY(CosOp)
WINNOW_UNARY(TanOp)
WINNOW_UNARY(AsinOp)
WINNOW_UNARY(AcosOp)
WINNOW_UNARY(AtanOp)
WINNOW_UNARY(SinhOp)
WINNOW_UNARY(CoshOp)
WINNOW_UNARY(AsinhOp)
WINNOW_UNARY(AcoshOp)
WINNOW_UNARY(AtanhOp)
WINNOW_UNARY(NotOp)
WINNOW_UNARY(BitwiseNotOp)

#undef WINNOW_UNARY

/// Infers a bool for every element of `input`.
static LogicalResult inferBool(Value input, llvm::SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get(getShape(input), IntegerType::get(input.getContext(), 1)));
  return success();
}

WINNOW_INFER(IsNaNOp) { return inferBool(adaptor.getInput(), types); }
WINNOW_INFER(IsInfOp) { return inferBool(adaptor.getInput(), types); }

/// Infers the broadcast shape of two operands.
static LogicalResult inferBroadcast(Value lhs, Value rhs, Type elementType, llvm::SmallVectorImpl<Type> &types,
                                    const Reporter &report) {
  return inferType(broadcastShapes(getShape(lhs), getShape(rhs), report), elementType, types, report);
}

/// Both operands of one element type, or an error.
template <typename Op> static LogicalResult checkSameElements(Op op) {
  return checkElementType(op.getRhs(), ::getElementType(op.getLhs()), "a right operand", Reporter(op.getOperation()));
}

/// What all ops of two operands ask, or an error.
template <typename Op> static LogicalResult checkOperands(Op op) {
  return success(succeeded(checkInference(op)) && succeeded(checkSameElements(op)));
}

/// Infers, for an op of two operands, their broadcast shape and the element
/// type of the left one.
#define WINNOW_BROADCAST(Op)                                                                                           \
  WINNOW_INFER(Op) {                                                                                                   \
    return inferBroadcast(adaptor.getLhs(), adaptor.getRhs(), ::getElementType(adaptor.getLhs()), types, report);      \
  }

/// What an op of two operands asks that takes quantized ones too, with scales of their own.
template <typename Op> static LogicalResult checkQuantizable(Op op) {
  Reporter report(op.getOperation());
  if (failed(checkInference(op)))
    return failure();
  if (!isQuantized(op.getLhs().getType()) || !isQuantized(op.getRhs().getType()))
    return success(succeeded(checkSameElements(op)) &&
                   succeeded(checkRequantized(op.getLhs(), op.getOutput(), report)));
  return success(succeeded(checkRequantized(op.getLhs(), op.getOutput(), report)) &&
                 succeeded(checkRequantized(op.getRhs(), op.getOutput(), report)));
}

/// Defines an op of two operands whose result has their element type.
#define WINNOW_BINARY(Op)                                                                                              \
  WINNOW_BROADCAST(Op)                                                                                                 \
  LogicalResult Op::verify() { return checkOperands(*this); }

/// Defines an op of two operands whose result is a bool.
#define WINNOW_COMPARISON(Op)                                                                                          \
  WINNOW_INFER(Op) {                                                                                                   \
    return inferBroadcast(adaptor.getLhs(), adaptor.getRhs(), IntegerType::get(adaptor.getLhs().getContext(), 1),      \
                          types, report);                                                                              \
  }                                                                                                                    \
  LogicalResult Op::verify() { return checkOperands(*this); }

WINNOW_BROADCAST(AddOp)
WINNOW_BROADCAST(MulOp)
LogicalResult AddOp::verify() { return checkQuantizable(*this); }
LogicalResult MulOp::verify() { return checkQuantizable(*this); }

WINNOW_BINARY(SubOp)
WINNOW_BINARY(DivOp)
WINNOW_BINARY(MinOp)
WINNOW_BINARY(MaxOp)
WINNOW_BROADCAST(PReluOp)
WINNOW_BINARY(AndOp)
WINNOW_BINARY(OrOp)
WINNOW_BINARY(XorOp)
WINNOW_BINARY(BitwiseAndOp)
WINNOW_BINARY(BitwiseOrOp)
WINNOW_BINARY(BitwiseXorOp)
WINNOW_BINARY(ShiftLeftOp)
WINNOW_BINARY(ShiftRightOp)
WINNOW_BROADCAST(PowOp)
WINNOW_BROADCAST(ModOp)

WINNOW_COMPARISON(EqualOp)
WINNOW_COMPARISON(LessOp)
WINNOW_COMPARISON(LessOrEqualOp)
WINNOW_COMPARISON(GreaterOp)
WINNOW_COMPARISON(GreaterOrEqualOp)

#undef WINNOW_BROADCAST
#undef WINNOW_BINARY
#undef WINNOW_COMPARISON

LogicalResult PReluOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  return success(succeeded(checkSameElements(*this)) &&
                 succeeded(checkBroadcastsTo(getRhs(), getShape(getLhs()), "a slope", report)));
}

LogicalResult PowOp::verify() { return checkInference(*this); }

LogicalResult ModOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  if (failed(checkSameElements(*this)))
    return failure();
  if (isa<FloatType>(::getElementType(getLhs())) && !getFmod())
    return emitOpError("expected 'fmod true' for floating-point operands but got 'fmod false'");
  return success();
}

WINNOW_INFER(WhereOp) {
  FailureOr<Shape> choices = broadcastShapes(getShape(adaptor.getLhs()), getShape(adaptor.getRhs()), report);
  if (failed(choices))
    return failure();
  return inferType(broadcastShapes(getShape(adaptor.getCondition()), *choices, report),
                   ::getElementType(adaptor.getLhs()), types, report);
}

LogicalResult WhereOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkSameElements(*this);
}

LogicalResult CastOp::verify() {
  return checkShape(getOutput(), getShape(getInput()), "a result", Reporter(getOperation()));
}
