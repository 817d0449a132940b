//===- NodeImport.cpp - what the importer of one node sees ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImport.h"

#include "GraphImporter.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace winnow::onnx_import {

OpBuilder &NodeImport::getBuilder() const { return graph.getBuilder(); }
MLIRContext *NodeImport::getContext() const { return getBuilder().getContext(); }
Location NodeImport::getLoc() const { return graph.getNodeLoc(); }
bool NodeImport::hasFailed() const { return !graph.getNodeError().empty(); }
InFlightDiagnostic NodeImport::emitError() { return mlir::emitError(getLoc()); }

//===----------------------------------------------------------------------===//
// Inputs and outputs
//===----------------------------------------------------------------------===//

bool NodeImport::hasInput(unsigned i) const {
  return i < getNumInputs() && !proto.input(i).empty() && !graph.isAbsent(proto.input(i));
}

Value NodeImport::getInput(unsigned i) const { return hasInput(i) ? graph.lookup(proto.input(i)) : Value(); }

LogicalResult NodeImport::setResult(unsigned i, Value value) {
  if (!value || hasFailed())
    return failure();
  boundResults.insert(i);
  return hasOutput(i) ? graph.bind(proto.output(i), value) : success();
}

LogicalResult NodeImport::setResults(Operation *op) {
  if (!op)
    return failure();
  graph.getTracker().visit(op);
  for (OpResult result : op->getResults())
    if (failed(setResult(result.getResultNumber(), result)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const onnx::AttributeProto *NodeImport::find(llvm::StringRef name) const {
  for (const onnx::AttributeProto &attribute : proto.attribute())
    if (name == llvm::StringRef(attribute.name()))
      return graph.getScope().resolve(attribute);
  return nullptr;
}

const onnx::AttributeProto *NodeImport::findTyped(llvm::StringRef name, onnx::AttributeProto::AttributeType type,
                                                  llvm::StringRef what) {
  const onnx::AttributeProto *attribute = find(name);
  if (!attribute || attribute->type() == type)
    return attribute;
  emitError() << "attribute '" << name << "' must be " << what << ", but is of another type";
  return nullptr;
}

int64_t NodeImport::getInt(llvm::StringRef name, int64_t defaultValue) {
  const onnx::AttributeProto *attribute = findTyped(name, onnx::AttributeProto::INT, "an integer");
  return attribute ? attribute->i() : defaultValue;
}

double NodeImport::getFloat(llvm::StringRef name, double defaultValue) {
  const onnx::AttributeProto *attribute = findTyped(name, onnx::AttributeProto::FLOAT, "a float");
  return attribute ? attribute->f() : defaultValue;
}

std::string NodeImport::getString(llvm::StringRef name, llvm::StringRef defaultValue) {
  const onnx::AttributeProto *attribute = findTyped(name, onnx::AttributeProto::STRING, "a string");
  return attribute ? attribute->s() : defaultValue.str();
}

std::optional<llvm::SmallVector<int64_t>> NodeImport::getInts(llvm::StringRef name) {
  const onnx::AttributeProto *attribute = findTyped(name, onnx::AttributeProto::INTS, "a list of integers");
  if (!attribute)
    return std::nullopt;
  return llvm::SmallVector<int64_t>(attribute->ints().begin(), attribute->ints().end());
}

std::optional<llvm::SmallVector<double>> NodeImport::getFloats(llvm::StringRef name) {
  const onnx::AttributeProto *attribute = findTyped(name, onnx::AttributeProto::FLOATS, "a list of floats");
  if (!attribute)
    return std::nullopt;
  return llvm::SmallVector<double>(attribute->floats().begin(), attribute->floats().end());
}

std::optional<llvm::SmallVector<std::string>> NodeImport::getStrings(llvm::StringRef name) {
  const onnx::AttributeProto *attribute = findTyped(name, onnx::AttributeProto::STRINGS, "a list of strings");
  if (!attribute)
    return std::nullopt;
  return llvm::SmallVector<std::string>(attribute->strings().begin(), attribute->strings().end());
}

const onnx::TensorProto *NodeImport::getTensor(llvm::StringRef name) {
  const onnx::AttributeProto *attribute = findTyped(name, onnx::AttributeProto::TENSOR, "a tensor");
  return attribute ? &attribute->t() : nullptr;
}

const onnx::GraphProto *NodeImport::getGraph(llvm::StringRef name) {
  const onnx::AttributeProto *attribute = findTyped(name, onnx::AttributeProto::GRAPH, "a graph");
  if (!attribute && !hasFailed())
    emitError() << "attribute '" << name << "' is missing";
  return attribute ? &attribute->g() : nullptr;
}

int64_t NodeImport::getAxis(llvm::StringRef name, int64_t defaultValue, int64_t rank) {
  int64_t axis = getInt(name, defaultValue);
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  emitError() << "attribute '" << name << "' is " << axis << ", but the input has rank " << rank;
  return 0;
}

std::optional<llvm::SmallVector<int64_t>> NodeImport::normalizeAxes(llvm::ArrayRef<int64_t> axes, int64_t rank) {
  llvm::SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    if (axis < -rank || axis >= rank) {
      emitError() << "axis " << axis << " is out of range for rank " << rank;
      return std::nullopt;
    }
    result.push_back(axis < 0 ? axis + rank : axis);
  }
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
    emitError() << "an axis is named twice";
    return std::nullopt;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Values known when compiling
//===----------------------------------------------------------------------===//

std::optional<SymbolicTensor> NodeImport::getSymbolic(Value value) const {
  if (std::optional<SymbolicTensor> contents = graph.getTracker().getContents(value))
    return contents;
  if (!isTrackedType(value.getType()))
    return std::nullopt;
  if (ElementsAttr constant = graph.getConstantFolding(value))
    return getSymbolicTensor(constant);
  return std::nullopt;
}

std::optional<llvm::SmallVector<int64_t>> NodeImport::getConstantInts(unsigned input, llvm::StringRef what) {
  std::optional<SymbolicTensor> tensor = getSymbolic(input);
  std::optional<llvm::SmallVector<int64_t>> values = tensor ? tensor->getIntegers() : std::nullopt;
  if (!values)
    emitError() << "expected input " << input << " (" << what << ") to be integers known when compiling, but got "
                << (tensor ? "values that depend on the batch or on data" : "values computed from data");
  return values;
}

std::optional<llvm::SmallVector<double>> NodeImport::getConstantDoubles(unsigned input, llvm::StringRef what) {
  Value value = getInput(input);
  std::optional<SymbolicTensor> tensor = getSymbolic(input);
  if (ElementsAttr constant = tensor ? tensor->getConstant() : graph.getConstantFolding(value))
    return winnow::getConstantDoubles(constant);
  emitError() << "expected input " << input << " (" << what << ") to be known when compiling, but it depends on data";
  return std::nullopt;
}

bool NodeImport::requireKnown(llvm::ArrayRef<unsigned> inputs) {
  llvm::SmallVector<std::string> unknown;
  for (unsigned input : inputs) {
    std::optional<SymbolicTensor> tensor = getSymbolic(input);
    if (hasInput(input) && !(tensor ? tensor->getConstant() : graph.getConstantFolding(getInput(input))))
      unknown.push_back("'" + sanitize(proto.input(static_cast<int>(input))) + "'");
  }
  if (!unknown.empty())
    emitError() << "expected " << llvm::join(unknown, ", ") << " to be known when compiling, but got data";
  return unknown.empty();
}

std::optional<int64_t> NodeImport::getConstantInt(unsigned input, llvm::StringRef what) {
  std::optional<llvm::SmallVector<int64_t>> values = getConstantInts(input, what);
  if (!values)
    return std::nullopt;
  if (values->size() == 1)
    return values->front();
  emitError() << "expected input " << input << " (" << what << ") to have one element, but got " << values->size();
  return std::nullopt;
}

llvm::SmallVector<SymbolicNumber> NodeImport::getExtents(Value value) const {
  return graph.getTracker().getExtents(value);
}

Value NodeImport::setExtents(Value value, llvm::ArrayRef<SymbolicNumber> extents) const {
  if (value && !getType(value).hasStaticShape())
    graph.getTracker().setExtents(value, extents);
  return value;
}

std::optional<int64_t> NodeImport::getReplacedBatch() const { return graph.getReplacedBatch(); }
std::optional<int64_t> NodeImport::getBatch() const { return graph.getBatch(); }

std::optional<llvm::SmallVector<Value>>
NodeImport::importBody(const onnx::GraphProto &body, llvm::ArrayRef<Value> arguments, llvm::StringRef suffix) {
  llvm::StringRef name = cast<NameLoc>(getLoc()).getName();
  return graph.importSubgraph(body, arguments, (name + suffix + "/").str());
}

std::optional<PackedIntegers> NodeImport::getPacked(unsigned i) const { return graph.getPacked(getInput(i)); }

ElementsAttr NodeImport::readTensor(const onnx::TensorProto &tensor) {
  llvm::Expected<ElementsAttr> attr = graph.getReader().read(tensor, proto.output_size() ? proto.output(0) : "");
  if (attr)
    return *attr;
  emitError() << "the tensor " << llvm::toString(attr.takeError());
  return {};
}

//===----------------------------------------------------------------------===//
// Creation
//===----------------------------------------------------------------------===//

Operation *NodeImport::insert(OperationState &state, TypeRange types) {
  for (Type type : types) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    llvm::Expected<RankedTensorType> checked = tensor ? makeTensorType(tensor.getShape(), tensor.getElementType())
                                                      : llvm::createStringError("is not a ranked tensor");
    if (!checked) {
      emitError() << "the result " << llvm::toString(checked.takeError());
      return nullptr;
    }
  }
  state.types.assign(types.begin(), types.end());
  Operation *op = getBuilder().create(state);
  if (succeeded(verify(op)))
    return op;
  op->erase();
  return nullptr;
}

Value NodeImport::finish(Operation *op) {
  if (ElementsAttr constant = graph.getTracker().visit(op)) {
    op->erase();
    return createConstant(constant);
  }
  return op->getResult(0);
}

void NodeImport::reportMisfit(const OperationState &state) {
  if (hasFailed())
    return;
  InFlightDiagnostic error = emitError() << "operands of types (";
  llvm::interleaveComma(ValueRange(state.operands).getTypes(), error);
  error << ") do not fit '" << state.name << "'";
}

Value NodeImport::createConstant(ElementsAttr attr) {
  return attr ? arith::ConstantOp::create(getBuilder(), getLoc(), attr).getResult() : Value();
}

/// An attribute of a number type; integers are cut.
static TypedAttr getNumberAttr(Type type, double value) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return FloatAttr::get(floatType, value);
  auto integer = cast<IntegerType>(type);
  return IntegerAttr::get(type, llvm::APInt(integer.getWidth(), static_cast<int64_t>(value), /*isSigned=*/true,
                                            /*implicitTrunc=*/true));
}

Value NodeImport::createScalar(Type elementType, double value) {
  auto type = RankedTensorType::get({}, elementType);
  return createConstant(DenseElementsAttr::get(type, Attribute(getNumberAttr(elementType, value))));
}

Value NodeImport::createInts(llvm::ArrayRef<int64_t> values) {
  return createConstant(getBuilder().getI64TensorAttr(values));
}

Value NodeImport::createReshape(Value input, llvm::ArrayRef<SymbolicNumber> extents) {
  if (!input || hasFailed())
    return {};
  llvm::SmallVector<int64_t> shape;
  for (const SymbolicNumber &extent : extents)
    shape.push_back(extent.getInteger().value_or(ShapedType::kDynamic));
  auto type = RankedTensorType::get(shape, getType(input).getElementType());
  if (type == input.getType())
    return input;
  if (llvm::count(shape, ShapedType::kDynamic) > 1) {
    emitError() << "more than one extent of the result " << type << " is not known when compiling";
    return {};
  }
  return setExtents(createTyped<cnn::ReshapeOp>(type, input, Value()), extents);
}

Value NodeImport::createTranspose(Value input, llvm::ArrayRef<int64_t> permutation) {
  if (!input || hasFailed())
    return {};
  if (llvm::is_sorted(permutation))
    return input;
  Value result = create<cnn::TransposeOp>(input, permutation);
  if (!result)
    return {};
  llvm::SmallVector<SymbolicNumber> source = getExtents(input), extents;
  for (int64_t from : permutation)
    extents.push_back(source[from]);
  return setExtents(result, extents);
}

Value NodeImport::createCast(Value input, Type elementType) {
  if (!input || hasFailed() || getType(input).getElementType() == elementType)
    return hasFailed() ? Value() : input;
  return createTyped<cnn::CastOp>(getType(input).clone(elementType), input);
}

Value NodeImport::getLegacyBroadcast(unsigned i, int64_t axis) {
  Value value = getInput(i);
  int64_t trailing = getRank(0) - axis - getRank(i);
  if (axis < 0 || trailing < 0) {
    emitError() << "cannot broadcast " << getType(i) << " to " << getType(0) << " from dimension " << axis << " on";
    return {};
  }
  llvm::SmallVector<SymbolicNumber> extents = getExtents(value);
  extents.append(trailing, SymbolicNumber::integer(1));
  return createReshape(value, extents);
}

Value NodeImport::createSlice(Value input, int64_t axis, int64_t start, int64_t end) {
  if (!input || hasFailed())
    return {};
  using Ints = llvm::ArrayRef<int64_t>;
  Value result = create<cnn::SliceOp>(input, Ints(axis), Ints(start), Ints(end), Ints(1));
  return result ? setExtents(result, getExtents(input)) : result;
}

} // namespace winnow::onnx_import
