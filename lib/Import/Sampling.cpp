//===- Sampling.cpp - grids and convolutions that sample at offsets -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formula.h"
#include "Registry.h"
#include "WindowAttributes.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Coordinates from -1 to 1 of all pixels, transformed: theta * (x, y, (z,) 1).
static LogicalResult importAffineGrid(NodeImport &node) {
  auto size = node.getConstantInts(1, "size");
  if (!size)
    return failure();
  auto spatial = static_cast<int64_t>(size->size()) - 2;
  if (spatial < 2 || spatial > 3 || node.getRank(0) != 3 ||
      node.getType(0).getShape().drop_front() != llvm::ArrayRef<int64_t>{spatial, spatial + 1})
    return node.emitError()
           << "expected transformations [batch, 2, 3] or [batch, 3, 4] and a size of 4 or 5 extents, but "
           << "got " << node.getType(0) << " and " << size->size() << " extents";
  llvm::ArrayRef<int64_t> extents = llvm::ArrayRef(*size).drop_front(2);
  int64_t pixels = 1;
  for (int64_t extent : extents)
    if (extent < 1 || (pixels *= extent) > (1 << 24))
      return node.emitError() << "expected a grid of moderate size";
  bool corners = node.getBool("align_corners");
  llvm::SmallVector<double> grid;
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    int64_t rest = pixel;
    for (int64_t d = spatial - 1; d >= 0; rest /= extents[d--]) {
      auto at = static_cast<double>(rest % extents[d]), extent = static_cast<double>(extents[d]);
      grid.push_back(corners ? (extent > 1 ? 2 * at / (extent - 1) - 1 : -1) : (2 * at + 1) / extent - 1);
    }
    grid.push_back(1);
  }
  Formula formula(node);
  auto type = RankedTensorType::get({pixels, spatial + 1}, node.getBuilder().getF64Type());
  Value points = node.createCast(node.createConstant(DenseElementsAttr::get(type, llvm::ArrayRef<double>(grid))),
                                 node.getType(0).getElementType());
  Value moved = formula.matmul(points, formula.transpose(node.getInput(0), {0, 2, 1}));
  Extents result = {node.getExtents(node.getInput(0))[0]};
  llvm::append_range(result, Formula::toExtents(extents));
  result.push_back(SymbolicNumber::integer(spatial));
  return node.setResult(formula.reshape(moved, result));
}

namespace {
/// A convolution whose taps are moved by offsets: J. Dai et al., "Deformable Convolutional Networks", 2017; with a
/// mask, X. Zhu et al., 2019. Taps are sampled with `cnn.grid_sample`, then met by the filters in a matrix product.
class DeformableConvolution {
public:
  explicit DeformableConvolution(NodeImport &node) : node(node), formula(node) {}
  LogicalResult import();

private:
  LogicalResult readOperands();
  Value getCoordinate(size_t dimension);
  Value sample();
  Value convolve(Value samples);

  NodeImport &node;
  Formula formula;
  std::optional<WindowAttributes> window;
  std::array<int64_t, 2> pictureSize;
  int64_t groups = 1, offsetGroups = 1, taps = 1, rows = 0, columns = 0, channels = 0;
  SymbolicNumber batch;
};
} // namespace

LogicalResult DeformableConvolution::readOperands() {
  auto kernel = node.getRank(0) == 4 ? getFilterKernel(node, node.getInput(1)) : std::nullopt;
  window = kernel ? readWindow(node, kernel) : std::nullopt;
  if (!window || node.getRank(2) != 4)
    return node.emitError() << "expected pictures, filters and offsets of rank 4, but got " << node.getType(0) << ", "
                            << node.getType(1) << " and " << node.getType(2);
  groups = node.getInt("group", 1);
  offsetGroups = node.getInt("offset_group", 1);
  taps = window->kernel[0] * window->kernel[1];
  channels = node.getType(0).getDimSize(1);
  rows = node.getType(2).getDimSize(2);
  columns = node.getType(2).getDimSize(3);
  // Coordinates from -1 to 1 between the corners need two pixels; what lies outside is zero anyway.
  pictureSize = {std::max<int64_t>(node.getType(0).getDimSize(2), 2),
                 std::max<int64_t>(node.getType(0).getDimSize(3), 2)};
  batch = node.getExtents(node.getInput(0))[0];
  bool fits = !node.getType(0).isDynamicDim(2) && !node.getType(0).isDynamicDim(3) && groups >= 1 &&
              offsetGroups >= 1 && channels > 0 && channels % offsetGroups == 0 &&
              node.getType(1).getDimSize(1) * groups == channels && node.getType(1).getDimSize(0) % groups == 0 &&
              node.getType(2).getDimSize(1) == 2 * taps * offsetGroups;
  for (int i = 0; i < 2 && fits; ++i) {
    int64_t room = node.getType(0).getDimSize(2 + i) + window->pads[i] + window->pads[2 + i] -
                   window->dilations[i] * (window->kernel[i] - 1) - 1;
    fits = room >= 0 && room / window->strides[i] + 1 == node.getType(2).getDimSize(2 + i);
  }
  if (!fits)
    return node.emitError() << "pictures " << node.getType(0) << ", filters " << node.getType(1) << " and offsets "
                            << node.getType(2) << " do not fit each other";
  return success();
}

