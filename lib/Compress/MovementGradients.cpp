//===- MovementGradients.cpp - what movements and sums pass back ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientRules.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }
static RankedTensorType withoutEncoding(Value value) {
  return RankedTensorType::get(getType(value).getShape(), getType(value).getElementType());
}

static Value reshape(Term value, RankedTensorType type) {
  return value.make<ReshapeOp>(type, value.get(), Value()).get();
}

Value placeInto(Term value, int64_t first, ArrayRef<int64_t> before, ArrayRef<int64_t> extents) {
  ArrayRef<int64_t> shape = getType(value.get()).getShape();
  SmallVector<int64_t> pads(2 * shape.size(), 0);
  for (auto [i, begin] : llvm::enumerate(before)) {
    pads[first + i] = begin;
    pads[shape.size() + first + i] = extents[i] - shape[first + i] - begin;
  }
  if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }))
    return value.get();
  return value.make<PadOp>(PadMode::Constant, value.get(), Value(), ArrayRef<int64_t>(pads)).get();
}

/// Each element of `value` along `axis` followed by `step` - 1 zeros.
static Value spread(Term value, int64_t axis, int64_t step) {
  SmallVector<int64_t> shape(getType(value.get()).getShape());
  int64_t count = shape[axis];
  shape.insert(shape.begin() + axis + 1, 1);
  Type element = getType(value.get()).getElementType();
  Value apart = reshape(value, RankedTensorType::get(shape, element));
  apart = placeInto(value.with(apart), axis + 1, {0}, {step});
  shape.erase(shape.begin() + axis + 1);
  shape[axis] = count * step;
  return reshape(value.with(apart), RankedTensorType::get(shape, element));
}

static FailureOr<Value> passBackSlice(SliceOp op, Term gradient) {
  ArrayRef<int64_t> extents = getType(op.getInput()).getShape(), kept = getType(op.getOutput()).getShape();
  Value value = gradient.get();
  for (auto [axis, start, step] : llvm::zip_equal(op.getAxes(), op.getStarts(), op.getSteps())) {
    if (step < 1 || ShapedType::isDynamic(extents[axis]) || ShapedType::isDynamic(kept[axis]))
      return failure();
    if (step > 1)
      value = spread(gradient.with(value), axis, step);
    int64_t first = std::clamp<int64_t>(start < 0 ? start + extents[axis] : start, 0, extents[axis]);
    value = placeInto(gradient.with(value), axis, {first}, {extents[axis]});
  }
  return value;
}

static FailureOr<Value> passBackConcat(ConcatOp op, unsigned operand, Term gradient) {
  int64_t axis = op.getAxis(), begin = 0, extent = getType(op->getOperand(operand)).getDimSize(axis);
  for (unsigned i = 0; i < operand; ++i) {
    int64_t before = getType(op->getOperand(i)).getDimSize(axis);
    if (ShapedType::isDynamic(before))
      return failure();
    begin += before;
  }
  if (ShapedType::isDynamic(extent))
    return failure();
  int64_t end = begin + extent, one = 1;
  return gradient
      .make<SliceOp>(gradient.get(), ArrayRef<int64_t>(axis), ArrayRef<int64_t>(begin), ArrayRef<int64_t>(end),
                     ArrayRef<int64_t>(one))
      .get();
}

static FailureOr<Value> passBackPad(PadOp op, unsigned operand, Term gradient) {
  if (operand != 0 || op.getMode() != PadMode::Constant)
    return failure();
  SmallVector<int64_t> pads;
  for (int64_t pad : op.getPads())
    pads.push_back(-pad);
  return gradient.make<PadOp>(PadMode::Constant, gradient.get(), Value(), ArrayRef<int64_t>(pads)).get();
}

/// A sum or a mean over `axes`: each element of the input has the derivative of its sum.
static FailureOr<Value> passBackReduce(ReduceOp op, Term gradient) {
  RankedTensorType type = withoutEncoding(op.getInput());
  int64_t count = 1;
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t axis : op.getAxes()) {
    if (ShapedType::isDynamic(shape[axis]))
      return failure();
    count *= shape[axis];
    shape[axis] = 1;
  }
  if (op.getKind() == ReductionKind::Mean)
    gradient = gradient / double(count);
  else if (op.getKind() != ReductionKind::Sum)
    return failure();
  Value kept = reshape(gradient, RankedTensorType::get(shape, type.getElementType()));
  return gradient.make<ExpandOp>(type, kept, Value()).get();
}

FailureOr<Value> passBackThroughMovement(Operation *op, unsigned operand, Term gradient) {
  return llvm::TypeSwitch<Operation *, FailureOr<Value>>(op)
      .Case([&](ReshapeOp op) -> FailureOr<Value> {
        RankedTensorType type = withoutEncoding(op.getInput());
        if (operand != 0 || type.getNumDynamicDims() > 1)
          return failure();
        return reshape(gradient, type);
      })
      .Case([&](TransposeOp op) {
        SmallVector<int64_t> inverse(op.getPermutation().size());
        for (auto [to, from] : llvm::enumerate(op.getPermutation()))
          inverse[from] = to;
        return gradient.make<TransposeOp>(gradient.get(), ArrayRef<int64_t>(inverse)).get();
      })
      .Case([&](SliceOp op) { return passBackSlice(op, gradient); })
      .Case([&](ConcatOp op) { return passBackConcat(op, operand, gradient); })
      .Case([&](PadOp op) { return passBackPad(op, operand, gradient); })
      .Case([&](ReduceOp op) { return passBackReduce(op, gradient); })
      .Default([](Operation *) { return failure(); });
}

} // namespace winnow
