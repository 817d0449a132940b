//===- Spatial.cpp - resizing and sampling -----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_import {

/// What a resize does besides its sizes.
struct ResizeSettings {
  CoordinateMode coordinates = CoordinateMode::Asymmetric;
  NearestMode rounding = NearestMode::Floor;
  double cubicA = -0.75, extrapolation = 0;
  bool excludeOutside = false, antialias = false;
  llvm::SmallVector<double> roi;
};

static ResizeMode getResizeMode(NodeImport &node) {
  return node.getEnum<ResizeMode>("mode", "nearest",
                                  {{"nearest", ResizeMode::Nearest},
                                   {"linear", ResizeMode::Linear},
                                   {"bilinear", ResizeMode::Linear},
                                   {"cubic", ResizeMode::Cubic}});
}

/// Creates the op for a result of `extents`.
static LogicalResult createResize(NodeImport &node, llvm::ArrayRef<SymbolicNumber> extents,
                                  llvm::ArrayRef<double> scales, const ResizeSettings &settings) {
  ResizeMode mode = getResizeMode(node);
  llvm::SmallVector<int64_t> shape;
  for (const SymbolicNumber &extent : extents)
    shape.push_back(extent.getInteger().value_or(ShapedType::kDynamic));
  // Integers are interpolated as floats and cut at the end.
  Type own = node.getType(0).getElementType(), f32 = node.getBuilder().getF32Type();
  bool asFloats = !isa<FloatType>(own) && mode != ResizeMode::Nearest;
  auto type = RankedTensorType::get(shape, asFloats ? f32 : own);
  DenseF64ArrayAttr roi =
      settings.roi.empty() ? DenseF64ArrayAttr() : DenseF64ArrayAttr::get(node.getContext(), settings.roi);
  bool keepsSize = llvm::all_of(scales, [](double scale) { return scale == 1.0; });
  if (keepsSize && type.clone(own) == node.getType(0) && settings.roi.empty())
    return node.setResult(node.getInput(0));
  Value input = asFloats ? node.createCast(node.getInput(0), f32) : node.getInput(0);
  Value result = node.createTyped<cnn::ResizeOp>(type, mode, input, settings.coordinates, settings.rounding, scales,
                                                 roi, settings.cubicA, settings.excludeOutside, settings.extrapolation,
                                                 settings.antialias);
  return node.setResult(node.createCast(node.setExtents(result, extents), own));
}

/// Result extents floor(extent * scale); as in ONNX's own evaluation, in single precision.
static LogicalResult resizeByScales(NodeImport &node, llvm::ArrayRef<double> scales, const ResizeSettings &settings) {
  llvm::SmallVector<SymbolicNumber> extents = node.getExtents(node.getInput(0));
  if (scales.size() != extents.size())
    return node.emitError() << "expected " << extents.size() << " scales, but got " << scales.size();
  for (auto [extent, scale] : llvm::zip_equal(extents, scales)) {
    std::optional<int64_t> size = extent.getInteger();
    if (!size && scale != 1.0)
      return node.emitError() << "a dynamic dimension cannot be resized (scale " << scale << ")";
    if (!size)
      continue;
    float scaled = static_cast<float>(*size) * static_cast<float>(scale);
    if (!(scaled >= 1 && scaled < 1e9f) || scale <= 0)
      return node.emitError() << "the scale " << scale << " of a dimension of extent " << *size << " is out of range";
    extent = SymbolicNumber::integer(static_cast<int64_t>(scaled));
  }
  return createResize(node, extents, scales, settings);
}

/// Which dimensions a resize is about: attribute `axes`, or all.
static std::optional<llvm::SmallVector<int64_t>> getResizeAxes(NodeImport &node) {
  int64_t rank = node.getRank(0);
  llvm::SmallVector<int64_t> axes = node.getInts("axes").value_or(llvm::to_vector(llvm::seq<int64_t>(0, rank)));
  if (!node.normalizeAxes(axes, rank) || node.hasFailed())
    return std::nullopt;
  for (int64_t &axis : axes)
    axis = axis < 0 ? axis + rank : axis;
  return axes;
}

/// Changes wanted sizes so that all dimensions have one scale.
static void keepAspectRatio(llvm::StringRef policy, llvm::MutableArrayRef<SymbolicNumber> sizes,
                            llvm::ArrayRef<SymbolicNumber> extents, llvm::MutableArrayRef<double> scales) {
  if (policy == "stretch")
    return;
  double common = policy == "not_larger" ? *llvm::min_element(scales) : *llvm::max_element(scales);
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (std::optional<int64_t> extent = extents[i].getInteger())
      sizes[i] = SymbolicNumber::integer(static_cast<int64_t>(std::floor(common * static_cast<double>(*extent) + 0.5)));
    scales[i] = common;
  }
}

