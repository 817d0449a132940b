//===- Scope.h - names of a graph, a subgraph or a function -----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_SCOPE_H
#define WINNOW_LIB_IMPORT_SCOPE_H

#include "OnnxProto.h"

#include "mlir/IR/Value.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace winnow::onnx_import {

/// What names stand for while a graph is imported, and what lies around it.
struct Scope {
  /// The graph around a subgraph, whose names it sees; null for the model's own graph and for functions.
  Scope *parent = nullptr;
  /// A function of the model has the caller's attributes, and none of the caller's names.
  const onnx::FunctionProto *function = nullptr;
  const onnx::NodeProto *call = nullptr;
  Scope *caller = nullptr;
  /// The default domain's operator set, which a function chooses itself.
  int64_t opset = 0;

  llvm::StringMap<const onnx::TensorProto *> initializers;
  llvm::StringMap<mlir::Value> values;
  /// Inputs of a function that the call leaves out: like no input where a node names them.
  llvm::StringSet<> absent;

  /// Whether `name` is defined in this very scope.
  bool defines(llvm::StringRef name) const { return values.count(name) || initializers.count(name); }
  /// The attribute of the enclosing function's call (or its default) that `attribute` refers to by name,
  /// `attribute` itself if it refers to none; null if the call leaves it out.
  const onnx::AttributeProto *resolve(const onnx::AttributeProto &attribute) const;
};

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_SCOPE_H
