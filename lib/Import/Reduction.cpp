//===- Reduction.cpp - reductions, extrema and selection ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

/// The extents of a reduction's result.
static llvm::SmallVector<SymbolicNumber> getReducedExtents(llvm::ArrayRef<SymbolicNumber> extents,
                                                           llvm::ArrayRef<int64_t> axes, bool keepDims) {
  llvm::SmallVector<SymbolicNumber> result;
  for (auto [i, extent] : llvm::enumerate(extents)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      result.push_back(extent);
    else if (keepDims)
      result.push_back(SymbolicNumber::integer(1));
  }
  return result;
}

/// Axes come as an attribute in old operator sets, as input 1 in new ones.
template <ReductionKind kind, bool axesInput> static LogicalResult importReduce(NodeImport &node) {
  int64_t rank = node.getRank(0);
  std::optional<llvm::SmallVector<int64_t>> axes;
  if constexpr (axesInput) {
    if (node.hasInput(1) && !(axes = node.getConstantInts(1, "axes")))
      return failure();
  } else {
    axes = node.getInts("axes");
  }
  bool keepDims = node.getBool("keepdims", true);
  bool all = !axes || axes->empty();
  if (all && axesInput && node.getBool("noop_with_empty_axes"))
    axes = llvm::SmallVector<int64_t>();
  else if (all)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  axes = node.normalizeAxes(*axes, rank);
  if (!axes)
    return failure();
  constexpr bool plain = kind == ReductionKind::Sum || kind == ReductionKind::Mean || kind == ReductionKind::Max ||
                         kind == ReductionKind::Min || kind == ReductionKind::Prod;
  if (plain && axes->empty()) // Of one element each.
    return node.setResult(node.getInput(0));
  Value result = node.create<cnn::ReduceOp>(kind, node.getInput(0), *axes, keepDims);
  if (!result)
    return failure();
  return node.setResult(node.setExtents(result, getReducedExtents(node.getExtents(node.getInput(0)), *axes, keepDims)));
}

template <typename OpTy> static LogicalResult importArg(NodeImport &node) {
  int64_t axis = node.getAxis("axis", 0, node.getRank(0));
  bool keepDims = node.getBool("keepdims", true);
  Value result = node.create<OpTy>(node.getInput(0), axis, keepDims, node.getBool("select_last_index"));
  if (!result)
    return failure();
  return node.setResult(node.setExtents(result, getReducedExtents(node.getExtents(node.getInput(0)), axis, keepDims)));
}

static LogicalResult createTopK(NodeImport &node, int64_t k) {
  int64_t axis = node.getAxis("axis", -1, node.getRank(0));
  if (k < 0)
    return node.emitError() << "expected k to be positive, but got " << k;
  return node.setResults(node.createOperation<cnn::TopKOp>(node.getInput(0), k, axis, node.getBool("largest", true)));
}

/// TopK 1: k is an attribute.
static LogicalResult importTopKAttribute(NodeImport &node) { return createTopK(node, node.getInt("k", -1)); }

static LogicalResult importTopK(NodeImport &node) {
  std::optional<int64_t> k = node.getConstantInt(1, "k");
  return k ? createTopK(node, *k) : failure();
}

static LogicalResult importCumSum(NodeImport &node) {
  std::optional<int64_t> axis = node.getConstantInt(1, "axis");
  auto axes = axis ? node.normalizeAxes(*axis, node.getRank(0)) : std::nullopt;
  if (!axes)
    return failure();
  return node.setResult(
      node.create<cnn::CumSumOp>(node.getInput(0), axes->front(), node.getBool("exclusive"), node.getBool("reverse")));
}

