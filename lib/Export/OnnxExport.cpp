//===- OnnxExport.cpp - writes networks as ONNX ---------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

#include "winnow/Export/OnnxExport.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace winnow::onnx_export {

/// What a protobuf message can hold at most, less room for what surrounds the constants.
static constexpr int64_t kMostBytes = (int64_t(1) << 31) - (int64_t(1) << 24);

NodeWriter addPlainNode(GraphWriter &writer, llvm::StringRef type, Operation *op) {
  llvm::SmallVector<std::string> inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(writer.getName(operand));
  return writer.addNode(type, op, inputs);
}

const Registry &Registry::get() {
  static const Registry registry = [] {
    Registry all;
    registerActivation(all);
    registerElementwise(all);
    registerWindows(all);
    registerMatmul(all);
    registerNormalization(all);
    registerShape(all);
    registerIndexing(all);
    registerReduction(all);
    registerSpatial(all);
    registerQuantization(all);
    return all;
  }();
  return registry;
}

static std::string getInterfaceName(DictionaryAttr attrs, llvm::StringRef otherwise, unsigned index) {
  auto name = attrs ? attrs.getAs<StringAttr>("winnow.name") : StringAttr();
  return name ? name.getValue().str() : otherwise.str() + std::to_string(index);
}

/// Names inputs and outputs first, so that nothing else takes their names.
static LogicalResult nameInterface(func::FuncOp main, func::ReturnOp end, GraphWriter &writer, onnx::GraphProto &graph,
                                   llvm::SmallVectorImpl<std::string> &copies) {
  for (BlockArgument argument : main.getArguments()) {
    std::string name =
        getInterfaceName(main.getArgAttrDict(argument.getArgNumber()), "input_", argument.getArgNumber());
    if (!writer.reserve(name))
      return main.emitError() << "expected inputs and outputs of different names, but two are called '" << name << "'";
    writer.setName(argument, name);
    describe(*graph.add_input(), name, cast<RankedTensorType>(argument.getType()));
  }
  llvm::DenseSet<Value> named;
  for (auto [i, value] : llvm::enumerate(end.getOperands())) {
    std::string name = getInterfaceName(main.getResultAttrDict(i), "output_", i);
    if (!writer.reserve(name))
      return main.emitError() << "expected inputs and outputs of different names, but two are called '" << name << "'";
    describe(*graph.add_output(), name, cast<RankedTensorType>(value.getType()));
    // What is no result of a node, or is returned already, is copied.
    bool isNode = value.getDefiningOp() && !isa<arith::ConstantOp>(value.getDefiningOp());
    bool owns = isNode && named.insert(value).second;
    if (owns)
      writer.setName(value, name);
    copies.push_back(owns ? "" : name);
  }
  return success();
}

/// Whether every tensor has an element type that ONNX knows; an error otherwise.
static LogicalResult checkTypes(Operation *op) {
  for (Type type : op->getResultTypes())
    if (getDataType(getElementTypeOrSelf(type)) == onnx::TensorProto::UNDEFINED)
      return op->emitError() << "'" << op->getName() << "' has a result of type " << type
                             << ", which has no form in ONNX";
  return success();
}

static LogicalResult exportGraph(func::FuncOp main, onnx::GraphProto &graph) {
  if (!main.getBody().hasOneBlock())
    return main.emitError() << "expected @main to have one block";
  GraphWriter writer(graph);
  auto end = cast<func::ReturnOp>(main.getBody().front().getTerminator());
  llvm::SmallVector<std::string> copies;
  if (failed(nameInterface(main, end, writer, graph, copies)))
    return failure();
  for (Operation &op : main.getBody().front().without_terminator()) {
    if (failed(checkTypes(&op)))
      return failure();
    if (isa<arith::ConstantOp>(op))
      continue; // becomes an initializer where it is used
    const Registry::ExportFunction *function = Registry::get().lookup(&op);
    if (!function)
      return op.emitError() << "'" << op.getName() << "' has no form in ONNX";
    if (failed((*function)(writer, &op)))
      return failure();
  }
  for (auto [value, copy] : llvm::zip_equal(end.getOperands(), copies))
    if (!copy.empty())
      writer.addIdentity(writer.getName(value), copy);
  if (writer.getInitializerBytes() > kMostBytes)
    return main.emitError() << "constants take " << writer.getInitializerBytes()
                            << " bytes, but an ONNX file holds at most " << kMostBytes;
  return success();
}

} // namespace winnow::onnx_export

namespace winnow {

LogicalResult exportOnnx(ModuleOp module, llvm::raw_ostream &stream) {
  auto main = module.lookupSymbol<func::FuncOp>("main");
  if (!main || main.isExternal())
    return module.emitError() << "expected a function @main";
  onnx::ModelProto model;
  model.set_ir_version(10);
  model.set_producer_name("winnow");
  onnx::OperatorSetIdProto *opset = model.add_opset_import();
  opset->set_domain("");
  opset->set_version(kExportedOpset);
  auto name = module->getAttrOfType<StringAttr>("winnow.model_name");
  model.mutable_graph()->set_name(name && !name.empty() ? name.str() : "main");
  if (failed(onnx_export::exportGraph(main, *model.mutable_graph())))
    return failure();
  std::string bytes;
  if (!model.SerializeToString(&bytes))
    return module.emitError() << "the model cannot be written: it is too large for one ONNX file";
  stream << bytes;
  return success();
}

} // namespace winnow
