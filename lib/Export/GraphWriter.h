//===- GraphWriter.h - the ONNX graph that is written -----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_EXPORT_GRAPHWRITER_H
#define WINNOW_LIB_EXPORT_GRAPHWRITER_H

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

// Generated code is not held to the project's warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#include "onnx-ml.pb.h"
#pragma GCC diagnostic pop

#include <string>

namespace winnow::onnx_export {

/// ONNX's data type for an element type; UNDEFINED if it has none.
onnx::TensorProto::DataType getDataType(mlir::Type elementType);

/// A node that is being written; attributes are added one after another.
class NodeWriter {
public:
  explicit NodeWriter(onnx::NodeProto *node) : node(node) {}

  NodeWriter &set(llvm::StringRef name, int64_t value);
  NodeWriter &set(llvm::StringRef name, double value);
  NodeWriter &set(llvm::StringRef name, llvm::StringRef value);
  NodeWriter &set(llvm::StringRef name, llvm::ArrayRef<int64_t> values);
  NodeWriter &set(llvm::StringRef name, bool value) { return set(name, static_cast<int64_t>(value)); }
  NodeWriter &set(llvm::StringRef name, const char *value) { return set(name, llvm::StringRef(value)); }

private:
  onnx::AttributeProto *add(llvm::StringRef name, onnx::AttributeProto::AttributeType type);

  onnx::NodeProto *node;
};

/// Writes one graph: names for values, initializers for constants, nodes for ops.
class GraphWriter {
public:
  explicit GraphWriter(onnx::GraphProto &graph) : graph(graph) {}

  /// Keeps `name` for a tensor; false if another one has it.
  bool reserve(llvm::StringRef name) { return tensors.insert(name).second; }
  /// Gives `value` a name that reserve() kept.
  void setName(mlir::Value value, llvm::StringRef name) { names[value] = name.str(); }

  /// The name of the tensor that `value` is, as a node's input; empty for a null value. A constant becomes an
  /// initializer when it is first asked for, a result of an op gets a name after its op.
  std::string getName(mlir::Value value);
  /// A name for a tensor between the nodes that one op becomes.
  std::string makeName(mlir::Operation *op, llvm::StringRef suffix);

  /// Adds a node that computes the results of `op`.
  NodeWriter addNode(llvm::StringRef type, mlir::Operation *op, llvm::ArrayRef<std::string> inputs);
  /// Adds a node that computes the tensor `output`, one of several that `op` becomes; `suffix` tells them apart.
  NodeWriter addNode(llvm::StringRef type, mlir::Operation *op, llvm::ArrayRef<std::string> inputs,
                     llvm::StringRef output, llvm::StringRef suffix);
  /// Adds a node without an op: `name` is its own and its output's.
  void addIdentity(llvm::StringRef input, llvm::StringRef name);

  /// The name of an initializer for `op` with these integers (1-D, i64), or with one number of an element type (0-D).
  std::string addInts(mlir::Operation *op, llvm::StringRef suffix, llvm::ArrayRef<int64_t> values);
  std::string addFloats(mlir::Operation *op, llvm::StringRef suffix, llvm::ArrayRef<double> values);
  std::string addScalar(mlir::Operation *op, llvm::StringRef suffix, mlir::Type elementType, double value);

  /// Bytes of all initializers so far.
  int64_t getInitializerBytes() const { return initializerBytes; }

private:
  std::string makeUnique(llvm::StringSet<> &known, std::string name);
  /// The name of the node that an op becomes; no other op has it.
  std::string getOpName(mlir::Operation *op);
  void addInitializer(llvm::StringRef name, mlir::ElementsAttr attr);

  onnx::GraphProto &graph;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::DenseMap<mlir::Operation *, std::string> opNames;
  llvm::DenseMap<mlir::Attribute, std::string> constants; // equal ones are one
  llvm::StringSet<> tensors, nodes;
  int64_t initializerBytes = 0;
};

/// Describes a tensor of an input or output.
void describe(onnx::ValueInfoProto &info, llvm::StringRef name, mlir::RankedTensorType type);

} // namespace winnow::onnx_export

#endif // WINNOW_LIB_EXPORT_GRAPHWRITER_H
