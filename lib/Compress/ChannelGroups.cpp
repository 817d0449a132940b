//===- ChannelGroups.cpp - channels that can be removed -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelGroups.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The class of each row (or column channel) of a layer; nothing where it has none or must stay.
static std::optional<unsigned> findFree(const ChannelClasses &classes, Value value, int64_t channel) {
  std::optional<unsigned> found = classes.find(value, channel);
  return found && !classes.isFixed(*found) ? found : std::nullopt;
}

std::vector<ChannelGroup> findChannelGroups(const ChannelClasses &classes, ArrayRef<LayerOp> layers) {
  llvm::IntEqClasses together(classes.size());
  llvm::DenseSet<unsigned> isRead;
  for (const LayerOp &layer : layers) {
    std::optional<unsigned> first;
    for (int64_t channel = 0; layer.getGroups() == 1 && channel < layer.getInputChannels(); ++channel)
      if (std::optional<unsigned> one = findFree(classes, layer.getInput(), channel)) {
        isRead.insert(*one);
        together.join(first.value_or(*one), *one);
        first = one;
      }
  }
  together.compress();
  std::vector<ChannelGroup> groups(together.getNumClasses());
  DenseMap<unsigned, size_t> placeInGroup;
  for (unsigned one = 0; one < classes.size(); ++one)
    if (isRead.contains(one)) {
      placeInGroup[one] = groups[together[one]].classes.size();
      groups[together[one]].classes.push_back(one);
    }
  auto use = [&](std::vector<ChannelUse> ChannelGroup::*which, size_t layer, unsigned one, ArrayRef<int64_t> places) {
    std::vector<ChannelUse> &uses = groups[together[one]].*which;
    if (uses.empty() || uses.back().layer != layer)
      uses.push_back({layer, std::vector<std::vector<int64_t>>(groups[together[one]].classes.size())});
    llvm::append_range(uses.back().places[placeInGroup[one]], places);
  };
  for (auto [index, layer] : llvm::enumerate(layers)) {
    int64_t taps = layer.getTaps();
    for (int64_t channel = 0; layer.getGroups() == 1 && channel < layer.getInputChannels(); ++channel)
      if (std::optional<unsigned> one = findFree(classes, layer.getInput(), channel))
        use(&ChannelGroup::readers, index, *one, llvm::to_vector(llvm::seq(channel * taps, (channel + 1) * taps)));
    for (int64_t row = 0; row < layer.getRows(); ++row)
      if (std::optional<unsigned> one = findFree(classes, layer.getOutput(), row); one && isRead.contains(*one))
        use(&ChannelGroup::makers, index, *one, row);
  }
  llvm::erase_if(groups, [](const ChannelGroup &group) { return group.classes.size() < 2 || group.makers.empty(); });
  return groups;
}

/// Which channels of `value` stay.
static SmallVector<int64_t> findKept(Value value, const ChannelClasses &classes, const DenseSet<unsigned> &gone) {
  SmallVector<int64_t> kept;
  int64_t count = cast<RankedTensorType>(value.getType()).getDimSize(1);
  for (int64_t channel = 0; channel < count; ++channel) {
    std::optional<unsigned> one = classes.find(value, channel);
    if (!one || !gone.contains(*one))
      kept.push_back(channel);
  }
  return kept;
}

/// Gives a layer the weights of the rows and input channels that stay.
static void shrinkLayer(const LayerOp &layer, ArrayRef<int64_t> rows, ArrayRef<int64_t> channels) {
  std::vector<float> weights = layer.getWeights(), bias = layer.getBiasValues(), left, leftBias;
  int64_t length = layer.getRowLength(), taps = layer.getTaps();
  for (int64_t row : rows) {
    leftBias.push_back(bias[row]);
    for (int64_t channel : channels)
      for (int64_t tap = 0; tap < taps; ++tap)
        left.push_back(weights[row * length + channel * taps + tap]);
  }
  Operation *op = layer.getOperation();
  OpBuilder builder(op);
  SmallVector<int64_t> shape(cast<RankedTensorType>(layer.getFilter().getType()).getShape());
  shape[layer.getFilterAxis()] = rows.size();
  shape[1 - layer.getFilterAxis()] = channels.size();
  layer.setFilter(
      createFloats(builder, op->getLoc(), shape, toFilterOrder<float>(left, rows.size(), layer.getFilterAxis())));
  if (layer.getBias())
    layer.setBias(createFloats(builder, op->getLoc(), {int64_t(rows.size())}, leftBias));
}

void removeChannels(func::FuncOp main, const ChannelClasses &classes, const DenseSet<unsigned> &gone) {
  std::vector<LayerOp> layers;
  SmallVector<Value> values;
  main.walk([&](Operation *op) {
    if (std::optional<LayerOp> layer = LayerOp::get(op))
      layers.push_back(*layer);
    for (Value result : op->getResults())
      if (classes.find(result, 0))
        values.push_back(result);
  });
  for (const LayerOp &layer : layers) {
    bool isDepthwise = layer.isDepthwise();
    SmallVector<int64_t> rows, channels;
    if (classes.find(layer.getOutput(), 0))
      rows = findKept(layer.getOutput(), classes, gone);
    else
      llvm::append_range(rows, llvm::seq<int64_t>(0, layer.getRows()));
    if (layer.getGroups() == 1 && classes.find(layer.getInput(), 0))
      channels = findKept(layer.getInput(), classes, gone);
    else
      llvm::append_range(channels, llvm::seq<int64_t>(0, layer.getInputChannels()));
    shrinkLayer(layer, rows, channels);
    if (isDepthwise)
      cast<ConvolutionOp>(layer.getOperation()).setGroup(rows.size());
  }
  for (Value value : values) {
    auto type = cast<RankedTensorType>(value.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[1] = findKept(value, classes, gone).size();
    value.setType(RankedTensorType::get(shape, type.getElementType(), type.getEncoding()));
  }
}

} // namespace winnow
