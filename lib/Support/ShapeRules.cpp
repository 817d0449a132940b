//===- ShapeRules.cpp - shapes of results from shapes of operands ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/ShapeRules.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using llvm::Twine;

namespace winnow {

/// An integer that remembers whether it ever left its 64 bits.
struct Checked {
  std::optional<int64_t> value;

  Checked(int64_t value) : value(value) {}
  Checked(std::optional<int64_t> value) : value(value) {}

  friend Checked operator+(Checked a, Checked b) {
    return a.value && b.value ? llvm::checkedAdd(*a.value, *b.value) : std::nullopt;
  }
  friend Checked operator-(Checked a, Checked b) {
    return a.value && b.value ? llvm::checkedSub(*a.value, *b.value) : std::nullopt;
  }
  friend Checked operator*(Checked a, Checked b) {
    return a.value && b.value ? llvm::checkedMul(*a.value, *b.value) : std::nullopt;
  }
};

/// The report for an extent that no 64-bit integer holds.
static LogicalResult reportOverflow(Report report) {
  return report("expected extents that fit in 64 bits but got an overflow");
}

/// a / b rounded down, b > 0.
static int64_t floorDivide(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-(a + 1)) / b) - 1; }

/// `value` if it is an extent a tensor can have.
static FailureOr<int64_t> checkExtent(Checked value, Report report) {
  if (!value.value)
    return reportOverflow(report);
  if (*value.value < 0)
    return report("expected an extent of at least 0 but got " + Twine(*value.value));
  return *value.value;
}

std::string shapeToString(ShapeRef shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(shape, os, [&](int64_t extent) { isDynamic(extent) ? os << '?' : os << extent; }, "x");
  return text;
}

std::string listToString(ShapeRef list) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(list, os);
  os << ']';
  return text;
}

std::optional<int64_t> countElements(ShapeRef shape) {
  // A zero anywhere makes the count zero, however large its neighbours are.
  if (llvm::any_of(shape, isDynamic))
    return std::nullopt;
  if (llvm::is_contained(shape, 0))
    return 0;
  Checked count = 1;
  for (int64_t extent : shape)
    count = count * extent;
  return count.value;
}

bool fitsInMemory(ShapeRef shape) {
  Checked bytes = 16;
  for (int64_t extent : shape)
    if (!isDynamic(extent) && extent != 0)
      bytes = bytes * extent;
  return bytes.value.has_value();
}

bool areCompatibleShapes(ShapeRef a, ShapeRef b) {
  return a.size() == b.size() && llvm::all_of(llvm::zip(a, b), [](auto pair) {
           auto [x, y] = pair;
           return isDynamic(x) || isDynamic(y) || x == y;
         });
}

FailureOr<Shape> broadcastShapes(ShapeRef a, ShapeRef b, Report report) {
  Shape result(a.size() < b.size() ? b : a);
  ShapeRef other = a.size() < b.size() ? a : b;
  for (auto [i, y] : llvm::enumerate(other)) {
    int64_t &x = result[result.size() - other.size() + i];
    if (x == y || y == 1)
      continue;
    // An unknown extent beside a known one above 1 must be 1 or the same.
    if (x == 1 || (isDynamic(x) && y != 1))
      x = y;
    else if (!isDynamic(y))
      return report("expected shapes that broadcast but got " + shapeToString(a) + " and " + shapeToString(b));
  }
  return result;
}

