//===- ConstantData.h - bytes of constant tensors ---------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_CONSTANTDATA_H
#define WINNOW_SUPPORT_CONSTANTDATA_H

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

#include <optional>

namespace winnow {

/// Constants of the compiler are `arith.constant` with a `dense` attribute
/// (small ones, readable in the IR) or a `dense_resource` one (weights: bytes
/// that live once in memory and are never copied into the context).
/// Both hold row-major elements in native byte order; an element of type i1
/// takes one byte (0 or 1) in everything that these functions read or write.

/// Bytes one element takes in constants, buffers and files.
int64_t getElementBytes(mlir::Type elementType);

/// The attribute of the constant that defines `value`; null if it is not constant.
mlir::ElementsAttr getConstant(mlir::Value value);

/// The bytes of a constant, `getElementBytes` each, row-major. `storage` keeps
/// the bytes alive where the attribute does not hold them in that form (splats, i1).
llvm::ArrayRef<char> getConstantBytes(mlir::ElementsAttr attr, llvm::SmallVectorImpl<char> &storage);

/// The elements as integers, sign- or zero-extended; nothing unless `attr` has integers (or bools).
std::optional<llvm::SmallVector<int64_t>> getConstantInts(mlir::ElementsAttr attr);

/// The elements as doubles, whatever number type they have.
llvm::SmallVector<double> getConstantDoubles(mlir::ElementsAttr attr);

/// A constant of the given bytes: `dense` up to 256 bytes or when all elements
/// are equal, else a `dense_resource` that takes over `blob`.
mlir::ElementsAttr makeConstant(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes);
mlir::ElementsAttr makeConstant(mlir::RankedTensorType type, mlir::AsmResourceBlob blob, llvm::StringRef name);

} // namespace winnow

#endif // WINNOW_SUPPORT_CONSTANTDATA_H
