//===- TensorData.h - constants from TensorProto ----------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_TENSORDATA_H
#define WINNOW_LIB_IMPORT_TENSORDATA_H

#include "OnnxProto.h"
#include "PackedIntegers.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace winnow::onnx_import {

/// The greatest rank of a tensor.
constexpr int64_t kMaxRank = 8;

/// The element type of an ONNX data type; null if the dialect has none.
mlir::Type getElementType(int dataType, mlir::MLIRContext *context);
/// ONNX's name of a data type, for errors.
std::string getDataTypeName(int dataType);

/// A tensor type whose shape is sane (rank, signs, number of elements); an error otherwise.
llvm::Expected<mlir::RankedTensorType> makeTensorType(llvm::ArrayRef<int64_t> shape, mlir::Type elementType);

/// Makes constants out of a model's tensors. Bytes of raw and external data are
/// not copied: the constants keep the model or the mapped file alive.
class TensorReader {
public:
  TensorReader(SharedModel model, llvm::StringRef modelPath, mlir::MLIRContext *context);

  /// `tensor` (a part of the model) as a constant, or why that is not possible. One of integers narrower than a byte is
  /// refused unless `allowPacked`, and then has bytes as its elements.
  llvm::Expected<mlir::ElementsAttr> read(const onnx::TensorProto &tensor, llvm::StringRef name,
                                          bool allowPacked = false);

private:
  using SharedBuffer = std::shared_ptr<llvm::MemoryBuffer>;
  llvm::Expected<mlir::ElementsAttr> readExternal(const onnx::TensorProto &tensor, mlir::RankedTensorType type,
                                                  std::optional<PackedIntegers> packed, llvm::StringRef name);
  llvm::Expected<SharedBuffer> openExternal(llvm::StringRef location);
  /// Makes a constant of bytes that `owner` keeps alive.
  template <typename Owner>
  mlir::ElementsAttr share(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes, Owner owner, llvm::StringRef name);

  SharedModel model;
  std::string directory;
  mlir::MLIRContext *context;
  llvm::StringMap<SharedBuffer> externalFiles;
};

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_TENSORDATA_H
