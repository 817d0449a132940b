//===- CNNDialect.cpp - registration of the cnn dialect -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace winnow::cnn;

#include "winnow/Dialect/CNN/CNNDialect.cpp.inc"
#include "winnow/Dialect/CNN/CNNEnums.cpp.inc"
#include "winnow/Dialect/CNN/CNNInterfaces.cpp.inc"
void CNNDialect::initialize() {
  registerCNNAttributes();
  registerConvolutionOps();
  registerPoolingOps();
  registerMatmulOps();
  registerNormalizationOps();
  registerActivationOps();
  registerElementwiseOps();
  registerReductionOps();
  registerShapeOps();
  registerIndexingOps();
  registerSpatialOps();
  registerQuantizationOps();
}

Operation *CNNDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (elements && elements.getType() == type)
    return arith::ConstantOp::create(builder, loc, type, elements);
  return nullptr;
}

bool winnow::cnn::areCompatibleTypes(TypeRange inferred, TypeRange actual) {
  if (inferred.size() != actual.size())
    return false;
  for (auto [lhs, rhs] : llvm::zip_equal(inferred, actual)) {
    auto a = dyn_cast<RankedTensorType>(lhs), b = dyn_cast<RankedTensorType>(rhs);
    if (!a || !b || a.getElementType() != b.getElementType() || failed(verifyCompatibleShape(a, b)))
      return false;
  }
  return true;
}
