//===- OpHelpers.h - what the op families' files share ----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DIALECT_CNN_OPHELPERS_H
#define WINNOW_LIB_DIALECT_CNN_OPHELPERS_H

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/QuantizedTypes.h"
#include "winnow/Support/ShapeRules.h"

namespace winnow::cnn {

using llvm::Twine;
using mlir::failed;
using mlir::failure;
using mlir::FailureOr;
using mlir::LogicalResult;
using mlir::RankedTensorType;
using mlir::succeeded;
using mlir::success;
using mlir::Type;
using mlir::Value;

/// Reports errors in an op's name: usable where the op exists (verifiers) and
/// where it does not yet (inference), and as a `Report` for the shape rules.
class Reporter {
public:
  Reporter(std::optional<mlir::Location> loc, llvm::StringRef name) : loc(loc), name(name) {}
  explicit Reporter(mlir::Operation *op) : Reporter(op->getLoc(), op->getName().getStringRef()) {}

  LogicalResult operator()(const llvm::Twine &message) const {
    return mlir::emitOptionalError(loc, "'", name, "' op ", message);
  }

private:
  std::optional<mlir::Location> loc;
  llvm::StringRef name;
};

/// The type of a value that the ops' definitions constrain to ranked tensors.
inline RankedTensorType getTensorType(Value value) { return llvm::cast<RankedTensorType>(value.getType()); }
inline ShapeRef getShape(Value value) { return getTensorType(value).getShape(); }
inline Type getElementType(Value value) { return getTensorType(value).getElementType(); }

/// Appends the inferred type of a result. Types are inferred without encoding:
/// layouts are assigned later and do not follow from the operands.
inline LogicalResult inferType(FailureOr<Shape> shape, Type elementType, llvm::SmallVectorImpl<Type> &types,
                               const Reporter &report) {
  if (failed(shape))
    return failure();
  if (!fitsInMemory(*shape))
    return report("expected a result that fits in 64 bits of bytes but got " + shapeToString(*shape));
  types.push_back(RankedTensorType::get(*shape, elementType));
  return success();
}

/// Infers a result of the shape and element type of `value`.
inline LogicalResult inferSameType(Value value, llvm::SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get(getShape(value), getElementType(value)));
  return success();
}

/// Infers the types of an op that exists and compares them with its own. Ops
/// begin their verifiers with it: MLIR would infer after the verifier, which
/// may rely on what inference asks of operands and attributes.
template <typename Op> LogicalResult checkInference(Op op) {
  llvm::SmallVector<Type> types;
  if (failed(Op::inferReturnTypes(op.getContext(), op.getLoc(), typename Op::Adaptor(op), types)))
    return failure();
  if (!Op::isCompatibleReturnTypes(types, op->getResultTypes()))
    return op.emitOpError("expected results of type ") << types << " but got " << op->getResultTypes();
  return success();
}

/// A type as it is written in IR.
std::string typeToString(Type type);

/// The checks of the verifiers: `what` names the operand in the report, as in
/// `expected a bias of shape 4 but got shape 3`. A null value passes.
LogicalResult checkElementType(Value value, Type expected, llvm::StringRef what, const Reporter &report);
LogicalResult checkRank(Value value, int64_t expected, llvm::StringRef what, const Reporter &report);
LogicalResult checkShape(Value value, ShapeRef expected, llvm::StringRef what, const Reporter &report);
/// Rank 0, or any rank with one element.
LogicalResult checkOneElement(Value value, llvm::StringRef what, const Reporter &report);
/// `value` stretches to exactly `shape`.
LogicalResult checkBroadcastsTo(Value value, ShapeRef shape, llvm::StringRef what, const Reporter &report);
/// `input` is quantized with eight bits, and the result too or of the real type.
LogicalResult checkRequantized(Value input, Value result, const Reporter &report);
/// Results keep the quantization of `input`.
LogicalResult checkSameQuantization(Value input, Value result, const Reporter &report);
/// `value` is at least `least`.
LogicalResult checkAtLeast(int64_t value, int64_t least, llvm::StringRef what, const Reporter &report);

} // namespace winnow::cnn

/// Opens the definition of `inferReturnTypes` of an op; its parameters are
/// `adaptor` and `types`, and `report` takes its errors.
#define WINNOW_INFER(Op)                                                                                               \
  static LogicalResult infer##Op(Op::Adaptor adaptor, llvm::SmallVectorImpl<Type> &types,                              \
                                 const winnow::cnn::Reporter &report);                                                 \
  LogicalResult Op::inferReturnTypes(mlir::MLIRContext *, std::optional<mlir::Location> location, Op::Adaptor adaptor, \
                                     llvm::SmallVectorImpl<Type> &types) {                                             \
    return infer##Op(adaptor, types, winnow::cnn::Reporter(location, Op::getOperationName()));                         \
  }                                                                                                                    \
  static LogicalResult infer##Op([[maybe_unused]] Op::Adaptor adaptor,                                                 \
                                 [[maybe_unused]] llvm::SmallVectorImpl<Type> &types,                                  \
                                 [[maybe_unused]] const winnow::cnn::Reporter &report)

#endif // WINNOW_LIB_DIALECT_CNN_OPHELPERS_H
