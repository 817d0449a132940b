//===- Shape.cpp - ops that move or describe data without computing -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "Walk.h"

#include "winnow/Support/ShapeRules.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The extents of a result: those of its type, the open ones by `fill`; -1 where `fill` does not know.
template <typename Function> static Extents completeShape(Type type, Function fill) {
  Extents shape(cast<RankedTensorType>(type).getShape());
  for (auto [i, extent] : llvm::enumerate(shape))
    if (ShapedType::isDynamic(extent))
      extent = fill(i);
  return shape;
}

/// Element i of a 1-D tensor of extents, where there is one; -1 otherwise.
static int64_t getExtent(const Tensor *extents, size_t i) {
  if (!extents || static_cast<int64_t>(i) >= extents->getNumElements())
    return -1;
  return extents->getData<int64_t>()[i];
}

LogicalResult evaluateOp(ReshapeOp op, Operands<ReshapeOp> in, Results out) {
  const Tensor &input = *in.getInput();
  Extents shape = completeShape(op.getType(), [&](size_t i) { return getExtent(in.getShape(), i); });
  // One extent may be open: it takes what the others leave.
  auto open = llvm::find_if(shape, [](int64_t extent) { return extent < 0; });
  if (open != shape.end()) {
    *open = 1;
    int64_t rest = numElements(shape);
    *open = rest > 0 ? input.getNumElements() / rest : 0;
  }
  if (llvm::any_of(shape, [](int64_t extent) { return extent < 0; }) || numElements(shape) != input.getNumElements())
    return op.emitOpError("cannot give a value of type ") << input.getType() << " the shape of " << op.getType();
  out[0] = input.withShape(shape);
  return success();
}

LogicalResult evaluateOp(ConvertLayoutOp op, Operands<ConvertLayoutOp> in, Results out) {
  out[0] = *in.getInput();
  return success();
}

LogicalResult evaluateOp(TransposeOp op, Operands<TransposeOp> in, Results out) {
  Extents own = getRowMajorStrides(in.getInput()->getShape()), strides;
  for (int64_t dimension : op.getPermutation())
    strides.push_back(own[dimension]);
  copyStrided(*in.getInput(), 0, strides, out[0].getShape(), out[0]);
  return success();
}

LogicalResult evaluateOp(ExpandOp op, Operands<ExpandOp> in, Results out) {
  const Tensor &input = *in.getInput();
  auto type = cast<RankedTensorType>(op.getType());
  int64_t added = type.getRank() - input.getRank();
  Extents shape = completeShape(type, [&](size_t i) {
    int64_t own = static_cast<int64_t>(i) < added ? 1 : input.getDim(i - added);
    // An extent of 1 that the shape names stands for the input's.
    int64_t wanted = getExtent(in.getShape(), i);
    return wanted < 0 || wanted == 1 ? own : wanted;
  });
  if (added < 0 || !broadcastsTo(input.getShape(), shape))
    return op.emitOpError("cannot broadcast a value of type ") << input.getType() << " to " << type;
  if (failed(createResult(op, out[0], shape, type.getElementType())))
    return failure();
  copyStrided(input, 0, getBroadcastStrides(input.getShape(), shape.size()), shape, out[0]);
  return success();
}

LogicalResult evaluateOp(TileOp op, Operands<TileOp> in, Results out) {
  // Each dimension becomes two: the repetition, which does not move, and the dimension itself.
  Extents shape, strides, own = getRowMajorStrides(in.getInput()->getShape());
  for (auto [i, repeat] : llvm::enumerate(op.getRepeats())) {
    shape.append({repeat, in.getInput()->getDim(i)});
    strides.append({0, own[i]});
  }
  copyStrided(*in.getInput(), 0, strides, shape, out[0]);
  return success();
}

LogicalResult evaluateOp(ConcatOp op, Operands<ConcatOp> in, Results out) {
  AxisView to(out[0].getShape(), op.getAxis());
  int64_t bytes = out[0].getElementBytes() * to.inner, done = 0;
  for (const Tensor *input : in.getInputs()) {
    int64_t extent = input->getDim(op.getAxis());
    for (int64_t o = 0; o < to.outer && extent * bytes > 0; ++o)
      std::memcpy(out[0].getMutableBytes().data() + (o * to.extent + done) * bytes,
                  input->getBytes().data() + o * extent * bytes, extent * bytes);
    done += extent;
  }
  return success();
}

LogicalResult evaluateOp(SliceOp op, Operands<SliceOp> in, Results out) {
  const Tensor &input = *in.getInput();
  Extents strides = getRowMajorStrides(input.getShape());
  int64_t base = 0;
  for (auto [i, axis] : llvm::enumerate(op.getAxes())) {
    SliceRange range = normalizeSlice(input.getDim(axis), op.getStarts()[i], op.getEnds()[i], op.getSteps()[i]);
    base += range.start * strides[axis];
    strides[axis] *= range.step;
  }
  if (out[0].getNumElements() > 0)
    copyStrided(input, base, strides, out[0].getShape(), out[0]);
  return success();
}

/// Which element of a dimension of `extent` elements stands at `position`, which
/// may lie outside; -1 where the filling value does.
static int64_t getPaddedSource(PadMode mode, int64_t position, int64_t extent) {
  if (position >= 0 && position < extent)
    return position;
  if (mode == PadMode::Constant || extent == 0)
    return -1;
  if (mode == PadMode::Edge)
    return position < 0 ? 0 : extent - 1;
  // Reflection repeats without the border elements, so that its period is two less than twice the extent.
  int64_t period = mode == PadMode::Wrap ? extent : std::max<int64_t>(2 * (extent - 1), 1);
  int64_t phase = ((position % period) + period) % period;
  return phase < extent ? phase : period - phase;
}

