//===- TilePlan.cpp - how tiles of matrix units cover a convolution -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePlan.h"

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace winnow::kernel {

/// Bytes that a panel and its sums may take of a thread's stack.
static constexpr int64_t kMaxStackBytes = 192 << 10;
static constexpr int64_t kMaxPhases = 9;
/// Lines so many bytes apart meet in a quarter of the sets of a first level cache, or in fewer.
static constexpr int64_t kCacheStride = 1024;

int64_t getNumTileColumns(const ConvolutionShape &shape) { return llvm::divideCeil(shape.outChannels, kTileColumns); }

int64_t getTileFilterSize(const ConvolutionShape &shape, const TilePlan &plan) {
  return getNumTileColumns(shape) * plan.getNumSteps() * plan.getTileSize();
}

/// A tap as the panel sees it: its plane, and how far it lies from the first pixel of an output.
struct PlacedTap {
  int64_t tap, plane, row, column;
};

static SmallVector<PlacedTap> placeTaps(const WindowShape &window, TilePlan &plan) {
  SmallVector<PlacedTap> placed;
  bool keepsColumns = window.kernel[2] >= window.stride[2];
  plan.columnStep = keepsColumns ? window.stride[2] : 1;
  int64_t columnPhases = keepsColumns ? 1 : window.stride[2];
  for (int64_t tap = 0; tap < window.getNumTaps(); ++tap) {
    int64_t row = tap / window.kernel[2] * window.dilation[1], column = tap % window.kernel[2] * window.dilation[2];
    TilePlan::Phase phase{row % window.stride[1], column % columnPhases};
    auto *known = llvm::find(plan.phases, phase);
    int64_t plane = known - plan.phases.begin();
    if (known == plan.phases.end())
      plan.phases.push_back(phase);
    placed.push_back({tap, plane, row / window.stride[1], column / columnPhases});
  }
  return placed;
}

/// Cuts the reduction into steps: taps whose pixels follow each other share them.
static void cutSteps(TilePlan &plan, SmallVector<PlacedTap> placed, int64_t channels) {
  auto getPlace = [&](const PlacedTap &tap) {
    return (tap.plane * plan.planeRows + tap.row) * plan.getRowPixels() + tap.column;
  };
  llvm::sort(placed, [&](const PlacedTap &a, const PlacedTap &b) { return getPlace(a) < getPlace(b); });
  plan.taps.resize(placed.size());
  plan.steps.clear();
  for (size_t first = 0; first < placed.size();) {
    size_t end = first + 1;
    while (end < placed.size() && getPlace(placed[end]) == getPlace(placed[end - 1]) + 1 &&
           plan.pixelSize - channels < plan.rowSize)
      ++end;
    int64_t start = getPlace(placed[first]) * plan.pixelSize;
    for (size_t i = first; i < end; ++i)
      plan.taps[placed[i].tap] = {plan.getNumSteps(), static_cast<int64_t>(i - first) * plan.pixelSize};
    int64_t size = static_cast<int64_t>(end - 1 - first) * plan.pixelSize + channels;
    for (int64_t at = 0; at < size; at += plan.rowSize)
      plan.steps.push_back(static_cast<int32_t>(start + at));
    first = end;
  }
}

static void planPixels(TilePlan &plan, const ConvolutionShape &shape, ArrayRef<PlacedTap> placed) {
  plan.tileRows = shape.pixels;
  plan.rows = plan.isPointwise ? 1 : std::min(shape.outputs, shape.window.out[1]);
  plan.width = plan.isPointwise ? std::min(shape.outputs, shape.window.getNumOutputs()) : shape.window.out[2];
  int64_t below = 0, right = 0;
  for (const PlacedTap &tap : placed) {
    below = std::max(below, tap.row);
    right = std::max(right, tap.column);
  }
  plan.planeRows = plan.rows + below;
  plan.pitch = plan.width + right / plan.columnStep;
  plan.tilesPerRow = llvm::divideCeil(plan.width, plan.tileRows);
  plan.isFlat = plan.tileRows == kMaxTileRows && plan.width % kMaxTileRows != 0 && plan.rows > 1;
  plan.tiles = plan.isFlat ? llvm::divideCeil((plan.rows - 1) * plan.pitch + plan.width, plan.tileRows)
                           : plan.rows * plan.tilesPerRow;
}

/// The last tile and the last step read furthest, if nothing but what weights of zero meet.
static void planPanelSize(TilePlan &plan) {
  int64_t last =
      plan.isFlat ? plan.tiles * plan.tileRows : (plan.rows - 1) * plan.pitch + plan.tilesPerRow * plan.tileRows;
  int64_t furthest = *llvm::max_element(plan.steps);
  int64_t read = (last - 1) * plan.getOutputSize() + furthest + plan.rowSize;
  int64_t planes = static_cast<int64_t>(plan.phases.size()) * plan.getPlaneSize();
  plan.panelSize = llvm::alignTo(std::max(read, planes), plan.rowSize);
}

/// Why tiles cannot compute `shape`; empty where they can.
static StringRef getObstacle(const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  if (!shape.quantized && !(shape.inType.isBF16() && shape.computeType.isF32()))
    return "tiles multiply bytes or bf16";
  if (shape.group != 1)
    return "tiles take all channels in one group";
  if (window.kernel[0] != 1 || window.in[0] != 1 || window.out[0] != 1 || window.isScattered())
    return "tiles have at most two spatial dimensions";
  if (shape.pixels < 1 || shape.pixels > kMaxTileRows)
    return "tiles have 1 to 16 rows";
  if (shape.outputs < 1)
    return "tiles need the rows or pixels of a strip";
  if (!shape.quantized && shape.inChannels % shape.inBlock != 0)
    return "channels of bf16 must fill their blocks: what lies beside them may be infinite, and zero times that is not "
           "zero";
  if (kTileColumns % shape.block != 0 || kTileColumns % shape.inBlock != 0)
    return "blocks of channels must divide the columns of a tile";
  return {};
}

FailureOr<TilePlan> TilePlan::get(const ConvolutionShape &shape, StringRef &reason) {
  if (reason = getObstacle(shape); !reason.empty())
    return failure();
  const WindowShape &window = shape.window;
  TilePlan plan;
  int64_t elementBytes = shape.inType.getIntOrFloatBitWidth() / 8;
  plan.rowSize = kTileRowBytes / elementBytes;
  plan.isPointwise = window.getNumTaps() == 1 && window.stride == Spatial{1, 1, 1} && window.pad == Spatial{0, 0, 0} &&
                     window.in == window.out;
  SmallVector<PlacedTap> placed = placeTaps(window, plan);
  if (plan.phases.size() > kMaxPhases) {
    reason = "strides give taps more than 9 phases";
    return failure();
  }
  planPixels(plan, shape, placed);
  // Pixels at multiples of 64 bytes are read faster; those without a gap may need fewer steps.
  plan.pixelSize = shape.getInBlocks() * shape.inBlock;
  cutSteps(plan, placed, shape.inChannels);
  int64_t tight = plan.getNumSteps(), tightBytes = plan.pixelSize;
  plan.pixelSize = llvm::alignTo(shape.inChannels, plan.rowSize);
  // The rows of tiles would share few sets of the first level cache.
  if (plan.pixelSize % (kCacheStride / elementBytes) == 0)
    plan.pixelSize += plan.rowSize;
  cutSteps(plan, placed, shape.inChannels);
  // Of bf16, a step must not read another pixel, which may be infinite.
  if (shape.quantized && tight < plan.getNumSteps()) {
    plan.pixelSize = tightBytes;
    cutSteps(plan, placed, shape.inChannels);
  }
  planPanelSize(plan);
  if (plan.panelSize * elementBytes + plan.getNumSums() * kGroupTiles * kTileRowBytes > kMaxStackBytes) {
    reason = "the panel of a strip is larger than 192 KB";
    return failure();
  }
  return plan;
}

} // namespace winnow::kernel
