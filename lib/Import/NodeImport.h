//===- NodeImport.h - what the importer of one node sees --------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_IMPORT_NODEIMPORT_H
#define WINNOW_LIB_IMPORT_NODEIMPORT_H

#include "OnnxProto.h"
#include "PackedIntegers.h"
#include "SymbolicTensor.h"

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/SmallSet.h"

namespace winnow::onnx_import {

class GraphImporter;

// The words that importers of ops use.
using cnn::AutoPad;
using cnn::CoordinateMode;
using cnn::DepthMode;
using cnn::NearestMode;
using cnn::PadMode;
using cnn::PoolKind;
using cnn::ReductionKind;
using cnn::ResizeMode;
using cnn::SamplePadding;
using cnn::ScatterKind;

/// One ONNX node on its way into the module. Importers of ops read attributes
/// and inputs here, create ops and bind results. Errors stick: after the first
/// one, getters return defaults and `create` returns null values, so that an
/// importer need not check each step; null values may be passed on freely.
class NodeImport {
public:
  NodeImport(GraphImporter &graph, const onnx::NodeProto &proto, int64_t opset)
      : graph(graph), proto(proto), opset(opset) {}

  llvm::StringRef getOpType() const { return proto.op_type(); }
  int64_t getOpset() const { return opset; }
  mlir::OpBuilder &getBuilder() const;
  mlir::MLIRContext *getContext() const;
  mlir::Location getLoc() const;

  // Inputs and outputs.
  unsigned getNumInputs() const { return proto.input_size(); }
  unsigned getNumOutputs() const { return proto.output_size(); }
  bool hasInput(unsigned i) const;
  bool hasOutput(unsigned i) const { return i < getNumOutputs() && !proto.output(i).empty(); }
  /// Null where the node leaves the optional input out.
  mlir::Value getInput(unsigned i) const;
  /// All inputs; null ones where the node leaves optional inputs out.
  llvm::SmallVector<mlir::Value> getInputs() const {
    llvm::SmallVector<mlir::Value> values;
    for (unsigned i = 0; i < getNumInputs(); ++i)
      values.push_back(getInput(i));
    return values;
  }
  mlir::RankedTensorType getType(unsigned i) const { return getType(getInput(i)); }
  static mlir::RankedTensorType getType(mlir::Value value) {
    return mlir::cast<mlir::RankedTensorType>(value.getType());
  }
  int64_t getRank(unsigned i) const { return getType(i).getRank(); }
  /// How an input was stored that is a constant of integers narrower than a byte; nothing for all others.
  std::optional<PackedIntegers> getPacked(unsigned i) const;
  /// Binds an output; fails if `value` is null.
  llvm::LogicalResult setResult(unsigned i, mlir::Value value);
  llvm::LogicalResult setResult(mlir::Value value) { return setResult(0, value); }
  /// Binds all outputs to the results of `op`; fails if it is null.
  llvm::LogicalResult setResults(mlir::Operation *op);
  /// The first output that the node names and that has not been bound.
  std::optional<unsigned> getUnboundOutput() const {
    for (unsigned i = 0; i < getNumOutputs(); ++i)
      if (hasOutput(i) && !boundResults.contains(i))
        return i;
    return std::nullopt;
  }

