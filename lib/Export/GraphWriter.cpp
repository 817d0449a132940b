//===- GraphWriter.cpp - the ONNX graph that is written -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphWriter.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

namespace winnow::onnx_export {

onnx::TensorProto::DataType getDataType(Type elementType) {
  if (auto integer = dyn_cast<IntegerType>(elementType)) {
    bool isUnsigned = integer.isUnsigned();
    switch (integer.getWidth()) {
    case 1:
      return onnx::TensorProto::BOOL;
    case 8:
      return isUnsigned ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8;
    case 16:
      return isUnsigned ? onnx::TensorProto::UINT16 : onnx::TensorProto::INT16;
    case 32:
      return isUnsigned ? onnx::TensorProto::UINT32 : onnx::TensorProto::INT32;
    case 64:
      return isUnsigned ? onnx::TensorProto::UINT64 : onnx::TensorProto::INT64;
    default:
      return onnx::TensorProto::UNDEFINED;
    }
  }
  if (elementType.isF32())
    return onnx::TensorProto::FLOAT;
  if (elementType.isF64())
    return onnx::TensorProto::DOUBLE;
  if (elementType.isF16())
    return onnx::TensorProto::FLOAT16;
  return elementType.isBF16() ? onnx::TensorProto::BFLOAT16 : onnx::TensorProto::UNDEFINED;
}

onnx::AttributeProto *NodeWriter::add(llvm::StringRef name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto *attribute = node->add_attribute();
  attribute->set_name(name.str());
  attribute->set_type(type);
  return attribute;
}

NodeWriter &NodeWriter::set(llvm::StringRef name, int64_t value) {
  add(name, onnx::AttributeProto::INT)->set_i(value);
  return *this;
}

NodeWriter &NodeWriter::set(llvm::StringRef name, double value) {
  add(name, onnx::AttributeProto::FLOAT)->set_f(static_cast<float>(value));
  return *this;
}

NodeWriter &NodeWriter::set(llvm::StringRef name, llvm::StringRef value) {
  add(name, onnx::AttributeProto::STRING)->set_s(value.str());
  return *this;
}

NodeWriter &NodeWriter::set(llvm::StringRef name, llvm::ArrayRef<int64_t> values) {
  onnx::AttributeProto *attribute = add(name, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attribute->add_ints(value);
  return *this;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string GraphWriter::makeUnique(llvm::StringSet<> &known, std::string name) {
  std::string unique = name;
  for (unsigned i = 1; !known.insert(unique).second; ++i)
    unique = name + "_" + std::to_string(i);
  return unique;
}

/// The name of the first node that an op was made of, else that of its kind. What has no place of its own has that of
/// the function, which is named after a file.
static std::string getLocationName(Operation *op) {
  auto loc = op->getLoc()->findInstanceOf<NameLoc>();
  bool isNamed = loc && !loc.getName().empty() && loc != op->getParentOp()->getLoc()->findInstanceOf<NameLoc>();
  return isNamed ? loc.getName().str() : op->getName().stripDialect().str();
}

std::string GraphWriter::getOpName(Operation *op) {
  auto [it, isNew] = opNames.try_emplace(op);
  if (!isNew)
    return it->second;
  std::string name = getLocationName(op);
  if (nodes.contains(name)) // of several ops that one node became
    name += "/" + op->getName().stripDialect().str();
  return it->second = makeUnique(nodes, name);
}

std::string GraphWriter::makeName(Operation *op, llvm::StringRef suffix) {
  return makeUnique(tensors, getOpName(op) + "/" + suffix.str());
}

std::string GraphWriter::getName(Value value) {
  if (!value)
    return "";
  if (auto known = names.find(value); known != names.end())
    return known->second;
  auto result = cast<OpResult>(value);
  Operation *op = result.getOwner();
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    std::string &name = constants[constant.getValue()];
    if (name.empty()) {
      name = makeUnique(tensors, getLocationName(op));
      addInitializer(name, cast<ElementsAttr>(constant.getValue()));
    }
    return names[value] = name;
  }
  std::string number = op->getNumResults() > 1 ? "/" + std::to_string(result.getResultNumber()) : "";
  return names[value] = makeUnique(tensors, getOpName(op) + number + "/output");
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

NodeWriter GraphWriter::addNode(llvm::StringRef type, Operation *op, llvm::ArrayRef<std::string> inputs) {
  onnx::NodeProto *node = graph.add_node();
  node->set_op_type(type.str());
  node->set_name(getOpName(op));
  for (const std::string &input : inputs)
    node->add_input(input);
  while (node->input_size() && node->input(node->input_size() - 1).empty())
    node->mutable_input()->RemoveLast(); // missing ones at the end are left out
  for (Value result : op->getResults())
    node->add_output(getName(result));
  return NodeWriter(node);
}

NodeWriter GraphWriter::addNode(llvm::StringRef type, Operation *op, llvm::ArrayRef<std::string> inputs,
                                llvm::StringRef output, llvm::StringRef suffix) {
  onnx::NodeProto *node = graph.add_node();
  node->set_op_type(type.str());
  std::string name = getOpName(op);
  node->set_name(suffix.empty() ? name : makeUnique(nodes, name + "/" + suffix.str()));
  for (const std::string &input : inputs)
    node->add_input(input);
  while (node->input_size() && node->input(node->input_size() - 1).empty())
    node->mutable_input()->RemoveLast();
  node->add_output(output.str());
  return NodeWriter(node);
}

void GraphWriter::addIdentity(llvm::StringRef input, llvm::StringRef name) {
  onnx::NodeProto *node = graph.add_node();
  node->set_op_type("Identity");
  node->set_name(makeUnique(nodes, name.str()));
  node->add_input(input.str());
  node->add_output(name.str());
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

void GraphWriter::addInitializer(llvm::StringRef name, ElementsAttr attr) {
  auto type = cast<RankedTensorType>(attr.getType());
  onnx::TensorProto *tensor = graph.add_initializer();
  tensor->set_name(name.str());
  tensor->set_data_type(getDataType(type.getElementType()));
  for (int64_t extent : type.getShape())
    tensor->add_dims(extent);
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<char> bytes = getConstantBytes(attr, storage);
  initializerBytes += static_cast<int64_t>(bytes.size());
  tensor->set_raw_data(bytes.data(), bytes.size());
}

std::string GraphWriter::addInts(Operation *op, llvm::StringRef suffix, llvm::ArrayRef<int64_t> values) {
  std::string name = makeName(op, suffix);
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, IntegerType::get(op->getContext(), 64));
  addInitializer(name, DenseElementsAttr::get(type, values));
  return name;
}

std::string GraphWriter::addFloats(Operation *op, llvm::StringRef suffix, llvm::ArrayRef<double> values) {
  std::string name = makeName(op, suffix);
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, Float32Type::get(op->getContext()));
  addInitializer(name, DenseElementsAttr::get(type, llvm::ArrayRef<float>(llvm::to_vector_of<float>(values))));
  return name;
}

std::string GraphWriter::addScalar(Operation *op, llvm::StringRef suffix, Type elementType, double value) {
  std::string name = makeName(op, suffix);
  Builder builder(op->getContext());
  Attribute element = isa<FloatType>(elementType)
                          ? Attribute(builder.getFloatAttr(elementType, value))
                          : Attribute(builder.getIntegerAttr(elementType, static_cast<int64_t>(value)));
  addInitializer(name, DenseElementsAttr::get(RankedTensorType::get({}, elementType), element));
  return name;
}

void describe(onnx::ValueInfoProto &info, llvm::StringRef name, RankedTensorType type) {
  info.set_name(name.str());
  onnx::TypeProto::Tensor *tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(getDataType(type.getElementType()));
  onnx::TensorShapeProto *shape = tensor->mutable_shape();
  for (auto [i, extent] : llvm::enumerate(type.getShape())) {
    auto *dimension = shape->add_dim();
    if (!ShapedType::isDynamic(extent))
      dimension->set_dim_value(extent);
    else if (i == 0)
      dimension->set_dim_param("N"); // the batch
  }
}

} // namespace winnow::onnx_export
