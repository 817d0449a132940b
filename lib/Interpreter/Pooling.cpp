//===- Pooling.cpp - pools over windows and over whole feature maps -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"
#include "Window.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The window of a pool from its input to its result.
template <typename OpT> static SlidingWindow getPoolWindow(OpT op, const Tensor &input, const Tensor &output) {
  return SlidingWindow(cast<WindowOpInterface>(op.getOperation()), op.getKernel(), input.getShape().drop_front(2),
                       output.getShape().drop_front(2));
}

/// Calls `visit(result, map, offsets)` for each position of the window in each
/// feature map: the result's flat position, the flat position where the map
/// begins, and the offsets of the covered elements within the map.
template <typename Visitor> static void forEachWindow(const SlidingWindow &window, int64_t maps, Visitor visit) {
  SmallVector<int64_t> offsets(window.getNumTaps());
  for (int64_t p = 0, positions = window.getNumPositions(); p < positions && maps > 0; ++p) {
    offsets.resize(window.getNumTaps());
    window.getOffsets(p, offsets);
    llvm::erase(offsets, -1);
    for (int64_t map = 0; map < maps; ++map)
      visit(map * positions + p, map * window.getMapSize(), ArrayRef<int64_t>(offsets));
  }
}

static int64_t countMaps(const Tensor &tensor) { return tensor.getDim(0) * tensor.getDim(1); }

/// Fills `output` and returns the flat position of each maximum; a window
/// without any element gives the lowest value.
template <typename OpT> static std::vector<int64_t> findMaxima(OpT op, const Tensor &input, Tensor &output) {
  SlidingWindow window = getPoolWindow(op, input, output);
  std::vector<int64_t> found(output.getNumElements(), 0);
  visitNumberType(input.getElementType(), [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> x = getValues<T>(input), y(found.size(), getLowest<T>(input.getElementType()));
    forEachWindow(window, countMaps(input), [&](int64_t result, int64_t map, ArrayRef<int64_t> offsets) {
      if (offsets.empty())
        return;
      int64_t best = offsets[0];
      for (int64_t offset : offsets.drop_front())
        if (x[map + offset] > x[map + best] || x[map + offset] != x[map + offset])
          best = offset;
      y[result] = x[map + best];
      found[result] = map + best;
    });
    setValues(output, y);
  });
  return found;
}

LogicalResult evaluateOp(MaxPoolOp op, Operands<MaxPoolOp> in, Results out) {
  findMaxima(op, *in.getInput(), out[0]);
  return success();
}

/// A flat position in a row-major map as one in the same map stored with its first dimension innermost.
static int64_t toColumnMajor(int64_t position, ArrayRef<int64_t> mapShape) {
  int64_t result = 0, scale = numElements(mapShape);
  for (int64_t extent : llvm::reverse(mapShape)) {
    scale /= extent;
    result += position % extent * scale;
    position /= extent;
  }
  return result;
}

LogicalResult evaluateOp(MaxPoolWithIndicesOp op, Operands<MaxPoolWithIndicesOp> in, Results out) {
  std::vector<int64_t> found = findMaxima(op, *in.getInput(), out[0]);
  ArrayRef<int64_t> mapShape = in.getInput()->getShape().drop_front(2);
  int64_t mapSize = numElements(mapShape);
  if (op.getStorageOrder() == 1 && mapSize > 0)
    for (int64_t &position : found)
      position = position / mapSize * mapSize + toColumnMajor(position % mapSize, mapShape);
  out[1].setInts(found);
  return success();
}

/// What means add up: the elements, without zero points where they are quantized.
static std::vector<double> getSummands(const Tensor &input) {
  return isQuantized(input.getElementType()) ? getDifferences(input, 1) : input.getDoubles();
}

/// Fills `out` with means: sums of elements of `input`, and how many they are of (0: the mean is 0).
static void storeMeans(const Tensor &input, std::vector<double> sums, ArrayRef<int64_t> counts, Tensor &out) {
  if (isQuantized(input.getElementType()))
    return storeQuantizedMeans(input, sums, counts, out);
  for (auto [sum, count] : llvm::zip_equal(sums, counts))
    sum = count ? sum / static_cast<double>(count) : 0;
  out.setDoubles(sums);
}

LogicalResult evaluateOp(AveragePoolOp op, Operands<AveragePoolOp> in, Results out) {
  SlidingWindow window = getPoolWindow(op, *in.getInput(), out[0]);
  std::vector<double> x = getSummands(*in.getInput()), sums(out[0].getNumElements());
  std::vector<int64_t> counts(sums.size());
  int64_t positions = window.getNumPositions();
  forEachWindow(window, countMaps(*in.getInput()), [&](int64_t result, int64_t map, ArrayRef<int64_t> offsets) {
    for (int64_t offset : offsets)
      sums[result] += x[map + offset];
    counts[result] = op.getCountIncludePad() ? window.countPadded(result % positions) : offsets.size();
  });
  storeMeans(*in.getInput(), std::move(sums), counts, out[0]);
  return success();
}

