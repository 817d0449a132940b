//===- Registry.h - exporters by op -----------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_EXPORT_REGISTRY_H
#define WINNOW_LIB_EXPORT_REGISTRY_H

#include "GraphWriter.h"

namespace winnow::onnx_export {

/// All exporters, one for each op.
class Registry {
public:
  using ExportFunction = std::function<llvm::LogicalResult(GraphWriter &, mlir::Operation *)>;

  /// Registers `function(writer, op)`, which writes the nodes of an op; it returns nothing, or failure after an error.
  template <typename Op, typename Function> void add(Function function) {
    exporters[Op::getOperationName()] = [function](GraphWriter &writer, mlir::Operation *op) {
      if constexpr (std::is_void_v<decltype(function(writer, llvm::cast<Op>(op)))>) {
        function(writer, llvm::cast<Op>(op));
        return llvm::success();
      } else {
        return function(writer, llvm::cast<Op>(op));
      }
    };
  }
  /// Registers ops that become one node of that type with the same operands, results and no attributes.
  template <typename Op> void addPlain(llvm::StringRef type) {
    add<Op>([type](GraphWriter &writer, Op op) { addPlainNode(writer, type, op); });
  }
  /// The exporter of an op; null if there is none.
  const ExportFunction *lookup(mlir::Operation *op) const {
    auto it = exporters.find(op->getName().getStringRef());
    return it == exporters.end() ? nullptr : &it->second;
  }
  /// The registry with all families.
  static const Registry &get();

private:
  llvm::StringMap<ExportFunction> exporters;
};

/// A node with all operands of `op` as its inputs.
NodeWriter addPlainNode(GraphWriter &writer, llvm::StringRef type, mlir::Operation *op);

/// Writes an activation of the tensor `input` and the node's own name, or one told apart by a suffix, as nodes that
/// compute `output`.
void addActivation(GraphWriter &writer, mlir::Operation *op, cnn::ActivationAttr activation, const std::string &input,
                   const std::string &output, bool isOwnNode);

// One function a family of ops, in the file of that name.
void registerActivation(Registry &registry);
void registerElementwise(Registry &registry);
void registerWindows(Registry &registry);
void registerMatmul(Registry &registry);
void registerNormalization(Registry &registry);
void registerShape(Registry &registry);
void registerIndexing(Registry &registry);
void registerReduction(Registry &registry);
void registerSpatial(Registry &registry);
void registerQuantization(Registry &registry);

} // namespace winnow::onnx_export

#endif // WINNOW_LIB_EXPORT_REGISTRY_H