/// Running products in log2(n) steps: each step multiplies with what lies 1, 2, 4, ... before.
static LogicalResult importCumProd(NodeImport &node) {
  std::optional<int64_t> axis = node.getConstantInt(1, "axis");
  auto axes = axis ? node.normalizeAxes(*axis, node.getRank(0)) : std::nullopt;
  if (!axes)
    return failure();
  if (node.getType(0).isDynamicDim(axes->front()))
    return node.emitError() << "expected a static extent to multiply along, but got " << node.getType(0);
  bool reverse = node.getBool("reverse");
  int64_t rank = node.getRank(0), extent = node.getType(0).getDimSize(axes->front());
  Formula formula(node);
  Value ones = formula.scalar(1, node.getInput(0));
  auto shift = [&](Value value, int64_t by) {
    Extents extents = value ? node.getExtents(value) : Extents();
    llvm::SmallVector<int64_t> pads(2 * rank, 0);
    pads[axes->front() + (reverse ? rank : 0)] = by;
    Value kept = formula.slice(value, axes->front(), reverse ? by : 0, reverse ? extent : extent - by);
    return node.setExtents(node.create<cnn::PadOp>(PadMode::Constant, kept, ones, pads), extents);
  };
  Value result = node.getBool("exclusive") && extent > 0 ? shift(node.getInput(0), 1) : node.getInput(0);
  for (int64_t by = 1; by < extent; by *= 2)
    result = formula.mul(result, shift(result, by));
  return node.setResult(result);
}

/// A scalar input as a number, `defaultValue` where it is left out.
static std::optional<double> getScalar(NodeImport &node, unsigned input, llvm::StringRef what, double defaultValue) {
  if (!node.hasInput(input))
    return defaultValue;
  std::optional<llvm::SmallVector<double>> values = node.getConstantDoubles(input, what);
  if (values && values->size() == 1)
    return values->front();
  if (values)
    node.emitError() << "expected input " << input << " (" << what << ") to have one element";
  return std::nullopt;
}

static LogicalResult importNonMaxSuppression(NodeImport &node) {
  std::optional<int64_t> maxOutput = 0;
  if (node.hasInput(2))
    maxOutput = node.getConstantInt(2, "max_output_boxes_per_class");
  std::optional<double> iouThreshold = getScalar(node, 3, "iou_threshold", 0);
  std::optional<double> scoreThreshold = getScalar(node, 4, "score_threshold", 0);
  if (!maxOutput || !iouThreshold || !scoreThreshold)
    return failure();
  FloatAttr threshold = node.hasInput(4) ? node.getBuilder().getF64FloatAttr(*scoreThreshold) : FloatAttr();
  return node.setResult(node.create<cnn::NonMaxSuppressionOp>(
      node.getInput(0), node.getInput(1), node.getBuilder().getI64IntegerAttr(std::max<int64_t>(*maxOutput, 0)),
      node.getBuilder().getF64FloatAttr(*iouThreshold), threshold,
      node.getBuilder().getBoolAttr(node.getBool("center_point_box"))));
}

/// Registers a reduction whose axes became an input in opset `inputSince`.
template <ReductionKind kind> static void addReduce(Registry &registry, llvm::StringRef name, int64_t inputSince = 18) {
  registry.add(name, 1, 1, importReduce<kind, false>);
  registry.add(name, 1, 2, importReduce<kind, true>, inputSince);
}

void registerReduction(Registry &registry) {
  addReduce<ReductionKind::Sum>(registry, "ReduceSum", 13);
  addReduce<ReductionKind::Mean>(registry, "ReduceMean");
  addReduce<ReductionKind::Max>(registry, "ReduceMax");
  addReduce<ReductionKind::Min>(registry, "ReduceMin");
  addReduce<ReductionKind::Prod>(registry, "ReduceProd");
  addReduce<ReductionKind::L1>(registry, "ReduceL1");
  addReduce<ReductionKind::L2>(registry, "ReduceL2");
  addReduce<ReductionKind::LogSum>(registry, "ReduceLogSum");
  addReduce<ReductionKind::LogSumExp>(registry, "ReduceLogSumExp");
  addReduce<ReductionKind::SumSquare>(registry, "ReduceSumSquare");
  registry.add("ArgMax", 1, 1, importArg<cnn::ArgMaxOp>);
  registry.add("ArgMin", 1, 1, importArg<cnn::ArgMinOp>);
  registry.add("TopK", 1, 1, importTopKAttribute);
  registry.add("TopK", 2, 2, importTopK, 10);
  registry.add("CumSum", 2, 2, importCumSum);
  registry.add("CumProd", 2, 2, importCumProd, 26);
  registry.add("NonMaxSuppression", 2, 5, importNonMaxSuppression);
}

} // namespace winnow::onnx_import
