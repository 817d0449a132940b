//===- SymbolicTensor.cpp - small tensors known up to the batch -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymbolicTensor.h"

#include "winnow/Support/ConstantData.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace mlir;

namespace winnow::onnx_import {

/// Tensors with more elements than this do not describe shapes.
static constexpr int64_t kMaxTrackedElements = 1024;

SymbolicNumber SymbolicNumber::integer(int64_t base, int64_t perBatch) {
  SymbolicNumber number;
  number.kind = Kind::Integer;
  number.base = base;
  number.perBatch = perBatch;
  return number;
}

SymbolicNumber SymbolicNumber::real(double base, double perBatch) {
  SymbolicNumber number;
  number.kind = Kind::Real;
  number.realBase = base;
  number.realPerBatch = perBatch;
  return number;
}

bool SymbolicNumber::isConstant() const {
  return kind == Kind::Integer ? perBatch == 0 : kind == Kind::Real && realPerBatch == 0;
}

std::optional<int64_t> SymbolicNumber::getInteger() const {
  if (kind == Kind::Integer && perBatch == 0)
    return base;
  return std::nullopt;
}

std::optional<double> SymbolicNumber::getReal() const {
  if (!isConstant())
    return std::nullopt;
  return kind == Kind::Integer ? static_cast<double>(base) : realBase;
}

SymbolicNumber SymbolicNumber::operator+(const SymbolicNumber &other) const {
  if (!isKnown() || kind != other.kind)
    return {};
  if (kind == Kind::Real)
    return real(realBase + other.realBase, realPerBatch + other.realPerBatch);
  int64_t newBase, newPerBatch;
  if (llvm::AddOverflow(base, other.base, newBase) || llvm::AddOverflow(perBatch, other.perBatch, newPerBatch))
    return {};
  return integer(newBase, newPerBatch);
}

SymbolicNumber SymbolicNumber::operator-(const SymbolicNumber &other) const {
  if (!isKnown() || kind != other.kind)
    return {};
  if (kind == Kind::Real)
    return real(realBase - other.realBase, realPerBatch - other.realPerBatch);
  int64_t newBase, newPerBatch;
  if (llvm::SubOverflow(base, other.base, newBase) || llvm::SubOverflow(perBatch, other.perBatch, newPerBatch))
    return {};
  return integer(newBase, newPerBatch);
}

SymbolicNumber SymbolicNumber::operator*(const SymbolicNumber &other) const {
  if (!isKnown() || kind != other.kind)
    return {};
  if (!isConstant())
    return other.isConstant() ? other * *this : SymbolicNumber();
  if (kind == Kind::Real)
    return real(realBase * other.realBase, other.realPerBatch == 0 ? 0 : realBase * other.realPerBatch);
  int64_t newBase, newPerBatch;
  if (llvm::MulOverflow(base, other.base, newBase) || llvm::MulOverflow(base, other.perBatch, newPerBatch))
    return {};
  return integer(newBase, newPerBatch);
}

SymbolicNumber SymbolicNumber::operator/(const SymbolicNumber &other) const {
  if (!isKnown() || kind != other.kind)
    return {};
  if (kind == Kind::Real)
    return other.isConstant() ? real(realBase / other.realBase, realPerBatch == 0 ? 0 : realPerBatch / other.realBase)
                              : SymbolicNumber();
  if (!other.isConstant()) {
    // A multiple of a multiple of N: 6N / 2N.
    bool divides = base == 0 && other.base == 0 && other.perBatch > 0 && perBatch % other.perBatch == 0;
    return divides ? integer(perBatch / other.perBatch) : SymbolicNumber();
  }
  if (other.base == 0 || other.base == -1) // -1: the quotient may overflow.
    return other.base == 0 ? SymbolicNumber() : integer(0) - *this;
  if (isConstant())
    return integer(base / other.base);
  if (base % other.base != 0 || perBatch % other.base != 0)
    return {};
  return integer(base / other.base, perBatch / other.base);
}

bool SymbolicNumber::operator==(const SymbolicNumber &other) const {
  if (!isKnown() || kind != other.kind)
    return false;
  return kind == Kind::Integer ? base == other.base && perBatch == other.perBatch
                               : realBase == other.realBase && realPerBatch == other.realPerBatch;
}

/// Sign of base + perBatch * N if it is the same for every N >= 1.
template <typename T> static std::optional<int> getSignForEveryBatch(T base, T perBatch) {
  T first;
  if constexpr (std::is_integral_v<T>) {
    if (llvm::AddOverflow(base, perBatch, first))
      return std::nullopt;
  } else {
    first = base + perBatch;
  }
  if (perBatch == 0)
    return base > 0 ? 1 : base < 0 ? -1 : 0;
  if (perBatch > 0 && first > 0)
    return 1;
  if (perBatch < 0 && first < 0)
    return -1;
  return std::nullopt;
}

std::optional<int> SymbolicNumber::getSign() const {
  if (kind == Kind::Integer)
    return getSignForEveryBatch(base, perBatch);
  if (kind == Kind::Real && !std::isnan(realBase) && !std::isnan(realPerBatch))
    return getSignForEveryBatch(realBase, realPerBatch);
  return std::nullopt;
}

std::optional<bool> SymbolicNumber::isZero() const {
  if (std::optional<int> sign = getSign())
    return *sign == 0;
  if (kind == Kind::Integer && perBatch != 0 && perBatch != -1 && base % perBatch != 0)
    return false;
  return std::nullopt;
}

/// `value` rounded to float type `type`.
static double roundToType(double value, Type type) {
  return type.isF32() ? static_cast<double>(static_cast<float>(value)) : value;
}

SymbolicNumber SymbolicNumber::castTo(Type type) const {
  if (!isKnown())
    return {};
  if (isa<FloatType>(type)) {
    if (kind == Kind::Integer)
      return real(roundToType(static_cast<double>(base), type), roundToType(static_cast<double>(perBatch), type));
    return real(roundToType(realBase, type), roundToType(realPerBatch, type));
  }
  if (type.isInteger(1)) {
    std::optional<bool> zero = isZero();
    return zero ? integer(!*zero) : SymbolicNumber();
  }
  if (kind == Kind::Real) {
    auto fits = [](double value) { return std::abs(value) < 9.0e15; };
    bool exact = std::trunc(realBase) == realBase && std::trunc(realPerBatch) == realPerBatch;
    if (!fits(realBase) || !fits(realPerBatch) || (realPerBatch != 0 && !exact))
      return {};
    return integer(static_cast<int64_t>(realBase), static_cast<int64_t>(realPerBatch)).castTo(type);
  }
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 64)
    return *this;
  if (perBatch != 0) // Extents fit whatever integer type the model chose for them.
    return *this;
  uint64_t bits = static_cast<uint64_t>(base) & llvm::maskTrailingOnes<uint64_t>(width);
  return integer(type.isUnsignedInteger() ? static_cast<int64_t>(bits) : llvm::SignExtend64(bits, width));
}

