//===- Normalization.cpp - normalizations and softmax ---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

template <typename Op> static auto withEpsilon(llvm::StringRef type) {
  return [type](GraphWriter &writer, Op op) {
    addPlainNode(writer, type, op).set("epsilon", op.getEpsilon().convertToDouble());
  };
}

template <typename Op> static auto withAxis(llvm::StringRef type) {
  return [type](GraphWriter &writer, Op op) { addPlainNode(writer, type, op).set("axis", int64_t(op.getAxis())); };
}

void registerNormalization(Registry &registry) {
  registry.add<cnn::BatchNormOp>(withEpsilon<cnn::BatchNormOp>("BatchNormalization"));
  registry.add<cnn::InstanceNormOp>(withEpsilon<cnn::InstanceNormOp>("InstanceNormalization"));
  registry.add<cnn::GroupNormOp>([](GraphWriter &writer, cnn::GroupNormOp op) {
    addPlainNode(writer, "GroupNormalization", op)
        .set("num_groups", int64_t(op.getNumGroups()))
        .set("epsilon", op.getEpsilon().convertToDouble());
  });
  registry.add<cnn::LayerNormOp>([](GraphWriter &writer, cnn::LayerNormOp op) {
    addPlainNode(writer, "LayerNormalization", op)
        .set("axis", int64_t(op.getAxis()))
        .set("epsilon", op.getEpsilon().convertToDouble());
  });
  registry.add<cnn::LpNormOp>([](GraphWriter &writer, cnn::LpNormOp op) {
    addPlainNode(writer, "LpNormalization", op).set("axis", int64_t(op.getAxis())).set("p", int64_t(op.getP()));
  });
  registry.add<cnn::LocalResponseNormOp>([](GraphWriter &writer, cnn::LocalResponseNormOp op) {
    addPlainNode(writer, "LRN", op)
        .set("size", int64_t(op.getSize()))
        .set("alpha", op.getAlpha().convertToDouble())
        .set("beta", op.getBeta().convertToDouble())
        .set("bias", op.getBias().convertToDouble());
  });
  registry.add<cnn::SoftmaxOp>(withAxis<cnn::SoftmaxOp>("Softmax"));
  registry.add<cnn::LogSoftmaxOp>(withAxis<cnn::LogSoftmaxOp>("LogSoftmax"));
  registry.add<cnn::HardmaxOp>(withAxis<cnn::HardmaxOp>("Hardmax"));
}

} // namespace winnow::onnx_export
