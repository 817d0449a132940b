//===- Spatial.cpp - interpolation to another size ------------------------===//
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

namespace {
/// What one position of a resized dimension is made of.
struct Blend {
  /// Elements of the input dimension and their weights.
  SmallVector<std::pair<int64_t, double>, 4> taps;
  /// Whether it lies outside of the cropped picture (`tf_crop_and_resize`).
  bool extrapolated = false;
};

/// The rule by which one dimension is resized.
struct ResizeRule {
  ResizeMode mode;
  CoordinateMode coordinates;
  NearestMode rounding;
  double scale, roiStart, roiEnd, cubicA;
  bool excludeOutside, antialias;
  int64_t inExtent, outExtent;

  double getCoordinate(int64_t position) const;
  int64_t getNearest(double x) const;
  double getWeight(double distance) const;
  Blend getBlend(int64_t position) const;
  bool isIdentity() const;
};
} // namespace

/// The input coordinate of an output position, as the ONNX specification of Resize defines it.
double ResizeRule::getCoordinate(int64_t position) const {
  double x = position, width = scale * inExtent, last = inExtent - 1;
  switch (coordinates) {
  case CoordinateMode::HalfPixel:
    return (x + 0.5) / scale - 0.5;
  case CoordinateMode::HalfPixelSymmetric:
    // The middle of the input is the middle of the output, even where the output has a rounded extent.
    return inExtent / 2.0 * (1 - outExtent / width) + (x + 0.5) / scale - 0.5;
  case CoordinateMode::PytorchHalfPixel:
    return width == 1 ? -0.5 : (x + 0.5) / scale - 0.5;
  case CoordinateMode::AlignCorners:
    return width == 1 ? 0 : x * last / (width - 1);
  case CoordinateMode::Asymmetric:
    return x / scale;
  case CoordinateMode::CropAndResize:
    return roiStart * last +
           (width == 1 ? (roiEnd - roiStart) * last / 2 : x * (roiEnd - roiStart) * last / (width - 1));
  case CoordinateMode::HalfPixelForNearest:
    return (x + 0.5) / scale;
  }
  llvm_unreachable("every coordinate mode has a formula");
}

int64_t ResizeRule::getNearest(double x) const {
  switch (rounding) {
  case NearestMode::RoundPreferFloor:
    return std::ceil(x - 0.5);
  case NearestMode::RoundPreferCeil:
    return std::floor(x + 0.5);
  case NearestMode::Floor:
    return std::floor(x);
  case NearestMode::Ceil:
    return std::ceil(x);
  }
  llvm_unreachable("every rounding has a formula");
}

/// The interpolation kernel: a triangle, or the cubic of Keys 1981, equation 15.
double ResizeRule::getWeight(double distance) const {
  double d = std::fabs(distance), a = cubicA;
  if (mode == ResizeMode::Linear)
    return std::max(1 - d, 0.0);
  if (d <= 1)
    return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

Blend ResizeRule::getBlend(int64_t position) const {
  Blend blend;
  double x = getCoordinate(position);
  blend.extrapolated = coordinates == CoordinateMode::CropAndResize && (x < 0 || x > inExtent - 1);
  // Coordinates far outside all read the border; bounding them keeps the arithmetic on integers safe.
  double reach = 4.0 * inExtent + 16;
  x = std::isnan(x) ? 0 : std::min(std::max(x, -reach), reach);
  auto clamp = [&](int64_t i) { return std::min(std::max<int64_t>(i, 0), inExtent - 1); };
  if (mode == ResizeMode::Nearest) {
    blend.taps.push_back({clamp(getNearest(x)), 1});
    return blend;
  }
  // Shrinking with antialias stretches the kernel over all elements that vanish.
  double stretch = antialias ? std::min(scale, 1.0) : 1, radius = (mode == ResizeMode::Linear ? 1 : 2) / stretch;
  double sum = 0;
  for (int64_t i = std::ceil(x - radius); i <= x + radius; ++i) {
    double weight = getWeight((i - x) * stretch);
    if (weight == 0 || (excludeOutside && (i < 0 || i >= inExtent)))
      continue;
    blend.taps.push_back({clamp(i), weight});
    sum += weight;
  }
  if ((antialias || excludeOutside) && sum != 0)
    for (auto &tap : blend.taps)
      tap.second /= sum;
  return blend;
}

/// Whether the dimension stays as it is.
bool ResizeRule::isIdentity() const {
  bool crops = coordinates == CoordinateMode::CropAndResize && (roiStart != 0 || roiEnd != 1);
  return scale == 1 && inExtent == outExtent && !crops && coordinates != CoordinateMode::HalfPixelForNearest;
}

/// Resizes one dimension of `values`, which have `shape`, by `blends`.
static void resizeDimension(std::vector<double> &values, Extents &shape, int64_t axis, ArrayRef<Blend> blends,
                            double extrapolationValue) {
  AxisView from(shape, axis);
  shape[axis] = blends.size();
  std::vector<double> result(numElements(shape));
  double *to = result.data();
  for (int64_t o = 0; o < from.outer; ++o)
    for (const Blend &blend : blends) {
      for (auto [tap, weight] : blend.taps)
        for (int64_t i = 0; i < from.inner; ++i)
          to[i] += weight * values[(o * from.extent + tap) * from.inner + i];
      if (blend.extrapolated)
        std::fill_n(to, from.inner, extrapolationValue);
      to += from.inner;
    }
  values.swap(result);
}

/// The rule for dimension `d` of a resize.
static ResizeRule getRule(ResizeOp op, const Tensor &input, int64_t d, int64_t outExtent) {
  int64_t rank = input.getRank();
  std::optional<ArrayRef<double>> roi = op.getRoi();
  bool hasRoi = roi && static_cast<int64_t>(roi->size()) == 2 * rank;
  return {op.getMode(),
          op.getCoordinates(),
          op.getRounding(),
          op.getScales()[d],
          hasRoi ? (*roi)[d] : 0,
          hasRoi ? (*roi)[d + rank] : 1,
          op.getCubicA().convertToDouble(),
          op.getExcludeOutside(),
          op.getAntialias(),
          input.getDim(d),
          outExtent};
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
    ResizeRule rule = getRule(op, input, d, outShape[d]);
    if (rule.isIdentity())
      continue;
    if (!(rule.scale > 0) || (rule.inExtent == 0 && rule.outExtent > 0))
      return op.emitOpError("cannot resize ") << rule.inExtent << " elements by a scale of " << rule.scale;
    std::vector<Blend> blends;
    for (int64_t i = 0; i < rule.outExtent; ++i)
      blends.push_back(rule.getBlend(i));
    resizeDimension(values, shape, d, blends, op.getExtrapolationValue().convertToDouble());
  }
  if (failed(createResult(op, out[0], outShape, input.getElementType())))
    return failure();
  out[0].setDoubles(values);
  return success();
}

} // namespace winnow
