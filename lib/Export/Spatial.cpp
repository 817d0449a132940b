//===- Spatial.cpp - resizing and sampling --------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

/// Whether floor(extent * scale) in single precision, as ONNX has it, gives the result's extents.
static bool scalesGiveExtents(cnn::ResizeOp op) {
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  for (auto [i, scale] : llvm::enumerate(op.getScales())) {
    if (input.isDynamicDim(i) && scale == 1.0)
      continue;
    float extent = static_cast<float>(input.getDimSize(i)) * static_cast<float>(scale);
    if (input.isDynamicDim(i) || static_cast<int64_t>(extent) != output.getDimSize(i))
      return false;
  }
  return true;
}

static llvm::StringRef getNearestMode(cnn::NearestMode mode) {
  return stringifyEnum(mode); // ONNX's own words
}

/// ONNX takes scales or sizes, and makes the others of them: sizes where scales do not give the extents.
static LogicalResult exportResize(GraphWriter &writer, cnn::ResizeOp op) {
  bool byScales = scalesGiveExtents(op);
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  llvm::SmallVector<int64_t> axes, sizes;
  llvm::SmallVector<double> scales, roiBegin, roiEnd;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    double scale = op.getScales()[i];
    bool keeps = scale == 1.0 && input.getDimSize(i) == output.getDimSize(i) && !op.getRoi();
    if (keeps)
      continue;
    if (!byScales && (output.isDynamicDim(i) || double(output.getDimSize(i)) / double(input.getDimSize(i)) != scale))
      return op.emitError() << "'cnn.resize' by " << scale << " from " << input << " to " << output
                            << " has no form in ONNX: its scales do not give its extents";
    axes.push_back(i);
    scales.push_back(scale);
    sizes.push_back(output.getDimSize(i));
    if (std::optional<llvm::ArrayRef<double>> roi = op.getRoi()) {
      roiBegin.push_back((*roi)[i]);
      roiEnd.push_back((*roi)[i + input.getRank()]);
    }
  }
  llvm::append_range(roiBegin, roiEnd);
  std::string roi = roiBegin.empty() ? "" : writer.addFloats(op, "roi", roiBegin);
  std::string scalesName = byScales ? writer.addFloats(op, "scales", scales) : "";
  std::string sizesName = byScales ? "" : writer.addInts(op, "sizes", sizes);
  NodeWriter node = writer.addNode("Resize", op, {writer.getName(op.getInput()), roi, scalesName, sizesName});
  node.set("mode", stringifyEnum(op.getMode()))
      .set("coordinate_transformation_mode", stringifyEnum(op.getCoordinates()))
      .set("nearest_mode", getNearestMode(op.getRounding()))
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
