//===- Selection.cpp - parts chosen by masks, lengths and places ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"
#include "TensorData.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Crops what is too large and pads what is too small with zeros, evenly on both sides; of an odd number, the
/// larger half is at the end.
static LogicalResult importCenterCropPad(NodeImport &node) {
  Formula formula(node);
  int64_t rank = node.getRank(0);
  auto shape = node.getConstantInts(1, "shape");
  auto axes = node.getInts("axes").value_or(llvm::to_vector(llvm::seq<int64_t>(0, rank)));
  if (!shape || node.hasFailed() || !node.normalizeAxes(axes, rank))
    return failure();
  if (shape->size() != axes.size())
    return node.emitError() << "expected " << axes.size() << " extents, but got " << shape->size();
  Value result = node.getInput(0);
  llvm::SmallVector<int64_t> pads(2 * rank, 0);
  for (auto [axis, wanted] : llvm::zip_equal(axes, *shape)) {
    int64_t dimension = axis < 0 ? axis + rank : axis, extent = node.getType(0).getDimSize(dimension);
    if (ShapedType::isDynamic(extent) || wanted < 0)
      return node.emitError() << "dimension " << dimension << " of " << node.getType(0) << " cannot become " << wanted;
    if (int64_t surplus = extent - wanted; surplus > 0)
      result = formula.slice(result, dimension, surplus / 2, surplus / 2 + wanted);
    pads[dimension] = std::max<int64_t>(wanted - extent, 0) / 2;
    pads[rank + dimension] = std::max<int64_t>(wanted - extent, 0) - pads[dimension];
  }
  if (result && llvm::any_of(pads, [](int64_t pad) { return pad != 0; })) {
    Extents extents = node.getExtents(result);
    for (int64_t i = 0; i < rank; ++i)
      extents[i] = extents[i] + SymbolicNumber::integer(pads[i] + pads[rank + i]);
    result = node.create<cnn::PadOp>(PadMode::Constant, result, Value(), pads);
    result = node.setExtents(result, extents);
  }
  return node.setResult(result);
}

/// Positions of bools that hold, in row-major order; an error if they are not known.
static std::optional<llvm::SmallVector<int64_t>> getHits(NodeImport &node, unsigned input, llvm::StringRef what) {
  auto values = node.getConstantDoubles(input, what);
  if (!values)
    return std::nullopt;
  llvm::SmallVector<int64_t> hits;
  for (auto [i, value] : llvm::enumerate(*values))
    if (value != 0)
      hits.push_back(static_cast<int64_t>(i));
  return hits;
}

static LogicalResult importCompress(NodeImport &node) {
  auto hits = getHits(node, 1, "condition");
  if (!hits)
    return failure();
  Formula formula(node);
  Value input = node.getInput(0);
  int64_t axis = 0;
  if (node.hasAttribute("axis")) {
    axis = node.getAxis("axis", 0, node.getRank(0));
  } else {
    SymbolicNumber total = SymbolicNumber::integer(1);
    for (const SymbolicNumber &extent : node.getExtents(input))
      total = total * extent;
    input = formula.reshape(input, {total});
  }
  if (!input || node.hasFailed() || NodeImport::getType(input).getRank() == 0)
    return node.emitError() << "expected an input of rank 1 or more";
  int64_t extent = NodeImport::getType(input).getDimSize(axis);
  if (ShapedType::isDynamic(extent) || (!hits->empty() && hits->back() >= extent))
    return node.emitError() << "the condition chooses beyond dimension " << axis << " of " << input.getType();
  return node.setResult(node.create<cnn::GatherOp>(input, node.createInts(*hits), axis));
}

