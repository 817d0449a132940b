//===- Sampling.cpp - values of pictures at given coordinates -------------===//
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
/// One dimension of a picture that is sampled at normalised coordinates.
struct SampledDimension {
  int64_t extent;
  bool alignCorners;
  SamplePadding padding;
  /// Whether coordinates are computed in double rather than in single precision.
  bool isDouble;

  /// The borders at which coordinates are reflected: the outer elements' middles or edges.
  double getLow() const { return alignCorners ? 0 : -0.5; }
  double getHigh() const { return alignCorners ? extent - 1 : extent - 0.5; }
  /// From [-1, 1] to elements. The precision decides which element is nearest.
  double denormalize(double x) const { return isDouble ? denormalizeAs<double>(x) : denormalizeAs<float>(x); }
  template <typename T> T denormalizeAs(T x) const {
    return alignCorners ? (x + 1) / 2 * T(extent - 1) : ((x + 1) * T(extent) - 1) / 2;
  }
  /// Brings a coordinate to where the padding says it is read.
  double fold(double x) const;
  /// The element that stands at a whole coordinate; -1 for a zero.
  int64_t getElement(double x) const;
};

/// Elements of one dimension with their weights.
using Taps = SmallVector<std::pair<int64_t, double>, 4>;
} // namespace

/// `x` reflected at `low` and `high` until it lies between them.
static double reflect(double x, double low, double high) {
  double range = high - low;
  if (!(range > 0) || !std::isfinite(x))
    return low;
  double distance = std::fmod(std::fabs(x - low), 2 * range);
  return low + (distance > range ? 2 * range - distance : distance);
}

double SampledDimension::fold(double x) const {
  if (padding == SamplePadding::Border)
    return std::isnan(x) ? 0 : std::min(std::max(x, 0.0), extent - 1.0);
  if (padding == SamplePadding::Reflection && (x < getLow() || x > getHigh()))
    return reflect(x, getLow(), getHigh());
  return x;
}

int64_t SampledDimension::getElement(double x) const {
  if (padding == SamplePadding::Border)
    x = std::min(std::max(x, 0.0), extent - 1.0);
  else if (padding == SamplePadding::Reflection && (x < getLow() || x > getHigh()))
    x = std::trunc(reflect(x, getLow(), getHigh()));
  return x >= 0 && x < extent ? static_cast<int64_t>(x) : -1;
}

