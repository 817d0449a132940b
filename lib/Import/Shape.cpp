//===- Shape.cpp - ops that move data ----------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Extents in an error: numbers, N for the batch, ? for what is not known.
static std::string toString(llvm::ArrayRef<SymbolicNumber> extents) {
  std::string text = "[";
  for (auto [i, extent] : llvm::enumerate(extents)) {
    std::optional<int64_t> value = extent.getInteger();
    text += (i ? ", " : "") + (value ? std::to_string(*value) : extent.isBatch() ? "N" : "?");
  }
  return text + "]";
}

static SymbolicNumber getProduct(llvm::ArrayRef<SymbolicNumber> extents) {
  SymbolicNumber product = SymbolicNumber::integer(1);
  for (const SymbolicNumber &extent : extents)
    product = product * extent;
  return product;
}

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

/// Reports that `target` does not hold the elements of the input. Where the
/// batch is open or was set, a shape written into the graph is the likely cause.
static LogicalResult emitReshapeMismatch(NodeImport &node, llvm::ArrayRef<SymbolicNumber> target) {
  InFlightDiagnostic error = node.emitError();
  error << "cannot reshape " << node.getType(0) << " to " << toString(target);
  if (node.getBatch() || !node.getType(0).hasStaticShape())
    error << "; the graph has the batch it was exported with written into this shape";
  return error;
}

/// A shape literal keeps the batch it was exported with: with -1 elsewhere it
/// would silently mix the pictures of another batch.
static bool mixesReplacedBatch(NodeImport &node, llvm::ArrayRef<SymbolicNumber> target) {
  std::optional<int64_t> replaced = node.getReplacedBatch();
  llvm::ArrayRef<int64_t> shape = node.getType(0).getShape();
  return replaced && *replaced != *node.getBatch() && !shape.empty() && shape[0] == *node.getBatch() &&
         !target.empty() && target[0].getInteger() == *replaced;
}

/// Fills in 0 (the input's extent) and -1 (what is left) of a reshape's target.
static LogicalResult resolveReshape(NodeImport &node, Extents &target) {
  Extents input = node.getExtents(node.getInput(0));
  std::optional<size_t> hole;
  SymbolicNumber known = SymbolicNumber::integer(1);
  bool allowZero = node.getBool("allowzero"), mixes = mixesReplacedBatch(node, target);
  for (auto [i, extent] : llvm::enumerate(target)) {
    std::optional<int64_t> value = extent.getInteger();
    if (value == 0 && !allowZero) {
      if (i >= input.size())
        return node.emitError() << "the shape has 0 at position " << i << ", but the input has rank " << input.size();
      extent = input[i];
    }
    if (value && *value < -1)
      return node.emitError() << "the shape has the negative extent " << *value;
    if (extent.isKnown() && value != -1) {
      known = known * extent;
      continue;
    }
    if (hole)
      return node.emitError() << "more than one extent of the shape is not known when compiling";
    hole = i;
  }
  SymbolicNumber total = getProduct(input);
  if (!hole)
    return !total.isKnown() || total == known ? success() : emitReshapeMismatch(node, target);
  SymbolicNumber rest = total / known;
  target[*hole] = rest;
  if ((total.isKnown() && known.isKnown() && !(rest * known == total)) || mixes)
    return emitReshapeMismatch(node, target);
  return success();
}

/// Reshape 1: the shape is an attribute.
static LogicalResult importReshapeAttribute(NodeImport &node) {
  std::optional<llvm::SmallVector<int64_t>> shape = node.getInts("shape");
  if (!shape)
    return node.emitError() << "attribute 'shape' is missing";
  Extents target = Formula::toExtents(*shape);
  if (failed(resolveReshape(node, target)))
    return failure();
  return node.setResult(node.createReshape(node.getInput(0), target));
}

static LogicalResult importReshape(NodeImport &node) {
  std::optional<SymbolicTensor> shape = node.getSymbolic(1);
  if (!shape || shape->type.getRank() != 1)
    return node.emitError() << "expected input 1 (shape) to be a list known when compiling, but it depends on data";
  Extents target(shape->elements);
  if (failed(resolveReshape(node, target)))
    return failure();
  return node.setResult(node.createReshape(node.getInput(0), target));
}