LogicalResult evaluateOp(PadOp op, Operands<PadOp> in, Results out) {
  const Tensor &input = *in.getInput();
  int64_t rank = input.getRank(), bytes = input.getElementBytes();
  // A table for each dimension: where its positions are read, as an offset in the input, or -1.
  SmallVector<std::vector<int64_t>> sources(rank);
  Extents strides = getRowMajorStrides(input.getShape());
  for (int64_t d = 0; d < rank; ++d)
    for (int64_t i = 0; i < out[0].getDim(d); ++i) {
      int64_t source = getPaddedSource(op.getMode(), i - op.getPads()[d], input.getDim(d));
      sources[d].push_back(source < 0 ? -1 : source * strides[d]);
    }
  const int64_t zero = 0;
  const char *fill = in.getValue() ? in.getValue()->getBytes().data() : reinterpret_cast<const char *>(&zero);
  Extents outStrides = getRowMajorStrides(out[0].getShape());
  char *to = out[0].getMutableBytes().data();
  for (int64_t position = 0, n = out[0].getNumElements(); position < n; ++position) {
    int64_t from = 0;
    for (int64_t d = 0; d < rank && from >= 0; ++d) {
      int64_t source = sources[d][position / outStrides[d] % out[0].getDim(d)];
      from = source < 0 ? -1 : from + source;
    }
    if (from < 0)
      copyElement(to, position, fill, 0, bytes);
    else
      copyElement(to, position, input.getBytes().data(), from, bytes);
  }
  return success();
}

/// Copies `in`, seen as `shape` (six dimensions), with its dimensions in another order.
static void permute(const Tensor &in, ArrayRef<int64_t> shape, ArrayRef<int64_t> permutation, Tensor &out) {
  Extents own = getRowMajorStrides(shape), strides, permuted;
  for (int64_t dimension : permutation) {
    strides.push_back(own[dimension]);
    permuted.push_back(shape[dimension]);
  }
  copyStrided(in, 0, strides, permuted, out);
}

LogicalResult evaluateOp(DepthToSpaceOp op, Operands<DepthToSpaceOp> in, Results out) {
  ArrayRef<int64_t> shape = in.getInput()->getShape();
  int64_t block = op.getBlock(), channels = shape[1] / (block * block);
  if (op.getMode() == DepthMode::DepthColumnRow)
    permute(*in.getInput(), {shape[0], block, block, channels, shape[2], shape[3]}, {0, 3, 4, 1, 5, 2}, out[0]);
  else
    permute(*in.getInput(), {shape[0], channels, block, block, shape[2], shape[3]}, {0, 1, 4, 2, 5, 3}, out[0]);
  return success();
}

LogicalResult evaluateOp(SpaceToDepthOp op, Operands<SpaceToDepthOp> in, Results out) {
  ArrayRef<int64_t> shape = in.getInput()->getShape();
  int64_t block = op.getBlock();
  permute(*in.getInput(), {shape[0], shape[1], shape[2] / block, block, shape[3] / block, block}, {0, 3, 5, 1, 2, 4},
          out[0]);
  return success();
}

LogicalResult evaluateOp(ShapeOp op, Operands<ShapeOp> in, Results out) {
  out[0].setInts(in.getInput()->getShape().slice(op.getStart(), op.getEnd() - op.getStart()));
  return success();
}

LogicalResult evaluateOp(SizeOp op, Operands<SizeOp> in, Results out) {
  out[0].setInts(in.getInput()->getNumElements());
  return success();
}

/// How many steps of `delta` lead from `start` towards `limit`, which is not reached; -1 if they never end.
template <typename T> static double countSteps(T start, T limit, T delta) {
  double steps = std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(delta));
  return std::isfinite(steps) ? std::max(steps, 0.0) : -1;
}

LogicalResult evaluateOp(RangeOp op, Operands<RangeOp> in, Results out) {
  Type type = in.getStart()->getElementType();
  LogicalResult result = success();
  visitNumberType(type, [&](auto zero) {
    using T = decltype(zero);
    T start = getValues<T>(*in.getStart())[0], limit = getValues<T>(*in.getLimit())[0];
    T delta = getValues<T>(*in.getDelta())[0];
    double steps = countSteps(start, limit, delta);
    if (steps < 0 || steps > 1e12) {
      result = op.emitOpError("expected a range that ends, but its start, limit and delta give none");
      return;
    }
    result = createResult(op, out[0], {static_cast<int64_t>(steps)}, type);
    if (failed(result))
      return;
    std::vector<T> values(out[0].getNumElements());
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = addValues(start, multiplyValues(static_cast<T>(i), delta));
    setValues(out[0], values);
  });
  return result;
}

LogicalResult evaluateOp(ConstantOfShapeOp op, Operands<ConstantOfShapeOp> in, Results out) {
  Tensor value = Tensor::fromConstant(op.getValue());
  if (!value || value.getNumElements() != 1)
    return op.emitOpError("expected a value of one element");
  if (failed(createResult(op, out[0], in.getShape()->getData<int64_t>(), value.getElementType())))
    return failure();
  char *to = out[0].getMutableBytes().data();
  for (int64_t i = 0, n = out[0].getNumElements(); i < n; ++i)
    copyElement(to, i, value.getBytes().data(), 0, value.getElementBytes());
  return success();
}

} // namespace winnow
