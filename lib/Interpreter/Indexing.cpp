//===- Indexing.cpp - gathers and scatters --------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "Walk.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// An index into `extent` elements, counted from the end when negative; an error if it lies outside.
static FailureOr<int64_t> normalizeIndex(Operation *op, int64_t index, int64_t extent) {
  int64_t normalized = index < 0 ? index + extent : index;
  if (normalized < 0 || normalized >= extent)
    return op->emitOpError("index ") << index << " lies outside of a dimension of " << extent << " elements";
  return normalized;
}

LogicalResult evaluateOp(GatherOp op, Operands<GatherOp> in, Results out) {
  AxisView from(in.getInput()->getShape(), op.getAxis());
  std::vector<int64_t> indices = in.getIndices()->getInts();
  for (int64_t &index : indices) {
    FailureOr<int64_t> normalized = normalizeIndex(op, index, from.extent);
    if (failed(normalized))
      return failure();
    index = *normalized;
  }
  int64_t bytes = from.inner * in.getInput()->getElementBytes();
  char *to = out[0].getMutableBytes().data();
  for (int64_t o = 0; o < from.outer && bytes > 0; ++o)
    for (int64_t index : indices) {
      std::memcpy(to, in.getInput()->getBytes().data() + (o * from.extent + index) * bytes, bytes);
      to += bytes;
    }
  return success();
}

/// For each element of `indices`, in order: the offset in a tensor of `shape` of
/// the element at the same place but for `axis`, where the index counts.
static FailureOr<std::vector<int64_t>> locateElements(Operation *op, const Tensor &indices, ArrayRef<int64_t> shape,
                                                      int64_t axis) {
  std::vector<int64_t> values = indices.getInts();
  Extents strides = getRowMajorStrides(shape);
  int64_t axisStride = strides[axis];
  strides[axis] = 0;
  bool inRange = true;
  walk<1>(indices.getShape(), {strides}, [&](int64_t position, std::array<int64_t, 1> base) {
    if (!inRange)
      return;
    FailureOr<int64_t> index = normalizeIndex(op, values[position], shape[axis]);
    inRange = succeeded(index);
    if (inRange)
      values[position] = base[0] + *index * axisStride;
  });
  if (!inRange)
    return failure();
  return values;
}

/// Whether `indices` exceed `shape` in no dimension but `axis`.
static LogicalResult checkExtents(Operation *op, const Tensor &indices, ArrayRef<int64_t> shape, int64_t axis) {
  for (int64_t d = 0, rank = shape.size(); d < rank; ++d)
    if (d != axis && indices.getDim(d) > shape[d])
      return op->emitOpError("has ") << indices.getDim(d) << " indices in dimension " << d << " of " << shape[d]
                                     << " elements";
  return success();
}

LogicalResult evaluateOp(GatherElementsOp op, Operands<GatherElementsOp> in, Results out) {
  const Tensor &input = *in.getInput(), &indices = *in.getIndices();
  int64_t axis = op.getAxis();
  if (failed(checkExtents(op, indices, input.getShape(), axis)))
    return failure();
  FailureOr<std::vector<int64_t>> offsets = locateElements(op, indices, input.getShape(), axis);
  if (failed(offsets))
    return failure();
  char *to = out[0].getMutableBytes().data();
  for (int64_t i = 0, n = offsets->size(); i < n; ++i)
    copyElement(to, i, input.getBytes().data(), (*offsets)[i], input.getElementBytes());
  return success();
}

namespace {
/// Slices of a tensor that tuples of indices choose.
struct ChosenSlices {
  /// Where each slice begins, in elements, and how many each has.
  std::vector<int64_t> offsets;
  int64_t size;
};
} // namespace

