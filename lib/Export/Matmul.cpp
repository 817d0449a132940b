//===- Matmul.cpp - products of matrices ----------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

static void exportGemm(GraphWriter &writer, cnn::GemmOp op) {
  std::string result = writer.getName(op.getOutput());
  std::string product = op.getActivation() ? writer.makeName(op, "product") : result;
  writer
      .addNode("Gemm", op, {writer.getName(op.getLhs()), writer.getName(op.getRhs()), writer.getName(op.getAddend())},
               product, /*suffix=*/"")
      .set("alpha", op.getAlpha().convertToDouble())
      .set("beta", op.getBeta().convertToDouble())
      .set("transA", op.getTransposeLhs())
      .set("transB", op.getTransposeRhs());
  if (op.getActivation())
    addActivation(writer, op, *op.getActivation(), product, result, /*isOwnNode=*/false);
}

static void exportMatmulInteger(GraphWriter &writer, cnn::MatmulIntegerOp op) {
  writer.addNode("MatMulInteger", op,
                 {writer.getName(op.getLhs()), writer.getName(op.getRhs()), writer.getName(op.getLhsZeroPoint()),
                  writer.getName(op.getRhsZeroPoint())});
}

void registerMatmul(Registry &registry) {
  registry.addPlain<cnn::MatmulOp>("MatMul");
  registry.add<cnn::GemmOp>(exportGemm);
  registry.add<cnn::MatmulIntegerOp>(exportMatmulInteger);
  registry.addPlain<cnn::QLinearMatmulOp>("QLinearMatMul");
  registry.add<cnn::EinsumOp>([](GraphWriter &writer, cnn::EinsumOp op) {
    addPlainNode(writer, "Einsum", op).set("equation", op.getEquation());
  });
}

} // namespace winnow::onnx_export
