//===- Selection.cpp - the best elements and the best boxes ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "Walk.h"

#include <numeric>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

LogicalResult evaluateOp(TopKOp op, Operands<TopKOp> in, Results out) {
  const Tensor &input = *in.getInput();
  AxisView from(input.getShape(), op.getAxis());
  int64_t k = op.getK();
  if (k > from.extent)
    return op.emitOpError("cannot take ") << k << " of " << from.extent << " elements";
  bool largest = op.getLargest();
  std::vector<int64_t> indices(out[1].getNumElements()), order(from.extent);
  visitNumberType(input.getElementType(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> x = getValues<T>(input), values(indices.size());
    for (int64_t line = 0; line < from.outer * from.inner; ++line) {
      int64_t o = line / from.inner, i = line % from.inner, first = o * from.extent * from.inner + i;
      // NaN counts as larger than any number, which keeps the order strict.
      auto above = [&](T a, T b) { return b == b && (a != a || a > b); };
      std::iota(order.begin(), order.end(), 0);
      std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
        T left = x[first + a * from.inner], right = x[first + b * from.inner];
        if (above(left, right) != above(right, left))
          return above(left, right) == largest;
        return a < b;
      });
      for (int64_t rank = 0; rank < k; ++rank) {
        int64_t to = (o * k + rank) * from.inner + i;
        indices[to] = order[rank];
        values[to] = x[first + order[rank] * from.inner];
      }
    }
    setValues(out[0], values);
  });
  out[1].setInts(indices);
  return success();
}

namespace {
/// A box by its corners, in single precision, in which boxes and thresholds are
/// commonly compared: results must not depend on digits that the data lacks.
struct Box {
  float top, left, bottom, right;

  /// From two opposite corners (y, x, y, x), or from centre and size (x, y, width, height).
  static Box get(const double *v, bool isCentre) {
    float a = v[0], b = v[1], c = v[2], d = v[3];
    if (isCentre)
      return {b - d / 2, a - c / 2, b + d / 2, a + c / 2};
    return {std::min(a, c), std::min(b, d), std::max(a, c), std::max(b, d)};
  }
  float getArea() const { return (bottom - top) * (right - left); }

  /// Whether intersection over union exceeds the threshold.
  bool overlaps(const Box &other, float threshold) const {
    float height = std::min(bottom, other.bottom) - std::max(top, other.top);
    float width = std::min(right, other.right) - std::max(left, other.left);
    if (!(height > 0 && width > 0) || getArea() <= 0 || other.getArea() <= 0)
      return false;
    float intersection = height * width;
    return intersection / (getArea() + other.getArea() - intersection) > threshold;
  }
};
} // namespace

/// The boxes that one class keeps, best first.
static SmallVector<int64_t> suppress(NonMaxSuppressionOp op, ArrayRef<Box> boxes, ArrayRef<double> scores) {
  SmallVector<int64_t> candidates, kept;
  std::optional<APFloat> minimum = op.getScoreThreshold();
  for (int64_t i = 0, n = boxes.size(); i < n; ++i)
    if (!minimum || scores[i] > static_cast<float>(minimum->convertToDouble()))
      candidates.push_back(i);
  llvm::erase_if(candidates, [&](int64_t i) { return scores[i] != scores[i]; });
  llvm::sort(candidates, [&](int64_t a, int64_t b) { return scores[a] != scores[b] ? scores[a] > scores[b] : a < b; });
  float threshold = op.getIouThreshold().convertToDouble();
  for (int64_t candidate : candidates) {
    if (static_cast<int64_t>(kept.size()) >= static_cast<int64_t>(op.getMaxOutput()))
      break;
    if (llvm::none_of(kept, [&](int64_t other) { return boxes[candidate].overlaps(boxes[other], threshold); }))
      kept.push_back(candidate);
  }
  return kept;
}

LogicalResult evaluateOp(NonMaxSuppressionOp op, Operands<NonMaxSuppressionOp> in, Results out) {
  std::vector<double> corners = in.getBoxes()->getDoubles(), scores = in.getScores()->getDoubles();
  int64_t batch = in.getScores()->getDim(0), classes = in.getScores()->getDim(1), count = in.getScores()->getDim(2);
  if (static_cast<int64_t>(corners.size()) != batch * count * 4)
    return op.emitOpError("expected four numbers for each of ")
           << batch * count << " boxes, but got " << corners.size() << " numbers";
  std::vector<Box> boxes;
  for (int64_t i = 0; i < batch * count; ++i)
    boxes.push_back(Box::get(&corners[i * 4], op.getCenterPointBox()));
  std::vector<int64_t> rows;
  for (int64_t line = 0; line < batch * classes; ++line)
    for (int64_t box : suppress(op, ArrayRef<Box>(boxes).slice(line / classes * count, count),
                                ArrayRef<double>(scores).slice(line * count, count)))
      rows.insert(rows.end(), {line / classes, line % classes, box});
  int64_t numRows = rows.size() / 3;
  if (failed(createResult(op, out[0], {numRows, 3}, IntegerType::get(op.getContext(), 64))))
    return failure();
  out[0].setInts(rows);
  return success();
}

} // namespace winnow
