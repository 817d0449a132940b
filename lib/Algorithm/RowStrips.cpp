//===- RowStrips.cpp - which convolutions share strips of rows ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowStrips.h"

#include "ConvolutionModel.h"

#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ReportAttributes.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace winnow {

/// Strips gain where the feature maps that they keep in cache are more than this part of the second level cache:
/// measured gains are 1.1 to 1.5 at 112 and 56 pixels, none at 28.
static constexpr double kMinMapBytes = 0.7;
/// The part of it that a strip may take: the input, the filters and the output need the rest.
static constexpr double kMaxStripBytes = 0.25;
/// Pixels of a strip: fewer do not fill register tiles, more do not help.
static constexpr int64_t kMinPixels = 28, kMaxPixels = 448;

/// Cycles that a strip saves for each vector of a map that stays in the cache (measured at 112 and 56 pixels: 6, 3).
static constexpr double kSavedVector = 4;

namespace {
/// A depthwise convolution with the pointwise ones around it that can join it; either may be null.
struct StripGroup {
  cnn::ConvolutionOp expand, depthwise, project;
};
} // namespace

static bool hasKind(cnn::ConvolutionOp op, cnn::AlgorithmKind kind) {
  return op && op.getAlgorithmAttr() && op.getAlgorithmAttr().getKind() == kind;
}

cnn::AlgorithmAttr getPointwiseTile(cnn::ConvolutionOp op, const TargetFacts &facts) {
  if (hasKind(op, cnn::AlgorithmKind::Pointwise))
    return op.getAlgorithmAttr();
  if (!hasKind(op, cnn::AlgorithmKind::Strassen))
    return {};
  TileChoice tile = pointwiseModel.choose(ConvolutionProblem::get(op, facts));
  return cnn::AlgorithmAttr::get(op.getContext(), cnn::AlgorithmKind::Pointwise, tile.pixels, tile.channels, 0, 0);
}

/// The same, with `withSparse` of a convolution that leaves zeros out, too.
static cnn::AlgorithmAttr getDenseTile(cnn::ConvolutionOp op, const TargetFacts &facts, bool withSparse) {
  if (!hasKind(op, cnn::AlgorithmKind::Sparse))
    return getPointwiseTile(op, facts);
  ConvolutionProblem problem = ConvolutionProblem::get(op, facts);
  if (!withSparse || !pointwiseModel.getObstacle(problem).empty())
    return {};
  TileChoice tile = pointwiseModel.choose(problem);
  return cnn::AlgorithmAttr::get(op.getContext(), cnn::AlgorithmKind::Pointwise, tile.pixels, tile.channels, 0, 0);
}

/// Whether `op` works on f32 images in one blocked layout with constant weights.
static bool isPlain(cnn::ConvolutionOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  return input.getRank() == 4 && input.getElementType().isF32() && input.getEncoding() &&
         input.getEncoding() == output.getEncoding() && (!op.getBias() || getConstant(op.getBias()));
}

static int64_t getBytes(Value value) {
  auto shape = cast<RankedTensorType>(value.getType()).getShape().drop_front();
  int64_t bytes = sizeof(float);
  for (int64_t extent : shape)
    bytes *= extent;
  return bytes;
}

/// Whether maps of so many bytes are worth to be kept in cache by strips.
static bool isLarge(int64_t mapBytes, const TargetFacts &facts) {
  return static_cast<double>(mapBytes) >= kMinMapBytes * static_cast<double>(facts.l2Bytes);
}

/// Bytes that strips of `rows` rows keep in cache: the ring before the depthwise convolution, the strip behind it.
static int64_t getStripBytes(const StripGroup &group, int64_t rows) {
  cnn::ConvolutionOp op = group.depthwise;
  auto in = op.getInput().getType().getShape(), out = op.getOutput().getType().getShape();
  int64_t reach = (rows - 1) * op.getStrides()[0] + (op.getWindowShape()[0] - 1) * op.getDilations()[0] + 1;
  int64_t elements = 0;
  if (group.expand)
    elements += in[1] * reach * in[3];
  if (group.project)
    elements += out[1] * rows * out[3];
  return elements * static_cast<int64_t>(sizeof(float));
}

