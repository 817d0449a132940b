//===- Windows.cpp - convolutions and pools -------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

/// What all ops with windows have.
template <typename Op> static NodeWriter setWindow(NodeWriter node, Op op, llvm::ArrayRef<int64_t> kernel) {
  node.set("kernel_shape", kernel).set("strides", op.getStrides()).set("dilations", op.getDilations());
  switch (op.getAutoPad()) {
  case cnn::AutoPad::Explicit:
    return node.set("pads", op.getPads());
  case cnn::AutoPad::SameUpper:
    return node.set("auto_pad", "SAME_UPPER");
  case cnn::AutoPad::SameLower:
    return node.set("auto_pad", "SAME_LOWER");
  case cnn::AutoPad::Valid:
    return node.set("auto_pad", "VALID");
  }
  llvm_unreachable("no such padding");
}

static llvm::ArrayRef<int64_t> getKernel(Value filter) {
  return cast<RankedTensorType>(filter.getType()).getShape().drop_front(2);
}

/// The convolution itself, then the sum with the residual, then the activation.
static void exportConvolution(GraphWriter &writer, cnn::ConvolutionOp op) {
  std::string result = writer.getName(op.getOutput()), sum = result;
  if (op.getActivation())
    sum = writer.makeName(op, "sum");
  std::string product = op.getResidual() ? writer.makeName(op, "product") : sum;
  std::string bias = writer.getName(op.getBias());
  NodeWriter node = writer.addNode("Conv", op, {writer.getName(op.getInput()), writer.getName(op.getFilter()), bias},
                                   product, /*suffix=*/"");
  setWindow(node, op, getKernel(op.getFilter())).set("group", int64_t(op.getGroup()));
  if (op.getResidual())
    writer.addNode("Add", op, {product, writer.getName(op.getResidual())}, sum, "add");
  if (op.getActivation())
    addActivation(writer, op, *op.getActivation(), sum, result, /*isOwnNode=*/false);
}

static void exportTransposedConvolution(GraphWriter &writer, cnn::TransposedConvolutionOp op) {
  setWindow(addPlainNode(writer, "ConvTranspose", op), op, getKernel(op.getFilter()))
      .set("output_padding", op.getOutputPadding())
      .set("group", int64_t(op.getGroup()));
}

template <typename Op> static NodeWriter exportPool(GraphWriter &writer, llvm::StringRef type, Op op) {
  return setWindow(addPlainNode(writer, type, op), op, op.getKernel()).set("ceil_mode", op.getCeilMode());
}

static void exportGlobalPool(GraphWriter &writer, cnn::GlobalPoolOp op) {
  if (op.getKind() == cnn::PoolKind::Lp)
    addPlainNode(writer, "GlobalLpPool", op).set("p", int64_t(op.getP()));
  else
    addPlainNode(writer, op.getKind() == cnn::PoolKind::Max ? "GlobalMaxPool" : "GlobalAveragePool", op);
}

/// With a window that makes the extents of the result out of those of the input, at strides of one: the indices count
/// in the result.
static LogicalResult exportMaxUnpool(GraphWriter &writer, cnn::MaxUnpoolOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  llvm::SmallVector<int64_t> kernel;
  for (int64_t i = 2; i < input.getRank(); ++i) {
    kernel.push_back(output.getDimSize(i) - input.getDimSize(i) + 1);
    if (output.isDynamicDim(i) || input.isDynamicDim(i) || kernel.back() < 1)
      return op.emitError() << "'cnn.max_unpool' from " << input << " to " << output << " has no form in ONNX";
  }
  addPlainNode(writer, "MaxUnpool", op).set("kernel_shape", llvm::ArrayRef<int64_t>(kernel));
  return success();
}

static void exportConvolutionInteger(GraphWriter &writer, cnn::ConvolutionIntegerOp op) {
  NodeWriter node = writer.addNode("ConvInteger", op,
                                   {writer.getName(op.getInput()), writer.getName(op.getFilter()),
                                    writer.getName(op.getInputZeroPoint()), writer.getName(op.getFilterZeroPoint())});
  setWindow(node, op, getKernel(op.getFilter())).set("group", int64_t(op.getGroup()));
}

static void exportQLinearConvolution(GraphWriter &writer, cnn::QLinearConvolutionOp op) {
  setWindow(addPlainNode(writer, "QLinearConv", op), op, getKernel(op.getFilter()))
      .set("group", int64_t(op.getGroup()));
}

void registerWindows(Registry &registry) {
  registry.add<cnn::ConvolutionOp>(exportConvolution);
  registry.add<cnn::TransposedConvolutionOp>(exportTransposedConvolution);
  registry.add<cnn::ConvolutionIntegerOp>(exportConvolutionInteger);
  registry.add<cnn::QLinearConvolutionOp>(exportQLinearConvolution);
  registry.add<cnn::MaxPoolOp>([](GraphWriter &writer, cnn::MaxPoolOp op) { exportPool(writer, "MaxPool", op); });
  registry.add<cnn::MaxPoolWithIndicesOp>([](GraphWriter &writer, cnn::MaxPoolWithIndicesOp op) {
    exportPool(writer, "MaxPool", op).set("storage_order", int64_t(op.getStorageOrder()));
  });
  registry.add<cnn::AveragePoolOp>([](GraphWriter &writer, cnn::AveragePoolOp op) {
    exportPool(writer, "AveragePool", op).set("count_include_pad", op.getCountIncludePad());
  });
  registry.add<cnn::LpPoolOp>(
      [](GraphWriter &writer, cnn::LpPoolOp op) { exportPool(writer, "LpPool", op).set("p", int64_t(op.getP())); });
  registry.add<cnn::GlobalPoolOp>(exportGlobalPool);
  registry.add<cnn::MaxUnpoolOp>(exportMaxUnpool);
}

} // namespace winnow::onnx_export
