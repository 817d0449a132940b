//===- PoolingOps.cpp - verifiers, inference and folders ---------===//
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
#include "winnow/Dialect/CNN/PoolingOps.cpp.inc"

void CNNDialect::registerPoolingOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/PoolingOps.cpp.inc"
      >();
}

/// The shape of a pool: batch and channels stay, windows reduce the rest.
template <typename Adaptor> static FailureOr<Shape> getPoolShape(Adaptor adaptor, const Reporter &report) {
  ShapeRef input = getShape(adaptor.getInput());
  if (input.size() < 3 || input.size() > 5)
    return report("expected an input of rank 3 to 5 but got rank " + Twine(input.size()));
  auto attributes = WindowAttributes::get(adaptor, adaptor.getKernel());
  attributes.ceilMode = adaptor.getCeilMode();
  FailureOr<Shape> spatial = getWindowOutputs(input.drop_front(2), attributes, report);
  if (failed(spatial))
    return failure();
  Shape result{input[0], input[1]};
  llvm::append_range(result, *spatial);
  return result;
}

WINNOW_INFER(MaxPoolOp) {
  return inferType(getPoolShape(adaptor, report), ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult MaxPoolOp::verify() { return success(); }

SmallVector<int64_t> MaxPoolOp::getWindowShape() { return SmallVector<int64_t>(getKernel()); }

WINNOW_INFER(AveragePoolOp) {
  return inferType(getPoolShape(adaptor, report), ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult AveragePoolOp::verify() { return success(); }

SmallVector<int64_t> AveragePoolOp::getWindowShape() { return SmallVector<int64_t>(getKernel()); }

WINNOW_INFER(LpPoolOp) {
  return inferType(getPoolShape(adaptor, report), ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult LpPoolOp::verify() { return success(); }

SmallVector<int64_t> LpPoolOp::getWindowShape() { return SmallVector<int64_t>(getKernel()); }

WINNOW_INFER(MaxPoolWithIndicesOp) {
  FailureOr<Shape> shape = getPoolShape(adaptor, report);
  if (failed(inferType(shape, ::getElementType(adaptor.getInput()), types, report)))
    return failure();
  return inferType(shape, IntegerType::get(adaptor.getInput().getContext(), 64), types, report);
}

LogicalResult MaxPoolWithIndicesOp::verify() { return success(); }

SmallVector<int64_t> MaxPoolWithIndicesOp::getWindowShape() { return SmallVector<int64_t>(getKernel()); }

WINNOW_INFER(GlobalPoolOp) {
  Shape shape(getShape(adaptor.getInput()));
  if (shape.size() < 3)
    return report("expected an input of rank 3 or more but got rank " + Twine(shape.size()));
  std::fill(shape.begin() + 2, shape.end(), 1);
  return inferType(shape, ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult GlobalPoolOp::verify() { return success(); }

LogicalResult MaxUnpoolOp::verify() { return success(); }
