//===- Tensor.cpp - a value of the interpreter ----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Interpreter/Tensor.h"

#include "NumberFormat.h"

#include "llvm/Support/MathExtras.h"

#include <cstdlib>
#include <cstring>

using namespace mlir;

namespace winnow {

/// Bytes of a tensor; nothing if they do not fit an int64_t or an extent is negative.
static std::optional<int64_t> countBytes(ArrayRef<int64_t> shape, Type elementType) {
  int64_t bytes = getElementBytes(elementType);
  bool empty = llvm::is_contained(shape, 0);
  for (int64_t extent : shape)
    if (extent < 0 || (!empty && llvm::MulOverflow(bytes, extent, bytes)))
      return std::nullopt;
  return empty ? 0 : bytes;
}

Tensor Tensor::create(ArrayRef<int64_t> shape, Type elementType) {
  std::optional<int64_t> bytes = countBytes(shape, elementType);
  if (!bytes)
    return {};
  Tensor tensor;
  // One byte more, so that empty tensors have an address of their own.
  tensor.data = static_cast<char *>(std::malloc(*bytes + 1));
  if (!tensor.data)
    return {};
  tensor.owner = std::shared_ptr<void>(tensor.data, std::free);
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.elementType = elementType;
  return tensor;
}

Tensor Tensor::fromBytes(ArrayRef<int64_t> shape, Type elementType, ArrayRef<char> bytes) {
  if (countBytes(shape, elementType) != static_cast<int64_t>(bytes.size()))
    return {};
  Tensor tensor = create(shape, elementType);
  if (tensor && !bytes.empty())
    std::memcpy(tensor.data, bytes.data(), bytes.size());
  return tensor;
}

Tensor Tensor::borrow(ArrayRef<int64_t> shape, Type elementType, const void *data) {
  Tensor tensor;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.elementType = elementType;
  tensor.data = static_cast<char *>(const_cast<void *>(data));
  // An empty tensor may have no memory at all, and is no null tensor for that.
  static char nothing;
  if (!data && llvm::is_contained(shape, 0))
    tensor.data = &nothing;
  return tensor;
}

Tensor Tensor::fromConstant(ElementsAttr attr) {
  if (!isa_and_nonnull<DenseElementsAttr, DenseResourceElementsAttr>(attr))
    return {};
  ShapedType type = attr.getShapedType();
  if (!type.getElementType().isIntOrFloat())
    return {};
  llvm::SmallVector<char, 0> storage;
  ArrayRef<char> bytes = getConstantBytes(attr, storage);
  if (countBytes(type.getShape(), type.getElementType()) != static_cast<int64_t>(bytes.size()))
    return {};
  bool aligned = reinterpret_cast<uintptr_t>(bytes.data()) % winnow::getElementBytes(type.getElementType()) == 0;
  if (isa<DenseResourceElementsAttr>(attr) && aligned && !bytes.empty())
    return borrow(type.getShape(), type.getElementType(), bytes.data());
  return fromBytes(type.getShape(), type.getElementType(), bytes);
}

int64_t Tensor::getNumElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

/// Calls `visit` with a value of the C++ type that holds elements of `type`.
template <typename Visitor> static void visitStorage(Type type, Visitor visit) {
  type = getStoredType(type);
  if (type.isF32())
    return visit(float());
  if (type.isF64())
    return visit(double());
  if (type.isF16())
    return visit(Half());
  if (type.isBF16())
    return visit(BFloat());
  bool isUnsigned = type.isUnsignedInteger();
  switch (type.getIntOrFloatBitWidth()) {
  case 1:
    return visit(bool());
  case 8:
    return isUnsigned ? visit(uint8_t()) : visit(int8_t());
  case 16:
    return isUnsigned ? visit(uint16_t()) : visit(int16_t());
  case 32:
    return isUnsigned ? visit(uint32_t()) : visit(int32_t());
  default:
    return isUnsigned ? visit(uint64_t()) : visit(int64_t());
  }
}

std::vector<double> Tensor::getDoubles() const {
  std::vector<double> values(data ? getNumElements() : 0);
  if (values.empty())
    return values;
  visitStorage(elementType, [&](auto tag) {
    ArrayRef<decltype(tag)> elements = getData<decltype(tag)>();
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = toDouble(elements[i]);
  });
  return values;
}

std::vector<int64_t> Tensor::getInts() const {
  std::vector<int64_t> values(data ? getNumElements() : 0);
  if (values.empty())
    return values;
  visitStorage(elementType, [&](auto tag) {
    using T = decltype(tag);
    ArrayRef<T> elements = getData<T>();
    for (size_t i = 0; i < values.size(); ++i)
      if constexpr (std::is_integral_v<T>)
        values[i] = static_cast<int64_t>(elements[i]);
      else
        values[i] = saturate<int64_t>(toDouble(elements[i]));
  });
  return values;
}

void Tensor::setDoubles(ArrayRef<double> values) {
  assert(static_cast<int64_t>(values.size()) == getNumElements() && "as many values as elements");
  visitStorage(elementType, [&](auto tag) {
    using T = decltype(tag);
    MutableArrayRef<T> elements = getMutableData<T>();
    for (size_t i = 0; i < values.size(); ++i)
      elements[i] = fromDouble<T>(values[i]);
  });
}

void Tensor::setInts(ArrayRef<int64_t> values) {
  assert(static_cast<int64_t>(values.size()) == getNumElements() && "as many values as elements");
  visitStorage(elementType, [&](auto tag) {
    using T = decltype(tag);
    MutableArrayRef<T> elements = getMutableData<T>();
    for (size_t i = 0; i < values.size(); ++i)
      if constexpr (std::is_integral_v<T>)
        elements[i] = static_cast<T>(values[i]);
      else
        elements[i] = fromInt<T>(values[i]);
  });
}

Tensor Tensor::withShape(ArrayRef<int64_t> newShape) const {
  Tensor tensor = *this;
  tensor.shape.assign(newShape.begin(), newShape.end());
  assert(tensor.getNumElements() == getNumElements() && "a reshape keeps all elements");
  return tensor;
}

ElementsAttr Tensor::toAttr(RankedTensorType type) const {
  if (!type)
    type = getType();
  assert(type.getShape() == getShape() && type.getElementType() == elementType && "constant of another type");
  return makeConstant(type, getBytes());
}

} // namespace winnow