/// Where each tap of each pixel lies along a dimension, from -1 to 1 as `cnn.grid_sample` wants it:
/// [batch * offset groups, taps, rows, columns].
Value DeformableConvolution::getCoordinate(size_t dimension) {
  llvm::SmallVector<double> places;
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t pixel = 0; pixel < rows * columns; ++pixel) {
      int64_t index = dimension == 0 ? pixel / columns : pixel % columns;
      int64_t step = dimension == 0 ? tap / window->kernel[1] : tap % window->kernel[1];
      places.push_back(static_cast<double>(index * window->strides[dimension] + step * window->dilations[dimension] -
                                           window->pads[dimension]));
    }
  auto type = RankedTensorType::get({taps, rows, columns}, node.getBuilder().getF64Type());
  Value still = node.createConstant(DenseElementsAttr::get(type, llvm::ArrayRef<double>(places)));
  auto number = [](int64_t value) { return SymbolicNumber::integer(value); };
  Value pairs = formula.reshape(node.getInput(2),
                                {batch * number(offsetGroups), number(taps), number(2), number(rows), number(columns)});
  Value offset =
      formula.squeeze(formula.slice(pairs, 2, static_cast<int64_t>(dimension), static_cast<int64_t>(dimension) + 1), 2);
  if (!offset)
    return {};
  Value place = formula.add(node.createCast(still, NodeImport::getType(offset).getElementType()), offset);
  auto last = static_cast<double>(pictureSize[dimension] - 1);
  return formula.sub(formula.mul(place, formula.scalar(2 / last, place)), formula.scalar(1, place));
}

/// The pictures at all taps: [batch, channels, taps, rows * columns].
Value DeformableConvolution::sample() {
  auto number = [](int64_t value) { return SymbolicNumber::integer(value); };
  Value y = getCoordinate(0), x = getCoordinate(1);
  if (!x || !y)
    return {};
  SymbolicNumber parts = batch * number(offsetGroups), pixels = number(rows * columns);
  Value grid = formula.concat({formula.unsqueeze(x, 4), formula.unsqueeze(y, 4)}, 4);
  grid = formula.reshape(grid, {parts, number(taps), pixels, number(2)});
  Value pictures = node.getInput(0);
  std::array<int64_t, 2> missing = {pictureSize[0] - node.getType(0).getDimSize(2),
                                    pictureSize[1] - node.getType(0).getDimSize(3)};
  if (missing[0] + missing[1] > 0) {
    llvm::SmallVector<int64_t> pads = {0, 0, 0, 0, 0, 0, missing[0], missing[1]};
    pictures = node.create<cnn::PadOp>(PadMode::Constant, pictures, Value(), pads);
  }
  pictures = formula.reshape(pictures,
                             {parts, number(channels / offsetGroups), number(pictureSize[0]), number(pictureSize[1])});
  Value samples = node.create<cnn::GridSampleOp>(ResizeMode::Linear, pictures, grid, SamplePadding::Zeros,
                                                 /*align_corners=*/true);
  if (node.hasInput(4))
    samples = formula.mul(samples, formula.reshape(node.getInput(4), {parts, number(1), number(taps), pixels}));
  return formula.reshape(samples, {batch, number(channels), number(taps), pixels});
}

Value DeformableConvolution::convolve(Value samples) {
  auto number = [](int64_t value) { return SymbolicNumber::integer(value); };
  int64_t filters = node.getType(1).getDimSize(0), depth = channels / groups * taps;
  Value columnsOf = formula.reshape(samples, {batch, number(groups), number(depth), number(rows * columns)});
  Value weights = formula.reshape(node.getInput(1), {groups, filters / groups, depth});
  Value result =
      formula.reshape(formula.matmul(weights, columnsOf), {batch, number(filters), number(rows), number(columns)});
  return node.hasInput(3) ? formula.add(result, formula.reshape(node.getInput(3), {filters, 1, 1})) : result;
}

LogicalResult DeformableConvolution::import() {
  return failed(readOperands()) ? failure() : node.setResult(convolve(sample()));
}

static LogicalResult importDeformConv(NodeImport &node) { return DeformableConvolution(node).import(); }

void registerSampling(Registry &registry) {
  registry.add("AffineGrid", 2, 2, importAffineGrid, 20);
  registry.add("DeformConv", 3, 5, importDeformConv, 19);
}

} // namespace winnow::onnx_import
