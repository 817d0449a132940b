//===- Normalization.cpp - normalisations and the softmax family -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

static LogicalResult importBatchNormalization(NodeImport &node) {
  if (node.getInt("spatial", 1) != 1)
    return node.emitError() << "spatial = 0 (statistics per element) is not supported";
  if (node.getBool("training_mode"))
    return node.emitError() << "training_mode = 1 is not supported: export the model for inference";
  return node.setResult(node.create<cnn::BatchNormOp>(node.getInput(0), node.getInput(1), node.getInput(2),
                                                      node.getInput(3), node.getInput(4),
                                                      node.getFloat("epsilon", 1e-5)));
}

static LogicalResult importInstanceNormalization(NodeImport &node) {
  return node.setResult(node.create<cnn::InstanceNormOp>(node.getInput(0), node.getInput(1), node.getInput(2),
                                                         node.getFloat("epsilon", 1e-5)));
}

/// Repeats each value of a tensor per group for all channels of the group.
static Value spreadGroups(NodeImport &node, Value perGroup, int64_t groups, int64_t channels) {
  Type elementType = NodeImport::getType(perGroup).getElementType();
  auto number = [](int64_t value) { return SymbolicNumber::integer(value); };
  Value column = node.createReshape(perGroup, {number(groups), number(1)});
  Value grid =
      node.createTyped<cnn::ExpandOp>(RankedTensorType::get({groups, channels / groups}, elementType), column, Value());
  return node.createReshape(grid, {number(channels)});
}

static LogicalResult importGroupNormalization(NodeImport &node) {
  int64_t groups = node.getInt("num_groups", 0);
  int64_t channels = node.getRank(0) > 1 ? node.getType(0).getDimSize(1) : 0;
  if (groups < 1 || channels < 1 || channels % groups != 0)
    return node.emitError() << "num_groups = " << groups << " does not divide the channels of " << node.getType(0);
  Value scale = node.getInput(1), bias = node.getInput(2);
  if (node.getOpset() < 21) { // One value per group, before it became one per channel.
    auto perGroup = llvm::ArrayRef(groups);
    if (node.getType(1).getShape() != perGroup || node.getType(2).getShape() != perGroup)
      return node.emitError() << "expected scale and bias of " << groups << " elements";
    scale = spreadGroups(node, scale, groups, channels);
    bias = spreadGroups(node, bias, groups, channels);
  }
  return node.setResult(
      node.create<cnn::GroupNormOp>(node.getInput(0), scale, bias, groups, node.getFloat("epsilon", 1e-5)));
}

static LogicalResult importLayerNormalization(NodeImport &node) {
  int64_t axis = node.getAxis("axis", -1, node.getRank(0));
  return node.setResults(node.createOperation<cnn::LayerNormOp>(node.getInput(0), node.getInput(1), node.getInput(2),
                                                                axis, node.getFloat("epsilon", 1e-5)));
}

/// Mean over `axes`, which keep extent 1.
static Value createMean(NodeImport &node, Value input, llvm::ArrayRef<int64_t> axes) {
  return node.create<cnn::ReduceOp>(ReductionKind::Mean, input, axes, /*keep_dims=*/true);
}

/// x / sqrt(mean(x^2) + epsilon) * scale over the dimensions from `axis` on.
static LogicalResult importRMSNormalization(NodeImport &node) {
  int64_t rank = node.getRank(0), axis = node.getAxis("axis", -1, rank);
  Value input = node.getInput(0);
  Type elementType = node.getType(0).getElementType();
  auto axes = llvm::to_vector(llvm::seq(axis, rank));
  Value square = createMean(node, node.create<cnn::MulOp>(input, input), axes);
  Value epsilon = node.createScalar(elementType, node.getFloat("epsilon", 1e-5));
  Value deviation = node.create<cnn::SqrtOp>(node.create<cnn::AddOp>(square, epsilon));
  return node.setResult(node.create<cnn::MulOp>(node.create<cnn::DivOp>(input, deviation), node.getInput(1)));
}

