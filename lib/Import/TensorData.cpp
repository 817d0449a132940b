//===- TensorData.cpp - constants from TensorProto ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorData.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/IR/AsmState.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

#include <cstring>

using namespace mlir;

namespace winnow::onnx_import {

/// Smaller constants are part of the IR and readable there.
static constexpr size_t kInlineBytes = 256;
/// No tensor of a network comes near; it keeps arithmetic on sizes far from overflow.
static constexpr int64_t kMaxElements = int64_t(1) << 40;

Type getElementType(int dataType, MLIRContext *context) {
  Builder builder(context);
  auto unsignedInteger = [&](unsigned width) { return IntegerType::get(context, width, IntegerType::Unsigned); };
  switch (dataType) {
  case onnx::TensorProto::FLOAT:
    return builder.getF32Type();
  case onnx::TensorProto::DOUBLE:
    return builder.getF64Type();
  case onnx::TensorProto::FLOAT16:
    return builder.getF16Type();
  case onnx::TensorProto::BFLOAT16:
    return builder.getBF16Type();
  case onnx::TensorProto::BOOL:
    return builder.getI1Type();
  case onnx::TensorProto::INT8:
    return builder.getI8Type();
  case onnx::TensorProto::INT16:
    return builder.getI16Type();
  case onnx::TensorProto::INT32:
    return builder.getI32Type();
  case onnx::TensorProto::INT64:
    return builder.getI64Type();
  case onnx::TensorProto::UINT8:
    return unsignedInteger(8);
  case onnx::TensorProto::UINT16:
    return unsignedInteger(16);
  case onnx::TensorProto::UINT32:
    return unsignedInteger(32);
  case onnx::TensorProto::UINT64:
    return unsignedInteger(64);
  default:
    return {};
  }
}

std::string getDataTypeName(int dataType) {
  static constexpr const char *names[] = {
      "undefined", "float",  "uint8",  "int8",   "uint16",    "int16",      "int32",    "int64",  "string", "bool",
      "float16",   "double", "uint32", "uint64", "complex64", "complex128", "bfloat16", "float8", "float8", "float8",
      "float8",    "uint4",  "int4",   "float4", "float8",    "uint2",      "int2",     "float6", "float6"};
  if (dataType >= 0 && dataType < static_cast<int>(std::size(names)))
    return names[dataType];
  return "number " + std::to_string(dataType);
}

llvm::Expected<RankedTensorType> makeTensorType(llvm::ArrayRef<int64_t> shape, Type elementType) {
  if (static_cast<int64_t>(shape.size()) > kMaxRank)
    return llvm::createStringError("has rank %zu, but at most %d is supported", shape.size(), int(kMaxRank));
  int64_t elements = 1;
  for (int64_t extent : shape) {
    if (ShapedType::isDynamic(extent))
      continue;
    if (extent < 0)
      return llvm::createStringError("has the negative extent %lld", static_cast<long long>(extent));
    // Zero does not hide the size of the other extents.
    if (llvm::MulOverflow(elements, std::max<int64_t>(extent, 1), elements) || elements > kMaxElements)
      return llvm::createStringError("has too many elements");
  }
  return RankedTensorType::get(shape, elementType);
}

TensorReader::TensorReader(SharedModel model, llvm::StringRef modelPath, MLIRContext *context)
    : model(std::move(model)), directory(llvm::sys::path::parent_path(modelPath)), context(context) {}

template <typename Owner>
ElementsAttr TensorReader::share(RankedTensorType type, llvm::ArrayRef<char> bytes, Owner owner, llvm::StringRef name) {
  size_t size = getElementBytes(type.getElementType());
  bool aligned = reinterpret_cast<uintptr_t>(bytes.data()) % size == 0;
  bool splat = bytes.size() > size && std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) == 0;
  if (bytes.size() <= kInlineBytes || splat || !aligned)
    return makeConstant(type, bytes);
  auto release = [owner](void *, size_t, size_t) mutable { owner.reset(); };
  AsmResourceBlob blob(bytes, size, std::move(release), /*dataIsMutable=*/false);
  return makeConstant(type, std::move(blob), name);
}

