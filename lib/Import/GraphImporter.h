//===- GraphImporter.h - from an ONNX graph to a module ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_GRAPHIMPORTER_H
#define WINNOW_LIB_IMPORT_GRAPHIMPORTER_H

#include "OnnxProto.h"
#include "SymbolicTracker.h"
#include "TensorData.h"

#include "winnow/Import/OnnxImport.h"
#include "winnow/Support/Npy.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

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
  TensorReader &getReader() { return reader; }
  /// The first error of the node at hand, empty so far.
  llvm::StringRef getNodeError() const { return nodeError; }
  /// Where the node at hand comes from.
  mlir::Location getNodeLoc() const { return nodeLoc; }
  /// Whether the batch was changed from what the file says, and what it says.
  std::optional<int64_t> getReplacedBatch() const { return replacedBatch; }
  std::optional<int64_t> getBatch() const { return options.batch; }

private:
  /// Starts an error about the file, or about one node of it.
  mlir::InFlightDiagnostic emitError(llvm::StringRef node = {});
  llvm::LogicalResult checkModel();
  llvm::LogicalResult collectInitializers();
  llvm::LogicalResult checkOperators();
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
  SymbolicTracker tracker;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  int64_t opset = 0;
  std::optional<int64_t> replacedBatch;
  llvm::SmallVector<Input> inputs;
  llvm::StringMap<const onnx::TensorProto *> initializers;
  llvm::StringMap<mlir::Value> values;
  mlir::Location nodeLoc;
  std::string nodeError;
};

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_GRAPHIMPORTER_H
