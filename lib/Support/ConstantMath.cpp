//===- ConstantMath.cpp - arithmetic on constants -------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/ConstantMath.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/APFloat.h"

#include <cstring>

using namespace mlir;

namespace winnow {

/// Results up to this size are handed to `makeConstant`, which may write them inline.
static constexpr int64_t kSmallBytes = 4096;

ConstantReader::ConstantReader(ElementsAttr attr)
    : elementType(attr.getElementType()), elementBytes(getElementBytes(elementType)),
      bytes(getConstantBytes(attr, storage)) {}

double ConstantReader::operator[](int64_t index) const {
  const char *element = bytes.data() + index * elementBytes;
  if (elementType.isF32()) {
    float value;
    std::memcpy(&value, element, sizeof(value));
    return value;
  }
  uint64_t bits = 0;
  std::memcpy(&bits, element, elementBytes);
  unsigned width = elementType.getIntOrFloatBitWidth();
  llvm::APInt raw = llvm::APInt(64, bits).trunc(width);
  if (auto floatType = dyn_cast<FloatType>(elementType)) {
    llvm::APFloat value(floatType.getFloatSemantics(), raw);
    bool lossy = false;
    value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lossy);
    return value.convertToDouble();
  }
  bool isUnsigned = elementType.isUnsignedInteger() || width == 1;
  return isUnsigned ? static_cast<double>(raw.getZExtValue()) : static_cast<double>(raw.getSExtValue());
}

/// Writes `value` as one element of `type`.
static void writeFloat(char *element, FloatType type, double value) {
  if (type.isF32()) {
    float narrow = static_cast<float>(value);
    std::memcpy(element, &narrow, sizeof(narrow));
    return;
  }
  llvm::APFloat number(value);
  bool lossy = false;
  number.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &lossy);
  uint64_t bits = number.bitcastToAPInt().getZExtValue();
  std::memcpy(element, &bits, getElementBytes(type));
}

ElementsAttr buildFloatConstant(RankedTensorType type, llvm::function_ref<double(int64_t)> valueAt) {
  auto elementType = cast<FloatType>(type.getElementType());
  int64_t size = getElementBytes(elementType), count = type.getNumElements();
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(std::max<int64_t>(size * count, 1), 64);
  char *data = blob.getMutableData().data();
  for (int64_t i = 0; i < count; ++i)
    writeFloat(data + i * size, elementType, valueAt(i));
  if (size * count <= kSmallBytes)
    return makeConstant(type, llvm::ArrayRef<char>(data, size * count));
  return makeConstant(type, std::move(blob), "folded");
}

ElementsAttr reshapeConstant(ElementsAttr attr, RankedTensorType type) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return cast<DenseElementsAttr>(attr).reshape(type);
}

Value createConstant(OpBuilder &builder, Location loc, ElementsAttr attr) {
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(attr));
}

std::optional<double> getSplatNumber(Value value) {
  ElementsAttr attr = getConstant(value);
  if (!attr || attr.getNumElements() == 0 || !attr.getElementType().isIntOrFloat())
    return std::nullopt;
  // A splat may stand for very many elements: look at one of them.
  if (auto dense = dyn_cast<DenseElementsAttr>(attr); dense && dense.isSplat())
    attr = dense.resizeSplat(RankedTensorType::get({1}, dense.getElementType()));
  ConstantReader reader(attr);
  double first = reader[0];
  for (int64_t i = 1, n = attr.getNumElements(); i < n; ++i)
    if (!(reader[i] == first))
      return std::nullopt;
  return first;
}

std::optional<llvm::SmallVector<double>> getPerChannel(Value constant, RankedTensorType target) {
  ElementsAttr attr = getConstant(constant);
  if (!attr || target.getRank() < 2 || target.isDynamicDim(1) || !isa<FloatType>(attr.getElementType()))
    return std::nullopt;
  auto type = cast<RankedTensorType>(constant.getType());
  int64_t channels = target.getDimSize(1), offset = target.getRank() - type.getRank();
  if (offset < 0)
    return std::nullopt;
  bool varies = false;
  for (auto [dim, extent] : llvm::enumerate(type.getShape())) {
    if (extent == 1)
      continue;
    if (static_cast<int64_t>(dim) + offset != 1 || extent != channels)
      return std::nullopt;
    varies = true;
  }
  ConstantReader reader(attr);
  llvm::SmallVector<double> values;
  for (int64_t c = 0; c < channels; ++c)
    values.push_back(reader[varies ? c : 0]);
  return values;
}

llvm::SmallVector<int64_t> getChannelShape(int64_t channels, int64_t rank) {
  llvm::SmallVector<int64_t> shape(rank, 1);
  shape[1] = channels;
  return shape;
}

bool haveSameShape(Value lhs, Value rhs) {
  auto a = cast<RankedTensorType>(lhs.getType()), b = cast<RankedTensorType>(rhs.getType());
  if (a.getShape() != b.getShape())
    return false;
  if (a.hasStaticShape())
    return true;
  auto function = lhs.getParentRegion()->getParentOfType<FunctionOpInterface>();
  return function && llvm::count_if(function.getArgumentTypes(), [](Type type) {
                       auto shaped = dyn_cast<ShapedType>(type);
                       return shaped && !shaped.hasStaticShape();
                     }) <= 1;
}

} // namespace winnow
