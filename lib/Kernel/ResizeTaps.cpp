//===- ResizeTaps.cpp - which input samples make an output sample ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResizeTaps.h"

#include <cmath>

using namespace winnow::cnn;

namespace winnow::kernel {

bool ResizeTaps::isIdentity(int64_t inputExtent) const {
  if (static_cast<int64_t>(outside.size()) != inputExtent)
    return false;
  for (int64_t i = 0; i < inputExtent; ++i) {
    if (outside[i])
      return false;
    for (int64_t k = 0; k < count; ++k) {
      double weight = weights[i * count + k];
      if (weight != (indices[i * count + k] == i && (count == 1 || weight == 1) ? 1.0 : 0.0))
        return false;
    }
  }
  return true;
}

namespace {
/// One dimension of a resize.
struct Axis {
  double inputExtent, outputExtent, scale, roiStart, roiEnd;
};
} // namespace

/// The input coordinate of output sample `x`.
static double getCoordinate(CoordinateMode mode, const Axis &axis, double x) {
  switch (mode) {
  case CoordinateMode::HalfPixel:
    return (x + 0.5) / axis.scale - 0.5;
  case CoordinateMode::HalfPixelSymmetric: {
    // The output extent before it was rounded down decides where the centre lies.
    double adjustment = axis.outputExtent / (axis.scale * axis.inputExtent);
    return axis.inputExtent / 2 * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5;
  }
  case CoordinateMode::PytorchHalfPixel:
    return axis.outputExtent > 1 ? (x + 0.5) / axis.scale - 0.5 : 0;
  case CoordinateMode::AlignCorners:
    return axis.outputExtent > 1 ? x * (axis.inputExtent - 1) / (axis.outputExtent - 1) : 0;
  case CoordinateMode::Asymmetric:
    return x / axis.scale;
  case CoordinateMode::HalfPixelForNearest:
    return (x + 0.5) / axis.scale;
  case CoordinateMode::CropAndResize:
    if (axis.outputExtent > 1)
      return axis.roiStart * (axis.inputExtent - 1) +
             x * (axis.roiEnd - axis.roiStart) * (axis.inputExtent - 1) / (axis.outputExtent - 1);
    return 0.5 * (axis.roiStart + axis.roiEnd) * (axis.inputExtent - 1);
  }
  llvm_unreachable("all modes are handled");
}

static double roundNearest(NearestMode mode, double x) {
  switch (mode) {
  case NearestMode::RoundPreferFloor:
    return std::ceil(x - 0.5);
  case NearestMode::RoundPreferCeil:
    return std::floor(x + 0.5);
  case NearestMode::Floor:
    return std::floor(x);
  case NearestMode::Ceil:
    return std::ceil(x);
  }
  llvm_unreachable("all modes are handled");
}

/// The weight of a sample at distance `x` of the coordinate.
static double getWeight(ResizeMode mode, double x, double a) {
  x = std::abs(x);
  if (mode == ResizeMode::Linear)
    return std::max(0.0, 1 - x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/// Fills the taps of output sample `i` at `coordinate` with a filter of half width `support`.
static void fillFilter(ResizeTaps &taps, int64_t i, double coordinate, double support, double stretch, ResizeOp op,
                       int64_t inputExtent) {
  int64_t first = static_cast<int64_t>(std::floor(coordinate)) - static_cast<int64_t>(std::ceil(support)) + 1;
  double cubicA = op.getCubicA().convertToDouble(), sum = 0;
  for (int64_t k = 0; k < taps.count; ++k) {
    int64_t index = first + k;
    double weight = getWeight(op.getMode(), (index - coordinate) * stretch, cubicA);
    if (op.getExcludeOutside() && (index < 0 || index >= inputExtent))
      weight = 0;
    taps.indices[i * taps.count + k] = std::clamp<int64_t>(index, 0, inputExtent - 1);
    taps.weights[i * taps.count + k] = weight;
    sum += weight;
  }
  if ((op.getExcludeOutside() || op.getAntialias()) && sum != 0)
    for (int64_t k = 0; k < taps.count; ++k)
      taps.weights[i * taps.count + k] /= sum;
}

ResizeTaps computeResizeTaps(ResizeOp op, int64_t dim) {
  auto inputType = op.getInput().getType(), outputType = op.getOutput().getType();
  int64_t inputExtent = inputType.getDimSize(dim), outputExtent = outputType.getDimSize(dim);
  Axis axis{double(inputExtent), double(outputExtent), op.getScales()[dim], 0, 1};
  if (auto roi = op.getRoi()) {
    axis.roiStart = (*roi)[dim];
    axis.roiEnd = (*roi)[dim + inputType.getRank()];
  }

  ResizeTaps taps;
  double stretch = op.getAntialias() ? std::min(axis.scale, 1.0) : 1.0;
  double support = (op.getMode() == ResizeMode::Cubic ? 2 : 1) / stretch;
  if (op.getMode() != ResizeMode::Nearest)
    taps.count = 2 * static_cast<int64_t>(std::ceil(support));
  taps.indices.resize(outputExtent * taps.count);
  taps.weights.resize(outputExtent * taps.count);
  taps.outside.resize(outputExtent);
  for (int64_t i = 0; i < outputExtent; ++i) {
    double coordinate = getCoordinate(op.getCoordinates(), axis, double(i));
    taps.outside[i] =
        op.getCoordinates() == CoordinateMode::CropAndResize && (coordinate < 0 || coordinate > axis.inputExtent - 1);
    if (op.getMode() == ResizeMode::Nearest) {
      double nearest = roundNearest(op.getRounding(), coordinate);
      taps.indices[i] = static_cast<int64_t>(std::clamp(nearest, 0.0, axis.inputExtent - 1));
      taps.weights[i] = 1;
    } else {
      fillFilter(taps, i, coordinate, support, stretch, op, inputExtent);
    }
  }
  return taps;
}

} // namespace winnow::kernel