/// Whether every element of a bool tensor is 0 or 1.
static bool isCleanBool(llvm::ArrayRef<char> bytes) {
  return llvm::all_of(bytes, [](char byte) { return byte == 0 || byte == 1; });
}

/// A bool constant of bytes that may be other than 0 and 1.
static ElementsAttr makeBools(RankedTensorType type, llvm::ArrayRef<char> bytes) {
  llvm::SmallVector<char> bits;
  bits.reserve(bytes.size());
  for (char byte : bytes)
    bits.push_back(byte != 0);
  return makeConstant(type, bits);
}

/// Copies the elements of a typed field, narrowed to `T`.
template <typename T, typename Field> static ElementsAttr convertField(RankedTensorType type, const Field &field) {
  llvm::SmallVector<char> bytes(field.size() * sizeof(T));
  for (int i = 0; i < field.size(); ++i) {
    T value = static_cast<T>(field.Get(i));
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return makeConstant(type, bytes);
}

/// Reads `tensor` from its typed fields.
static llvm::Expected<ElementsAttr> readFields(const onnx::TensorProto &tensor, RankedTensorType type) {
  auto convert = [&](auto zero, const auto &field) -> llvm::Expected<ElementsAttr> {
    if (field.size() != type.getNumElements())
      return llvm::createStringError("has %lld elements by its shape, but data for %d",
                                     static_cast<long long>(type.getNumElements()), field.size());
    return convertField<decltype(zero)>(type, field);
  };
  switch (tensor.data_type()) {
  case onnx::TensorProto::FLOAT:
    return convert(float(), tensor.float_data());
  case onnx::TensorProto::DOUBLE:
    return convert(double(), tensor.double_data());
  case onnx::TensorProto::INT64:
    return convert(int64_t(), tensor.int64_data());
  case onnx::TensorProto::UINT64:
    return convert(uint64_t(), tensor.uint64_data());
  case onnx::TensorProto::UINT32:
    return convert(uint32_t(), tensor.uint64_data());
  case onnx::TensorProto::INT32:
    return convert(int32_t(), tensor.int32_data());
  case onnx::TensorProto::BOOL: {
    llvm::Expected<ElementsAttr> wide = convert(bool(), tensor.int32_data());
    return wide;
  }
  case onnx::TensorProto::INT8:
  case onnx::TensorProto::UINT8:
    return convert(uint8_t(), tensor.int32_data());
  default: // 16-bit types: bits in the low half of int32_data.
    return convert(uint16_t(), tensor.int32_data());
  }
}

/// Bytes that a tensor takes in a file.
static int64_t getStoredBytes(RankedTensorType type, std::optional<PackedIntegers> packed) {
  return packed ? packed->getPackedBytes(type.getNumElements())
                : type.getNumElements() * getElementBytes(type.getElementType());
}

/// Values of which several share a byte, in the low halves of int32_data if not in bytes.
static llvm::Expected<ElementsAttr> readPackedFields(const onnx::TensorProto &tensor, RankedTensorType type,
                                                     PackedIntegers packed) {
  int64_t expected = packed.getPackedBytes(type.getNumElements());
  if (tensor.int32_data_size() != expected)
    return llvm::createStringError("takes %lld bytes by its shape, but has data for %d",
                                   static_cast<long long>(expected), tensor.int32_data_size());
  llvm::SmallVector<char> bytes;
  for (int32_t word : tensor.int32_data())
    bytes.push_back(static_cast<char>(word));
  return makeConstant(type, packed.unpack(bytes, type.getNumElements()));
}

llvm::Expected<ElementsAttr> TensorReader::read(const onnx::TensorProto &tensor, llvm::StringRef name,
                                                bool allowPacked) {
  std::optional<PackedIntegers> packed =
      allowPacked ? PackedIntegers::get(tensor.data_type()) : std::optional<PackedIntegers>();
  Type elementType = packed ? packed->getElementType(context) : getElementType(tensor.data_type(), context);
  if (!elementType)
    return llvm::createStringError("has the unsupported element type " + getDataTypeName(tensor.data_type()));
  if (llvm::is_contained(tensor.dims(), ShapedType::kDynamic))
    return llvm::createStringError("has a negative extent");
  if (tensor.has_segment())
    return llvm::createStringError("is stored in segments, which is not supported");
  llvm::SmallVector<int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  llvm::Expected<RankedTensorType> type = makeTensorType(shape, elementType);
  if (!type)
    return type.takeError();
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL)
    return readExternal(tensor, *type, packed, name);
  if (type->getNumElements() == 0)
    return DenseElementsAttr::get(*type, llvm::ArrayRef<Attribute>());
  if (!tensor.has_raw_data())
    return packed ? readPackedFields(tensor, *type, *packed) : readFields(tensor, *type);
  size_t expected = getStoredBytes(*type, packed);
  llvm::ArrayRef<char> bytes(tensor.raw_data().data(), tensor.raw_data().size());
  if (bytes.size() != expected)
    return llvm::createStringError("takes %zu bytes by its shape, but has %zu bytes of data", expected, bytes.size());
  if (packed)
    return makeConstant(*type, packed->unpack(bytes, type->getNumElements()));
  if (elementType.isInteger(1))
    return makeBools(*type, bytes);
  return share(*type, bytes, model, name);
}

