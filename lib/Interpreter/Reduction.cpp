//===- Reduction.cpp - reductions, extrema and running sums ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "Walk.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Strides over the input that lead to the element of the result that each element is reduced into.
static Extents getReductionStrides(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes) {
  Extents strides(shape.size(), 0);
  int64_t stride = 1;
  for (int64_t d = static_cast<int64_t>(shape.size()) - 1; d >= 0; --d) {
    if (llvm::is_contained(axes, d))
      continue;
    strides[d] = stride;
    stride *= shape[d];
  }
  return strides;
}

/// result[r] = combine(result[r], x) over all elements x that are reduced into r.
template <typename T, typename Function>
static void accumulate(const Tensor &in, ArrayRef<int64_t> axes, std::vector<T> &result, Function combine) {
  std::vector<T> x = getValues<T>(in);
  walk<1>(in.getShape(), {getReductionStrides(in.getShape(), axes)},
          [&](int64_t i, std::array<int64_t, 1> to) { result[to[0]] = combine(result[to[0]], x[i], to[0]); });
}

/// log(sum(exp(x))), shifted by the largest element.
static std::vector<double> logSumExp(const Tensor &in, ArrayRef<int64_t> axes, size_t count) {
  std::vector<double> largest(count, -std::numeric_limits<double>::infinity()), sums(count, 0);
  accumulate(in, axes, largest, [](double y, double x, int64_t) { return maxValue(x, y); });
  auto shift = [&](int64_t i) { return std::isfinite(largest[i]) ? largest[i] : 0; };
  accumulate(in, axes, sums, [&](double y, double x, int64_t i) { return y + std::exp(x - shift(i)); });
  for (size_t i = 0; i < count; ++i)
    sums[i] = std::log(sums[i]) + shift(i);
  return sums;
}

/// Kinds whose results leave the integers, computed in doubles.
static std::vector<double> reduceInDoubles(ReductionKind kind, const Tensor &in, ArrayRef<int64_t> axes, size_t count) {
  if (kind == ReductionKind::LogSumExp)
    return logSumExp(in, axes, count);
  std::vector<double> y(count, 0);
  bool square = kind == ReductionKind::L2;
  accumulate(in, axes, y, [&](double sum, double x, int64_t) { return sum + (square ? x * x : x); });
  for (double &value : y)
    value = square ? std::sqrt(value) : std::log(value);
  return y;
}

/// Kinds that integers are closed under; they wrap. A mean of integers rounds towards zero.
template <typename T>
static void reduceExactly(ReductionKind kind, const Tensor &in, ArrayRef<int64_t> axes, std::vector<T> &y) {
  auto fold = [&](T start, auto combine) {
    llvm::fill(y, start);
    accumulate(in, axes, y, [&](T total, T x, int64_t) { return combine(total, x); });
  };
  auto magnitude = [](T x) { return x < T(0) ? multiplyValues<T>(x, T(-1)) : x; };
  switch (kind) {
  case ReductionKind::Max:
    return fold(getLowest<T>(in.getElementType()), [](T a, T x) { return maxValue(x, a); });
  case ReductionKind::Min:
    return fold(getHighest<T>(in.getElementType()), [](T a, T x) { return minValue(x, a); });
  case ReductionKind::Prod:
    return fold(1, [](T a, T x) { return multiplyValues(a, x); });
  case ReductionKind::L1:
    return fold(0, [&](T a, T x) { return addValues(a, magnitude(x)); });
  case ReductionKind::SumSquare:
    return fold(0, [](T a, T x) { return addValues(a, multiplyValues(x, x)); });
  default:
    fold(0, [](T a, T x) { return addValues(a, x); });
  }
  if (kind != ReductionKind::Mean)
    return;
  // The mean of nothing is NaN; as an integer it stays 0.
  T count = y.empty() ? 1 : in.getNumElements() / y.size();
  for (T &value : y)
    if (std::is_same_v<T, double> || count != 0)
      value = value / count;
}

LogicalResult evaluateOp(ReduceOp op, Operands<ReduceOp> in, Results out) {
  ReductionKind kind = op.getKind();
  const Tensor &input = *in.getInput();
  if (kind == ReductionKind::L2 || kind == ReductionKind::LogSum || kind == ReductionKind::LogSumExp) {
    out[0].setDoubles(reduceInDoubles(kind, input, op.getAxes(), out[0].getNumElements()));
    return success();
  }
  visitNumberType(input.getElementType(), [&](auto zero) {
    std::vector<decltype(zero)> y(out[0].getNumElements());
    reduceExactly(kind, input, op.getAxes(), y);
    setValues(out[0], y);
  });
  return success();
}

/// The position of the extremum of each line; NaN is more extreme than any number.
static void findExtrema(const Tensor &in, int64_t axis, bool largest, bool selectLast, Tensor &out) {
  AxisView view(in.getShape(), axis);
  std::vector<int64_t> found;
  visitNumberType(in.getElementType(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> x = getValues<T>(in);
    auto beats = [&](T a, T b) { return b == b && (a != a || (largest ? a > b : a < b)); };
    view.forEachLine([&](int64_t first) {
      int64_t best = 0;
      for (int64_t a = 1; a < view.extent; ++a) {
        T candidate = x[first + a * view.inner], leader = x[first + best * view.inner];
        if (beats(candidate, leader) || (selectLast && !beats(leader, candidate)))
          best = a;
      }
      found.push_back(best);
    });
  });
  out.setInts(found);
}

LogicalResult evaluateOp(ArgMaxOp op, Operands<ArgMaxOp> in, Results out) {
  findExtrema(*in.getInput(), op.getAxis(), /*largest=*/true, op.getSelectLast(), out[0]);
  return success();
}

LogicalResult evaluateOp(ArgMinOp op, Operands<ArgMinOp> in, Results out) {
  findExtrema(*in.getInput(), op.getAxis(), /*largest=*/false, op.getSelectLast(), out[0]);
  return success();
}

LogicalResult evaluateOp(CumSumOp op, Operands<CumSumOp> in, Results out) {
  AxisView view(in.getInput()->getShape(), op.getAxis());
  visitNumberType(in.getInput()->getElementType(), [&](auto zero) {
    std::vector<decltype(zero)> x = getValues<decltype(zero)>(*in.getInput()), y(x.size());
    view.forEachLine([&](int64_t first) {
      auto sum = zero;
      for (int64_t step = 0; step < view.extent; ++step) {
        int64_t at = first + (op.getReverse() ? view.extent - 1 - step : step) * view.inner;
        auto next = addValues(sum, x[at]);
        y[at] = op.getExclusive() ? sum : next;
        sum = next;
      }
    });
    setValues(out[0], y);
  });
  return success();
}

} // namespace winnow