/// The positions of a constant's elements that are not zero, one column each.
static LogicalResult importNonZero(NodeImport &node) {
  auto hits = getHits(node, 0, "X");
  if (!hits)
    return failure();
  llvm::ArrayRef<int64_t> shape = node.getType(0).getShape();
  llvm::SmallVector<int64_t> positions(shape.size() * hits->size());
  for (auto [column, hit] : llvm::enumerate(*hits))
    for (int64_t rest = hit, d = static_cast<int64_t>(shape.size()) - 1; d >= 0; rest /= shape[d--])
      positions[d * hits->size() + column] = rest % shape[d];
  auto type = RankedTensorType::get({static_cast<int64_t>(shape.size()), static_cast<int64_t>(hits->size())},
                                    node.getBuilder().getI64Type());
  return node.setResult(node.createConstant(DenseElementsAttr::get(type, llvm::ArrayRef<int64_t>(positions))));
}

/// `value`, of one dimension, as dimension `axis` of `rank`.
static Value layAlong(NodeImport &node, Value value, int64_t axis, int64_t rank) {
  if (!value)
    return {};
  Extents extents(rank, SymbolicNumber::integer(1));
  extents[axis] = node.getExtents(value)[0];
  return node.createReshape(value, extents);
}

/// The first elements of each sample's sequence in reverse order.
static LogicalResult importReverseSequence(NodeImport &node) {
  Formula formula(node);
  int64_t rank = node.getRank(0);
  int64_t time = node.getAxis("time_axis", 0, rank), batch = node.getAxis("batch_axis", 1, rank);
  if (rank < 2 || time == batch || node.getRank(1) != 1 || node.getType(0).isDynamicDim(time))
    return node.emitError() << "cannot reverse dimension " << time << " of " << node.getType(0) << " by lengths "
                            << node.getType(1);
  Value steps = layAlong(node, formula.count(0, node.getType(0).getDimSize(time)), time, rank);
  Value lengths = layAlong(node, node.createCast(node.getInput(1), node.getBuilder().getI64Type()), batch, rank);
  Value mirrored = formula.sub(formula.sub(lengths, steps), formula.scalar(1, steps));
  Value indices = formula.where(formula.less(steps, lengths), mirrored, steps);
  indices = formula.broadcast(indices, node.getExtents(node.getInput(0)));
  return node.setResult(node.create<cnn::GatherElementsOp>(node.getInput(0), indices, time));
}

/// Writes new positions into a cache, at each sample's place.
static LogicalResult importTensorScatter(NodeImport &node) {
  Formula formula(node);
  int64_t rank = node.getRank(0), axis = node.getAxis("axis", -2, rank);
  bool circular = node.getEnum<bool>("mode", "linear", {{"linear", false}, {"circular", true}});
  if (rank < 2 || node.getRank(1) != rank || axis == 0 || !node.getType(1).hasStaticShape() ||
      !node.getType(0).hasStaticShape())
    return node.emitError() << "expected a static cache and update of one rank, but got " << node.getType(0) << " and "
                            << node.getType(1);
  Value places = layAlong(node, formula.count(0, node.getType(1).getDimSize(axis)), axis, rank);
  if (node.hasInput(2)) {
    Value starts = node.createCast(node.getInput(2), node.getBuilder().getI64Type());
    places = formula.add(places, layAlong(node, starts, 0, rank));
  }
  if (circular) {
    Value extent = formula.scalar(static_cast<double>(node.getType(0).getDimSize(axis)), places);
    places = node.create<cnn::ModOp>(places, extent, /*fmod=*/false);
  }
  places = formula.broadcast(places, node.getExtents(node.getInput(1)));
  return node.setResult(
      node.create<cnn::ScatterElementsOp>(node.getInput(0), places, node.getInput(1), ScatterKind::Replace, axis));
}

namespace {
/// How patches lie in pictures.
struct PatchPlan {
  llvm::SmallVector<int64_t> image, block, strides, dilations, pads;
  /// Patches along each dimension, and what the last one leaves over.
  llvm::SmallVector<int64_t> steps, rest;
  int64_t taps = 1, patches = 1;
};
} // namespace