/// Reads `indices` (batch..., n..., tuple) into a tensor of `shape` (batch..., indexed..., slice...).
static FailureOr<ChosenSlices> locateSlices(Operation *op, const Tensor &indices, ArrayRef<int64_t> shape,
                                            int64_t batchDims) {
  int64_t width = indices.getShape().back();
  if (batchDims + width > static_cast<int64_t>(shape.size()))
    return op->emitOpError("has tuples of ") << width << " indices for a tensor of " << shape.size() << " dimensions";
  std::vector<int64_t> values = indices.getInts();
  Extents strides = getRowMajorStrides(shape);
  ChosenSlices slices{{}, numElements(shape.drop_front(batchDims + width))};
  int64_t batches = numElements(shape.take_front(batchDims));
  int64_t tuples = numElements(indices.getShape().drop_back());
  int64_t batchSize = numElements(shape.drop_front(batchDims));
  for (int64_t tuple = 0; tuple < tuples; ++tuple) {
    int64_t offset = tuple / (tuples / batches) * batchSize;
    for (int64_t i = 0; i < width; ++i) {
      FailureOr<int64_t> index = normalizeIndex(op, values[tuple * width + i], shape[batchDims + i]);
      if (failed(index))
        return failure();
      offset += *index * strides[batchDims + i];
    }
    slices.offsets.push_back(offset);
  }
  return slices;
}

LogicalResult evaluateOp(GatherNDOp op, Operands<GatherNDOp> in, Results out) {
  const Tensor &input = *in.getInput();
  for (int64_t d = 0, n = op.getBatchDims(); d < n; ++d)
    if (in.getIndices()->getDim(d) != input.getDim(d))
      return op.emitOpError("expected equal extents in batch dimension ") << d;
  FailureOr<ChosenSlices> slices = locateSlices(op, *in.getIndices(), input.getShape(), op.getBatchDims());
  if (failed(slices))
    return failure();
  int64_t elementBytes = input.getElementBytes(), bytes = slices->size * elementBytes;
  char *to = out[0].getMutableBytes().data();
  for (int64_t offset : slices->offsets) {
    std::memcpy(to, input.getBytes().data() + offset * elementBytes, bytes);
    to += bytes;
  }
  return success();
}

/// The value that a scatter leaves where `old` stood.
template <typename T> static T combine(ScatterKind kind, T old, T update) {
  switch (kind) {
  case ScatterKind::Replace:
    return update;
  case ScatterKind::Add:
    return addValues(old, update);
  case ScatterKind::Mul:
    return multiplyValues(old, update);
  case ScatterKind::Max:
    return maxValue(old, update);
  case ScatterKind::Min:
    return minValue(old, update);
  }
  llvm_unreachable("every scatter has a rule");
}

/// out = input with element `target(i)` combined with update i, in order.
template <typename Function>
static void scatter(ScatterKind kind, const Tensor &input, const Tensor &updates, Tensor &out, Function target) {
  visitNumberType(input.getElementType(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> y = getValues<T>(input), u = getValues<T>(updates);
    for (int64_t i = 0, n = u.size(); i < n; ++i)
      y[target(i)] = combine(kind, y[target(i)], u[i]);
    setValues(out, y);
  });
}

LogicalResult evaluateOp(ScatterElementsOp op, Operands<ScatterElementsOp> in, Results out) {
  const Tensor &input = *in.getInput(), &indices = *in.getIndices();
  int64_t axis = op.getAxis();
  if (in.getUpdates()->getShape() != indices.getShape())
    return op.emitOpError("expected one update for each index");
  if (failed(checkExtents(op, indices, input.getShape(), axis)))
    return failure();
  FailureOr<std::vector<int64_t>> offsets = locateElements(op, indices, input.getShape(), axis);
  if (failed(offsets))
    return failure();
  scatter(op.getReduction(), input, *in.getUpdates(), out[0], [&](int64_t i) { return (*offsets)[i]; });
  return success();
}

LogicalResult evaluateOp(ScatterNDOp op, Operands<ScatterNDOp> in, Results out) {
  const Tensor &input = *in.getInput();
  FailureOr<ChosenSlices> slices = locateSlices(op, *in.getIndices(), input.getShape(), 0);
  if (failed(slices))
    return failure();
  int64_t size = slices->size, expected = slices->offsets.size() * size;
  if (in.getUpdates()->getNumElements() != expected)
    return op.emitOpError("expected ") << expected << " updates, but got " << in.getUpdates()->getNumElements();
  scatter(op.getReduction(), input, *in.getUpdates(), out[0],
          [&](int64_t i) { return slices->offsets[i / size] + i % size; });
  return success();
}

} // namespace winnow