static LogicalResult importFlatten(NodeImport &node) {
  int64_t rank = node.getRank(0), axis = node.getInt("axis", 1);
  if (axis < -rank || axis > rank)
    return node.emitError() << "attribute 'axis' is " << axis << ", but the input has rank " << rank;
  axis = axis < 0 ? axis + rank : axis;
  Extents extents = node.getExtents(node.getInput(0));
  auto all = llvm::ArrayRef(extents);
  return node.setResult(
      node.createReshape(node.getInput(0), {getProduct(all.take_front(axis)), getProduct(all.drop_front(axis))}));
}

/// The axes of Squeeze and Unsqueeze: attribute or input; nothing where neither is there.
static std::optional<llvm::SmallVector<int64_t>> getAxes(NodeImport &node, bool axesInput) {
  if (!axesInput)
    return node.getInts("axes");
  return node.hasInput(1) ? node.getConstantInts(1, "axes") : std::nullopt;
}

template <bool axesInput> static LogicalResult importSqueeze(NodeImport &node) {
  int64_t rank = node.getRank(0);
  Extents extents = node.getExtents(node.getInput(0)), target;
  std::optional<llvm::SmallVector<int64_t>> axes = getAxes(node, axesInput);
  if (node.hasFailed())
    return failure();
  if (axes && !(axes = node.normalizeAxes(*axes, rank)))
    return failure();
  for (int64_t i = 0; i < rank; ++i) {
    bool isOne = extents[i].getInteger() == 1;
    if (axes && llvm::is_contained(*axes, i) && !isOne)
      return node.emitError() << "cannot squeeze dimension " << i << " of " << node.getType(0);
    if (axes ? !llvm::is_contained(*axes, i) : !isOne)
      target.push_back(extents[i]);
  }
  return node.setResult(node.createReshape(node.getInput(0), target));
}

template <bool axesInput> static LogicalResult importUnsqueeze(NodeImport &node) {
  std::optional<llvm::SmallVector<int64_t>> axes = getAxes(node, axesInput);
  if (!axes)
    return node.hasFailed() ? failure() : LogicalResult(node.emitError() << "the axes are missing");
  int64_t rank = node.getRank(0) + static_cast<int64_t>(axes->size());
  if (!(axes = node.normalizeAxes(*axes, rank)))
    return failure();
  Extents extents = node.getExtents(node.getInput(0)), target;
  for (int64_t i = 0, next = 0; i < rank; ++i)
    target.push_back(llvm::is_contained(*axes, i) ? SymbolicNumber::integer(1) : extents[next++]);
  return node.setResult(node.createReshape(node.getInput(0), target));
}

static LogicalResult importTranspose(NodeImport &node) {
  int64_t rank = node.getRank(0);
  std::optional<llvm::SmallVector<int64_t>> permutation = node.getInts("perm");
  if (node.hasFailed())
    return failure();
  if (!permutation)
    permutation = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  auto axes = node.normalizeAxes(*permutation, rank);
  if (!axes || static_cast<int64_t>(permutation->size()) != rank)
    return node.emitError() << "attribute 'perm' is not a permutation of " << rank << " dimensions";
  for (int64_t &axis : *permutation)
    axis = axis < 0 ? axis + rank : axis;
  return node.setResult(node.createTranspose(node.getInput(0), *permutation));
}

//===----------------------------------------------------------------------===//
// Repetition
//===----------------------------------------------------------------------===//

/// The extent of a dimension that is broadcast to `wanted`; nothing if it cannot be.
static std::optional<SymbolicNumber> getBroadcastExtent(const SymbolicNumber &extent, const SymbolicNumber &wanted) {
  if (wanted.getInteger() == 1 || extent == wanted)
    return extent;
  if (extent.getInteger() == 1)
    return wanted;
  std::optional<int64_t> a = extent.getInteger(), b = wanted.getInteger();
  if (a && b)
    return std::nullopt;
  return a ? extent : SymbolicNumber();
}

