//===- MatmulOps.cpp - verifiers, inference and folders ---------===//
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
#include "winnow/Dialect/CNN/MatmulOps.cpp.inc"

void CNNDialect::registerMatmulOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/MatmulOps.cpp.inc"
      >();
}

WINNOW_INFER(MatmulOp) {
  return inferType(getMatmulShape(getShape(adaptor.getLhs()), getShape(adaptor.getRhs()), report),
                   ::getElementType(adaptor.getLhs()), types, report);
}

LogicalResult MatmulOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  return checkElementType(getRhs(), ::getElementType(getLhs()), "a right operand", Reporter(getOperation()));
}

/// The extents (rows, columns) of a matrix after its optional transposition.
static FailureOr<Shape> getMatrix(Value value, bool transpose, const Reporter &report) {
  Shape shape(getShape(value));
  if (shape.size() != 2)
    return report("expected matrices of rank 2 but got rank " + Twine(shape.size()));
  if (transpose)
    std::swap(shape[0], shape[1]);
  return shape;
}

WINNOW_INFER(GemmOp) {
  FailureOr<Shape> lhs = getMatrix(adaptor.getLhs(), adaptor.getTransposeLhs(), report);
  if (failed(lhs))
    return failure();
  FailureOr<Shape> rhs = getMatrix(adaptor.getRhs(), adaptor.getTransposeRhs(), report);
  if (failed(rhs))
    return failure();
  return inferType(getMatmulShape(*lhs, *rhs, report), ::getElementType(adaptor.getLhs()), types, report);
}

LogicalResult GemmOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  Type elementType = ::getElementType(getLhs());
  return success(succeeded(checkElementType(getRhs(), elementType, "a right operand", report)) &&
                 succeeded(checkElementType(getAddend(), elementType, "an addend", report)) &&
                 succeeded(checkBroadcastsTo(getAddend(), getShape(getOutput()), "an addend", report)));
}

WINNOW_INFER(EinsumOp) {
  if (adaptor.getInputs().empty())
    return report("expected one operand or more but got none");
  SmallVector<ShapeRef> shapes;
  SmallVector<int64_t> ranks;
  for (Value input : adaptor.getInputs()) {
    shapes.push_back(getShape(input));
    ranks.push_back(shapes.back().size());
  }
  FailureOr<EinsumEquation> equation = parseEinsum(adaptor.getEquation(), ranks, report);
  if (failed(equation))
    return failure();
  return inferType(getEinsumShape(*equation, shapes, report), ::getElementType(adaptor.getInputs().front()), types,
                   report);
}

LogicalResult EinsumOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  for (Value input : getInputs())
    if (failed(checkElementType(input, ::getElementType(getInputs().front()), "operands", report)))
      return failure();
  return success();
}
