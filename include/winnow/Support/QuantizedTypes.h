//===- QuantizedTypes.h - tensors of quantized numbers ----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_QUANTIZEDTYPES_H
#define WINNOW_SUPPORT_QUANTIZEDTYPES_H

#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

namespace winnow {

/// A quantized element stands for the real number (stored - zero point) * scale; its type is `!quant.uniform`.
/// Scales are f32: where the integers of a kernel meet real numbers, arithmetic is in single precision and every
/// operation rounds by itself, so that all machines give the same bits.

/// Elements as memory holds them: `ui8` or `i8` for a quantized type of eight bits, any other type itself.
mlir::Type getStoredType(mlir::Type elementType);

/// The quantization of the elements of `type` (a tensor or an element), one scale for all; null for anything else.
mlir::quant::UniformQuantizedType getQuantization(mlir::Type type);
inline mlir::quant::UniformQuantizedType getQuantization(mlir::Value value) { return getQuantization(value.getType()); }

/// The scale of `type` as arithmetic uses it; 1 for null, as real numbers stand for themselves.
inline float getScale(mlir::quant::UniformQuantizedType type) {
  return type ? static_cast<float>(type.getScale()) : 1.0f;
}

/// Whether elements of `type` (a tensor or an element) are quantized in any way.
bool isQuantized(mlir::Type type);

/// The scales and zero points of a quantized type along `axis`: one for all elements, or one for each index. Nothing
/// where scales belong to another axis or to blocks.
struct QuantizedChannels {
  llvm::SmallVector<float> scales;
  llvm::SmallVector<int64_t> zeroPoints;

  float getScale(int64_t index) const { return scales[scales.size() == 1 ? 0 : index]; }
  int64_t getZeroPoint(int64_t index) const { return zeroPoints[zeroPoints.size() == 1 ? 0 : index]; }
};
std::optional<QuantizedChannels> getQuantizedChannels(mlir::Type type, int64_t axis);

/// The integers that `value` (a quantized constant) holds: the constant behind its `quant.scast`. Bytes of unsigned
/// storage have a signless type there. Null for what is not constant.
mlir::ElementsAttr getStoredConstant(mlir::Value value);

/// The factor of an integer product's sum on its way to a result of scale `out`: (a * b) / out, each step in f32.
inline float getRequantization(float a, float b, float out) { return a * b / out; }

/// `value` on the grid of `type`: the nearest integer (halves to even) of value / scale, and the zero point, saturated.
int64_t quantizeTo(mlir::quant::UniformQuantizedType type, float value);

/// `rounded` (an integer, or infinite; NaN counts as 0) plus the zero point of `type`, saturated.
int64_t saturateTo(mlir::quant::UniformQuantizedType type, double rounded);

} // namespace winnow

#endif // WINNOW_SUPPORT_QUANTIZEDTYPES_H