static LogicalResult importExpand(NodeImport &node) {
  std::optional<SymbolicTensor> shape = node.getSymbolic(1);
  if (!shape || shape->type.getRank() != 1)
    return node.emitError() << "expected input 1 (shape) to be a list known when compiling, but it depends on data";
  Extents input = node.getExtents(node.getInput(0)), target;
  size_t rank = std::max(input.size(), shape->elements.size());
  llvm::SmallVector<int64_t> resultShape;
  bool needsShape = false;
  for (size_t i = 0; i < rank; ++i) {
    auto get = [&](llvm::ArrayRef<SymbolicNumber> extents) {
      return i + extents.size() < rank ? SymbolicNumber::integer(1) : extents[i + extents.size() - rank];
    };
    std::optional<SymbolicNumber> extent = getBroadcastExtent(get(input), get(shape->elements));
    if (!extent || extent->getInteger().value_or(0) < 0)
      return node.emitError() << "cannot broadcast " << node.getType(0) << " to " << toString(shape->elements);
    target.push_back(*extent);
    resultShape.push_back(extent->getInteger().value_or(ShapedType::kDynamic));
    needsShape |= ShapedType::isDynamic(resultShape.back()) && get(input).isConstant();
  }
  auto type = RankedTensorType::get(resultShape, node.getType(0).getElementType());
  if (type == node.getType(0))
    return node.setResult(node.getInput(0));
  Value shapeOperand = needsShape ? node.getInput(1) : Value();
  return node.setResult(node.setExtents(node.createTyped<cnn::ExpandOp>(type, node.getInput(0), shapeOperand), target));
}

/// Tile with repeats that depend on the batch: an expansion where every
/// repeated dimension has extent 1.
static LogicalResult importSymbolicTile(NodeImport &node, const SymbolicTensor &repeats) {
  Extents extents = node.getExtents(node.getInput(0));
  llvm::SmallVector<int64_t> shape;
  for (auto [extent, repeat] : llvm::zip_equal(extents, repeats.elements)) {
    if (extent.getInteger() != 1 && repeat.getInteger() != 1)
      return node.emitError() << "expected input 1 (repeats) to be known when compiling";
    extent = extent * repeat;
    shape.push_back(extent.getInteger().value_or(ShapedType::kDynamic));
  }
  auto type = RankedTensorType::get(shape, node.getType(0).getElementType());
  return node.setResult(
      node.setExtents(node.createTyped<cnn::ExpandOp>(type, node.getInput(0), node.getInput(1)), extents));
}

/// Tile 1: one dimension is repeated. Its numbers may be floats.
static LogicalResult importTileAxis(NodeImport &node) {
  auto tiles = node.getConstantDoubles(1, "tiles"), axis = tiles ? node.getConstantDoubles(2, "axis") : std::nullopt;
  if (!axis)
    return failure();
  auto isWhole = [](llvm::ArrayRef<double> list) {
    return list.size() == 1 && list[0] == std::floor(list[0]) && std::abs(list[0]) < (1 << 30);
  };
  if (!isWhole(*tiles) || !isWhole(*axis))
    return node.emitError() << "expected tiles and axis to be one whole number each";
  auto times = static_cast<int64_t>(tiles->front());
  auto axes = node.normalizeAxes(static_cast<int64_t>(axis->front()), node.getRank(0));
  if (!axes)
    return failure();
  Extents extents = node.getExtents(node.getInput(0));
  extents[axes->front()] = extents[axes->front()] * SymbolicNumber::integer(times);
  if (times < 0 || !extents[axes->front()].isKnown())
    return node.emitError() << "cannot repeat " << node.getType(0) << " " << times << " times";
  llvm::SmallVector<int64_t> repeats(extents.size(), 1);
  repeats[axes->front()] = times;
  return node.setResult(node.setExtents(node.create<cnn::TileOp>(node.getInput(0), repeats), extents));
}

