//===- ResizeRule.cpp - how one dimension is resized ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Interpreter/ResizeRule.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

namespace {
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
  ResizeBlend getBlend(int64_t position) const;
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
    return width == 1 ? 0 : (x + 0.5) / scale - 0.5;
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

ResizeBlend ResizeRule::getBlend(int64_t position) const {
  ResizeBlend blend;
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

std::optional<SmallVector<ResizeBlend>> getResizeBlends(ResizeOp op, int64_t d, int64_t inExtent, int64_t outExtent) {
  std::optional<ArrayRef<double>> roi = op.getRoi();
  size_t rank = op.getScales().size();
  bool hasRoi = roi && roi->size() == 2 * rank;
  ResizeRule rule = {op.getMode(),
                     op.getCoordinates(),
                     op.getRounding(),
                     op.getScales()[d],
                     hasRoi ? (*roi)[d] : 0,
                     hasRoi ? (*roi)[d + rank] : 1,
                     op.getCubicA().convertToDouble(),
                     op.getExcludeOutside(),
                     op.getAntialias(),
                     inExtent,
                     outExtent};
  SmallVector<ResizeBlend> blends;
  if (rule.isIdentity())
    return blends;
  if (!(rule.scale > 0) || (inExtent == 0 && outExtent > 0))
    return std::nullopt;
  for (int64_t i = 0; i < outExtent; ++i)
    blends.push_back(rule.getBlend(i));
  return blends;
}

} // namespace winnow