/// Reads the lists of Col2Im; an error if they do not fit each other.
static std::optional<PatchPlan> planPatches(NodeImport &node) {
  auto image = node.getConstantInts(1, "image_shape");
  auto block = image ? node.getConstantInts(2, "block_shape") : std::nullopt;
  if (!block)
    return std::nullopt;
  size_t spatial = block->size();
  auto read = [&](llvm::StringRef name, size_t size, int64_t standard) {
    return node.getInts(name).value_or(llvm::SmallVector<int64_t>(size, standard));
  };
  PatchPlan plan{
      *image, *block, read("strides", spatial, 1), read("dilations", spatial, 1), read("pads", 2 * spatial, 0), {}, {}};
  auto isList = [](llvm::ArrayRef<int64_t> list, size_t size, int64_t low) {
    return list.size() == size &&
           llvm::all_of(list, [low](int64_t value) { return value >= low && value < (1 << 20); });
  };
  if (spatial == 0 || spatial > 6 || !isList(plan.image, spatial, 1) || !isList(plan.block, spatial, 1) ||
      !isList(plan.strides, spatial, 1) || !isList(plan.dilations, spatial, 1) || !isList(plan.pads, 2 * spatial, 0)) {
    node.emitError() << "expected image_shape, block_shape, strides, dilations and pads of one rank";
    return std::nullopt;
  }
  for (size_t i = 0; i < spatial; ++i) {
    int64_t room = plan.image[i] + plan.pads[i] + plan.pads[spatial + i] - plan.dilations[i] * (plan.block[i] - 1) - 1;
    plan.steps.push_back(room < 0 ? 0 : room / plan.strides[i] + 1);
    plan.rest.push_back(room < 0 ? 0 : room % plan.strides[i]);
    // Far above what is accepted, and far from an overflow.
    plan.taps = std::min<int64_t>(plan.taps * plan.block[i], 1 << 30);
    plan.patches = std::min(plan.patches * plan.steps.back(), int64_t(1) << 40);
  }
  return plan;
}

/// Sums patches back into pictures: a transposed convolution that takes each patch's element to its place.
static LogicalResult importCol2Im(NodeImport &node) {
  constexpr int64_t maxTaps = 4096, maxFilterElements = 1 << 24;
  std::optional<PatchPlan> plan = planPatches(node);
  if (!plan)
    return failure();
  RankedTensorType type = node.getType(0);
  int64_t rows = type.getRank() == 3 ? type.getDimSize(1) : -1, taps = plan->taps;
  if (rows < 1 || taps > maxTaps || rows % taps != 0 || rows > maxFilterElements / taps ||
      type.getDimSize(2) != plan->patches || !isa<FloatType>(type.getElementType()))
    return node.emitError() << "expected floats of [batch, channels * " << taps << ", " << plan->patches
                            << "], but got " << type;
  llvm::SmallVector<bool> unit(rows * taps, false);
  for (int64_t row = 0; row < rows; ++row)
    unit[row * taps + row % taps] = true;
  llvm::SmallVector<int64_t> filterShape = {rows, 1};
  filterShape.append(plan->block);
  auto maskType = RankedTensorType::get(filterShape, node.getBuilder().getI1Type());
  Value mask = node.createConstant(DenseElementsAttr::get(maskType, llvm::ArrayRef<bool>(unit)));
  Extents extents = {node.getExtents(node.getInput(0))[0], SymbolicNumber::integer(rows)};
  llvm::append_range(extents, Formula::toExtents(plan->steps));
  return node.setResult(node.create<cnn::TransposedConvolutionOp>(
      node.createReshape(node.getInput(0), extents), node.createCast(mask, type.getElementType()), Value(),
      plan->strides, plan->pads, plan->dilations, plan->rest, rows / taps, AutoPad::Explicit));
}

void registerSelection(Registry &registry) {
  registry.add("CenterCropPad", 2, 2, importCenterCropPad, 18);
  registry.add("Compress", 2, 2, importCompress, 9);
  registry.add("NonZero", 1, 1, importNonZero, 9);
  registry.add("ReverseSequence", 2, 2, importReverseSequence, 10);
  registry.add("TensorScatter", 2, 3, importTensorScatter, 24);
  registry.add("Col2Im", 3, 3, importCol2Im, 18);
}

} // namespace winnow::onnx_import