static LogicalResult importTile(NodeImport &node) {
  std::optional<SymbolicTensor> symbolic = node.getSymbolic(1);
  bool hasRank = symbolic && static_cast<int64_t>(symbolic->elements.size()) == node.getRank(0);
  if (symbolic && !hasRank)
    return node.emitError() << "expected " << node.getRank(0) << " repeats, but got " << symbolic->elements.size();
  if (symbolic && !symbolic->getIntegers())
    return importSymbolicTile(node, *symbolic);
  std::optional<llvm::SmallVector<int64_t>> repeats = node.getConstantInts(1, "repeats");
  if (!repeats)
    return failure();
  Extents extents = node.getExtents(node.getInput(0));
  for (auto [extent, repeat] : llvm::zip_equal(extents, *repeats)) {
    if (repeat < 0)
      return node.emitError() << "expected repeats that are not negative, but got " << repeat;
    extent = extent * SymbolicNumber::integer(repeat);
    if (!extent.isKnown())
      return node.emitError() << "the result has too many elements";
  }
  return node.setResult(node.setExtents(node.create<cnn::TileOp>(node.getInput(0), *repeats), extents));
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

static LogicalResult importConcat(NodeImport &node) {
  llvm::SmallVector<Value> inputs = node.getInputs();
  if (llvm::is_contained(inputs, Value()))
    return node.emitError() << "an input is missing";
  if (!node.hasAttribute("axis") && node.getOpset() >= 4)
    return node.emitError() << "attribute 'axis' is missing";
  int64_t axis = node.getAxis("axis", 1, node.getRank(0)); // Its default before operator set 4.
  for (Value input : inputs)
    if (NodeImport::getType(input).getRank() != node.getRank(0) || node.getRank(0) == 0)
      return node.emitError() << "expected inputs of one rank, but got " << node.getType(0) << " and "
                              << NodeImport::getType(input);
  Value result = inputs.size() == 1 ? inputs[0] : node.create<cnn::ConcatOp>(inputs, axis);
  if (!result)
    return failure();
  Extents extents = node.getExtents(inputs[0]);
  for (Value input : llvm::drop_begin(inputs))
    extents[axis] = extents[axis] + node.getExtents(input)[axis];
  return node.setResult(node.setExtents(result, extents));
}

/// The sizes of Split's parts where they are not given: as even as can be,
/// the last one smaller (opset 18) or all equal (before).
static std::optional<llvm::SmallVector<int64_t>> getEvenParts(NodeImport &node, int64_t extent) {
  int64_t parts = node.getInt("num_outputs", node.getNumOutputs());
  if (parts < 1 || parts > std::max<int64_t>(extent, 1) || (node.getOpset() < 18 && extent % parts != 0)) {
    node.emitError() << "cannot split extent " << extent << " into " << parts << " parts";
    return std::nullopt;
  }
  int64_t size = (extent + parts - 1) / parts;
  llvm::SmallVector<int64_t> sizes;
  for (int64_t i = 0; i < parts; ++i)
    sizes.push_back(std::clamp<int64_t>(extent - i * size, 0, size));
  return sizes;
}

/// Where the sizes of Split's parts are given: an input in operator set 1 and from 13 on, an attribute from 1 to 12.
enum class SplitSizes { Attribute, Input, Either };

template <SplitSizes given> static LogicalResult importSplit(NodeImport &node) {
  int64_t axis = node.getAxis("axis", 0, node.getRank(0));
  if (node.getRank(0) == 0 || node.getType(0).isDynamicDim(axis))
    return node.emitError() << "expected a static extent to split, but got " << node.getType(0);
  int64_t extent = node.getType(0).getDimSize(axis);
  std::optional<llvm::SmallVector<int64_t>> sizes;
  if (given != SplitSizes::Attribute && node.hasInput(1))
    sizes = node.getConstantInts(1, "split");
  else if (given != SplitSizes::Input && node.hasAttribute("split"))
    sizes = node.getInts("split");
  else
    sizes = getEvenParts(node, extent);
  if (!sizes || node.hasFailed())
    return failure();
  if (sizes->size() != node.getNumOutputs())
    return node.emitError() << "expected " << sizes->size() << " outputs, but got " << node.getNumOutputs();
  int64_t start = 0;
  for (auto [i, size] : llvm::enumerate(*sizes)) {
    if (size < 0 || size > extent - start)
      return node.emitError() << "the parts do not add up to extent " << extent;
    if (failed(node.setResult(i, node.createSlice(node.getInput(0), axis, start, start + size))))
      return failure();
    start += size;
  }
  if (start != extent)
    return node.emitError() << "the parts do not add up to extent " << extent;
  return success();
}

/// Bounds of a slice along one axis.
struct SliceBounds {
  int64_t axis, start, end, step;
};

/// Makes bounds small: beyond the tensor they all mean the same.
static void clampBounds(SliceBounds &bounds, int64_t extent) {
  int64_t limit = ShapedType::isDynamic(extent) ? std::numeric_limits<int32_t>::max() : extent;
  bounds.start = std::clamp(bounds.start, -limit - 1, limit);
  bounds.end = std::clamp(bounds.end, -limit - 1, limit);
  bounds.step =
      std::clamp<int64_t>(bounds.step, -std::numeric_limits<int32_t>::max(), std::numeric_limits<int32_t>::max());
}

static LogicalResult createSlice(NodeImport &node, llvm::SmallVector<SliceBounds> &bounds) {
  Value input = node.getInput(0);
  llvm::sort(bounds, [](const SliceBounds &a, const SliceBounds &b) { return a.axis < b.axis; });
  llvm::SmallVector<int64_t> axes, starts, ends, steps;
  Extents extents = node.getExtents(input);
  for (SliceBounds &bound : bounds) {
    int64_t extent = node.getType(0).getDimSize(bound.axis);
    if (bound.step == 0)
      return node.emitError() << "a step is 0";
    clampBounds(bound, extent);
    bool isWhole =
        bound.step == 1 && bound.start == 0 && bound.end >= (ShapedType::isDynamic(extent) ? INT32_MAX : extent);
    if (isWhole)
      continue;
    if (ShapedType::isDynamic(extent))
      return node.emitError() << "a part of the dynamic dimension " << bound.axis << " of " << node.getType(0)
                              << " cannot be taken: give the batch with --batch";
    axes.push_back(bound.axis);
    starts.push_back(bound.start);
    ends.push_back(bound.end);
    steps.push_back(bound.step);
  }
  if (axes.empty())
    return node.setResult(input);
  return node.setResult(node.setExtents(node.create<cnn::SliceOp>(input, axes, starts, ends, steps), extents));
}

/// Puts the lists together; `axes` may be missing (all from the front on), `steps` too (1).
static LogicalResult createSlice(NodeImport &node, llvm::ArrayRef<int64_t> starts, llvm::ArrayRef<int64_t> ends,
                                 std::optional<llvm::SmallVector<int64_t>> axes,
                                 std::optional<llvm::SmallVector<int64_t>> steps) {
  if (!axes)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, starts.size()));
  if (!steps)
    steps = llvm::SmallVector<int64_t>(starts.size(), 1);
  if (ends.size() != starts.size() || axes->size() != starts.size() || steps->size() != starts.size())
    return node.emitError() << "expected as many ends, axes and steps as starts (" << starts.size() << ")";
  if (!node.normalizeAxes(*axes, node.getRank(0)))
    return failure();
  llvm::SmallVector<SliceBounds> bounds;
  for (size_t i = 0; i < starts.size(); ++i) {
    int64_t axis = (*axes)[i];
    bounds.push_back({axis < 0 ? axis + node.getRank(0) : axis, starts[i], ends[i], (*steps)[i]});
  }
  return createSlice(node, bounds);
}

