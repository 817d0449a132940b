//===- GraphImporter.cpp - from an ONNX graph to a module -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"

#include "NodeImport.h"
#include "Registry.h"

#include "winnow/Interpreter/Interpreter.h"
#include "winnow/Support/ConstantData.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace winnow::onnx_import {

/// The oldest operator set whose operators are known.
static constexpr int64_t kMinOpset = 1;
/// How far back constants are folded to find a shape operand.
static constexpr unsigned kMaxFoldDepth = 64;
/// Constants that take more bytes are not folded for shape operands.
static constexpr int64_t kMaxFoldBytes = 64 << 10;

GraphImporter::GraphImporter(SharedModel model, llvm::StringRef path, const ImportOptions &options,
                             MLIRContext *context)
    : model(model), graph(model->graph()), path(path.str()), options(options), context(context), builder(context),
      reader(model, path, context), nodeLoc(UnknownLoc::get(context)) {}

InFlightDiagnostic GraphImporter::emitError(llvm::StringRef node) {
  Location file = FileLineColLoc::get(context, sanitize(path), 0, 0);
  return mlir::emitError(node.empty() ? file : NameLoc::get(builder.getStringAttr(node), file));
}

OwningOpRef<ModuleOp> GraphImporter::import() {
  if (failed(checkModel()) || failed(collectInitializers(graph)) || failed(checkOperators()) || failed(readInputs()) ||
      failed(applyBatch()) || failed(checkDynamicExtents()) || failed(createFunction()))
    return {};
  for (const onnx::NodeProto &node : graph.node())
    if (failed(importNode(node)))
      return {};
  if (failed(createReturn()))
    return {};
  eraseDeadOps();
  if (failed(verify(*module)))
    return {};
  return std::move(module);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// The name of a node for errors: its own or that of what it computes.
static std::string getNodeName(const onnx::NodeProto &node) {
  if (!node.name().empty() || node.output_size() == 0)
    return sanitize(node.name());
  return sanitize(node.output(0));
}

/// Whether operators of a domain are ONNX's own.
static bool isDefaultDomain(llvm::StringRef domain) { return domain.empty() || domain == "ai.onnx"; }

/// The operator of a node in the registry and in errors, with its domain where that is not the default one.
static std::string getOperatorName(const onnx::NodeProto &node) {
  return isDefaultDomain(node.domain()) ? node.op_type() : node.domain() + "." + node.op_type();
}

std::optional<int64_t> GraphImporter::getOpset(const OperatorSets &sets) {
  std::optional<int64_t> version;
  for (const onnx::OperatorSetIdProto &set : sets)
    if (isDefaultDomain(set.domain()))
      version = set.version();
  return version;
}

LogicalResult GraphImporter::checkModel() {
  if (!model->has_graph())
    return emitError() << "not an ONNX model: it has no graph";
  // A model may do without the default domain; then none of its operators is known.
  mainScope.opset = getOpset(model->opset_import()).value_or(kMinOpset);
  if (mainScope.opset < kMinOpset)
    return emitError() << "expected operator set " << kMinOpset << " or newer, but the model uses " << mainScope.opset;
  if (graph.output_size() == 0)
    return emitError() << "the graph has no outputs";
  return success();
}

void GraphImporter::findUnknown(const Nodes &nodes, int64_t opset, llvm::SmallPtrSetImpl<const void *> &seen,
                                llvm::function_ref<void(const onnx::NodeProto &)> report) const {
  for (const onnx::NodeProto &node : nodes) {
    if (const onnx::FunctionProto *function = findFunction(node)) {
      if (seen.insert(function).second)
        findUnknown(function->node(), getOpset(function->opset_import()).value_or(opset), seen, report);
      continue;
    }
    if (!Registry::get().lookup(getOperatorName(node), opset))
      report(node);
    else if (node.op_type() != "If")
      for (const onnx::AttributeProto &attribute : node.attribute())
        if (attribute.has_g())
          findUnknown(attribute.g().node(), opset, seen, report);
  }
}

LogicalResult GraphImporter::checkOperators() {
  struct Use {
    unsigned count = 0;
    std::string first;
  };
  llvm::MapVector<StringAttr, Use> unsupported;
  llvm::SmallPtrSet<const void *, 8> seen;
  findUnknown(graph.node(), mainScope.opset, seen, [&](const onnx::NodeProto &node) {
    Use &use = unsupported[StringAttr::get(context, sanitize(getOperatorName(node)))];
    if (use.count++ == 0)
      use.first = getNodeName(node);
  });
  if (unsupported.empty())
    return success();
  InFlightDiagnostic error = emitError(unsupported.front().second.first);
  error << unsupported.size() << " unsupported operator" << (unsupported.size() > 1 ? "s" : "") << " (operator set "
        << mainScope.opset << "): ";
  llvm::interleaveComma(unsupported, error, [&](const auto &entry) {
    error << entry.first.getValue() << " (" << entry.second.count << " node" << (entry.second.count > 1 ? "s" : "")
          << ", first '" << entry.second.first << "')";
  });
  return error;
}

//===----------------------------------------------------------------------===//
// The signature
//===----------------------------------------------------------------------===//

LogicalResult GraphImporter::readInputShape(const onnx::ValueInfoProto &input, llvm::SmallVectorImpl<int64_t> &shape) {
  const onnx::TypeProto::Tensor &tensor = input.type().tensor_type();
  Input &result = inputs.back();
  auto given = options.inputShapes.find(result.name);
  result.shapeGiven = given != options.inputShapes.end();
  if (!tensor.has_shape()) {
    if (!result.shapeGiven)
      return emitError() << "input '" << sanitize(result.name)
                         << "' has no shape: give one with --input-shape=" << sanitize(result.name) << ":...";
    shape.assign(given->second);
    return success();
  }
  for (auto [i, dim] : llvm::enumerate(tensor.shape().dim())) {
    bool isStatic = dim.has_dim_value() && dim.dim_value() >= 0;
    shape.push_back(isStatic ? dim.dim_value() : ShapedType::kDynamic);
    if (i == 0 && !isStatic)
      result.batchName = dim.dim_param();
  }
  if (!result.shapeGiven)
    return success();
  if (given->second.size() != shape.size())
    return emitError() << "input '" << sanitize(result.name) << "' has rank " << shape.size()
                       << ", but the given shape has rank " << given->second.size();
  shape.assign(given->second);
  return success();
}

/// What a value is, for errors.
static std::string getTypeName(const onnx::TypeProto &type) {
  switch (type.value_case()) {
  case onnx::TypeProto::kTensorType:
    return getDataTypeName(type.tensor_type().elem_type());
  case onnx::TypeProto::kSequenceType:
    return "a sequence";
  case onnx::TypeProto::kOptionalType:
    return "an optional";
  case onnx::TypeProto::kMapType:
    return "a map";
  case onnx::TypeProto::kSparseTensorType:
    return "a sparse tensor";
  default:
    return "something else";
  }
}

LogicalResult GraphImporter::readInputs() {
  llvm::StringMap<bool> names;
  for (const onnx::ValueInfoProto &input : graph.input()) {
    llvm::StringRef name = input.name();
    if (!names.try_emplace(name, true).second)
      return emitError() << "two inputs have the name '" << sanitize(name) << "'";
    if (mainScope.initializers.count(name))
      continue;
    Type elementType = getElementType(input.type().tensor_type().elem_type(), context);
    if (!input.type().has_tensor_type() || !elementType)
      return emitError() << "expected input '" << sanitize(name) << "' to be a tensor of numbers, but got "
                         << getTypeName(input.type());
    inputs.push_back({name.str(), elementType, {}, {}, false});
    if (failed(readInputShape(input, inputs.back().shape)))
      return failure();
  }
  for (const auto &given : options.inputShapes)
    if (!names.count(given.first()))
      return emitError() << "the model has no input '" << sanitize(given.first()) << "' to give a shape";
  for (const auto &given : options.fixedInputs)
    if (!names.count(given.first()))
      return emitError() << "the model has no input '" << sanitize(given.first()) << "' to bind";
  llvm::erase_if(inputs, [&](const Input &input) { return options.fixedInputs.count(input.name); });
  return success();
}

LogicalResult GraphImporter::applyBatch() {
  if (!options.batch)
    return success();
  if (*options.batch < 1)
    return emitError() << "expected a positive batch, but got " << *options.batch;
  auto hasBatch = [](const Input &input) { return !input.shape.empty() && !input.shapeGiven; };
  bool anyDynamic = llvm::any_of(
      inputs, [&](const Input &input) { return hasBatch(input) && ShapedType::isDynamic(input.shape[0]); });
  for (Input &input : inputs) {
    if (!hasBatch(input) || (anyDynamic && !ShapedType::isDynamic(input.shape[0])))
      continue;
    if (!anyDynamic) {
      if (replacedBatch && *replacedBatch != input.shape[0])
        return emitError() << "the inputs have different extents in dimension 0 (" << *replacedBatch << " and "
                           << input.shape[0] << " for '" << sanitize(input.name)
                           << "'), so the batch cannot be set: give shapes with --input-shape";
      replacedBatch = input.shape[0];
    }
    input.shape[0] = *options.batch;
  }
  return success();
}

LogicalResult GraphImporter::checkDynamicExtents() {
  const Input *first = nullptr;
  for (const Input &input : inputs) {
    for (auto [i, extent] : llvm::enumerate(input.shape))
      if (i > 0 && ShapedType::isDynamic(extent))
        return emitError() << "dimension " << i << " of input '" << sanitize(input.name)
                           << "' is dynamic, but only dimension 0 may be: give its shape with --input-shape="
                           << sanitize(input.name) << ":...";
    if (input.shape.empty() || !ShapedType::isDynamic(input.shape[0]))
      continue;
    if (first && first->batchName != input.batchName)
      return emitError() << "dimension 0 of the inputs '" << sanitize(first->name) << "' and '" << sanitize(input.name)
                         << "' are dynamic and different: give shapes with --input-shape";
    first = &input;
  }
  return success();
}

LogicalResult GraphImporter::createFunction() {
  llvm::SmallVector<Type> types;
  for (const Input &input : inputs) {
    llvm::Expected<RankedTensorType> type = makeTensorType(input.shape, input.elementType);
    if (!type)
      return emitError() << "input '" << sanitize(input.name) << "' " << llvm::toString(type.takeError());
    types.push_back(*type);
  }
  Location loc = NameLoc::get(builder.getStringAttr(sanitize(path)));
  module = ModuleOp::create(loc);
  (*module)->setAttr("winnow.model_name", builder.getStringAttr(sanitize(graph.name())));
  builder.setInsertionPointToStart(module->getBody());
  function = func::FuncOp::create(builder, loc, "main", builder.getFunctionType(types, {}));
  builder.setInsertionPointToStart(function.addEntryBlock());
  for (auto [i, input] : llvm::enumerate(inputs)) {
    function.setArgAttr(i, "winnow.name", builder.getStringAttr(sanitize(input.name)));
    BlockArgument argument = function.getArgument(i);
    llvm::SmallVector<SymbolicNumber> extents = tracker.getExtents(argument);
    if (!input.shape.empty() && ShapedType::isDynamic(input.shape[0]))
      extents[0] = SymbolicNumber::batch();
    tracker.setExtents(argument, extents);
    mainScope.values[input.name] = argument;
  }
  for (const auto &fixed : options.fixedInputs)
    if (failed(bindFixedInput(fixed.first(), fixed.second)))
      return failure();
  return success();
}

LogicalResult GraphImporter::bindFixedInput(llvm::StringRef name, llvm::StringRef pathOrBytes) {
  llvm::Expected<NpyArray> array =
      pathOrBytes.starts_with("\x93NUMPY") ? parseNpy(pathOrBytes, name) : readNpy(pathOrBytes);
  if (!array)
    return emitError() << "input '" << sanitize(name) << "': " << llvm::toString(array.takeError());
  const onnx::ValueInfoProto &input =
      *llvm::find_if(graph.input(), [&](const onnx::ValueInfoProto &info) { return name == info.name(); });
  Type expected = getElementType(input.type().tensor_type().elem_type(), context);
  if (getNpyElementType(context, array->descr) != expected && getNpyDescr(expected) != array->descr)
    return emitError() << "expected data for input '" << sanitize(name) << "' to be " << expected << ", but got '"
                       << array->descr << "'";
  llvm::Expected<RankedTensorType> type = makeTensorType(array->shape, expected);
  if (!type)
    return emitError() << "data for input '" << sanitize(name) << "' " << llvm::toString(type.takeError());
  ElementsAttr attr = type->getNumElements() == 0
                          ? ElementsAttr(DenseElementsAttr::get(*type, llvm::ArrayRef<Attribute>()))
                          : makeConstant(*type, array->bytes);
  mainScope.values[name] = arith::ConstantOp::create(builder, getNameLoc(name), attr);
  return success();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Location GraphImporter::getNameLoc(llvm::StringRef name) { return NameLoc::get(builder.getStringAttr(sanitize(name))); }

Value GraphImporter::lookup(llvm::StringRef name) {
  for (Scope *at = scope; at; at = at->parent) {
    if (auto known = at->values.find(name); known != at->values.end())
      return known->second;
    auto it = at->initializers.find(name);
    if (it == at->initializers.end())
      continue;
    llvm::Expected<ElementsAttr> attr = reader.read(*it->second, sanitize(name), /*allowPacked=*/true);
    if (!attr) {
      mlir::emitError(nodeLoc) << "initializer '" << sanitize(name) << "' " << llvm::toString(attr.takeError());
      return {};
    }
    Value value = arith::ConstantOp::create(builder, getNameLoc(name), *attr);
    if (std::optional<PackedIntegers> packed = PackedIntegers::get(it->second->data_type()))
      packedValues.try_emplace(value, *packed);
    return at->values[name] = value;
  }
  return {};
}

LogicalResult GraphImporter::bind(llvm::StringRef name, Value value) {
  if (scope->initializers.count(name) || !scope->values.try_emplace(name, value).second)
    return mlir::emitError(nodeLoc) << "output '" << sanitize(name) << "' is defined twice";
  return success();
}

ElementsAttr GraphImporter::getConstantFolding(Value value, unsigned depth) {
  if (ElementsAttr constant = getConstant(value))
    return constant;
  Operation *op = value.getDefiningOp();
  if (!op || depth > kMaxFoldDepth)
    return {};
  for (OpOperand &operand : op->getOpOperands()) {
    ElementsAttr constant = getConstantFolding(operand.get(), depth + 1);
    if (!constant)
      return {};
    if (isa_and_nonnull<arith::ConstantOp>(operand.get().getDefiningOp()))
      continue;
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(op);
    operand.set(arith::ConstantOp::create(builder, op->getLoc(), constant));
  }
  FailureOr<llvm::SmallVector<ElementsAttr>> folded = foldOperation(op, kMaxFoldBytes);
  return succeeded(folded) ? (*folded)[cast<OpResult>(value).getResultNumber()] : ElementsAttr();
}

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

LogicalResult GraphImporter::runImporter(const onnx::NodeProto &proto) {
  auto emit = [&] { return mlir::emitError(nodeLoc); };
  if (const onnx::FunctionProto *function = findFunction(proto))
    return importFunction(*function, proto, (cast<NameLoc>(nodeLoc).getName().getValue() + "/").str());
  const OperatorImporter *known = Registry::get().lookup(getOperatorName(proto), scope->opset);
  if (!known)
    return emit() << "unsupported operator " << sanitize(getOperatorName(proto)) << " (operator set " << scope->opset
                  << ")";
  const OperatorImporter &importer = *known;
  NodeImport node(*this, proto, scope->opset);
  if (node.getNumInputs() > importer.maxInputs)
    return emit() << "expected at most " << importer.maxInputs << " inputs, but got " << node.getNumInputs();
  for (unsigned i = 0; i < importer.minInputs; ++i)
    if (!node.hasInput(i))
      return emit() << "expected at least " << importer.minInputs << " inputs, but input " << i << " is missing";
  for (unsigned i = 0; i < node.getNumInputs(); ++i)
    if (node.hasInput(i) && !lookup(proto.input(i)))
      return nodeError.empty() ? emit() << "input '" << sanitize(proto.input(i))
                                        << "' is not an input of the graph, a constant or the result of a node before"
                               : failure();
  if (failed(importer.import(node)) || node.hasFailed())
    return nodeError.empty() ? emit() << "the operator could not be imported" : failure();
  if (std::optional<unsigned> missing = node.getUnboundOutput())
    return emit() << "output " << *missing << " ('" << sanitize(proto.output(*missing)) << "') is not supported";
  return success();
}

LogicalResult GraphImporter::importNode(const onnx::NodeProto &node) {
  std::string name = sanitize(namePrefix + getNodeName(node));
  nodeLoc = NameLoc::get(builder.getStringAttr(name));
  std::string outerError = std::move(nodeError);
  nodeError.clear();
  LogicalResult result = success();
  {
    // One error for the user: the first of the node, with file and node in front.
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error && nodeError.empty())
        nodeError = diagnostic.str();
      return success();
    });
    result = runImporter(node);
  }
  std::string error = std::move(nodeError);
  nodeError = std::move(outerError); // Of the node around a body.
  if (succeeded(result) && error.empty())
    return success();
  return emitError(name) << "node '" << name << "' (" << sanitize(node.op_type()) << "): " << error;
}

LogicalResult GraphImporter::createReturn() {
  llvm::SmallVector<Value> results;
  nodeLoc = function.getLoc();
  for (const onnx::ValueInfoProto &output : graph.output()) {
    Value value = lookup(output.name());
    if (!value)
      return emitError() << "output '" << sanitize(output.name()) << "' of the graph is not computed by any node";
    results.push_back(value);
  }
  func::ReturnOp::create(builder, function.getLoc(), results);
  function.setType(builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [i, output] : llvm::enumerate(graph.output()))
    function.setResultAttr(i, "winnow.name", builder.getStringAttr(sanitize(output.name())));
  return success();
}

void GraphImporter::eraseDeadOps() {
  llvm::SmallVector<Operation *> ops;
  for (Operation &op : function.front().without_terminator())
    ops.push_back(&op);
  for (Operation *op : llvm::reverse(ops))
    if (isOpTriviallyDead(op))
      op->erase();
}

} // namespace winnow::onnx_import
