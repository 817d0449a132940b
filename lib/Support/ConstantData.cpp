//===- ConstantData.cpp - bytes of constant tensors -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/ConstantData.h"

#include "winnow/Support/QuantizedTypes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APInt.h"

#include <cstring>

using namespace mlir;

namespace winnow {

/// Constants up to this many bytes are written into the IR itself.
static constexpr int64_t kInlineBytes = 256;

int64_t getElementBytes(Type elementType) {
  return std::max<int64_t>(1, (getStoredType(elementType).getIntOrFloatBitWidth() + 7) / 8);
}

ElementsAttr getConstant(Value value) {
  ElementsAttr attr;
  if (value && matchPattern(value, m_Constant(&attr)))
    return attr;
  return {};
}

llvm::ArrayRef<char> getConstantBytes(ElementsAttr attr, llvm::SmallVectorImpl<char> &storage) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return resource.getData();
  auto dense = cast<DenseElementsAttr>(attr);
  Type elementType = dense.getElementType();
  int64_t bytes = getElementBytes(elementType), count = dense.getNumElements();
  storage.clear();
  if (elementType.isInteger(1)) {
    storage.reserve(count);
    for (bool bit : dense.getValues<bool>())
      storage.push_back(bit);
    return storage;
  }
  llvm::ArrayRef<char> raw = dense.getRawData();
  if (!dense.isSplat())
    return raw;
  storage.resize_for_overwrite(bytes * count);
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(storage.data() + i * bytes, raw.data(), bytes);
  return storage;
}

/// Calls `visit` with the index and the raw bits of each element.
static void forEachElement(ElementsAttr attr, llvm::function_ref<void(const llvm::APInt &)> visit) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<char> bytes = getConstantBytes(attr, storage);
  unsigned width = attr.getElementType().getIntOrFloatBitWidth();
  int64_t size = getElementBytes(attr.getElementType());
  for (int64_t i = 0, n = attr.getNumElements(); i < n; ++i) {
    uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + i * size, size);
    visit(llvm::APInt(64, bits).trunc(width));
  }
}

std::optional<llvm::SmallVector<int64_t>> getConstantInts(ElementsAttr attr) {
  auto type = attr ? dyn_cast<IntegerType>(attr.getElementType()) : IntegerType();
  if (!type)
    return std::nullopt;
  bool zeroExtend = type.isUnsigned() || type.getWidth() == 1;
  llvm::SmallVector<int64_t> values;
  values.reserve(attr.getNumElements());
  forEachElement(attr, [&](const llvm::APInt &bits) {
    values.push_back(zeroExtend ? static_cast<int64_t>(bits.getZExtValue()) : bits.getSExtValue());
  });
  return values;
}

llvm::SmallVector<double> getConstantDoubles(ElementsAttr attr) {
  llvm::SmallVector<double> values;
  auto floatType = dyn_cast<FloatType>(attr.getElementType());
  if (!floatType) {
    std::optional<llvm::SmallVector<int64_t>> ints = getConstantInts(attr);
    for (int64_t value : *ints)
      values.push_back(static_cast<double>(value));
    return values;
  }
  values.reserve(attr.getNumElements());
  forEachElement(attr, [&](const llvm::APInt &bits) {
    llvm::APFloat value(floatType.getFloatSemantics(), bits);
    bool lossy = false;
    value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lossy);
    values.push_back(value.convertToDouble());
  });
  return values;
}

ElementsAttr makeConstant(RankedTensorType type, llvm::ArrayRef<char> bytes) {
  int64_t size = getElementBytes(type.getElementType());
  bool splat = type.getNumElements() > 1;
  for (size_t i = size; splat && i < bytes.size(); i += size)
    splat = std::memcmp(bytes.data(), bytes.data() + i, size) == 0;
  if (!splat && static_cast<int64_t>(bytes.size()) > kInlineBytes)
    return makeConstant(type, HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, 64), "constant");
  if (type.getElementType().isInteger(1)) {
    llvm::SmallVector<bool> bits(bytes.begin(), bytes.end());
    return DenseElementsAttr::get(type, llvm::ArrayRef<bool>(bits));
  }
  return DenseElementsAttr::getFromRawBuffer(type, splat ? bytes.take_front(size) : bytes);
}

ElementsAttr makeConstant(RankedTensorType type, AsmResourceBlob blob, llvm::StringRef name) {
  return DenseResourceElementsAttr::get(type, name, std::move(blob));
}

} // namespace winnow
