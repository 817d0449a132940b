//===- CNN.h - the cnn dialect ----------------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DIALECT_CNN_CNN_H
#define WINNOW_DIALECT_CNN_CNN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"

#include "winnow/Dialect/CNN/CNNDialect.h.inc"
#include "winnow/Dialect/CNN/CNNEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "winnow/Dialect/CNN/CNNAttributes.h.inc"
#include "winnow/Dialect/CNN/CNNInterfaces.h.inc"

namespace winnow::cnn {
/// Whether types agree in element type, rank and every extent that both know.
/// Layout encodings do not count. Where results are `requantized`, element types that stand for the same real type
/// agree: `inferred` is quantized, `actual` has another quantization or none.
bool areCompatibleTypes(mlir::TypeRange inferred, mlir::TypeRange actual, bool requantized = false);
} // namespace winnow::cnn

#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/ConvolutionOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/PoolingOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/MatmulOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/NormalizationOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/ActivationOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/ElementwiseOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/ReductionOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/ShapeOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/IndexingOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/SpatialOps.h.inc"
#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/QuantizationOps.h.inc"

namespace winnow::cnn {
/// The explicit pads (all begins, then all ends) with which `op` works, whatever
/// its `auto_pad`; fails where they depend on an extent that is dynamic. The op
/// is valid.
mlir::FailureOr<llvm::SmallVector<int64_t>> resolvePads(WindowOpInterface op);
} // namespace winnow::cnn

#endif // WINNOW_DIALECT_CNN_CNN_H