/// Slice 1: everything is an attribute.
static LogicalResult importSliceAttributes(NodeImport &node) {
  auto starts = node.getInts("starts"), ends = node.getInts("ends");
  if (!starts || !ends)
    return node.emitError() << "attributes 'starts' and 'ends' are required";
  return createSlice(node, *starts, *ends, node.getInts("axes"), std::nullopt);
}

/// The ends of a slice; one that is the whole extent of a dynamic dimension
/// counts as "to the end".
static std::optional<llvm::SmallVector<int64_t>> getEnds(NodeImport &node) {
  std::optional<SymbolicTensor> symbolic = node.getSymbolic(2);
  if (!symbolic || symbolic->getIntegers())
    return node.getConstantInts(2, "ends");
  llvm::SmallVector<int64_t> ends;
  for (const SymbolicNumber &end : symbolic->elements) {
    if (!end.isConstant() && !llvm::is_contained(node.getExtents(node.getInput(0)), end))
      return node.getConstantInts(2, "ends"); // For its error.
    ends.push_back(end.getInteger().value_or(std::numeric_limits<int64_t>::max()));
  }
  return ends;
}

static LogicalResult importSlice(NodeImport &node) {
  auto starts = node.getConstantInts(1, "starts"), ends = getEnds(node);
  std::optional<llvm::SmallVector<int64_t>> axes, steps;
  if (node.hasInput(3))
    axes = node.getConstantInts(3, "axes");
  if (node.hasInput(4))
    steps = node.getConstantInts(4, "steps");
  if (node.hasFailed() || !starts || !ends)
    return failure();
  return createSlice(node, *starts, *ends, axes, steps);
}

