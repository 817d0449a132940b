//===- SymbolicTracker.cpp - what is known about values -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SymbolicTracker.h"

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/ConstantData.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace winnow::onnx_import {

using cnn::ElementwiseKind;
using cnn::ReductionKind;
using Numbers = llvm::SmallVector<SymbolicNumber>;
using Operands = llvm::ArrayRef<SymbolicTensor>;

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

/// Row-major index of position `at` in `shape`; extents of 1 broadcast, and
/// dimensions align from the right.
static int64_t getBroadcastIndex(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> at) {
  int64_t index = 0, skipped = at.size() - shape.size();
  for (auto [i, extent] : llvm::enumerate(shape))
    index = index * extent + (extent == 1 ? 0 : at[skipped + i]);
  return index;
}

/// Calls `visit` with each position in `shape`, in row-major order.
static void forEachPosition(llvm::ArrayRef<int64_t> shape, llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit) {
  llvm::SmallVector<int64_t> at(shape.size(), 0);
  for (int64_t count = ShapedType::getNumElements(shape); count > 0; --count) {
    visit(at);
    for (int64_t d = shape.size() - 1; d >= 0 && ++at[d] == shape[d]; --d)
      at[d] = 0;
  }
}

//===----------------------------------------------------------------------===//
// Scalar functions
//===----------------------------------------------------------------------===//

/// `truth` as a number; unknown stays so.
static SymbolicNumber makeBool(std::optional<bool> truth) {
  return truth ? SymbolicNumber::integer(*truth) : SymbolicNumber();
}

/// The answer of a comparison that holds when the sign of a - b is in [low, high].
static SymbolicNumber compare(const SymbolicNumber &difference, int low, int high) {
  std::optional<int> sign = difference.getSign();
  return sign ? SymbolicNumber::integer(low <= *sign && *sign <= high) : SymbolicNumber();
}

/// The remainder of integers, with the sign of the divisor or (`fmod`) of the dividend.
static SymbolicNumber getRemainder(const SymbolicNumber &a, const SymbolicNumber &b, bool fmod) {
  std::optional<int64_t> x = a.getInteger(), y = b.getInteger();
  if (!x || !y || *y == 0 || *y == -1)
    return x && y && *y == -1 ? SymbolicNumber::integer(0) : SymbolicNumber();
  int64_t remainder = *x % *y;
  bool adjust = !fmod && remainder != 0 && (remainder < 0) != (*y < 0);
  return SymbolicNumber::integer(adjust ? remainder + *y : remainder);
}

static SymbolicNumber choose(const SymbolicNumber &a, const SymbolicNumber &b, int signForA) {
  if (a == b)
    return a;
  std::optional<int> sign = (a - b).getSign();
  if (!sign)
    return {};
  return *sign == signForA ? a : b;
}

static SymbolicNumber applyBinary(ElementwiseKind kind, const SymbolicNumber &a, const SymbolicNumber &b) {
  switch (kind) {
  case ElementwiseKind::Add:
    return a + b;
  case ElementwiseKind::Sub:
    return a - b;
  case ElementwiseKind::Mul:
    return a * b;
  case ElementwiseKind::Div:
    return a / b;
  case ElementwiseKind::Min:
    return choose(a, b, -1);
  case ElementwiseKind::Max:
    return choose(a, b, 1);
  case ElementwiseKind::Equal:
    return makeBool((a - b).isZero());
  case ElementwiseKind::Less:
    return compare(a - b, -1, -1);
  case ElementwiseKind::LessOrEqual:
    return compare(a - b, -1, 0);
  case ElementwiseKind::Greater:
    return compare(a - b, 1, 1);
  case ElementwiseKind::GreaterOrEqual:
    return compare(a - b, 0, 1);
  case ElementwiseKind::And:
    return a * b;
  case ElementwiseKind::Or:
    return choose(a, b, 1);
  case ElementwiseKind::Xor:
    return makeBool((a - b).isZero() ? std::optional<bool>(!*(a - b).isZero()) : std::nullopt);
  default:
    return {};
  }
}

static SymbolicNumber applyUnary(ElementwiseKind kind, const SymbolicNumber &a) {
  switch (kind) {
  case ElementwiseKind::Neg:
    return SymbolicNumber::integer(-1) * a;
  case ElementwiseKind::Floor:
    return a.roundWith([](double x) { return std::floor(x); });
  case ElementwiseKind::Ceil:
    return a.roundWith([](double x) { return std::ceil(x); });
  case ElementwiseKind::Round:
    return a.roundWith([](double x) { return std::nearbyint(x); });
  case ElementwiseKind::Not:
    return SymbolicNumber::integer(1) - a;
  default:
    return {};
  }
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// The elements of an elementwise op, in the result's element type.
static Numbers evaluateElementwise(cnn::ElementwiseOpInterface op, RankedTensorType type, Operands operands) {
  Numbers numbers;
  ElementwiseKind kind = op.getElementwiseKind();
  auto mod = dyn_cast<cnn::ModOp>(op.getOperation());
  forEachPosition(type.getShape(), [&](llvm::ArrayRef<int64_t> at) {
    auto get = [&](unsigned i) { return operands[i].elements[getBroadcastIndex(operands[i].type.getShape(), at)]; };
    SymbolicNumber number = operands.size() == 1 ? applyUnary(kind, get(0))
                            : mod                ? getRemainder(get(0), get(1), mod.getFmod())
                                                 : applyBinary(kind, get(0), get(1));
    numbers.push_back(number.castTo(type.getElementType()));
  });
  return numbers;
}

static Numbers evaluateWhere(RankedTensorType type, Operands operands) {
  Numbers numbers;
  forEachPosition(type.getShape(), [&](llvm::ArrayRef<int64_t> at) {
    auto get = [&](unsigned i) { return operands[i].elements[getBroadcastIndex(operands[i].type.getShape(), at)]; };
    std::optional<int64_t> condition = get(0).getInteger();
    SymbolicNumber a = get(1), b = get(2);
    numbers.push_back(condition ? (*condition ? a : b) : a == b ? a : SymbolicNumber());
  });
  return numbers;
}

static Numbers evaluateConcat(cnn::ConcatOp op, RankedTensorType type, Operands operands) {
  Numbers numbers;
  int64_t axis = op.getAxis();
  forEachPosition(type.getShape(), [&](llvm::ArrayRef<int64_t> position) {
    llvm::SmallVector<int64_t> at(position);
    const SymbolicTensor *part = operands.begin();
    for (; at[axis] >= part->type.getDimSize(axis); ++part)
      at[axis] -= part->type.getDimSize(axis);
    int64_t index = 0;
    for (auto [extent, i] : llvm::zip_equal(part->type.getShape(), at))
      index = index * extent + i;
    numbers.push_back(part->elements[index]);
  });
  return numbers;
}

static Numbers evaluateGather(cnn::GatherOp op, RankedTensorType type, Operands operands) {
  Numbers numbers;
  const SymbolicTensor &input = operands[0], &indices = operands[1];
  int64_t axis = op.getAxis(), extent = input.type.getDimSize(axis), rank = indices.type.getRank();
  forEachPosition(type.getShape(), [&](llvm::ArrayRef<int64_t> at) {
    SymbolicNumber which = indices.elements[getBroadcastIndex(indices.type.getShape(), at.slice(axis, rank))];
    std::optional<int64_t> index = which.getInteger();
    if (!index || *index < -extent || *index >= extent)
      return numbers.push_back({});
    llvm::SmallVector<int64_t> source(at.take_front(axis));
    source.push_back(*index < 0 ? *index + extent : *index);
    source.append(at.begin() + axis + rank, at.end());
    numbers.push_back(input.elements[getBroadcastIndex(input.type.getShape(), source)]);
  });
  return numbers;
}

static Numbers evaluateSlice(cnn::SliceOp op, RankedTensorType type, Operands operands) {
  Numbers numbers;
  llvm::ArrayRef<int64_t> shape = operands[0].type.getShape();
  llvm::SmallVector<int64_t> first(shape.size(), 0), step(shape.size(), 1);
  for (auto [axis, start, by] : llvm::zip_equal(op.getAxes(), op.getStarts(), op.getSteps())) {
    int64_t from = start < 0 ? start + shape[axis] : start;
    first[axis] = std::clamp<int64_t>(from, 0, by < 0 ? shape[axis] - 1 : shape[axis]);
    step[axis] = by;
  }
  forEachPosition(type.getShape(), [&](llvm::ArrayRef<int64_t> at) {
    int64_t index = 0;
    for (auto [d, extent] : llvm::enumerate(shape))
      index = index * extent + first[d] + at[d] * step[d];
    numbers.push_back(operands[0].elements[index]);
  });
  return numbers;
}

static Numbers evaluateReduce(cnn::ReduceOp op, RankedTensorType type, Operands operands) {
  Numbers numbers(type.getNumElements());
  llvm::SmallVector<bool> started(numbers.size(), false);
  size_t index = 0;
  forEachPosition(operands[0].type.getShape(), [&](llvm::ArrayRef<int64_t> at) {
    int64_t target = 0;
    for (auto [d, i] : llvm::enumerate(at))
      if (!llvm::is_contained(op.getAxes(), static_cast<int64_t>(d)))
        target = target * operands[0].type.getDimSize(d) + i;
    SymbolicNumber element = operands[0].elements[index++], &sum = numbers[target];
    if (!started[target])
      sum = element;
    else if (op.getKind() == ReductionKind::Prod)
      sum = sum * element;
    else if (op.getKind() == ReductionKind::Sum)
      sum = sum + element;
    else
      sum = choose(sum, element, op.getKind() == ReductionKind::Max ? 1 : -1);
    started[target] = true;
  });
  return numbers;
}

static Numbers evaluateRange(RankedTensorType type, Operands operands) {
  Numbers numbers;
  SymbolicNumber value = operands[0].elements[0];
  for (int64_t i = 0; i < type.getDimSize(0); ++i, value = value + operands[2].elements[0])
    numbers.push_back(value.castTo(type.getElementType()));
  return numbers;
}

/// Whether the reduction is one that `evaluateReduce` computes.
static bool isSimpleReduction(cnn::ReduceOp op) {
  ReductionKind kind = op.getKind();
  return kind == ReductionKind::Prod || kind == ReductionKind::Sum || kind == ReductionKind::Max ||
         kind == ReductionKind::Min;
}

std::optional<SymbolicTensor> SymbolicTracker::evaluate(Operation *op) const {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (op->getNumResults() != 1 || !isTrackedType(type))
    return std::nullopt;
  if (auto shape = dyn_cast<cnn::ShapeOp>(op)) {
    Numbers all = getExtents(shape.getInput());
    return SymbolicTensor{type, Numbers(llvm::ArrayRef(all).slice(shape.getStart(), type.getDimSize(0)))};
  }
  if (auto size = dyn_cast<cnn::SizeOp>(op)) {
    SymbolicNumber product = SymbolicNumber::integer(1);
    for (const SymbolicNumber &extent : getExtents(size.getInput()))
      product = product * extent;
    return SymbolicTensor{type, {product}};
  }
  llvm::SmallVector<SymbolicTensor> operands;
  for (Value operand : op->getOperands()) {
    std::optional<SymbolicTensor> tensor = getContents(operand);
    if (!tensor)
      return std::nullopt;
    operands.push_back(std::move(*tensor));
  }
  auto numbers =
      llvm::TypeSwitch<Operation *, std::optional<Numbers>>(op)
          .Case([&](cnn::ElementwiseOpInterface e) { return evaluateElementwise(e, type, operands); })
          .Case([&](cnn::WhereOp) { return evaluateWhere(type, operands); })
          .Case([&](cnn::ConcatOp concat) { return evaluateConcat(concat, type, operands); })
          .Case([&](cnn::GatherOp gather) { return evaluateGather(gather, type, operands); })
          .Case([&](cnn::SliceOp slice) { return evaluateSlice(slice, type, operands); })
          .Case([&](cnn::RangeOp) { return evaluateRange(type, operands); })
          .Case([&](cnn::ReshapeOp) { return operands[0].elements; })
          .Case([&](cnn::ReduceOp reduce) {
            return isSimpleReduction(reduce) ? std::optional(evaluateReduce(reduce, type, operands)) : std::nullopt;
          })
          .Case([&](cnn::ConstantOfShapeOp fill) {
            return Numbers(type.getNumElements(), getSymbolicTensor(fill.getValue()).elements[0]);
          })
          .Case([&](cnn::ExpandOp) {
            Numbers result;
            forEachPosition(type.getShape(), [&](llvm::ArrayRef<int64_t> at) {
              result.push_back(operands[0].elements[getBroadcastIndex(operands[0].type.getShape(), at)]);
            });
            return result;
          })
          .Case([&](cnn::CastOp) {
            Numbers result;
            for (const SymbolicNumber &element : operands[0].elements)
              result.push_back(element.castTo(type.getElementType()));
            return result;
          })
          .Default([](Operation *) { return std::nullopt; });
  if (!numbers || llvm::none_of(*numbers, [](const SymbolicNumber &number) { return number.isKnown(); }))
    return std::nullopt;
  return SymbolicTensor{type, std::move(*numbers)};
}

//===----------------------------------------------------------------------===//
// The tracker
//===----------------------------------------------------------------------===//

Numbers SymbolicTracker::getExtents(Value value) const {
  auto it = extents.find(value);
  if (it != extents.end())
    return it->second;
  Numbers numbers;
  for (int64_t extent : cast<RankedTensorType>(value.getType()).getShape())
    numbers.push_back(ShapedType::isDynamic(extent) ? SymbolicNumber() : SymbolicNumber::integer(extent));
  return numbers;
}

void SymbolicTracker::setExtents(Value value, llvm::ArrayRef<SymbolicNumber> numbers) {
  Numbers merged;
  for (auto [extent, number] : llvm::zip_equal(cast<RankedTensorType>(value.getType()).getShape(), numbers))
    merged.push_back(ShapedType::isDynamic(extent) ? number : SymbolicNumber::integer(extent));
  extents[value] = std::move(merged);
}

std::optional<SymbolicTensor> SymbolicTracker::getContents(Value value) const {
  auto it = contents.find(value);
  if (it != contents.end())
    return it->second;
  if (!isTrackedType(value.getType()))
    return std::nullopt;
  if (ElementsAttr constant = getConstant(value))
    return getSymbolicTensor(constant);
  return std::nullopt;
}

/// Whether dynamic extents pass from operands to the result, dimension by dimension.
static bool keepsExtents(Operation *op) {
  return isa<cnn::ElementwiseOpInterface, cnn::ActivationOpInterface, cnn::WhereOp, cnn::CastOp, cnn::SoftmaxOp,
             cnn::LogSoftmaxOp, cnn::HardmaxOp, cnn::BatchNormOp, cnn::QuantizeLinearOp, cnn::DequantizeLinearOp,
             cnn::MatmulOp, cnn::LayerNormOp, cnn::LpNormOp, cnn::CumSumOp>(op);
}

void SymbolicTracker::inferExtents(Operation *op) {
  for (Value result : op->getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    if (type.hasStaticShape())
      continue;
    Numbers numbers(type.getRank());
    int64_t known = keepsExtents(op) ? type.getRank() : isa<cnn::NonMaxSuppressionOp>(op) ? 0 : 1;
    for (int64_t i = 0; i < std::min(known, type.getRank()); ++i)
      for (Value operand : op->getOperands()) {
        Numbers source = getExtents(operand);
        int64_t at = i - (type.getRank() - static_cast<int64_t>(source.size()));
        if (at >= 0 && cast<RankedTensorType>(operand.getType()).isDynamicDim(at) && !numbers[i].isKnown())
          numbers[i] = source[at];
      }
    setExtents(result, numbers);
  }
}

ElementsAttr SymbolicTracker::visit(Operation *op) {
  inferExtents(op);
  std::optional<SymbolicTensor> tensor = evaluate(op);
  if (!tensor)
    return {};
  if (ElementsAttr constant = tensor->getConstant())
    return constant;
  contents[op->getResult(0)] = std::move(*tensor);
  return {};
}

} // namespace winnow::onnx_import
