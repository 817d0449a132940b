//===- PackedIntegers.cpp - integers narrower than a byte -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedIntegers.h"

#include "OnnxProto.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace winnow::onnx_import {

std::optional<PackedIntegers> PackedIntegers::get(int dataType) {
  switch (dataType) {
  case onnx::TensorProto::INT4:
    return PackedIntegers{4, true};
  case onnx::TensorProto::UINT4:
    return PackedIntegers{4, false};
  case onnx::TensorProto::INT2:
    return PackedIntegers{2, true};
  case onnx::TensorProto::UINT2:
    return PackedIntegers{2, false};
  default:
    return std::nullopt;
  }
}

Type PackedIntegers::getElementType(MLIRContext *context) const {
  return IntegerType::get(context, 8, isSigned ? IntegerType::Signless : IntegerType::Unsigned);
}

llvm::SmallVector<char> PackedIntegers::unpack(llvm::ArrayRef<char> bytes, int64_t count) const {
  llvm::SmallVector<char> values(count);
  const int64_t perByte = 8 / bits;
  const uint64_t mask = (1u << bits) - 1;
  for (int64_t i = 0; i < count; ++i) {
    uint64_t value = (static_cast<uint8_t>(bytes[i / perByte]) >> (i % perByte * bits)) & mask;
    values[i] = static_cast<char>(isSigned ? llvm::SignExtend64(value, bits) : static_cast<int64_t>(value));
  }
  return values;
}

} // namespace winnow::onnx_import