/// Keys 1981, equation 15, with a = -0.75.
static double cubicWeight(double distance) {
  const double a = -0.75, d = std::fabs(distance);
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

/// What a dimension contributes to a sample at the normalised coordinate `x`.
static Taps getTaps(ResizeMode mode, const SampledDimension &dimension, double x) {
  x = dimension.denormalize(x);
  // Halves round to even.
  x = dimension.fold(mode == ResizeMode::Nearest ? std::nearbyint(x) : x);
  Taps taps;
  auto add = [&](double coordinate, double weight) {
    int64_t element = dimension.getElement(coordinate);
    if (element >= 0)
      taps.push_back({element, weight});
  };
  double low = std::floor(x), ratio = x - low;
  if (mode == ResizeMode::Nearest) {
    // A reflection may have left a fraction.
    add(std::trunc(x), 1);
  } else if (mode == ResizeMode::Linear) {
    add(low, 1 - ratio);
    add(low + 1, ratio);
  } else {
    for (int64_t k = -1; k <= 2; ++k)
      add(low + k, cubicWeight(k - ratio));
  }
  return taps;
}

/// Every element of a picture that a sample reads: its offset and its weight.
static std::vector<std::pair<int64_t, double>> combineTaps(ArrayRef<Taps> dimensions, ArrayRef<int64_t> picture) {
  std::vector<std::pair<int64_t, double>> combined{{0, 1.0}}, next;
  for (auto [taps, extent] : llvm::zip_equal(dimensions, picture)) {
    next.clear();
    for (auto [offset, weight] : combined)
      for (auto [element, factor] : taps)
        next.push_back({offset * extent + element, weight * factor});
    combined.swap(next);
  }
  return combined;
}

LogicalResult evaluateOp(GridSampleOp op, Operands<GridSampleOp> in, Results out) {
  const Tensor &input = *in.getInput(), &grid = *in.getGrid();
  ArrayRef<int64_t> picture = input.getShape().drop_front(2);
  int64_t rank = picture.size(), batch = input.getDim(0), channels = input.getDim(1);
  int64_t pictureSize = numElements(picture);
  if (grid.getShape().back() != rank || grid.getDim(0) != batch)
    return op.emitOpError("expected a grid of ") << batch << " samples with " << rank << " coordinates each";
  std::vector<double> x = input.getDoubles(), coordinates = grid.getDoubles(), y(out[0].getNumElements());
  int64_t points = numElements(grid.getShape().drop_front().drop_back());
  SmallVector<Taps> taps(rank);
  bool isDouble = grid.getElementType().isF64();
  for (int64_t n = 0; n < batch && pictureSize > 0; ++n)
    for (int64_t point = 0; point < points; ++point) {
      // Coordinates come innermost dimension first.
      const double *at = &coordinates[(n * points + point) * rank];
      for (int64_t d = 0; d < rank; ++d)
        taps[d] =
            getTaps(op.getMode(), {picture[d], op.getAlignCorners(), op.getPadding(), isDouble}, at[rank - 1 - d]);
      std::vector<std::pair<int64_t, double>> elements = combineTaps(taps, picture);
      for (int64_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (auto [offset, weight] : elements)
          sum += weight * x[(n * channels + c) * pictureSize + offset];
        y[(n * channels + c) * points + point] = sum;
      }
    }
  out[0].setDoubles(y);
  return success();
}

namespace {
/// A region of interest on the feature map, cut into bins.
struct Region {
  double top, left, binHeight, binWidth;
  /// Samples per bin.
  int64_t rows, columns;
};
} // namespace

static Region getRegion(RoiAlignOp op, const double *corners) {
  double scale = op.getSpatialScale().convertToDouble(), offset = op.getHalfPixel() ? 0.5 : 0;
  double left = corners[0] * scale - offset, top = corners[1] * scale - offset;
  double width = corners[2] * scale - offset - left, height = corners[3] * scale - offset - top;
  if (!op.getHalfPixel()) {
    width = std::max(width, 1.0);
    height = std::max(height, 1.0);
  }
  double binHeight = height / op.getOutputSize()[0], binWidth = width / op.getOutputSize()[1];
  // Without a ratio, about one sample per element.
  auto count = [&](double bin) -> int64_t {
    if (op.getSamplingRatio() > 0)
      return op.getSamplingRatio();
    return std::isfinite(bin) ? std::min(std::max(std::ceil(bin), 0.0), 1e4) : 0;
  };
  return {top, left, binHeight, binWidth, count(binHeight), count(binWidth)};
}

/// The two neighbours of coordinate `x` with their weights; none far outside of
/// the map, the border twice just outside of it.
static Taps getNeighbours(double x, int64_t extent) {
  if (!(x >= -1 && x <= extent))
    return {{0, 0.0}, {0, 0.0}};
  x = std::max(x, 0.0);
  auto low = static_cast<int64_t>(x);
  if (low >= extent - 1)
    return {{extent - 1, 1.0}, {extent - 1, 0.0}};
  return {{low, 1 - (x - low)}, {low + 1, x - low}};
}

/// The value of one bin of a region on one feature map.
static double poolBin(PoolKind kind, const Region &region, int64_t row, int64_t column, const double *map,
                      int64_t height, int64_t width) {
  double sum = 0, largest = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < region.rows; ++i)
    for (int64_t j = 0; j < region.columns; ++j) {
      Taps ys = getNeighbours(region.top + (row + (i + 0.5) / region.rows) * region.binHeight, height);
      Taps xs = getNeighbours(region.left + (column + (j + 0.5) / region.columns) * region.binWidth, width);
      // ONNX takes the maximum over the weighted neighbours, not over their sums.
      for (auto [y, yWeight] : ys)
        for (auto [x, xWeight] : xs) {
          double term = yWeight * xWeight * map[y * width + x];
          sum += term;
          largest = std::max(largest, term);
        }
    }
  int64_t samples = region.rows * region.columns;
  if (samples == 0)
    return 0;
  return kind == PoolKind::Max ? largest : sum / samples;
}

LogicalResult evaluateOp(RoiAlignOp op, Operands<RoiAlignOp> in, Results out) {
  const Tensor &input = *in.getInput(), &rois = *in.getRois();
  int64_t channels = input.getDim(1), height = input.getDim(2), width = input.getDim(3), regions = rois.getDim(0);
  std::vector<int64_t> batch = in.getBatchIndices()->getInts();
  if (rois.getDim(1) != 4 || static_cast<int64_t>(batch.size()) != regions)
    return op.emitOpError("expected four coordinates and a batch index for each region");
  std::vector<double> x = input.getDoubles(), corners = rois.getDoubles(), y;
  y.reserve(out[0].getNumElements());
  for (int64_t n = 0; n < regions; ++n) {
    if (batch[n] < 0 || batch[n] >= input.getDim(0))
      return op.emitOpError("batch index ") << batch[n] << " lies outside of a batch of " << input.getDim(0);
    Region region = getRegion(op, &corners[n * 4]);
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t row = 0; row < op.getOutputSize()[0]; ++row)
        for (int64_t column = 0; column < op.getOutputSize()[1]; ++column)
          y.push_back(height * width == 0 ? 0
                                          : poolBin(op.getKind(), region, row, column,
                                                    &x[(batch[n] * channels + c) * height * width], height, width));
  }
  out[0].setDoubles(y);
  return success();
}

} // namespace winnow
