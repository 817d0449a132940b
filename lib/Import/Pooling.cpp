//===- Pooling.cpp - pools over windows and whole maps -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"
#include "WindowAttributes.h"

using namespace mlir;

namespace winnow::onnx_import {

static LogicalResult importMaxPool(NodeImport &node) {
  std::optional<WindowAttributes> window = readWindow(node);
  if (!window)
    return failure();
  bool ceilMode = node.getBool("ceil_mode");
  if (!node.hasOutput(1))
    return node.setResult(node.create<cnn::MaxPoolOp>(node.getInput(0), window->kernel, window->strides, window->pads,
                                                      window->dilations, ceilMode, window->autoPad));
  Operation *pool = node.createOperation<cnn::MaxPoolWithIndicesOp>(node.getInput(0), window->kernel, window->strides,
                                                                    window->pads, window->dilations, ceilMode,
                                                                    window->autoPad, node.getInt("storage_order", 0));
  return node.setResults(pool);
}

static LogicalResult importAveragePool(NodeImport &node) {
  std::optional<WindowAttributes> window = readWindow(node);
  if (!window)
    return failure();
  return node.setResult(node.create<cnn::AveragePoolOp>(node.getInput(0), window->kernel, window->strides, window->pads,
                                                        window->dilations, node.getBool("ceil_mode"), window->autoPad,
                                                        node.getBool("count_include_pad")));
}

/// The power of a norm, a float in operator set 1; an error if it is not whole.
static int64_t getPower(NodeImport &node) {
  if (node.getOpset() >= 2)
    return node.getInt("p", 2);
  double power = node.getFloat("p", 2);
  if (power < 1 || power > 1000 || power != std::floor(power))
    node.emitError() << "expected attribute 'p' to be a whole number, but got " << power;
  return static_cast<int64_t>(std::clamp(power, 1.0, 1000.0));
}

static LogicalResult importLpPool(NodeImport &node) {
  std::optional<WindowAttributes> window = readWindow(node);
  if (!window)
    return failure();
  return node.setResult(node.create<cnn::LpPoolOp>(node.getInput(0), window->kernel, window->strides, window->pads,
                                                   window->dilations, node.getBool("ceil_mode"), window->autoPad,
                                                   getPower(node)));
}

/// GlobalAveragePool, GlobalMaxPool, GlobalLpPool.
template <PoolKind kind> static LogicalResult importGlobalPool(NodeImport &node) {
  if (node.getRank(0) < 3)
    return node.emitError() << "expected an input of rank 3 or more, but got " << node.getType(0);
  return node.setResult(node.create<cnn::GlobalPoolOp>(kind, node.getInput(0), getPower(node)));
}

/// The shape of MaxUnpool's result: input 2, or what the window's attributes give.
static LogicalResult importMaxUnpool(NodeImport &node) {
  std::optional<WindowAttributes> window = readWindow(node);
  if (!window)
    return failure();
  llvm::SmallVector<int64_t> shape(node.getType(0).getShape());
  size_t spatial = window->strides.size();
  for (size_t i = 0; i < spatial; ++i) {
    if (ShapedType::isDynamic(shape[i + 2]))
      return node.emitError() << "expected static spatial extents, but got " << node.getType(0);
    shape[i + 2] =
        (shape[i + 2] - 1) * window->strides[i] + window->kernel[i] - window->pads[i] - window->pads[spatial + i];
    if (shape[i + 2] < 1)
      return node.emitError() << "the result has no elements";
  }
  auto type = RankedTensorType::get(shape, node.getType(0).getElementType());
  Value result = node.createTyped<cnn::MaxUnpoolOp>(type, node.getInput(0), node.getInput(1));
  if (!node.hasInput(2) || !result)
    return node.setResult(result);
  // Indices count in the tensor that the attributes describe; a larger one that
  // is asked for has zeros behind it.
  std::optional<llvm::SmallVector<int64_t>> wanted = node.getConstantInts(2, "output_shape");
  if (!wanted)
    return failure();
  llvm::SmallVector<int64_t> pads(2 * shape.size(), 0);
  bool fits = wanted->size() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    pads[shape.size() + i] = (*wanted)[i] - (ShapedType::isDynamic(shape[i]) ? (*wanted)[i] : shape[i]);
    fits = (*wanted)[i] >= 0 && pads[shape.size() + i] >= 0;
  }
  if (!fits)
    return node.emitError() << "the output shape is smaller than " << type << ", which the attributes give";
  return node.setResult(node.create<cnn::PadOp>(PadMode::Constant, result, Value(), pads));
}

void registerPooling(Registry &registry) {
  registry.add("MaxPool", 1, 1, importMaxPool);
  registry.add("AveragePool", 1, 1, importAveragePool);
  registry.add("LpPool", 1, 1, importLpPool);
  registry.add("GlobalAveragePool", 1, 1, importGlobalPool<PoolKind::Average>);
  registry.add("GlobalMaxPool", 1, 1, importGlobalPool<PoolKind::Max>);
  registry.add("GlobalLpPool", 1, 1, importGlobalPool<PoolKind::Lp>);
  registry.add("MaxUnpool", 2, 3, importMaxUnpool);
}

} // namespace winnow::onnx_import
