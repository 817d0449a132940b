//===- Indexing.cpp - gathering and scattering ----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

template <typename Op> static auto gatherAlongAxis(llvm::StringRef type) {
  return [type](GraphWriter &writer, Op op) { addPlainNode(writer, type, op).set("axis", int64_t(op.getAxis())); };
}

static llvm::StringRef getReduction(cnn::ScatterKind kind) {
  return kind == cnn::ScatterKind::Replace ? "none" : stringifyEnum(kind);
}

void registerIndexing(Registry &registry) {
  registry.add<cnn::GatherOp>(gatherAlongAxis<cnn::GatherOp>("Gather"));
  registry.add<cnn::GatherElementsOp>(gatherAlongAxis<cnn::GatherElementsOp>("GatherElements"));
  registry.add<cnn::GatherNDOp>([](GraphWriter &writer, cnn::GatherNDOp op) {
    addPlainNode(writer, "GatherND", op).set("batch_dims", int64_t(op.getBatchDims()));
  });
  registry.add<cnn::ScatterElementsOp>([](GraphWriter &writer, cnn::ScatterElementsOp op) {
    addPlainNode(writer, "ScatterElements", op)
        .set("axis", int64_t(op.getAxis()))
        .set("reduction", getReduction(op.getReduction()));
  });
  registry.add<cnn::ScatterNDOp>([](GraphWriter &writer, cnn::ScatterNDOp op) {
    addPlainNode(writer, "ScatterND", op).set("reduction", getReduction(op.getReduction()));
  });
}

} // namespace winnow::onnx_export
