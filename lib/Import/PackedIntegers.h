//===- PackedIntegers.h - integers narrower than a byte ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_PACKEDINTEGERS_H
#define WINNOW_LIB_IMPORT_PACKEDINTEGERS_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace winnow::onnx_import {

/// An integer type of which several values share a byte: ONNX's int4, uint4, int2 and uint2. The dialect has none of
/// them; constants are kept a byte a value.
struct PackedIntegers {
  unsigned bits;
  bool isSigned;

  /// The type with this number; nothing if it is another kind of type.
  static std::optional<PackedIntegers> get(int dataType);

  /// The element type that values are kept in, and their least and greatest.
  mlir::Type getElementType(mlir::MLIRContext *context) const;
  int64_t getMin() const { return isSigned ? -(int64_t(1) << (bits - 1)) : 0; }
  int64_t getMax() const { return (int64_t(1) << (bits - isSigned)) - 1; }

  /// Bytes that so many values take in a file.
  int64_t getPackedBytes(int64_t count) const { return (count * bits + 7) / 8; }
  /// The first `count` values in `bytes`, lowest bits first; one byte each.
  llvm::SmallVector<char> unpack(llvm::ArrayRef<char> bytes, int64_t count) const;
};

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_PACKEDINTEGERS_H
