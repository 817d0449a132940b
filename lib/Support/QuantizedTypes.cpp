//===- QuantizedTypes.cpp - tensors of quantized numbers ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/QuantizedTypes.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;

namespace winnow {

Type getStoredType(Type elementType) {
  auto quantized = dyn_cast<quant::QuantizedType>(elementType);
  if (!quantized)
    return elementType;
  return IntegerType::get(elementType.getContext(), quantized.getStorageTypeIntegralWidth(),
                          quantized.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
}

quant::UniformQuantizedType getQuantization(Type type) {
  return dyn_cast<quant::UniformQuantizedType>(getElementTypeOrSelf(type));
}

bool isQuantized(Type type) { return isa<quant::QuantizedType>(getElementTypeOrSelf(type)); }

std::optional<QuantizedChannels> getQuantizedChannels(Type type, int64_t axis) {
  QuantizedChannels channels;
  if (auto single = getQuantization(type)) {
    channels.scales.push_back(getScale(single));
    channels.zeroPoints.push_back(single.getZeroPoint());
    return channels;
  }
  auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(getElementTypeOrSelf(type));
  if (!perAxis || perAxis.getQuantizedDimension() != axis)
    return std::nullopt;
  for (double scale : perAxis.getScales())
    channels.scales.push_back(static_cast<float>(scale));
  llvm::append_range(channels.zeroPoints, perAxis.getZeroPoints());
  return channels;
}

ElementsAttr getStoredConstant(Value value) {
  if (auto cast = value.getDefiningOp<quant::StorageCastOp>())
    return getConstant(cast.getInput());
  return getConstant(value);
}

int64_t quantizeTo(quant::UniformQuantizedType type, float value) {
  return saturateTo(type, std::nearbyint(value / getScale(type)));
}

int64_t saturateTo(quant::UniformQuantizedType type, double rounded) {
  double value = (std::isnan(rounded) ? 0 : rounded) + static_cast<double>(type.getZeroPoint());
  auto least = static_cast<double>(type.getStorageTypeMin()), most = static_cast<double>(type.getStorageTypeMax());
  return static_cast<int64_t>(std::min(std::max(value, least), most));
}

} // namespace winnow
