//===- OnnxProto.h - the protobuf classes of ONNX ---------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_ONNXPROTO_H
#define WINNOW_LIB_IMPORT_ONNXPROTO_H

// Generated code is not held to the project's warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#include "onnx-ml.pb.h"
#pragma GCC diagnostic pop

#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>

namespace winnow::onnx_import {

/// A parsed model that constants of the module keep alive: their bytes lie in it.
using SharedModel = std::shared_ptr<const onnx::ModelProto>;

/// `text` as valid, printable UTF-8: names come from files that are not trusted.
std::string sanitize(llvm::StringRef text);

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_ONNXPROTO_H