  // Attributes. A wrong type is an error; a missing one gives the default.
  bool hasAttribute(llvm::StringRef name) const { return find(name); }
  int64_t getInt(llvm::StringRef name, int64_t defaultValue);
  bool getBool(llvm::StringRef name, bool defaultValue = false) { return getInt(name, defaultValue) != 0; }
  double getFloat(llvm::StringRef name, double defaultValue);
  std::string getString(llvm::StringRef name, llvm::StringRef defaultValue);
  std::optional<llvm::SmallVector<int64_t>> getInts(llvm::StringRef name);
  std::optional<llvm::SmallVector<double>> getFloats(llvm::StringRef name);
  std::optional<llvm::SmallVector<std::string>> getStrings(llvm::StringRef name);
  const onnx::TensorProto *getTensor(llvm::StringRef name);
  /// A body; an error and null if it is missing.
  const onnx::GraphProto *getGraph(llvm::StringRef name);
  /// The value of string attribute `name` among `words`; an error if it is none of them.
  template <typename T>
  T getEnum(llvm::StringRef name, llvm::StringRef defaultValue,
            std::initializer_list<std::pair<llvm::StringRef, T>> words) {
    std::string text = getString(name, defaultValue);
    for (const auto &[word, value] : words)
      if (text == word)
        return value;
    emitError() << "attribute '" << name << "' has the unsupported value '" << sanitize(text) << "'";
    return words.begin()->second;
  }
  /// Attribute `name` as a dimension of a tensor of `rank`, counted from the front.
  int64_t getAxis(llvm::StringRef name, int64_t defaultValue, int64_t rank);

  // Values that must be known when compiling.
  /// The input's elements as integers; an error that names `what` if they are not known.
  std::optional<llvm::SmallVector<int64_t>> getConstantInts(unsigned input, llvm::StringRef what);
  std::optional<llvm::SmallVector<double>> getConstantDoubles(unsigned input, llvm::StringRef what);
  /// Whether all of these inputs are known when compiling; an error that names the others.
  bool requireKnown(llvm::ArrayRef<unsigned> inputs);
  /// A single integer.
  std::optional<int64_t> getConstantInt(unsigned input, llvm::StringRef what);
  /// The input's elements, each known up to the batch or unknown.
  std::optional<SymbolicTensor> getSymbolic(unsigned input) const { return getSymbolic(getInput(input)); }
  std::optional<SymbolicTensor> getSymbolic(mlir::Value value) const;
  /// Normalises axes to 0 <= axis < rank, sorted; an error if out of range or repeated.
  std::optional<llvm::SmallVector<int64_t>> normalizeAxes(llvm::ArrayRef<int64_t> axes, int64_t rank);

  /// The extents of a value, each known up to the batch or unknown.
  llvm::SmallVector<SymbolicNumber> getExtents(mlir::Value value) const;
  /// States the extents of `value` where its type says `?`; returns `value`.
  mlir::Value setExtents(mlir::Value value, llvm::ArrayRef<SymbolicNumber> extents) const;

  /// The batch that the user asked for, and the one that it replaced in a model of static batch.
  std::optional<int64_t> getBatch() const;
  std::optional<int64_t> getReplacedBatch() const;
  /// A tensor attribute as a constant; null (with an error reported) if it is malformed.
  mlir::ElementsAttr readTensor(const onnx::TensorProto &tensor);

  /// Reports an error about this node. Only the first one is shown.
  mlir::InFlightDiagnostic emitError();
  bool hasFailed() const;

  /// The values that the outputs of `body` have for `arguments`, nothing after an error. The names of its nodes
  /// begin with this node's and `suffix`.
  std::optional<llvm::SmallVector<mlir::Value>>
  importBody(const onnx::GraphProto &body, llvm::ArrayRef<mlir::Value> arguments, llvm::StringRef suffix = "");

  // Creation.
  /// A constant at the current place.
  mlir::Value createConstant(mlir::ElementsAttr attr);
  /// A rank-0 constant of a number type.
  mlir::Value createScalar(mlir::Type elementType, double value);
  /// A 1-D i64 constant.
  mlir::Value createInts(llvm::ArrayRef<int64_t> values);
  /// A reshape to `type`; `extents` says what `?` stands for.
  mlir::Value createReshape(mlir::Value input, llvm::ArrayRef<SymbolicNumber> extents);
  mlir::Value createTranspose(mlir::Value input, llvm::ArrayRef<int64_t> permutation);
  mlir::Value createCast(mlir::Value input, mlir::Type elementType);
  /// Input `i` as operators before opset 7 broadcast it: its dimensions lie from
  /// `axis` on in those of input 0, not necessarily at the end.
  mlir::Value getLegacyBroadcast(unsigned i, int64_t axis);
  /// Elements start to end (excluded) along `axis`.
  mlir::Value createSlice(mlir::Value input, int64_t axis, int64_t start, int64_t end);

