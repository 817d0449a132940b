//===- Npy.h - NumPy's array files ------------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_NPY_H
#define WINNOW_SUPPORT_NPY_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace winnow {

/// An array as an `.npy` file holds it: row-major (C order), little-endian.
struct NpyArray {
  /// NumPy's name of the element type, e.g. `<f4`, `|u1`, `|b1`.
  std::string descr;
  std::vector<int64_t> shape;
  std::vector<char> bytes;
};

/// What the beginning of an `.npy` file says, and where its elements begin.
struct NpyHeader {
  std::string descr;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
  size_t dataOffset = 0;
};

/// Reads the header at the beginning of `contents`, behind which anything may follow or lack.
llvm::Expected<NpyHeader> parseNpyHeader(llvm::StringRef contents, llvm::StringRef name);

/// Reads an array from a file, or from the contents of one (`name` is for errors).
/// Files in Fortran order are brought into C order. Refuses big-endian and
/// structured arrays, and files longer or shorter than their header says.
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);
llvm::Expected<NpyArray> parseNpy(llvm::StringRef contents, llvm::StringRef name);

/// Writes an array; no file is left behind on failure.
llvm::Error writeNpy(llvm::StringRef path, llvm::StringRef descr, llvm::ArrayRef<int64_t> shape,
                     llvm::ArrayRef<char> bytes);

/// NumPy's name of an element type; `bf16`, which NumPy lacks, is `<V2`.
std::string getNpyDescr(mlir::Type elementType);
/// The element type of a NumPy name (signed integers are signless); null if there is none.
mlir::Type getNpyElementType(mlir::MLIRContext *context, llvm::StringRef descr);

} // namespace winnow

#endif // WINNOW_SUPPORT_NPY_H
