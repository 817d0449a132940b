//===- OnnxExport.h - writes networks as ONNX -------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_EXPORT_ONNXEXPORT_H
#define WINNOW_EXPORT_ONNXEXPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/LogicalResult.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>

namespace winnow {

/// The operator set of exported models: the first with 4- and 16-bit integers in quantization.
constexpr int64_t kExportedOpset = 21;

/// Writes the network in `module` (one function `@main` of `cnn` and `arith.constant`, as it is between import and
/// algorithm) to `stream` as a binary ONNX model of operator set `kExportedOpset`. Nodes are named after locations,
/// inputs and outputs by `winnow.name`; a dynamic batch is called N. Fails after one error diagnostic, which names the
/// op that has no form in ONNX; nothing is written then.
llvm::LogicalResult exportOnnx(mlir::ModuleOp module, llvm::raw_ostream &stream);

} // namespace winnow

#endif // WINNOW_EXPORT_ONNXEXPORT_H
