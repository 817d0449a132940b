//===- OnnxImport.h - reads ONNX models -------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_IMPORT_ONNXIMPORT_H
#define WINNOW_IMPORT_ONNXIMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>

namespace winnow {

/// What a user decides about a model's inputs before it is read.
struct ImportOptions {
  /// Dimension 0 of every input whose extent there is the batch.
  std::optional<int64_t> batch;
  /// Shapes by input name; `ShapedType::kDynamic` in dimension 0 keeps it dynamic.
  llvm::StringMap<llvm::SmallVector<int64_t>> inputShapes;
  /// Inputs bound to a constant: the path of an .npy file, or its bytes. They
  /// vanish from the signature.
  llvm::StringMap<std::string> fixedInputs;
};

/// Reads the ONNX model at `path` as a module of `cnn`, `func` and
/// `arith.constant`. Returns null after one error diagnostic that names the
/// file and the node. The file is not trusted: whatever it holds, the result is
/// a valid module or an error.
mlir::OwningOpRef<mlir::ModuleOp> importOnnxFile(llvm::StringRef path, const ImportOptions &options,
                                                 mlir::MLIRContext *context);

/// The same from memory. `path` names the model in errors and locates its
/// external data files.
mlir::OwningOpRef<mlir::ModuleOp> importOnnxBuffer(llvm::StringRef bytes, llvm::StringRef path,
                                                   const ImportOptions &options, mlir::MLIRContext *context);

/// Reads `NAME:1x3x224x224` (`?` for a dynamic batch) into `options.inputShapes`
/// or `NAME=file.npy` into `options.fixedInputs`. Return a message where the text is malformed.
std::optional<std::string> parseInputShape(llvm::StringRef text, ImportOptions &options);
std::optional<std::string> parseFixedInput(llvm::StringRef text, ImportOptions &options);

} // namespace winnow

#endif // WINNOW_IMPORT_ONNXIMPORT_H