/// (sum |x|^p)^(1/p) from the sum.
static double rootOfPowers(double sum, int64_t p) { return p == 2 ? std::sqrt(sum) : std::pow(sum, 1.0 / p); }
static double powerOfMagnitude(double x, int64_t p) { return p == 2 ? x * x : std::pow(std::fabs(x), p); }

LogicalResult evaluateOp(LpPoolOp op, Operands<LpPoolOp> in, Results out) {
  SlidingWindow window = getPoolWindow(op, *in.getInput(), out[0]);
  std::vector<double> x = in.getInput()->getDoubles(), y(out[0].getNumElements());
  int64_t p = op.getP();
  forEachWindow(window, countMaps(*in.getInput()), [&](int64_t result, int64_t map, ArrayRef<int64_t> offsets) {
    double sum = 0;
    for (int64_t offset : offsets)
      sum += powerOfMagnitude(x[map + offset], p);
    y[result] = rootOfPowers(sum, p);
  });
  out[0].setDoubles(y);
  return success();
}

/// The mean of each feature map.
static LogicalResult averageMaps(const Tensor &input, Tensor &out) {
  std::vector<double> x = getSummands(input), sums(out.getNumElements());
  int64_t mapSize = numElements(input.getShape().drop_front(2));
  for (size_t i = 0; i < sums.size(); ++i)
    for (double value : ArrayRef<double>(x).slice(i * mapSize, mapSize))
      sums[i] += value;
  storeMeans(input, std::move(sums), std::vector<int64_t>(out.getNumElements(), mapSize), out);
  return success();
}

/// The largest stored integer of each feature map.
static LogicalResult maximizeMaps(const Tensor &input, Tensor &out) {
  std::vector<int64_t> x = input.getInts(), y(out.getNumElements(), getLowest<int64_t>(input.getElementType()));
  int64_t mapSize = numElements(input.getShape().drop_front(2));
  for (size_t i = 0; i < y.size(); ++i)
    for (int64_t value : ArrayRef<int64_t>(x).slice(i * mapSize, mapSize))
      y[i] = std::max(y[i], value);
  out.setInts(y);
  return success();
}

/// The maximum or the norm of a whole feature map.
static double poolMap(PoolKind kind, int64_t p, ArrayRef<double> map) {
  double sum = 0, largest = -std::numeric_limits<double>::infinity();
  for (double x : map) {
    sum += powerOfMagnitude(x, p);
    largest = maxValue(x, largest);
  }
  return kind == PoolKind::Lp ? rootOfPowers(sum, p) : largest;
}

LogicalResult evaluateOp(GlobalPoolOp op, Operands<GlobalPoolOp> in, Results out) {
  if (op.getKind() == PoolKind::Average)
    return averageMaps(*in.getInput(), out[0]);
  if (isQuantized(in.getInput()->getElementType()))
    return maximizeMaps(*in.getInput(), out[0]);
  std::vector<double> x = in.getInput()->getDoubles(), y(out[0].getNumElements());
  int64_t mapSize = numElements(in.getInput()->getShape().drop_front(2));
  for (size_t i = 0; i < y.size(); ++i)
    y[i] = poolMap(op.getKind(), op.getP(), ArrayRef<double>(x).slice(i * mapSize, mapSize));
  out[0].setDoubles(y);
  return success();
}

LogicalResult evaluateOp(MaxUnpoolOp op, Operands<MaxUnpoolOp> in, Results out) {
  auto type = cast<RankedTensorType>(op.getType());
  Extents shape(type.getShape());
  // Extents that the type leaves open are the input's where pooling cannot have changed them.
  for (auto [i, extent] : llvm::enumerate(shape)) {
    if (!ShapedType::isDynamic(extent))
      continue;
    if (i >= 2)
      return op->emitOpError("needs a result of known spatial extents");
    extent = in.getInput()->getDim(i);
  }
  if (failed(createResult(op, out[0], shape, type.getElementType())))
    return failure();
  std::vector<double> x = in.getInput()->getDoubles(), y(out[0].getNumElements());
  std::vector<int64_t> indices = in.getIndices()->getInts();
  if (indices.size() != x.size())
    return op->emitOpError("expected as many indices as elements, but got ") << indices.size();
  for (size_t i = 0; i < x.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= static_cast<int64_t>(y.size()))
      return op->emitOpError("index ") << indices[i] << " lies outside of a result of " << y.size() << " elements";
    y[indices[i]] = x[i];
  }
  out[0].setDoubles(y);
  return success();
}

} // namespace winnow