//===----------------------------------------------------------------------===//
// Padding and blocks
//===----------------------------------------------------------------------===//

static LogicalResult createPad(NodeImport &node, llvm::ArrayRef<int64_t> pads, Value value) {
  auto mode = node.getEnum<PadMode>("mode", "constant",
                                    {{"constant", PadMode::Constant},
                                     {"reflect", PadMode::Reflect},
                                     {"edge", PadMode::Edge},
                                     {"wrap", PadMode::Wrap}});
  if (static_cast<int64_t>(pads.size()) != 2 * node.getRank(0))
    return node.emitError() << "expected " << 2 * node.getRank(0) << " pads, but got " << pads.size();
  for (int64_t pad : pads)
    if (std::abs(pad) > std::numeric_limits<int32_t>::max())
      return node.emitError() << "the pad " << pad << " is out of range";
  if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }))
    return node.setResult(node.getInput(0));
  Value scalar = mode == PadMode::Constant && value ? node.createReshape(value, {}) : Value();
  Value result = node.create<cnn::PadOp>(mode, node.getInput(0), scalar, pads);
  return node.setResult(result ? node.setExtents(result, node.getExtents(node.getInput(0))) : result);
}

/// Pad 2: pads and value are attributes; Pad 1 calls the pads `paddings`.
static LogicalResult importPadAttributes(NodeImport &node) {
  std::optional<llvm::SmallVector<int64_t>> pads = node.getInts(node.getOpset() < 2 ? "paddings" : "pads");
  if (!pads)
    return node.emitError() << "attribute 'pads' is missing";
  double value = node.getFloat("value", 0);
  return createPad(node, *pads, value != 0 ? node.createScalar(node.getType(0).getElementType(), value) : Value());
}

static LogicalResult importPad(NodeImport &node) {
  std::optional<llvm::SmallVector<int64_t>> pads = node.getConstantInts(1, "pads");
  if (!pads)
    return failure();
  if (node.hasInput(2) && node.getType(2).getNumElements() != 1)
    return node.emitError() << "expected input 2 (constant_value) to have one element, but got " << node.getType(2);
  if (!node.hasInput(3))
    return createPad(node, *pads, node.getInput(2));
  int64_t rank = node.getRank(0);
  std::optional<llvm::SmallVector<int64_t>> axes = node.getConstantInts(3, "axes");
  if (!axes || !node.normalizeAxes(*axes, rank))
    return failure();
  if (pads->size() != 2 * axes->size())
    return node.emitError() << "expected " << 2 * axes->size() << " pads, but got " << pads->size();
  llvm::SmallVector<int64_t> all(2 * rank, 0);
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    int64_t dimension = axis < 0 ? axis + rank : axis;
    all[dimension] = (*pads)[i];
    all[rank + dimension] = (*pads)[axes->size() + i];
  }
  return createPad(node, all, node.getInput(2));
}