static LogicalResult resizeToSizes(NodeImport &node, llvm::ArrayRef<int64_t> axes, const ResizeSettings &settings) {
  std::optional<SymbolicTensor> wanted = node.getSymbolic(3);
  if (!wanted || wanted->elements.size() != axes.size())
    return node.emitError() << "expected input 3 (sizes) to be " << axes.size() << " integers known when compiling";
  std::string policy = node.getString("keep_aspect_ratio_policy", "stretch");
  llvm::SmallVector<SymbolicNumber> extents = node.getExtents(node.getInput(0)), sizes(wanted->elements), old;
  llvm::SmallVector<double> scales(extents.size(), 1.0), axisScales;
  for (auto [axis, size] : llvm::zip_equal(axes, sizes)) {
    std::optional<int64_t> from = extents[axis].getInteger(), to = size.getInteger();
    // A 1 for the batch is left from the export at batch 1: a resize does not mix pictures.
    if (axis == 0 && to == 1 && (extents[0].isBatch() || (from && from == node.getBatch())))
      to = (size = extents[0]).getInteger();
    bool keeps = size == extents[axis];
    if (!keeps && (!from || !to || *from < 1 || *to < 1 || *to > 1000000000))
      return node.emitError() << "dimension " << axis << " cannot be resized to what input 3 (sizes) says";
    old.push_back(extents[axis]);
    axisScales.push_back(keeps ? 1.0 : static_cast<double>(*to) / static_cast<double>(*from));
  }
  if (axes.empty())
    return node.setResult(node.getInput(0));
  keepAspectRatio(policy, sizes, old, axisScales);
  for (auto [i, axis] : llvm::enumerate(axes)) {
    extents[axis] = sizes[i];
    scales[axis] = axisScales[i];
  }
  return createResize(node, extents, scales, settings);
}

/// Resize 10 and Upsample: scales only, coordinates asymmetric.
static LogicalResult importResizeByInput(NodeImport &node) {
  std::optional<llvm::SmallVector<double>> scales = node.getConstantDoubles(1, "scales");
  return scales ? resizeByScales(node, *scales, ResizeSettings()) : failure();
}

static LogicalResult importUpsampleAttributes(NodeImport &node) {
  std::optional<llvm::SmallVector<double>> scales = node.getFloats("scales");
  return scales ? resizeByScales(node, *scales, ResizeSettings())
                : LogicalResult(node.emitError() << "attribute 'scales' is missing");
}

/// Upsample 1: two scales for the rows and columns of pictures.
static LogicalResult importUpsamplePictures(NodeImport &node) {
  if (node.getRank(0) != 4)
    return node.emitError() << "expected pictures of rank 4, but got " << node.getType(0);
  llvm::SmallVector<double> scales = {1, 1, node.getFloat("height_scale", 0), node.getFloat("width_scale", 0)};
  return resizeByScales(node, scales, ResizeSettings());
}

static ResizeSettings readSettings(NodeImport &node) {
  ResizeSettings settings;
  settings.coordinates = node.getEnum<CoordinateMode>("coordinate_transformation_mode", "half_pixel",
                                                      {{"half_pixel", CoordinateMode::HalfPixel},
                                                       {"half_pixel_symmetric", CoordinateMode::HalfPixelSymmetric},
                                                       {"pytorch_half_pixel", CoordinateMode::PytorchHalfPixel},
                                                       {"align_corners", CoordinateMode::AlignCorners},
                                                       {"asymmetric", CoordinateMode::Asymmetric},
                                                       {"tf_crop_and_resize", CoordinateMode::CropAndResize},
                                                       {"tf_half_pixel_for_nn", CoordinateMode::HalfPixelForNearest}});
  settings.rounding = node.getEnum<NearestMode>("nearest_mode", "round_prefer_floor",
                                                {{"round_prefer_floor", NearestMode::RoundPreferFloor},
                                                 {"round_prefer_ceil", NearestMode::RoundPreferCeil},
                                                 {"floor", NearestMode::Floor},
                                                 {"ceil", NearestMode::Ceil}});
  settings.cubicA = node.getFloat("cubic_coeff_a", -0.75);
  settings.extrapolation = node.getFloat("extrapolation_value", 0.0);
  settings.excludeOutside = node.getBool("exclude_outside");
  settings.antialias = node.getBool("antialias");
  return settings;
}