llvm::Expected<TensorReader::SharedBuffer> TensorReader::openExternal(llvm::StringRef location) {
  auto [it, inserted] = externalFiles.try_emplace(location);
  if (!inserted)
    return it->second;
  auto parts = llvm::make_range(llvm::sys::path::begin(location), llvm::sys::path::end(location));
  if (location.empty() || location.contains('\0') || llvm::sys::path::is_absolute(location) ||
      llvm::is_contained(parts, ".."))
    return llvm::createStringError("has external data at '" + sanitize(location) +
                                   "', which is not inside the model's folder");
  llvm::SmallString<256> path(directory);
  llvm::sys::path::append(path, location);
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError("has external data in '" + sanitize(path) +
                                   "', which cannot be read: " + buffer.getError().message());
  it->second = std::move(*buffer);
  return it->second;
}

llvm::Expected<ElementsAttr> TensorReader::readExternal(const onnx::TensorProto &tensor, RankedTensorType type,
                                                        std::optional<PackedIntegers> packed, llvm::StringRef name) {
  std::string location;
  uint64_t offset = 0, expected = getStoredBytes(type, packed);
  uint64_t length = expected;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    llvm::StringRef key = entry.key(), value = entry.value();
    if (key == "location")
      location = entry.value();
    else if ((key == "offset" && value.getAsInteger(10, offset)) || (key == "length" && value.getAsInteger(10, length)))
      return llvm::createStringError("has external data with the malformed " + key + " '" + sanitize(value) + "'");
  }
  if (length != expected)
    return llvm::createStringError("takes %llu bytes by its shape, but has %llu bytes of external data",
                                   static_cast<unsigned long long>(expected), static_cast<unsigned long long>(length));
  llvm::Expected<SharedBuffer> buffer = openExternal(location);
  if (!buffer || !*buffer)
    return buffer ? llvm::createStringError("has external data that cannot be read") : buffer.takeError();
  if (offset > (*buffer)->getBufferSize() || length > (*buffer)->getBufferSize() - offset)
    return llvm::createStringError("has external data beyond the end of '" + sanitize(location) + "'");
  if (expected == 0)
    return DenseElementsAttr::get(type, llvm::ArrayRef<Attribute>());
  llvm::ArrayRef<char> bytes((*buffer)->getBufferStart() + offset, length);
  if (packed)
    return makeConstant(type, packed->unpack(bytes, type.getNumElements()));
  if (type.getElementType().isInteger(1) && !isCleanBool(bytes))
    return makeBools(type, bytes);
  return share(type, bytes, *buffer, name);
}

} // namespace winnow::onnx_import
