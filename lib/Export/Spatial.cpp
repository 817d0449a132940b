//===- Spatial.cpp - resizing and sampling --------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

#include <cmath>

using namespace mlir;

namespace winnow::onnx_export {

/// What of a resize ONNX is told: it makes the other of it.
enum class ResizeBy { Scales, Sizes };

/// Scales where they give the extents in whichever precision they are multiplied, else sizes where they give the
/// scales.
static std::optional<ResizeBy> chooseForm(cnn::ResizeOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  bool byScales = true, bySizes = true;
  for (auto [i, scale] : llvm::enumerate(op.getScales())) {
    if (input.isDynamicDim(i)) { // the batch, which sizes leave out
      byScales &= scale == 1.0;
      bySizes &= scale == 1.0;
      continue;
    }
    auto from = static_cast<double>(input.getDimSize(i)), to = static_cast<double>(output.getDimSize(i));
    auto single = static_cast<float>(scale);
    byScales &= std::floor(from * single) == to && std::floor(static_cast<float>(from) * single) == to;
    bySizes &= to / from == scale;
  }
  if (byScales)
    return ResizeBy::Scales;
  return bySizes ? std::optional(ResizeBy::Sizes) : std::nullopt;
}

/// The words of the dialect's modes are ONNX's own.
static LogicalResult exportResize(GraphWriter &writer, cnn::ResizeOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  std::optional<ResizeBy> form = chooseForm(op);
  if (!form)
    return op.emitError() << "'cnn.resize' from " << input << " to " << output
                          << " has no form in ONNX: its scales do not give its extents";
  llvm::SmallVector<int64_t> axes, sizes;
  llvm::SmallVector<double> scales, roiBegin, roiEnd;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    std::optional<llvm::ArrayRef<double>> roi = op.getRoi();
    if (!roi && op.getScales()[i] == 1.0 && input.getDimSize(i) == output.getDimSize(i))
      continue;
    axes.push_back(i);
    scales.push_back(op.getScales()[i]);
    sizes.push_back(output.getDimSize(i));
    if (roi) {
      roiBegin.push_back((*roi)[i]);
      roiEnd.push_back((*roi)[i + input.getRank()]);
    }
  }
  llvm::append_range(roiBegin, roiEnd);
  std::string roi = roiBegin.empty() ? "" : writer.addFloats(op, "roi", roiBegin);
  std::string scalesName = form == ResizeBy::Scales ? writer.addFloats(op, "scales", scales) : "";
  std::string sizesName = form == ResizeBy::Scales ? "" : writer.addInts(op, "sizes", sizes);
  NodeWriter node = writer.addNode("Resize", op, {writer.getName(op.getInput()), roi, scalesName, sizesName});
  node.set("mode", stringifyEnum(op.getMode()))
      .set("coordinate_transformation_mode", stringifyEnum(op.getCoordinates()))
      .set("nearest_mode", stringifyEnum(op.getRounding()))
      .set("cubic_coeff_a", op.getCubicA().convertToDouble())
      .set("exclude_outside", op.getExcludeOutside())
      .set("extrapolation_value", op.getExtrapolationValue().convertToDouble())
      .set("antialias", op.getAntialias());
  if (static_cast<int64_t>(axes.size()) != input.getRank())
    node.set("axes", llvm::ArrayRef<int64_t>(axes));
  return success();
}

static void exportRoiAlign(GraphWriter &writer, cnn::RoiAlignOp op) {
  addPlainNode(writer, "RoiAlign", op)
      .set("mode", op.getKind() == cnn::PoolKind::Max ? "max" : "avg")
      .set("output_height", op.getOutputSize()[0])
      .set("output_width", op.getOutputSize()[1])
      .set("sampling_ratio", int64_t(op.getSamplingRatio()))
      .set("spatial_scale", op.getSpatialScale().convertToDouble())
      .set("coordinate_transformation_mode", op.getHalfPixel() ? "half_pixel" : "output_half_pixel");
}

void registerSpatial(Registry &registry) {
  registry.add<cnn::ResizeOp>(exportResize);
  registry.add<cnn::GridSampleOp>([](GraphWriter &writer, cnn::GridSampleOp op) {
    addPlainNode(writer, "GridSample", op)
        .set("mode", stringifyEnum(op.getMode()))
        .set("padding_mode", stringifyEnum(op.getPadding()))
        .set("align_corners", op.getAlignCorners());
  });
  registry.add<cnn::RoiAlignOp>(exportRoiAlign);
}

} // namespace winnow::onnx_export
