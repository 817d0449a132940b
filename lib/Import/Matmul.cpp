//===- Matmul.cpp - matrix products ------------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

static LogicalResult importMatMul(NodeImport &node) {
  return node.setResult(node.create<cnn::MatmulOp>(node.getInput(0), node.getInput(1)));
}

static LogicalResult importGemm(NodeImport &node) {
  if (node.getRank(0) != 2 || node.getRank(1) != 2)
    return node.emitError() << "expected matrices, but got " << node.getType(0) << " and " << node.getType(1);
  return node.setResult(node.create<cnn::GemmOp>(
      node.getInput(0), node.getInput(1), node.getInput(2), node.getFloat("alpha", 1.0), node.getFloat("beta", 1.0),
      node.getBool("transA"), node.getBool("transB"), cnn::ActivationAttr()));
}

static LogicalResult importEinsum(NodeImport &node) {
  if (!node.hasAttribute("equation"))
    return node.emitError() << "attribute 'equation' is missing";
  std::string equation = sanitize(node.getString("equation", ""));
  llvm::erase(equation, ' ');
  return node.setResult(node.create<cnn::EinsumOp>(equation, node.getInputs()));
}

void registerMatmul(Registry &registry) {
  registry.add("MatMul", 2, 2, importMatMul);
  registry.add("Gemm", 2, 3, importGemm);
  registry.add("Einsum", 1, kVariadic, importEinsum);
}

} // namespace winnow::onnx_import