static LogicalResult importMeanVarianceNormalization(NodeImport &node) {
  auto axes = node.normalizeAxes(node.getInts("axes").value_or(llvm::SmallVector<int64_t>{0, 2, 3}), node.getRank(0));
  if (!axes)
    return failure();
  Value input = node.getInput(0);
  Value centred = node.create<cnn::SubOp>(input, createMean(node, input, *axes));
  Value variance = createMean(node, node.create<cnn::MulOp>(centred, centred), *axes);
  Value epsilon = node.createScalar(node.getType(0).getElementType(), 1e-9);
  Value deviation = node.create<cnn::AddOp>(node.create<cnn::SqrtOp>(variance), epsilon);
  return node.setResult(node.create<cnn::DivOp>(centred, deviation));
}

static LogicalResult importLpNormalization(NodeImport &node) {
  int64_t axis = node.getAxis("axis", -1, node.getRank(0));
  return node.setResult(node.create<cnn::LpNormOp>(node.getInput(0), axis, node.getInt("p", 2)));
}

static LogicalResult importLRN(NodeImport &node) {
  int64_t size = node.getInt("size", 0);
  if (size < 1)
    return node.emitError() << "expected attribute 'size' to be positive, but got " << size;
  return node.setResult(node.create<cnn::LocalResponseNormOp>(node.getInput(0), size, node.getFloat("alpha", 1e-4),
                                                              node.getFloat("beta", 0.75), node.getFloat("bias", 1.0)));
}

/// One of the family along an axis; each step of a softmax of 16-bit floats is rounded.
template <typename OpTy> static Value createSoftmax(NodeImport &node, Value input, int64_t axis) {
  if constexpr (std::is_same_v<OpTy, cnn::SoftmaxOp>)
    return Formula(node).softmax(input, axis);
  else
    return node.create<OpTy>(input, axis);
}

template <typename OpTy> static LogicalResult importSoftmax(NodeImport &node) {
  return node.setResult(createSoftmax<OpTy>(node, node.getInput(0), node.getAxis("axis", -1, node.getRank(0))));
}

/// Before opset 13 the family works on all dimensions from `axis` on as if they
/// were one.
template <typename OpTy> static LogicalResult importFlatSoftmax(NodeImport &node) {
  Value input = node.getInput(0);
  int64_t rank = node.getRank(0), axis = node.getAxis("axis", std::min<int64_t>(rank - 1, 1), rank);
  llvm::ArrayRef<int64_t> shape = node.getType(0).getShape();
  if (node.hasFailed() || rank == 0)
    return node.emitError() << "expected an input of rank 1 or more";
  if (llvm::all_of(shape.drop_front(axis + 1), [](int64_t extent) { return extent == 1; }))
    return node.setResult(createSoftmax<OpTy>(node, input, axis));
  llvm::SmallVector<SymbolicNumber> extents = node.getExtents(input);
  SymbolicNumber outer = SymbolicNumber::integer(1), inner = outer;
  for (int64_t i = 0; i < rank; ++i)
    (i < axis ? outer : inner) = (i < axis ? outer : inner) * extents[i];
  Value flat = node.createReshape(input, {outer, inner});
  return node.setResult(node.createReshape(createSoftmax<OpTy>(node, flat, 1), extents));
}

template <typename OpTy> static void addSoftmax(Registry &registry, llvm::StringRef name) {
  registry.add(name, 1, 1, importFlatSoftmax<OpTy>);
  registry.add(name, 1, 1, importSoftmax<OpTy>, 13);
}

void registerNormalization(Registry &registry) {
  registry.add("BatchNormalization", 5, 5, importBatchNormalization);
  registry.add("InstanceNormalization", 3, 3, importInstanceNormalization);
  registry.add("GroupNormalization", 3, 3, importGroupNormalization, 18);
  registry.add("LayerNormalization", 2, 3, importLayerNormalization);
  registry.add("RMSNormalization", 2, 2, importRMSNormalization);
  registry.add("MeanVarianceNormalization", 1, 1, importMeanVarianceNormalization);
  registry.add("LpNormalization", 1, 1, importLpNormalization);
  registry.add("LRN", 1, 1, importLRN);
  addSoftmax<cnn::SoftmaxOp>(registry, "Softmax");
  addSoftmax<cnn::LogSoftmaxOp>(registry, "LogSoftmax");
  addSoftmax<cnn::HardmaxOp>(registry, "Hardmax");
}

} // namespace winnow::onnx_import