/// Spreads the region of interest, given for `axes`, over all dimensions.
static LogicalResult readRegion(NodeImport &node, llvm::ArrayRef<int64_t> axes, ResizeSettings &settings) {
  if (settings.coordinates != CoordinateMode::CropAndResize)
    return success();
  if (!node.hasInput(1))
    return node.emitError() << "input 1 (roi) is missing";
  std::optional<llvm::SmallVector<double>> region = node.getConstantDoubles(1, "roi");
  if (!region)
    return failure();
  if (region->size() != 2 * axes.size())
    return node.emitError() << "expected input 1 (roi) to have " << 2 * axes.size() << " elements, but got "
                            << region->size();
  int64_t rank = node.getRank(0);
  settings.roi.assign(rank, 0.0);
  settings.roi.append(rank, 1.0);
  for (auto [i, axis] : llvm::enumerate(axes)) {
    settings.roi[axis] = (*region)[i];
    settings.roi[rank + axis] = (*region)[axes.size() + i];
  }
  return success();
}

/// Whether an optional list input is given and not empty.
static bool hasElements(NodeImport &node, unsigned input) {
  return node.hasInput(input) && node.getType(input).getShape() != llvm::ArrayRef<int64_t>(0);
}

static LogicalResult importResize(NodeImport &node) {
  ResizeSettings settings = readSettings(node);
  std::optional<llvm::SmallVector<int64_t>> axes = getResizeAxes(node);
  if (!axes || failed(readRegion(node, *axes, settings)))
    return failure();
  if (hasElements(node, 3))
    return resizeToSizes(node, *axes, settings);
  if (!hasElements(node, 2))
    return node.emitError() << "expected input 2 (scales) or input 3 (sizes)";
  std::optional<llvm::SmallVector<double>> given = node.getConstantDoubles(2, "scales");
  if (!given)
    return failure();
  if (given->size() != axes->size())
    return node.emitError() << "expected " << axes->size() << " scales, but got " << given->size();
  llvm::SmallVector<double> scales(node.getRank(0), 1.0);
  for (auto [axis, scale] : llvm::zip_equal(*axes, *given))
    scales[axis] = scale;
  return resizeByScales(node, scales, settings);
}

static LogicalResult importGridSample(NodeImport &node) {
  auto mode = node.getEnum<ResizeMode>("mode", "linear",
                                       {{"linear", ResizeMode::Linear},
                                        {"bilinear", ResizeMode::Linear},
                                        {"nearest", ResizeMode::Nearest},
                                        {"cubic", ResizeMode::Cubic},
                                        {"bicubic", ResizeMode::Cubic}});
  auto padding = node.getEnum<SamplePadding>(
      "padding_mode", "zeros",
      {{"zeros", SamplePadding::Zeros}, {"border", SamplePadding::Border}, {"reflection", SamplePadding::Reflection}});
  return node.setResult(
      node.create<cnn::GridSampleOp>(mode, node.getInput(0), node.getInput(1), padding, node.getBool("align_corners")));
}

/// Before opset 16 coordinates are not shifted by half a pixel.
static LogicalResult importRoiAlign(NodeImport &node) {
  llvm::StringRef defaultMode = node.getOpset() < 16 ? "output_half_pixel" : "half_pixel";
  bool halfPixel = node.getEnum<bool>("coordinate_transformation_mode", defaultMode,
                                      {{"half_pixel", true}, {"output_half_pixel", false}});
  auto kind = node.getEnum<PoolKind>("mode", "avg", {{"avg", PoolKind::Average}, {"max", PoolKind::Max}});
  llvm::SmallVector<int64_t> outputSize = {node.getInt("output_height", 1), node.getInt("output_width", 1)};
  return node.setResult(node.create<cnn::RoiAlignOp>(kind, node.getInput(0), node.getInput(1), node.getInput(2),
                                                     outputSize, node.getInt("sampling_ratio", 0),
                                                     node.getFloat("spatial_scale", 1.0), halfPixel));
}

void registerSpatial(Registry &registry) {
  registry.add("Upsample", 1, 1, importUpsamplePictures);
  registry.add("Upsample", 1, 1, importUpsampleAttributes, 7);
  registry.add("Upsample", 2, 2, importResizeByInput, 9);
  registry.add("Resize", 2, 2, importResizeByInput, 10);
  registry.add("Resize", 1, 4, importResize, 11);
  registry.add("GridSample", 2, 2, importGridSample);
  registry.add("RoiAlign", 3, 3, importRoiAlign);
}

} // namespace winnow::onnx_import