bool broadcastsTo(ShapeRef from, ShapeRef to) {
  if (from.size() > to.size())
    return false;
  for (auto [x, y] : llvm::zip(from, to.take_back(from.size())))
    if (x != y && x != 1 && !isDynamic(x) && !isDynamic(y))
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// How far apart the first and the last tap lie, plus one.
static Checked getSpan(const Window &window) { return (Checked(window.extent) - 1) * window.dilation + 1; }

/// Positive window, stride and dilation and a span that 64 bits hold, or a report.
static LogicalResult checkWindow(const Window &window, Report report) {
  if (!isDynamic(window.extent) && window.extent < 1)
    return report("expected a window of at least 1 but got " + Twine(window.extent));
  if (window.stride < 1)
    return report("expected strides of at least 1 but got " + Twine(window.stride));
  if (window.dilation < 1)
    return report("expected dilations of at least 1 but got " + Twine(window.dilation));
  if (!isDynamic(window.extent) && !getSpan(window).value)
    return reportOverflow(report);
  return success();
}

std::optional<std::pair<int64_t, int64_t>> getSamePads(int64_t in, const Window &window, bool upper) {
  if (isDynamic(window.extent) || window.stride < 1 || (isDynamic(in) && window.stride != 1))
    return std::nullopt;
  // With stride 1 there are as many windows as elements, whatever their number.
  if (in == 0)
    return std::make_pair<int64_t, int64_t>(0, 0);
  int64_t last = isDynamic(in) ? 0 : (in - 1) / window.stride;
  int64_t extent = isDynamic(in) ? 1 : in;
  std::optional<int64_t> total = (Checked(last) * window.stride + getSpan(window) - extent).value;
  if (!total)
    return std::nullopt;
  int64_t pads = std::max<int64_t>(0, *total), less = pads / 2, more = pads - less;
  return upper ? std::make_pair(less, more) : std::make_pair(more, less);
}

FailureOr<int64_t> getWindowOutput(int64_t in, const Window &window, Report report) {
  if (failed(checkWindow(window, report)))
    return failure();
  if (isDynamic(in) || isDynamic(window.extent))
    return ShapedType::kDynamic;
  Checked padded = Checked(in) + window.padBegin + window.padEnd;
  Checked room = padded - getSpan(window);
  if (!room.value)
    return reportOverflow(report);
  int64_t last = floorDivide(*room.value, window.stride);
  if (window.ceilMode && last * window.stride != *room.value) {
    Checked start = (Checked(last) + 1) * window.stride;
    // A window that begins in the end padding would see no element at all.
    if (start.value && *start.value < (Checked(in) + window.padBegin).value.value_or(0))
      ++last;
  }
  if (last < 0)
    return report("expected a window that fits its input but got a window of " + Twine(*getSpan(window).value) +
                  " elements over " + Twine(*padded.value));
  return checkExtent(Checked(last) + 1, report);
}

FailureOr<int64_t> getTransposedOutput(int64_t in, const Window &window, int64_t outputPadding, Report report) {
  if (failed(checkWindow(window, report)))
    return failure();
  if (isDynamic(in) || isDynamic(window.extent))
    return ShapedType::kDynamic;
  return checkExtent(
      (Checked(in) - 1) * window.stride + outputPadding + getSpan(window) - window.padBegin - window.padEnd, report);
}

//===----------------------------------------------------------------------===//
// Products, reductions, data movement
//===----------------------------------------------------------------------===//

FailureOr<Shape> getMatmulShape(ShapeRef lhs, ShapeRef rhs, Report report) {
  if (lhs.empty() || rhs.empty())
    return report("expected operands of rank 1 or more but got ranks " + Twine(lhs.size()) + " and " +
                  Twine(rhs.size()));
  int64_t k = lhs.back(), rows = rhs.size() == 1 ? rhs[0] : rhs[rhs.size() - 2];
  if (k != rows && !isDynamic(k) && !isDynamic(rows))
    return report("expected equal inner extents but got " + Twine(k) + " and " + Twine(rows));
  FailureOr<Shape> result = broadcastShapes(lhs.size() > 2 ? lhs.drop_back(2) : ShapeRef(),
                                            rhs.size() > 2 ? rhs.drop_back(2) : ShapeRef(), report);
  if (failed(result))
    return failure();
  if (lhs.size() > 1)
    result->push_back(lhs[lhs.size() - 2]);
  if (rhs.size() > 1)
    result->push_back(rhs.back());
  return result;
}

LogicalResult checkAxis(int64_t axis, int64_t rank, Report report) {
  if (rank == 0)
    return report("expected a tensor of rank 1 or more but got a scalar");
  if (axis < 0 || axis >= rank)
    return report("expected an axis from 0 to " + Twine(rank - 1) + " but got " + Twine(axis));
  return success();
}

LogicalResult checkAxes(ShapeRef axes, int64_t rank, Report report) {
  for (int64_t axis : axes)
    if (failed(checkAxis(axis, rank, report)))
      return failure();
  for (size_t i = 1; i < axes.size(); ++i)
    if (axes[i] <= axes[i - 1])
      return report("expected ascending axes but got " + listToString(axes));
  return success();
}

FailureOr<Shape> getReducedShape(ShapeRef input, ShapeRef axes, bool keepDims, Report report) {
  if (failed(checkAxes(axes, input.size(), report)))
    return failure();
  Shape result;
  for (auto [i, extent] : llvm::enumerate(input)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      result.push_back(extent);
    else if (keepDims)
      result.push_back(1);
  }
  return result;
}

FailureOr<Shape> getTransposedShape(ShapeRef input, ShapeRef permutation, Report report) {
  Shape sorted(permutation);
  llvm::sort(sorted);
  bool valid = permutation.size() == input.size();
  for (size_t i = 0; valid && i < sorted.size(); ++i)
    valid = sorted[i] == static_cast<int64_t>(i);
  if (!valid)
    return report("expected a permutation of " + Twine(input.size()) + " dimensions but got " +
                  listToString(permutation));
  return Shape(llvm::map_range(permutation, [&](int64_t i) { return input[i]; }));
}

FailureOr<Shape> getConcatShape(llvm::ArrayRef<ShapeRef> inputs, int64_t axis, Report report) {
  if (inputs.empty())
    return report("expected one operand or more but got none");
  Shape result(inputs.front());
  if (failed(checkAxis(axis, result.size(), report)))
    return failure();
  Checked sum = 0;
  bool dynamic = false;
  for (ShapeRef input : inputs) {
    if (input.size() != result.size())
      return report("expected operands of rank " + Twine(result.size()) + " but got rank " + Twine(input.size()));
    for (auto [i, extent] : llvm::enumerate(input)) {
      if (static_cast<int64_t>(i) == axis || isDynamic(extent))
        continue;
      if (!isDynamic(result[i]) && result[i] != extent)
        return report("expected equal extents in dimension " + Twine(i) + " but got " + Twine(result[i]) + " and " +
                      Twine(extent));
      result[i] = extent;
    }
    if (isDynamic(input[axis]))
      dynamic = true;
    else
      sum = sum + input[axis];
  }
  FailureOr<int64_t> total = checkExtent(sum, report);
  if (failed(total))
    return failure();
  result[axis] = dynamic ? ShapedType::kDynamic : *total;
  return result;
}

SliceRange normalizeSlice(int64_t extent, int64_t start, int64_t end, int64_t step) {
  auto clamp = [&](int64_t bound) {
    if (bound < 0)
      bound += extent;
    // Walking backwards, the last element is the first start and -1 the last end.
    int64_t low = step < 0 ? -1 : 0, high = step < 0 ? extent - 1 : extent;
    return std::min(std::max(bound, low), high);
  };
  start = clamp(start);
  end = clamp(end);
  if (step < 0 && start < 0)
    return {0, 0, step};
  int64_t distance = step < 0 ? start - end : end - start;
  uint64_t stride = step < 0 ? 0 - static_cast<uint64_t>(step) : static_cast<uint64_t>(step);
  int64_t count = distance <= 0 ? 0 : static_cast<int64_t>((static_cast<uint64_t>(distance) - 1) / stride) + 1;
  return {start, count, step};
}

FailureOr<Shape> getSliceShape(ShapeRef input, ShapeRef axes, ShapeRef starts, ShapeRef ends, ShapeRef steps,
                               Report report) {
  if (failed(checkAxes(axes, input.size(), report)))
    return failure();
  if (starts.size() != axes.size() || ends.size() != axes.size() || steps.size() != axes.size())
    return report("expected a start, an end and a step for each of " + Twine(axes.size()) + " axes but got " +
                  Twine(starts.size()) + ", " + Twine(ends.size()) + " and " + Twine(steps.size()));
  if (llvm::is_contained(steps, 0))
    return report("expected steps other than 0 but got " + listToString(steps));
  Shape result(input);
  for (auto [i, axis] : llvm::enumerate(axes))
    if (!isDynamic(input[axis]))
      result[axis] = normalizeSlice(input[axis], starts[i], ends[i], steps[i]).count;
  return result;
}

FailureOr<Shape> getPadShape(ShapeRef input, ShapeRef pads, Report report) {
  size_t rank = input.size();
  if (pads.size() != 2 * rank)
    return report("expected " + Twine(2 * rank) + " pads but got " + Twine(pads.size()));
  Shape result(input);
  for (size_t i = 0; i < rank; ++i) {
    if (isDynamic(input[i]))
      continue;
    FailureOr<int64_t> extent = checkExtent(Checked(input[i]) + pads[i] + pads[rank + i], report);
    if (failed(extent))
      return failure();
    result[i] = *extent;
  }
  return result;
}

FailureOr<Shape> getTileShape(ShapeRef input, ShapeRef repeats, Report report) {
  if (repeats.size() != input.size())
    return report("expected " + Twine(input.size()) + " repeats but got " + Twine(repeats.size()));
  Shape result(input);
  for (auto [extent, repeat] : llvm::zip(result, repeats)) {
    if (repeat < 0)
      return report("expected repeats of at least 0 but got " + Twine(repeat));
    if (isDynamic(extent))
      continue;
    FailureOr<int64_t> product = checkExtent(Checked(extent) * repeat, report);
    if (failed(product))
      return failure();
    extent = *product;
  }
  return result;
}

/// The product of the static extents; nothing if 64 bits do not hold it.
static std::optional<int64_t> countStatic(ShapeRef shape) {
  return countElements(Shape(llvm::make_filter_range(shape, [](int64_t extent) { return !isDynamic(extent); })));
}

bool canReshape(ShapeRef from, ShapeRef to) {
  std::optional<int64_t> a = countStatic(from), b = countStatic(to);
  if (!a || !b)
    return false;
  bool fixedA = llvm::none_of(from, isDynamic), fixedB = llvm::none_of(to, isDynamic);
  if (fixedA && fixedB)
    return *a == *b;
  if (!fixedA && !fixedB)
    return true;
  // The dynamic extents must supply what the static ones of that side lack.
  int64_t whole = fixedA ? *a : *b, part = fixedA ? *b : *a;
  return part == 0 ? whole == 0 : whole % part == 0;
}

FailureOr<Shape> getReshapeShape(ShapeRef input, ShapeRef target, bool allowZero, Report report) {
  Shape result(target);
  std::optional<size_t> inferred;
  // A dimension copied from a dynamic one divides out of both sides.
  SmallVector<bool> copied(input.size(), false);
  Checked rest = 1;
  for (auto [i, extent] : llvm::enumerate(result)) {
    if (extent == 0 && !allowZero) {
      if (i >= input.size())
        return report("expected an input dimension to copy for extent " + Twine(i) + " but got rank " +
                      Twine(input.size()));
      extent = input[i];
      copied[i] = true;
      continue;
    }
    if (extent == -1 && !inferred) {
      inferred = i;
      continue;
    }
    if (extent < 0)
      return report("expected extents of at least 0 and at most one -1 but got " + listToString(target));
    rest = rest * extent;
  }
  if (!inferred)
    return result;
  Checked remaining = 1;
  for (auto [i, extent] : llvm::enumerate(input)) {
    if (copied[i])
      continue;
    if (isDynamic(extent)) {
      result[*inferred] = ShapedType::kDynamic;
      return result;
    }
    remaining = remaining * extent;
  }
  if (!rest.value || !remaining.value)
    return reportOverflow(report);
  if (*rest.value == 0 || *remaining.value % *rest.value != 0)
    return report("expected a shape that " + shapeToString(input) + " divides into but got " + listToString(target));
  result[*inferred] = *remaining.value / *rest.value;
  return result;
}

} // namespace winnow
