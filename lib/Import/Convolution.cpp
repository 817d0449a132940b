//===- Convolution.cpp - Conv and ConvTranspose ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"
#include "WindowAttributes.h"

using namespace mlir;

namespace winnow::onnx_import {

static LogicalResult importConv(NodeImport &node) {
  auto kernel = getFilterKernel(node, node.getInput(1));
  auto window = kernel ? readWindow(node, kernel) : std::nullopt;
  if (!window)
    return failure();
  return node.setResult(node.create<cnn::ConvolutionOp>(node.getInput(0), node.getInput(1), node.getInput(2),
                                                        /*residual=*/Value(), window->strides, window->pads,
                                                        window->dilations, node.getInt("group", 1), window->autoPad,
                                                        cnn::ActivationAttr(), cnn::AlgorithmAttr()));
}

/// Makes padding explicit so that dimension `i` of a transposed convolution has
/// extent `wanted`: what is too much is cut from both sides (the odd element at
/// the end for SAME_UPPER, at the beginning otherwise), what is missing is added.
static void padToExtent(WindowAttributes &window, llvm::MutableArrayRef<int64_t> outputPadding, size_t i,
                        int64_t inputExtent, int64_t wanted) {
  int64_t natural =
      window.strides[i] * (inputExtent - 1) + outputPadding[i] + (window.kernel[i] - 1) * window.dilations[i] + 1;
  int64_t total = std::max<int64_t>(natural - wanted, 0);
  size_t spatial = window.strides.size();
  window.pads[i] = window.autoPad == AutoPad::SameUpper ? total / 2 : total - total / 2;
  window.pads[spatial + i] = total - window.pads[i];
  outputPadding[i] += std::max<int64_t>(wanted - natural, 0);
}

static LogicalResult importConvTranspose(NodeImport &node) {
  auto kernel = getFilterKernel(node, node.getInput(1));
  auto window = kernel ? readWindow(node, kernel) : std::nullopt;
  if (!window)
    return failure();
  size_t spatial = window->strides.size();
  llvm::SmallVector<int64_t> outputPadding =
      node.getInts("output_padding").value_or(llvm::SmallVector<int64_t>(spatial, 0));
  std::optional<llvm::SmallVector<int64_t>> outputShape = node.getInts("output_shape");
  if (outputShape && outputShape->size() == spatial + 2) // Some exporters name batch and channels too.
    outputShape->erase(outputShape->begin(), outputShape->begin() + 2);
  if (outputPadding.size() != spatial || (outputShape && outputShape->size() != spatial))
    return node.emitError() << "expected 'output_padding' and 'output_shape' to have " << spatial << " elements";
  auto outOfRange = [](int64_t value) { return value < 0 || value > (1 << 30); };
  if (llvm::any_of(outputPadding, outOfRange) || (outputShape && llvm::any_of(*outputShape, outOfRange)))
    return node.emitError() << "'output_padding' or 'output_shape' is out of range";
  bool same = window->autoPad == AutoPad::SameUpper || window->autoPad == AutoPad::SameLower;
  for (size_t i = 0; i < spatial && (outputShape || same); ++i) {
    int64_t extent = node.getType(0).getDimSize(i + 2);
    if (ShapedType::isDynamic(extent))
      return node.emitError() << "expected static spatial extents, but got " << node.getType(0);
    padToExtent(*window, outputPadding, i, extent, outputShape ? (*outputShape)[i] : extent * window->strides[i]);
  }
  return node.setResult(node.create<cnn::TransposedConvolutionOp>(
      node.getInput(0), node.getInput(1), node.getInput(2), window->strides, window->pads, window->dilations,
      outputPadding, node.getInt("group", 1), AutoPad::Explicit));
}

void registerConvolution(Registry &registry) {
  registry.add("Conv", 2, 3, importConv);
  registry.add("ConvTranspose", 2, 3, importConvTranspose);
}

} // namespace winnow::onnx_import
