//===- LayerGram.cpp - second moments of what a layer reads -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerGram.h"

#include "Weights.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

std::optional<PatchShape> getPatchShape(const LayerOp &layer) {
  PatchShape shape;
  auto input = cast<RankedTensorType>(layer.getInput().getType());
  auto output = cast<RankedTensorType>(layer.getOutput().getType());
  for (RankedTensorType type : {input, output})
    if (llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
      return std::nullopt;
  auto conv = dyn_cast<ConvolutionOp>(layer.getOperation());
  if (!conv && input.getRank() == 2) {
    shape.channels = shape.totalChannels = layer.getRowLength();
    return shape;
  }
  FailureOr<SmallVector<int64_t>> pads = failure();
  if (conv)
    pads = resolvePads(conv);
  if (failed(pads) || input.getRank() != 4)
    return std::nullopt;
  auto filter = cast<RankedTensorType>(conv.getFilter().getType());
  shape.channels = layer.getInputChannels(), shape.totalChannels = input.getDimSize(1);
  shape.height = input.getDimSize(2), shape.width = input.getDimSize(3);
  shape.kernelHeight = filter.getDimSize(2), shape.kernelWidth = filter.getDimSize(3);
  shape.strideHeight = conv.getStrides()[0], shape.strideWidth = conv.getStrides()[1];
  shape.dilationHeight = conv.getDilations()[0], shape.dilationWidth = conv.getDilations()[1];
  shape.padTop = (*pads)[0], shape.padLeft = (*pads)[1];
  shape.outputHeight = output.getDimSize(2), shape.outputWidth = output.getDimSize(3);
  return shape;
}

std::optional<LayerGram> LayerGram::make(const LayerOp &layer) {
  std::optional<PatchShape> shape = getPatchShape(layer);
  if (!shape || shape->getRowLength() > kLargestGram)
    return std::nullopt;
  LayerGram gram;
  for (int64_t group = 0; group < layer.getGroups(); ++group) {
    shape->groupOffset = group * shape->channels;
    gram.groups.emplace_back(*shape);
  }
  return gram;
}

int64_t LayerGram::getBytes() const {
  return groups.size() * groups.front().getSize() * groups.front().getSize() * sizeof(float);
}

void LayerGram::add(ArrayRef<float> input) {
  for (GramMatrix &group : groups)
    group.add(input, groups.size() > 1 ? kGroupPositions : kGramPositions);
}

std::vector<int8_t> LayerGram::round(ArrayRef<float> weights, ArrayRef<float> scales, unsigned bits) const {
  size_t rows = scales.size() / groups.size(), length = weights.size() / scales.size();
  std::vector<int8_t> integers;
  for (auto [i, group] : llvm::enumerate(groups))
    llvm::append_range(integers, roundRowsAt(scales.slice(i * rows, rows),
                                             weights.slice(i * rows * length, rows * length), bits, group.get()));
  return integers;
}

} // namespace winnow
