//===- ElementwiseLoop.cpp - one loop nest over broadcast operands ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "KernelLowering.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace winnow::kernel {

namespace {
/// How one operand moves when one dimension of the result does.
enum class Motion { Unknown, Moves, Stays };

/// A run of result dimensions that are walked by one loop.
struct Group {
  SmallVector<int64_t> dims;
  SmallVector<Motion> motions;
};
} // namespace

/// How `operand` moves along dimension `dim` of a result of type `result`;
/// unknown where the result's extent is 1.
static Motion getMotion(MemRefType operand, MemRefType result, int64_t dim) {
  if (result.getDimSize(dim) == 1)
    return Motion::Unknown;
  int64_t own = dim - (result.getRank() - operand.getRank());
  return own < 0 || operand.getDimSize(own) == 1 ? Motion::Stays : Motion::Moves;
}

/// Whether dimension `dim` of the result directly follows dimension `dim - 1`
/// in the memory of `operand`.
static bool followsInMemory(MemRefType operand, int64_t resultRank, int64_t dim) {
  if (operand.getLayout().isIdentity())
    return true;
  int64_t own = dim - (resultRank - operand.getRank()), offset;
  if (own < 1)
    return true;
  SmallVector<int64_t> strides;
  if (failed(operand.getStridesAndOffset(strides, offset)) || operand.isDynamicDim(own))
    return false;
  return !ShapedType::isDynamic(strides[own]) && strides[own - 1] == strides[own] * operand.getDimSize(own);
}

/// Whether dimension `dim` can join `group`; updates the group's motions if so.
static bool tryJoin(Group &group, int64_t dim, ArrayRef<MemRefType> types, MemRefType result) {
  SmallVector<Motion> merged = group.motions;
  for (auto [motion, type] : llvm::zip_equal(merged, types)) {
    if (!followsInMemory(type, result.getRank(), dim))
      return false;
    Motion next = getMotion(type, result, dim);
    if (motion == Motion::Unknown)
      motion = next;
    else if (next != Motion::Unknown && next != motion)
      return false;
  }
  group.motions = merged;
  group.dims.push_back(dim);
  return true;
}

static SmallVector<Group> groupDims(ArrayRef<MemRefType> types, MemRefType result) {
  SmallVector<Group> groups;
  for (int64_t dim = 0; dim < result.getRank(); ++dim) {
    if (!groups.empty() && tryJoin(groups.back(), dim, types, result))
      continue;
    Group group;
    group.dims.push_back(dim);
    for (MemRefType type : types)
      group.motions.push_back(getMotion(type, result, dim));
    groups.push_back(group);
  }
  return groups;
}

namespace {
/// An operand whose dimensions were collapsed: `groups[i]` is the loop that
/// drives its i-th dimension, or -1 where the index is always zero.
struct CollapsedOperand {
  Value buffer;
  SmallVector<int64_t> loops;
  bool movesInnermost = false;

  SmallVector<Value> getIndices(OpBuilder &b, Location loc, ValueRange loopIndices) const {
    SmallVector<Value> indices;
    for (int64_t loop : loops)
      indices.push_back(loop < 0 ? indexConstant(b, loc, 0) : loopIndices[loop]);
    return indices;
  }
};
} // namespace

static CollapsedOperand collapse(OpBuilder &b, Location loc, Value buffer, ArrayRef<Group> groups, unsigned number,
                                 int64_t resultRank) {
  CollapsedOperand operand;
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  SmallVector<ReassociationIndices> reassociation;
  for (auto [loop, group] : llvm::enumerate(groups)) {
    ReassociationIndices own;
    for (int64_t dim : group.dims)
      if (int64_t position = dim - (resultRank - rank); position >= 0)
        own.push_back(position);
    bool moves = group.motions[number] == Motion::Moves;
    operand.movesInnermost = moves;
    if (own.empty())
      continue;
    reassociation.push_back(own);
    operand.loops.push_back(moves ? static_cast<int64_t>(loop) : -1);
  }
  operand.buffer = static_cast<int64_t>(reassociation.size()) == rank
                       ? buffer
                       : memref::CollapseShapeOp::create(b, loc, buffer, reassociation).getResult();
  return operand;
}

