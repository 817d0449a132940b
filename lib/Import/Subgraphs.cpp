//===- Subgraphs.cpp - bodies of control flow and functions of the model --===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A subgraph is inlined: its nodes become ops behind those before, in a scope
// that sees the names around it. A function of the model is inlined the same
// way, in a scope of its own.
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Functions that call functions; a function cannot call itself.
static constexpr unsigned kMaxCallDepth = 64;
/// Loops are unrolled: beyond this the code would take too long to compile.
static constexpr int64_t kMaxInlinedNodes = 1 << 16;

const onnx::AttributeProto *Scope::resolve(const onnx::AttributeProto &attribute) const {
  if (attribute.ref_attr_name().empty())
    return &attribute;
  const Scope *scope = this;
  while (!scope->function && scope->parent)
    scope = scope->parent;
  if (!scope->function)
    return &attribute;
  for (const onnx::AttributeProto &given : scope->call->attribute())
    if (given.name() == attribute.ref_attr_name())
      return scope->caller->resolve(given);
  for (const onnx::AttributeProto &standard : scope->function->attribute_proto())
    if (standard.name() == attribute.ref_attr_name())
      return &standard;
  return nullptr;
}

LogicalResult GraphImporter::collectInitializers(const onnx::GraphProto &source) {
  if (source.sparse_initializer_size() > 0)
    return emitError() << "sparse initializers are not supported";
  for (const onnx::TensorProto &tensor : source.initializer())
    if (!scope->initializers.try_emplace(tensor.name(), &tensor).second)
      return emitError() << "two initializers have the name '" << sanitize(tensor.name()) << "'";
  return success();
}

LogicalResult GraphImporter::importInlined(const Nodes &nodes, llvm::StringRef prefix) {
  llvm::SaveAndRestore<Location> keepLocation(nodeLoc);
  llvm::SaveAndRestore<std::string> keepPrefix(namePrefix, prefix.str());
  for (const onnx::NodeProto &node : nodes) {
    if (++inlinedNodes > kMaxInlinedNodes)
      return emitError() << "loops and functions make more than " << kMaxInlinedNodes << " nodes when inlined";
    if (failed(importNode(node)))
      return failure();
  }
  return success();
}

std::optional<llvm::SmallVector<Value>>
GraphImporter::importSubgraph(const onnx::GraphProto &body, llvm::ArrayRef<Value> arguments, llvm::StringRef prefix) {
  Scope inner;
  inner.parent = scope;
  inner.opset = scope->opset;
  llvm::SaveAndRestore<Scope *> enter(scope, &inner);
  if (failed(collectInitializers(body)))
    return std::nullopt;
  if (body.input_size() != static_cast<int>(arguments.size())) {
    emitError() << "expected a body of " << arguments.size() << " inputs, but got " << body.input_size();
    return std::nullopt;
  }
  for (auto [input, argument] : llvm::zip_equal(body.input(), arguments))
    if (!inner.values.try_emplace(input.name(), argument).second) {
      emitError() << "two inputs of the body have the name '" << sanitize(input.name()) << "'";
      return std::nullopt;
    }
  if (failed(importInlined(body.node(), prefix)))
    return std::nullopt;
  llvm::SmallVector<Value> results;
  for (const onnx::ValueInfoProto &output : body.output()) {
    results.push_back(lookup(output.name()));
    if (!results.back()) {
      emitError() << "output '" << sanitize(output.name()) << "' of the body is not computed by any node";
      return std::nullopt;
    }
  }
  return results;
}

bool GraphImporter::isAbsent(llvm::StringRef name) const {
  for (const Scope *at = scope; at; at = at->parent)
    if (at->absent.contains(name) || at->defines(name))
      return !at->defines(name);
  return false;
}

const onnx::FunctionProto *GraphImporter::findFunction(const onnx::NodeProto &node) const {
  auto normalize = [](llvm::StringRef domain) { return domain == "ai.onnx" ? "" : domain; };
  for (const onnx::FunctionProto &function : model->functions())
    if (function.name() == node.op_type() && normalize(function.domain()) == normalize(node.domain()) &&
        (function.overload() == node.overload()))
      return &function;
  return nullptr;
}

LogicalResult GraphImporter::enterFunction(const onnx::FunctionProto &function, const onnx::NodeProto &call,
                                           Scope &inner) {
  unsigned depth = 0;
  for (Scope *outer = scope; outer; outer = outer->function ? outer->caller : outer->parent)
    depth += outer->function != nullptr;
  if (depth >= kMaxCallDepth)
    return emitError() << "functions call each other more than " << kMaxCallDepth << " deep";
  if (call.input_size() > function.input_size() || call.output_size() > function.output_size())
    return emitError() << "expected at most " << function.input_size() << " inputs and " << function.output_size()
                       << " outputs, but got " << call.input_size() << " and " << call.output_size();
  inner.function = &function;
  inner.call = &call;
  inner.caller = scope;
  inner.opset = getOpset(function.opset_import()).value_or(scope->opset);
  for (int i = 0; i < call.input_size(); ++i) {
    Value value = call.input(i).empty() ? Value() : lookup(call.input(i));
    if (!value && !call.input(i).empty())
      return emitError() << "input '" << sanitize(call.input(i)) << "' is not known";
    if (value)
      inner.values[function.input(i)] = value;
    else
      inner.absent.insert(function.input(i));
  }
  for (int i = call.input_size(); i < function.input_size(); ++i)
    inner.absent.insert(function.input(i));
  return success();
}

LogicalResult GraphImporter::importFunction(const onnx::FunctionProto &function, const onnx::NodeProto &call,
                                            llvm::StringRef prefix) {
  Scope inner;
  if (failed(enterFunction(function, call, inner)))
    return failure();
  llvm::SmallVector<Value> results;
  {
    llvm::SaveAndRestore<Scope *> enter(scope, &inner);
    if (failed(importInlined(function.node(), prefix)))
      return failure();
    for (int i = 0; i < call.output_size(); ++i) {
      results.push_back(lookup(function.output(i)));
      if (!results.back() && !call.output(i).empty())
        return emitError() << "output '" << sanitize(function.output(i)) << "' of the function is not computed";
    }
  }
  for (auto [name, value] : llvm::zip_equal(call.output(), results))
    if (!name.empty() && failed(bind(name, value)))
      return failure();
  return success();
}

} // namespace winnow::onnx_import