/// The most rows of a strip that divide the image (or, for its parts, half of it) and fit; 0 where none do.
static int64_t chooseRows(StripGroup group, const TargetFacts &facts) {
  auto out = group.depthwise.getOutput().getType().getShape();
  int64_t height = out[2] % 2 == 0 ? out[2] / 2 : out[2], best = 0;
  for (int64_t rows = 1; rows <= height; ++rows) {
    int64_t pixels = rows * out[3];
    if (height % rows == 0 && pixels >= kMinPixels && pixels <= kMaxPixels &&
        static_cast<double>(getStripBytes(group, rows)) <= kMaxStripBytes * static_cast<double>(facts.l2Bytes))
      best = rows;
  }
  return best;
}

/// Whether `pointwise` stands between two depthwise convolutions and is better off with the one behind it, as the map
/// between those is larger.
static bool belongsToNext(cnn::ConvolutionOp pointwise, const TargetFacts &facts) {
  auto next = pointwise->hasOneUse() ? dyn_cast<cnn::ConvolutionOp>(*pointwise->user_begin()) : cnn::ConvolutionOp();
  int64_t bytes = getBytes(pointwise.getOutput());
  return hasKind(next, cnn::AlgorithmKind::Depthwise) && next.getInput() == pointwise.getOutput() && isPlain(next) &&
         !pointwise.getResidual() && bytes > getBytes(pointwise.getInput()) && isLarge(bytes, facts) &&
         chooseRows({pointwise, next, {}}, facts) > 0;
}

/// What can share strips with `depthwise`.
static StripGroup findGroup(cnn::ConvolutionOp depthwise, const TargetFacts &facts, bool withSparse) {
  StripGroup group{{}, depthwise, {}};
  auto before = depthwise.getInput().getDefiningOp<cnn::ConvolutionOp>();
  if (getDenseTile(before, facts, withSparse) && before->hasOneUse() && isPlain(before) && !before.getResidual())
    group.expand = before;
  auto after = depthwise->hasOneUse() ? dyn_cast<cnn::ConvolutionOp>(*depthwise->user_begin()) : cnn::ConvolutionOp();
  if (getDenseTile(after, facts, withSparse) && after.getInput() == depthwise.getOutput() && isPlain(after) &&
      !depthwise.getResidual() && !belongsToNext(after, facts))
    group.project = after;
  return group;
}

/// Bytes of the maps between the ops of a group.
static int64_t getMapBytes(StripGroup group) {
  return (group.expand ? getBytes(group.depthwise.getInput()) : 0) +
         (group.project ? getBytes(group.depthwise.getOutput()) : 0);
}

/// Cycles that the convolutions of a group save that leave zeros out, which strips do not.
static double getSparseGain(StripGroup group, const TargetFacts &facts) {
  double gain = 0;
  for (cnn::ConvolutionOp op : {group.expand, group.project})
    if (hasKind(op, cnn::AlgorithmKind::Sparse)) {
      ConvolutionProblem problem = ConvolutionProblem::get(op, facts);
      gain += pointwiseModel.choose(problem).cycles - sparseModel.choose(problem).cycles;
    }
  return gain;
}

static void setStrips(cnn::ConvolutionOp op, cnn::AlgorithmAttr tile, int64_t following, int64_t rows) {
  op.setAlgorithmAttr(cnn::AlgorithmAttr::get(op.getContext(), cnn::AlgorithmKind::RowStrips, tile.getPixels(),
                                              tile.getChannels(), following, rows));
  op->removeAttr(kSparseAttr);
}

void selectRowStrips(ModuleOp module, const TargetFacts &facts) {
  module.walk([&](cnn::ConvolutionOp op) {
    if (!hasKind(op, cnn::AlgorithmKind::Depthwise) || !isPlain(op))
      return;
    StripGroup group = findGroup(op, facts, /*withSparse=*/true);
    if (getSparseGain(group, facts) > kSavedVector * static_cast<double>(getMapBytes(group)) / (facts.vectorBits / 8.0))
      group = findGroup(op, facts, /*withSparse=*/false);
    if (!isLarge(getMapBytes(group), facts))
      return;
    int64_t rows = chooseRows(group, facts);
    if (rows == 0)
      return;
    remark::analysis(op.getLoc(), remark::RemarkOpts::name("strips").category("algorithm"))
        << "computed in strips of " << std::to_string(rows) << " rows"
        << (group.expand ? " with the pointwise convolution before it" : "")
        << (group.project ? " with the pointwise convolution behind it" : "");
    if (group.expand)
      setStrips(group.expand, getDenseTile(group.expand, facts, true), group.project ? 2 : 1, rows);
    setStrips(op, op.getAlgorithmAttr(), group.project ? 1 : 0, rows);
    if (group.project)
      setStrips(group.project, getDenseTile(group.project, facts, true), 0, rows);
  });
}

} // namespace winnow