  /// Creates an op whose result types are inferred, folding it where all is
  /// known. Null (with an error reported) if the operands do not fit.
  template <typename OpTy, typename... Args> mlir::Value create(Args &&...args) {
    mlir::Operation *op = createOperation<OpTy>(std::forward<Args>(args)...);
    return op ? finish(op) : mlir::Value();
  }
  /// The same for ops of several results: the op itself, or null.
  template <typename OpTy, typename... Args> mlir::Operation *createOperation(Args &&...args) {
    mlir::OperationState state(getLoc(), OpTy::getOperationName());
    if (!build<OpTy>(state, OpTy::template hasTrait<mlir::OpTrait::OneResult>() ? 1 : kMaxResults<OpTy>,
                     std::forward<Args>(args)...))
      return nullptr;
    llvm::SmallVector<mlir::Type> types;
    if (failed(OpTy::inferReturnTypes(getContext(), getLoc(), state.operands,
                                      state.attributes.getDictionary(getContext()), state.getRawProperties(),
                                      state.regions, types))) {
      reportMisfit(state);
      return nullptr;
    }
    return insert(state, types);
  }
  /// Creates an op of given result type.
  template <typename OpTy, typename... Args> mlir::Value createTyped(mlir::Type type, Args &&...args) {
    mlir::OperationState state(getLoc(), OpTy::getOperationName());
    if (!build<OpTy>(state, 1, std::forward<Args>(args)...))
      return {};
    mlir::Operation *op = insert(state, type);
    return op ? finish(op) : mlir::Value();
  }

private:
  /// How many results ops with several have; all of the dialect's have a fixed number.
  template <typename OpTy>
  static constexpr unsigned kMaxResults = OpTy::template hasTrait<mlir::OpTrait::NResults<2>::Impl>() ? 2 : 3;

  /// Builders take f64 attributes as APFloat.
  template <typename T> static decltype(auto) adapt(T &&argument) {
    if constexpr (std::is_same_v<std::decay_t<T>, double>)
      return llvm::APFloat(argument);
    else
      return std::forward<T>(argument);
  }

  /// Fills `state` with operands and attributes; false if an operand is null
  /// because of an earlier error. Absent optional operands are not operands.
  template <typename OpTy, typename... Args>
  bool build(mlir::OperationState &state, unsigned numResults, Args &&...args) {
    if (hasFailed())
      return false;
    llvm::SmallVector<mlir::Type> placeholders(numResults, getBuilder().getNoneType());
    OpTy::build(getBuilder(), state, mlir::TypeRange(placeholders), adapt(std::forward<Args>(args))...);
    return llvm::all_of(state.operands, [](mlir::Value value) { return bool(value); });
  }

  const onnx::AttributeProto *find(llvm::StringRef name) const;
  const onnx::AttributeProto *findTyped(llvm::StringRef name, onnx::AttributeProto::AttributeType type,
                                        llvm::StringRef what);
  /// Creates and verifies the op; null (with an error reported) if it is not valid.
  mlir::Operation *insert(mlir::OperationState &state, mlir::TypeRange types);
  /// The op's result, or a constant in its place.
  mlir::Value finish(mlir::Operation *op);
  void reportMisfit(const mlir::OperationState &state);

  GraphImporter &graph;
  const onnx::NodeProto &proto;
  int64_t opset;
  llvm::SmallSet<unsigned, 4> boundResults;
};

} // namespace winnow::onnx_import

#endif // WINNOW_LIB_IMPORT_NODEIMPORT_H