/// Whether a loop that reads `input` as `operand` says may write its result over
/// it: elements pair up, or the two can never be placed alike. Places are
/// rounded to cache lines.
static bool allowsInPlace(MemRefType input, ArrayRef<Group> groups, unsigned number, MemRefType result) {
  unsigned inputBits = input.getElementTypeBitWidth(), resultBits = result.getElementTypeBitWidth();
  bool pairs = llvm::none_of(groups, [&](const Group &group) { return group.motions[number] == Motion::Stays; });
  if (pairs && inputBits == resultBits)
    return true;
  if (!input.hasStaticShape() || !result.hasStaticShape())
    return false;
  auto lines = [](MemRefType type, unsigned bits) {
    return (type.getNumElements() * std::max(bits, 8u) / 8 + 63) / 64;
  };
  return lines(input, inputBits) != lines(result, resultBits);
}

/// Where one loop is all that touches the buffers, marks it: element i is
/// written after element i of every input was read, so the plan of memory may
/// let the result take the place of an input.
static void markInPlace(Operation *first, Operation *end) {
  Operation *loop = nullptr;
  for (Operation *op = first; op != end; op = op->getNextNode()) {
    if (isa<vector::StoreOp, memref::StoreOp>(op) || (isa<scf::ForOp>(op) && loop))
      return;
    if (isa<scf::ForOp>(op))
      loop = op;
  }
  if (loop)
    loop->setAttr("winnow.in_place", UnitAttr::get(loop->getContext()));
}

void emitElementwiseLoop(OpBuilder &b, Location loc, ValueRange inputs, ValueRange outputs, int64_t lanes,
                         LaneFn body) {
  auto resultType = cast<MemRefType>(outputs.front().getType());
  SmallVector<Value> buffers(inputs);
  buffers.append(outputs.begin(), outputs.end());
  SmallVector<MemRefType> types;
  for (Value buffer : buffers)
    types.push_back(cast<MemRefType>(buffer.getType()));
  SmallVector<Group> groups = groupDims(types, resultType);
  SmallVector<CollapsedOperand> operands;
  for (auto [number, buffer] : llvm::enumerate(buffers))
    operands.push_back(collapse(b, loc, buffer, groups, number, resultType.getRank()));
  ArrayRef<CollapsedOperand> sources = ArrayRef(operands).take_front(inputs.size());
  ArrayRef<CollapsedOperand> targets = ArrayRef(operands).drop_front(inputs.size());

  SmallVector<OpFoldResult> extents;
  SmallVector<OpFoldResult> shape = getExtents(b, loc, outputs.front());
  for (const Group &group : groups) {
    SmallVector<OpFoldResult> factors;
    for (int64_t dim : group.dims)
      factors.push_back(shape[dim]);
    extents.push_back(multiply(b, loc, factors));
  }
  Operation *first = indexConstant(b, loc, 0).getDefiningOp();
  OpFoldResult inner = extents.empty() ? OpFoldResult(b.getIndexAttr(1)) : extents.pop_back_val();
  IndependentLoops independent(b);
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange outer) {
    SmallVector<Value> fixed(sources.size());
    SmallVector<Value> start(outer);
    start.push_back(indexConstant(b, loc, 0));
    for (auto [value, source] : llvm::zip_equal(fixed, sources))
      if (!source.movesInnermost)
        value = loadLanes(b, loc, source.buffer, source.getIndices(b, loc, start), 1);
    forEachVector(b, loc, inner, lanes, [&](OpBuilder &b, Location loc, Value position, int64_t count) {
      SmallVector<Value> indices(outer), values;
      indices.push_back(position);
      for (auto [value, source] : llvm::zip_equal(fixed, sources))
        values.push_back(value ? broadcastLanes(b, loc, value, count)
                               : loadLanes(b, loc, source.buffer, source.getIndices(b, loc, indices), count));
      for (auto [result, target] : llvm::zip_equal(body(b, loc, values, count), targets))
        storeLanes(b, loc, result, target.buffer, target.getIndices(b, loc, indices));
    });
  });
  Block::iterator end = b.getInsertionPoint();
  bool inPlace = true;
  for (unsigned i = 0; i < inputs.size(); ++i)
    inPlace &= allowsInPlace(types[i], groups, i, resultType);
  if (inPlace)
    markInPlace(first, end == b.getInsertionBlock()->end() ? nullptr : &*end);
}

int64_t getCommonLanes(const TargetFacts &facts, ValueRange buffers) {
  int64_t lanes = std::numeric_limits<int64_t>::max();
  for (Value buffer : buffers) {
    Type element = cast<MemRefType>(buffer.getType()).getElementType();
    if (element.isF16() || element.isBF16())
      element = Float32Type::get(element.getContext());
    lanes = std::min(lanes, getLanes(facts, element));
  }
  return lanes;
}

