//===- Shape.cpp - shapes and the places of elements ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"

using namespace mlir;

namespace winnow::onnx_export {

/// The shape operand of an op, or what its type says; `dynamic` stands for the extent that is not known.
template <typename Op> static std::string getShapeInput(GraphWriter &writer, Op op, int64_t dynamic) {
  if (op.getShape())
    return writer.getName(op.getShape());
  llvm::SmallVector<int64_t> shape(op.getOutput().getType().getShape());
  llvm::replace(shape, ShapedType::kDynamic, dynamic);
  return writer.addInts(op, "shape", shape);
}

static void exportReshape(GraphWriter &writer, cnn::ReshapeOp op) {
  // With `allowzero` an extent of 0 is none of the input's; -1 cannot stand beside it.
  bool hasZero = llvm::is_contained(op.getOutput().getType().getShape(), 0);
  std::string shape = getShapeInput(writer, op, /*dynamic=*/-1);
  writer.addNode("Reshape", op, {writer.getName(op.getInput()), shape}).set("allowzero", hasZero);
}

/// An extent of 1 in the shape keeps the input's: without a shape operand, those are the dynamic ones.
static void exportExpand(GraphWriter &writer, cnn::ExpandOp op) {
  std::string shape = getShapeInput(writer, op, /*dynamic=*/1);
  writer.addNode("Expand", op, {writer.getName(op.getInput()), shape});
}

static void exportSlice(GraphWriter &writer, cnn::SliceOp op) {
  std::string starts = writer.addInts(op, "starts", op.getStarts()), ends = writer.addInts(op, "ends", op.getEnds());
  std::string axes = writer.addInts(op, "axes", op.getAxes()), steps = writer.addInts(op, "steps", op.getSteps());
  writer.addNode("Slice", op, {writer.getName(op.getInput()), starts, ends, axes, steps});
}

static void exportPad(GraphWriter &writer, cnn::PadOp op) {
  std::string pads = writer.addInts(op, "pads", op.getPads());
  writer.addNode("Pad", op, {writer.getName(op.getInput()), pads, writer.getName(op.getValue())})
      .set("mode", stringifyEnum(op.getMode()));
}

/// The value is an attribute of ONNX's operator too; the number that it holds serves an Expand as well.
static void exportConstantOfShape(GraphWriter &writer, cnn::ConstantOfShapeOp op) {
  Type element = getElementTypeOrSelf(op.getValue().getType());
  double value = 0;
  if (isa<FloatType>(element))
    value = (*op.getValue().value_begin<llvm::APFloat>()).convertToDouble();
  else
    value = static_cast<double>((*op.getValue().value_begin<llvm::APInt>()).getSExtValue());
  std::string scalar = writer.addScalar(op, "value", element, value);
  writer.addNode("Expand", op, {scalar, writer.getName(op.getShape())});
}

void registerShape(Registry &registry) {
  registry.add<cnn::ReshapeOp>(exportReshape);
  registry.add<cnn::ExpandOp>(exportExpand);
  registry.add<cnn::SliceOp>(exportSlice);
  registry.add<cnn::PadOp>(exportPad);
  registry.add<cnn::ConstantOfShapeOp>(exportConstantOfShape);
  registry.addPlain<cnn::SizeOp>("Size");
  registry.addPlain<cnn::RangeOp>("Range");
  registry.add<cnn::TransposeOp>([](GraphWriter &writer, cnn::TransposeOp op) {
    addPlainNode(writer, "Transpose", op).set("perm", op.getPermutation());
  });
  registry.add<cnn::ConcatOp>([](GraphWriter &writer, cnn::ConcatOp op) {
    addPlainNode(writer, "Concat", op).set("axis", int64_t(op.getAxis()));
  });
  registry.add<cnn::TileOp>([](GraphWriter &writer, cnn::TileOp op) {
    std::string repeats = writer.addInts(op, "repeats", op.getRepeats());
    writer.addNode("Tile", op, {writer.getName(op.getInput()), repeats});
  });
  registry.add<cnn::DepthToSpaceOp>([](GraphWriter &writer, cnn::DepthToSpaceOp op) {
    addPlainNode(writer, "DepthToSpace", op)
        .set("blocksize", int64_t(op.getBlock()))
        .set("mode", op.getMode() == cnn::DepthMode::ColumnRowDepth ? "CRD" : "DCR");
  });
  registry.add<cnn::SpaceToDepthOp>([](GraphWriter &writer, cnn::SpaceToDepthOp op) {
    addPlainNode(writer, "SpaceToDepth", op).set("blocksize", int64_t(op.getBlock()));
  });
  registry.add<cnn::ShapeOp>([](GraphWriter &writer, cnn::ShapeOp op) {
    addPlainNode(writer, "Shape", op).set("start", int64_t(op.getStart())).set("end", int64_t(op.getEnd()));
  });
}

} // namespace winnow::onnx_export
