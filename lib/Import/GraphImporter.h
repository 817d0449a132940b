//===- GraphImporter.h - from an ONNX graph to a module ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_GRAPHIMPORTER_H
#define WINNOW_LIB_IMPORT_GRAPHIMPORTER_H

#include "OnnxProto.h"
#include "Scope.h"
#include "SymbolicTracker.h"
#include "TensorData.h"

#include "winnow/Import/OnnxImport.h"
#include "winnow/Support/Npy.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace winnow::onnx_import {

/// Imports the graph of one model, node after node.
class GraphImporter {
public:
  GraphImporter(SharedModel model, llvm::StringRef path, const ImportOptions &options, mlir::MLIRContext *context);

  /// The module; null after an error.
  mlir::OwningOpRef<mlir::ModuleOp> import();

  // For NodeImport.
  /// The value of a name, null if it has none yet. Constants appear at first use.
  mlir::Value lookup(llvm::StringRef name);
  /// Defines a name; an error if it is taken.
  llvm::LogicalResult bind(llvm::StringRef name, mlir::Value value);
  /// The constant behind a value, computed if all it depends on is constant; null otherwise.
  mlir::ElementsAttr getConstantFolding(mlir::Value value, unsigned depth = 0);
  mlir::OpBuilder &getBuilder() { return builder; }
  SymbolicTracker &getTracker() { return tracker; }
  /// How a constant was stored whose elements had fewer bits in the file than they have now.
  std::optional<PackedIntegers> getPacked(mlir::Value value) const {
    auto known = packedValues.find(value);
    return known == packedValues.end() ? std::nullopt : std::optional(known->second);
  }
  TensorReader &getReader() { return reader; }
  Scope &getScope() { return *scope; }
  /// Inlines a body of control flow that sees all names around it: the values of its outputs, or nothing after an
  /// error. Names of its nodes begin with `prefix`.
  std::optional<llvm::SmallVector<mlir::Value>>
  importSubgraph(const onnx::GraphProto &body, llvm::ArrayRef<mlir::Value> arguments, llvm::StringRef prefix);
  /// The first error of the node at hand, empty so far.
  llvm::StringRef getNodeError() const { return nodeError; }
  /// Where the node at hand comes from.
  mlir::Location getNodeLoc() const { return nodeLoc; }
  /// Whether the batch was changed from what the file says, and what it says.
  std::optional<int64_t> getReplacedBatch() const { return replacedBatch; }
  std::optional<int64_t> getBatch() const { return options.batch; }

  /// Whether `name` is an input that the call of the function around leaves out.
  bool isAbsent(llvm::StringRef name) const;

private:
  using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;
  using OperatorSets = google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>;

  /// Starts an error about the file, or about one node of it.
  mlir::InFlightDiagnostic emitError(llvm::StringRef node = {});
  llvm::LogicalResult checkModel();
  llvm::LogicalResult collectInitializers(const onnx::GraphProto &source);
  llvm::LogicalResult checkOperators();
  /// The version of the default domain, if it is among `sets`.
  static std::optional<int64_t> getOpset(const OperatorSets &sets);
  /// Calls `report` with each node whose operator is not known, also in the bodies of loops and in functions, which
  /// `seen` visits once. Branches are left out: they may never be taken.
  void findUnknown(const Nodes &nodes, int64_t opset, llvm::SmallPtrSetImpl<const void *> &seen,
                   llvm::function_ref<void(const onnx::NodeProto &)> report) const;
  // The signature.
  llvm::LogicalResult readInputs();
  llvm::LogicalResult readInputShape(const onnx::ValueInfoProto &input, llvm::SmallVectorImpl<int64_t> &shape);
  llvm::LogicalResult applyBatch();
  llvm::LogicalResult checkDynamicExtents();
  llvm::LogicalResult createFunction();
  llvm::LogicalResult bindFixedInput(llvm::StringRef name, llvm::StringRef pathOrBytes);
  mlir::Location getNameLoc(llvm::StringRef name);
  // The body.
  llvm::LogicalResult importNode(const onnx::NodeProto &node);
  llvm::LogicalResult runImporter(const onnx::NodeProto &node);
  llvm::LogicalResult importInlined(const Nodes &nodes, llvm::StringRef prefix);
  const onnx::FunctionProto *findFunction(const onnx::NodeProto &node) const;
  llvm::LogicalResult enterFunction(const onnx::FunctionProto &function, const onnx::NodeProto &call, Scope &inner);
  llvm::LogicalResult importFunction(const onnx::FunctionProto &function, const onnx::NodeProto &call,
                                     llvm::StringRef prefix);
  llvm::LogicalResult createReturn();
  void eraseDeadOps();

  /// An input of the graph that becomes an argument.
  struct Input {
    std::string name;
    mlir::Type elementType;
    llvm::SmallVector<int64_t> shape;
    std::string batchName;
    bool shapeGiven = false;
  };

  SharedModel model;
  const onnx::GraphProto &graph;
  std::string path;
  const ImportOptions &options;
  mlir::MLIRContext *context;
  mlir::OpBuilder builder;
  TensorReader reader;
  /// Constants whose elements had fewer bits in the file.
  llvm::DenseMap<mlir::Value, PackedIntegers> packedValues;
  SymbolicTracker tracker;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  Scope mainScope;
  Scope *scope = &mainScope;
  std::optional<int64_t> replacedBatch;
  llvm::SmallVector<Input> inputs;
  mlir::Location nodeLoc;
  std::string nodeError;
  std::string namePrefix;
  /// How many nodes of subgraphs and functions have been inlined.
  int64_t inlinedNodes = 0;
};

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_GRAPHIMPORTER_H