SmallVector<Value> getBroadcastExtents(OpBuilder &b, Location loc, RankedTensorType resultType, ValueRange operands,
                                       TypeRange operandTypes) {
  SmallVector<Value> extents;
  for (int64_t dim = 0; dim < resultType.getRank(); ++dim) {
    if (!resultType.isDynamicDim(dim))
      continue;
    Value extent;
    for (auto [operand, type] : llvm::zip_equal(operands, operandTypes)) {
      auto tensor = cast<RankedTensorType>(type);
      int64_t own = dim - (resultType.getRank() - tensor.getRank());
      if (own < 0 || tensor.getDimSize(own) == 1)
        continue;
      extent = asValue(b, loc, getExtent(b, loc, operand, own));
      if (cnn::LayoutAttr layout = getLayout(tensor); layout && own >= 2 && layout.getHalo())
        extent = addIndex(b, loc, extent, indexConstant(b, loc, -2 * layout.getHalo()));
      break;
    }
    extents.push_back(extent ? extent : indexConstant(b, loc, 1));
  }
  return extents;
}

/// `value` with its shape extended to `rank` by leading ones and, where
/// `trailingOne`, one more at the end.
static Value extendShape(OpBuilder &b, Location loc, Value value, int64_t rank, bool trailingOne) {
  auto type = cast<MemRefType>(value.getType());
  SmallVector<int64_t> shape(rank - type.getRank(), 1);
  llvm::append_range(shape, type.getShape());
  if (trailingOne)
    shape.push_back(1);
  SmallVector<Value> dynamic;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      dynamic.push_back(asValue(b, loc, getExtent(b, loc, value, dim)));
  return reinterpretShape(b, loc, value, MemRefType::get(shape, type.getElementType()), dynamic);
}

Value alignOperand(OpBuilder &b, Location loc, Value value, RankedTensorType type, RankedTensorType resultType) {
  cnn::LayoutAttr from = getLayout(type), to = getLayout(resultType);
  if (!to)
    return from ? convertLayout(b, loc, value, type, RankedTensorType::get(type.getShape(), type.getElementType()))
                : value;
  int64_t rank = resultType.getRank(), channelDim = 1 - (rank - type.getRank());
  int64_t channels = channelDim < 0 ? 1 : type.getDimSize(channelDim);
  bool moves = channels == resultType.getDimSize(1) && channels != 1;
  if (from && from.getBlock() == to.getBlock() && moves)
    return getInterior(b, loc, value, from);
  if (from) {
    auto plain = RankedTensorType::get(type.getShape(), type.getElementType());
    return alignOperand(b, loc, convertLayout(b, loc, value, type, plain), plain, resultType);
  }
  if (channels == 1 && resultType.getDimSize(1) != 1)
    return extendShape(b, loc, value, rank, /*trailingOne=*/true);
  SmallVector<int64_t> shape(rank - type.getRank(), 1);
  llvm::append_range(shape, type.getShape());
  auto extended = RankedTensorType::get(shape, type.getElementType());
  auto blocked = RankedTensorType::get(shape, type.getElementType(),
                                       cnn::LayoutAttr::get(b.getContext(), to.getBlock(), /*halo=*/0));
  return convertLayout(b, loc, extendShape(b, loc, value, rank, /*trailingOne=*/false), extended, blocked);
}

Value lowerElementwise(OpBuilder &b, Location loc, ValueRange operands, TypeRange operandTypes,
                       RankedTensorType resultType, const TargetFacts &facts, LaneFn body) {
  SmallVector<Value> extents = getBroadcastExtents(b, loc, resultType, operands, operandTypes);
  SmallVector<Value> aligned;
  for (auto [operand, type] : llvm::zip_equal(operands, operandTypes))
    aligned.push_back(alignOperand(b, loc, operand, cast<RankedTensorType>(type), resultType));
  Value result = allocateResult(b, loc, resultType, extents);
  SmallVector<Value> all(aligned);
  all.push_back(result);
  emitElementwiseLoop(b, loc, aligned, getInterior(b, loc, result, getLayout(resultType)), getCommonLanes(facts, all),
                      body);
  zeroPadding(b, loc, result, resultType);
  return result;
}

} // namespace winnow::kernel
