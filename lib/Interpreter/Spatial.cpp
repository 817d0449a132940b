//===- Spatial.cpp - interpolation to another size ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "Walk.h"

#include "winnow/Interpreter/ResizeRule.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Resizes one dimension of `values`, which have `shape`, by `blends`.
static void resizeDimension(std::vector<double> &values, Extents &shape, int64_t axis, ArrayRef<ResizeBlend> blends,
                            double extrapolationValue) {
  AxisView from(shape, axis);
  shape[axis] = blends.size();
  std::vector<double> result(numElements(shape));
  double *to = result.data();
  for (int64_t o = 0; o < from.outer; ++o)
    for (const ResizeBlend &blend : blends) {
      for (auto [tap, weight] : blend.taps)
        for (int64_t i = 0; i < from.inner; ++i)
          to[i] += weight * values[(o * from.extent + tap) * from.inner + i];
      if (blend.extrapolated)
        std::fill_n(to, from.inner, extrapolationValue);
      to += from.inner;
    }
  values.swap(result);
}

LogicalResult evaluateOp(ResizeOp op, Operands<ResizeOp> in, Results out) {
  const Tensor &input = *in.getInput();
  auto type = cast<RankedTensorType>(op.getType());
  int64_t rank = input.getRank();
  if (type.getRank() != rank || static_cast<int64_t>(op.getScales().size()) != rank)
    return op.emitOpError("expected one scale for each of ") << rank << " dimensions";
  Extents outShape(type.getShape()), shape(input.getShape());
  std::vector<double> values = input.getDoubles();
  for (int64_t d = 0; d < rank; ++d) {
    if (ShapedType::isDynamic(outShape[d]))
      outShape[d] = std::floor(input.getDim(d) * op.getScales()[d]);
    std::optional<SmallVector<ResizeBlend>> blends = getResizeBlends(op, d, input.getDim(d), outShape[d]);
    if (!blends)
      return op.emitOpError("cannot resize ") << input.getDim(d) << " elements by a scale of " << op.getScales()[d];
    if (blends->empty() && outShape[d] > 0)
      continue;
    resizeDimension(values, shape, d, *blends, op.getExtrapolationValue().convertToDouble());
  }
  if (failed(createResult(op, out[0], outShape, input.getElementType())))
    return failure();
  if (!isa<FloatType>(input.getElementType()))
    for (double &value : values)
      value = std::nearbyint(value);
  out[0].setDoubles(values);
  return success();
}

} // namespace winnow