static LogicalResult importDepthToSpace(NodeImport &node) {
  auto mode =
      node.getEnum<DepthMode>("mode", "DCR", {{"DCR", DepthMode::DepthColumnRow}, {"CRD", DepthMode::ColumnRowDepth}});
  return node.setResult(node.create<cnn::DepthToSpaceOp>(mode, node.getInput(0), node.getInt("blocksize", 0)));
}

/// Mode CRD (opset 28): a channel's block stays together, which is a transpose
/// of the channels that `cnn.space_to_depth` gives.
static LogicalResult importSpaceToDepthByColumns(NodeImport &node, int64_t block) {
  Extents extents = node.getExtents(node.getInput(0));
  if (extents.size() != 4 || block < 1 || block > std::numeric_limits<int32_t>::max())
    return node.emitError() << "expected an input of rank 4 and a positive blocksize";
  SymbolicNumber size = SymbolicNumber::integer(block), rows = extents[2] / size, columns = extents[3] / size;
  if (!(rows * size == extents[2]) || !(columns * size == extents[3]))
    return node.emitError() << "blocksize " << block << " does not divide the extents of " << node.getType(0);
  Value blocks = node.createReshape(node.getInput(0), {extents[0], extents[1], rows, size, columns, size});
  Value moved = node.createTranspose(blocks, {0, 1, 3, 5, 2, 4});
  return node.setResult(node.createReshape(moved, {extents[0], extents[1] * size * size, rows, columns}));
}

static LogicalResult importSpaceToDepth(NodeImport &node) {
  int64_t block = node.getInt("blocksize", 0);
  if (node.getEnum<bool>("mode", "DCR", {{"DCR", false}, {"CRD", true}}))
    return importSpaceToDepthByColumns(node, block);
  return node.setResult(node.create<cnn::SpaceToDepthOp>(node.getInput(0), block));
}

//===----------------------------------------------------------------------===//
// Extents as values
//===----------------------------------------------------------------------===//

static LogicalResult importShape(NodeImport &node) {
  int64_t rank = node.getRank(0);
  auto normalize = [&](int64_t position) {
    return std::clamp<int64_t>(position < 0 ? position + rank : position, 0, rank);
  };
  int64_t start = normalize(node.getInt("start", 0));
  int64_t end = std::max(start, node.hasAttribute("end") ? normalize(node.getInt("end", 0)) : rank);
  return node.setResult(node.create<cnn::ShapeOp>(node.getInput(0), start, end));
}

static LogicalResult importSize(NodeImport &node) { return node.setResult(node.create<cnn::SizeOp>(node.getInput(0))); }

void registerShape(Registry &registry) {
  registry.add("Reshape", 1, 1, importReshapeAttribute);
  registry.add("Reshape", 2, 2, importReshape, 5);
  registry.add("Flatten", 1, 1, importFlatten);
  registry.add("Squeeze", 1, 1, importSqueeze<false>);
  registry.add("Squeeze", 1, 2, importSqueeze<true>, 13);
  registry.add("Unsqueeze", 1, 1, importUnsqueeze<false>);
  registry.add("Unsqueeze", 2, 2, importUnsqueeze<true>, 13);
  registry.add("Transpose", 1, 1, importTranspose);
  registry.add("Expand", 2, 2, importExpand);
  registry.add("Tile", 3, 3, importTileAxis);
  registry.add("Tile", 2, 2, importTile, 6);
  registry.add("Concat", 1, kVariadic, importConcat);
  registry.add("Split", 1, 2, importSplit<SplitSizes::Either>);
  registry.add("Split", 1, 1, importSplit<SplitSizes::Attribute>, 2);
  registry.add("Split", 1, 2, importSplit<SplitSizes::Input>, 13);
  registry.add("Slice", 1, 1, importSliceAttributes);
  registry.add("Slice", 3, 5, importSlice, 10);
  registry.add("Pad", 1, 1, importPadAttributes);
  registry.add("Pad", 2, 4, importPad, 11);
  registry.add("DepthToSpace", 1, 1, importDepthToSpace);
  registry.add("SpaceToDepth", 1, 1, importSpaceToDepth);
  registry.add("Shape", 1, 1, importShape);
  registry.add("Size", 1, 1, importSize);
}

} // namespace winnow::onnx_import