SymbolicNumber SymbolicNumber::roundWith(double (*function)(double)) const {
  if (kind != Kind::Real)
    return *this;
  if (realPerBatch == 0)
    return real(function(realBase));
  bool exact = std::trunc(realBase) == realBase && std::trunc(realPerBatch) == realPerBatch;
  return exact ? *this : SymbolicNumber();
}

std::optional<llvm::SmallVector<int64_t>> SymbolicTensor::getIntegers() const {
  llvm::SmallVector<int64_t> values;
  for (const SymbolicNumber &element : elements) {
    std::optional<int64_t> value = element.getInteger();
    if (!value)
      return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

/// Writes a constant element in its native form to `out`.
static void writeElement(const SymbolicNumber &element, Type type, char *out) {
  if (type.isF32()) {
    float value = static_cast<float>(*element.getReal());
    std::memcpy(out, &value, sizeof(value));
  } else if (type.isF64()) {
    double value = *element.getReal();
    std::memcpy(out, &value, sizeof(value));
  } else {
    int64_t value = *element.getInteger(); // Little endian: the low bytes come first.
    std::memcpy(out, &value, getElementBytes(type));
  }
}

ElementsAttr SymbolicTensor::getConstant() const {
  Type elementType = type.getElementType();
  for (const SymbolicNumber &element : elements)
    if (!element.isConstant() || (isa<IntegerType>(elementType) && !element.getInteger()))
      return {};
  int64_t size = getElementBytes(elementType);
  llvm::SmallVector<char> bytes(elements.size() * size);
  for (auto [i, element] : llvm::enumerate(elements))
    writeElement(element, elementType, bytes.data() + i * size);
  return makeConstant(type, bytes);
}

bool isTrackedType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return false;
  Type element = tensor.getElementType();
  return tensor.getNumElements() <= kMaxTrackedElements &&
         (isa<IntegerType>(element) || element.isF32() || element.isF64());
}

SymbolicTensor getSymbolicTensor(ElementsAttr constant) {
  SymbolicTensor tensor{cast<RankedTensorType>(constant.getType()), {}};
  if (isa<FloatType>(constant.getElementType())) {
    for (double value : getConstantDoubles(constant))
      tensor.elements.push_back(SymbolicNumber::real(value));
  } else {
    std::optional<llvm::SmallVector<int64_t>> values = getConstantInts(constant);
    for (int64_t value : *values)
      tensor.elements.push_back(SymbolicNumber::integer(value));
  }
  return tensor;
}

} // namespace winnow::onnx_import
