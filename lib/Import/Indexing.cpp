//===- Indexing.cpp - gathers and scatters -----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

static LogicalResult importGather(NodeImport &node) {
  int64_t axis = node.getAxis("axis", 0, node.getRank(0));
  if (node.getRank(0) == 0)
    return node.emitError() << "expected an input of rank 1 or more";
  Value result = node.create<cnn::GatherOp>(node.getInput(0), node.getInput(1), axis);
  if (!result)
    return failure();
  llvm::SmallVector<SymbolicNumber> input = node.getExtents(node.getInput(0)),
                                    indices = node.getExtents(node.getInput(1));
  llvm::SmallVector<SymbolicNumber> extents(input.begin(), input.begin() + axis);
  extents.append(indices);
  extents.append(input.begin() + axis + 1, input.end());
  return node.setResult(node.setExtents(result, extents));
}

static LogicalResult importGatherElements(NodeImport &node) {
  int64_t axis = node.getAxis("axis", 0, node.getRank(0));
  return node.setResult(node.create<cnn::GatherElementsOp>(node.getInput(0), node.getInput(1), axis));
}

static LogicalResult importGatherND(NodeImport &node) {
  return node.setResult(node.create<cnn::GatherNDOp>(node.getInput(0), node.getInput(1), node.getInt("batch_dims", 0)));
}

static ScatterKind getReduction(NodeImport &node) {
  return node.getEnum<ScatterKind>("reduction", "none",
                                   {{"none", ScatterKind::Replace},
                                    {"add", ScatterKind::Add},
                                    {"mul", ScatterKind::Mul},
                                    {"max", ScatterKind::Max},
                                    {"min", ScatterKind::Min}});
}

static LogicalResult importScatterElements(NodeImport &node) {
  int64_t axis = node.getAxis("axis", 0, node.getRank(0));
  return node.setResult(node.create<cnn::ScatterElementsOp>(node.getInput(0), node.getInput(1), node.getInput(2),
                                                            getReduction(node), axis));
}

static LogicalResult importScatterND(NodeImport &node) {
  return node.setResult(
      node.create<cnn::ScatterNDOp>(node.getInput(0), node.getInput(1), node.getInput(2), getReduction(node)));
}

void registerIndexing(Registry &registry) {
  registry.add("Gather", 2, 2, importGather);
  registry.add("GatherElements", 2, 2, importGatherElements);
  registry.add("GatherND", 2, 2, importGatherND);
  registry.add("Scatter", 3, 3, importScatterElements);
  registry.add("ScatterElements", 3, 3, importScatterElements);
  registry.add("ScatterND", 3, 3, importScatterND);
}

} // namespace winnow::onnx_import
