//===- Quantization.cpp - quantization ------------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

/// QuantizeLinear and DequantizeLinear. The axis means nothing where there is one scale, and blocks are said only where
/// there are any.
template <typename Op> static auto quantizing(llvm::StringRef type) {
  return [type](GraphWriter &writer, Op op) {
    NodeWriter node = writer.addNode(
        type, op, {writer.getName(op.getInput()), writer.getName(op.getScale()), writer.getName(op.getZeroPoint())});
    if (op.getScale().getType().getRank() > 0)
      node.set("axis", int64_t(op.getAxis()));
    if (op.getBlockSize() > 0)
      node.set("block_size", int64_t(op.getBlockSize()));
  };
}

void registerQuantization(Registry &registry) {
  registry.add<cnn::QuantizeLinearOp>(quantizing<cnn::QuantizeLinearOp>("QuantizeLinear"));
  registry.add<cnn::DequantizeLinearOp>(quantizing<cnn::DequantizeLinearOp>("DequantizeLinear"));
  registry.addPlain<cnn::DynamicQuantizeLinearOp>("DynamicQuantizeLinear");
}

} // namespace winnow::onnx_export
