//===- RemovableLayers.cpp - layers that a network can do without ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RemovableLayers.h"

#include "WeightedNetwork.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

Value getCarried(const LayerOp &layer) {
  if (layer.getGroups() != 1 || !layer.takesBias())
    return {};
  if (Value residual = layer.getResidual())
    return residual;
  auto from = cast<RankedTensorType>(layer.getInput().getType());
  auto to = cast<RankedTensorType>(layer.getOutput().getType());
  return from.getShape() == to.getShape() && from.getElementType() == to.getElementType() ? layer.getInput() : Value();
}

std::vector<float> getCarryingWeights(const LayerOp &layer) {
  std::vector<float> weights(layer.getRows() * layer.getRowLength(), 0.0f);
  if (layer.getResidual())
    return weights;
  int64_t taps = layer.getTaps(), middle = 0;
  if (auto conv = dyn_cast<ConvolutionOp>(layer.getOperation())) {
    FailureOr<SmallVector<int64_t>> pads = resolvePads(conv);
    if (failed(pads))
      return {};
    ArrayRef<int64_t> window = cast<RankedTensorType>(conv.getFilter().getType()).getShape().drop_front(2);
    for (auto [i, extent] : llvm::enumerate(window)) {
      int64_t pad = (*pads)[i], dilation = conv.getDilations()[i];
      if (conv.getStrides()[i] != 1 || pad % dilation != 0 || pad / dilation >= extent)
        return {};
      middle = middle * extent + pad / dilation;
    }
  }
  for (int64_t row = 0; row < layer.getRows(); ++row)
    weights[row * layer.getRowLength() + row * taps + middle] = 1;
  return weights;
}

llvm::DenseSet<unsigned> findUnneeded(func::FuncOp main, const llvm::DenseSet<unsigned> &removed) {
  std::vector<LayerOp> layers = findLayers(main);
  llvm::DenseMap<Operation *, unsigned> indices;
  for (auto [i, layer] : llvm::enumerate(layers))
    indices[layer.getOperation()] = i;
  llvm::DenseSet<Operation *> needed;
  SmallVector<Value> open(main.getBody().front().getTerminator()->getOperands());
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (!op || !needed.insert(op).second)
      continue;
    auto index = indices.find(op);
    if (index != indices.end() && removed.contains(index->second))
      open.push_back(getCarried(layers[index->second]));
    else
      llvm::append_range(open, op->getOperands());
  }
  llvm::DenseSet<unsigned> unneeded = removed;
  for (auto [i, layer] : llvm::enumerate(layers))
    if (!needed.contains(layer.getOperation()))
      unneeded.insert(i);
  return unneeded;
}

/// Puts what can stand there in the place of a layer.
static void replaceLayer(const LayerOp &layer) {
  Operation *op = layer.getOperation();
  OpBuilder builder(op);
  layer.splitActivation(builder);
  Value carried = getCarried(layer);
  std::vector<float> bias = layer.getBiasValues();
  if (llvm::any_of(bias, [](float value) { return value != 0; })) {
    builder.setInsertionPoint(op);
    SmallVector<int64_t> shape(cast<RankedTensorType>(carried.getType()).getRank() - 1, 1);
    shape.front() = layer.getRows();
    Value addend = createFloats(builder, op->getLoc(), shape, bias);
    carried = AddOp::create(builder, op->getLoc(), carried.getType(), carried, addend);
  }
  layer.getOutput().replaceAllUsesWith(carried);
  op->erase();
}

void removeLayers(func::FuncOp main, const llvm::DenseSet<unsigned> &removed) {
  std::vector<LayerOp> layers = findLayers(main);
  for (auto [i, layer] : llvm::enumerate(layers))
    if (removed.contains(i))
      replaceLayer(layer);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(main.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

} // namespace winnow
