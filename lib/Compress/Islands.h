//===- Islands.h - what lies between dequantize and quantize ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_ISLANDS_H
#define WINNOW_LIB_COMPRESS_ISLANDS_H

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/QuantizedTypes.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/PatternMatch.h"

namespace winnow {

inline constexpr llvm::StringLiteral kFuseQuantization = "winnow-fuse-quantization";

/// The quantized value that `value` is the real form of; null if it is none.
mlir::Value getDequantized(mlir::Value value);

/// The same where it has eight bits and one scale.
mlir::Value getDequantizedBytes(mlir::Value value);

/// A tensor type of the shape and encoding of `type` with elements of `elementType`.
mlir::RankedTensorType withElements(mlir::Type type, mlir::Type elementType);

/// The real number that stored integer `value` of `type` stands for.
inline float dequantize(mlir::quant::UniformQuantizedType type, int64_t value) {
  return static_cast<float>(value - type.getZeroPoint()) * getScale(type);
}

/// `function` (of real numbers) of quantized `input`, with results of type `type`: a table of all 256 cases.
mlir::Value createLookup(mlir::OpBuilder &b, mlir::Location loc, mlir::Value input,
                         mlir::quant::UniformQuantizedType type, llvm::function_ref<float(float)> function);

/// Makes `conv` a convolution of integers with results of `elementType` (quantized, or its real type) and `activation`;
/// fails with a reason where its operands are not dequantized. The caller replaces it.
mlir::FailureOr<mlir::Value> createQuantizedConvolution(mlir::RewriterBase &rewriter, cnn::ConvolutionOp conv,
                                                        cnn::ActivationAttr activation, mlir::Type elementType);

/// The patterns of the files of this room.
void populateQuantizedConvolutionPatterns(mlir::RewritePatternSet &patterns);
void populateFuseMovementPatterns(mlir::RewritePatternSet &patterns);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_ISLANDS_H
