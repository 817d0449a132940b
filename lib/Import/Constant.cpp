//===- Constant.cpp - constants and what only renames or fills ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Registry.h"
#include "TensorData.h"

using namespace mlir;

namespace winnow::onnx_import {

/// Constants that the importer writes out itself have at most this many elements.
static constexpr int64_t kMaxElements = 1 << 22;

static LogicalResult importIdentity(NodeImport &node) { return node.setResult(node.getInput(0)); }

/// An optional that is a tensor, or left out: others are refused where they enter.
static LogicalResult importOptionalHasElement(NodeImport &node) {
  bool has = node.hasInput(0);
  return node.setResult(node.createScalar(node.getBuilder().getI1Type(), has));
}

static LogicalResult importConstant(NodeImport &node) {
  OpBuilder &builder = node.getBuilder();
  if (const onnx::TensorProto *tensor = node.getTensor("value"))
    return node.setResult(node.createConstant(node.readTensor(*tensor)));
  if (node.hasAttribute("value_float"))
    return node.setResult(node.createScalar(builder.getF32Type(), node.getFloat("value_float", 0)));
  if (node.hasAttribute("value_int")) {
    Attribute value = builder.getI64IntegerAttr(node.getInt("value_int", 0));
    return node.setResult(
        node.createConstant(DenseElementsAttr::get(RankedTensorType::get({}, builder.getI64Type()), value)));
  }
  if (auto ints = node.getInts("value_ints"))
    return node.setResult(node.createInts(*ints));
  if (auto floats = node.getFloats("value_floats")) {
    llvm::SmallVector<float> values(floats->begin(), floats->end());
    auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, builder.getF32Type());
    return node.setResult(node.createConstant(DenseElementsAttr::get(type, llvm::ArrayRef<float>(values))));
  }
  return node.emitError() << "expected one of the attributes value, value_float(s) and value_int(s)";
}

/// Dropout does nothing when a network infers; its mask keeps everything.
static LogicalResult importDropout(NodeImport &node) {
  if (node.hasInput(2)) {
    std::optional<llvm::SmallVector<int64_t>> training = node.getConstantInts(2, "training_mode");
    if (!training)
      return failure();
    bool trains = llvm::any_of(*training, [](int64_t value) { return value != 0; });
    auto ratio = trains && node.hasInput(1) ? node.getConstantDoubles(1, "ratio") : std::nullopt;
    if (node.hasFailed())
      return failure();
    if (trains && !(ratio && ratio->size() == 1 && ratio->front() == 0))
      return node.emitError() << "training_mode must be false: export the model for inference";
  }
  if (failed(node.setResult(0, node.getInput(0))) || !node.hasOutput(1))
    return success(!node.hasFailed());
  Type maskType = node.getOpset() < 10 ? node.getType(0).getElementType() : node.getBuilder().getI1Type();
  auto type = node.getType(0).clone(maskType);
  TypedAttr one = isa<FloatType>(maskType) ? TypedAttr(FloatAttr::get(maskType, 1.0)) : IntegerAttr::get(maskType, 1);
  if (type.hasStaticShape())
    return node.setResult(1, node.createConstant(DenseElementsAttr::get(type, Attribute(one))));
  Value shape = node.create<cnn::ShapeOp>(node.getInput(0), 0, type.getRank());
  auto value = cast<ElementsAttr>(DenseElementsAttr::get(RankedTensorType::get({1}, maskType), Attribute(one)));
  return node.setResult(1, node.setExtents(node.createTyped<cnn::ConstantOfShapeOp>(type, shape, value),
                                           node.getExtents(node.getInput(0))));
}

/// The extents that a shape input names; an error where one is not known.
static std::optional<llvm::SmallVector<int64_t>> getShape(NodeImport &node, const SymbolicTensor &shape) {
  llvm::SmallVector<int64_t> extents;
  for (const SymbolicNumber &extent : shape.elements) {
    if (!extent.isKnown() || extent.getInteger().value_or(0) < 0) {
      node.emitError() << "the shape has an extent that is negative or not known when compiling";
      return std::nullopt;
    }
    extents.push_back(extent.getInteger().value_or(ShapedType::kDynamic));
  }
  return extents;
}

static LogicalResult importConstantOfShape(NodeImport &node) {
  std::optional<SymbolicTensor> shape = node.getSymbolic(0);
  if (!shape || shape->type.getRank() != 1)
    return node.emitError() << "expected input 0 (shape) to be a list known when compiling, but it depends on data";
  Type f32 = node.getBuilder().getF32Type();
  ElementsAttr value = DenseElementsAttr::get(RankedTensorType::get({1}, f32), 0.0f);
  if (const onnx::TensorProto *tensor = node.getTensor("value"))
    value = node.readTensor(*tensor);
  std::optional<llvm::SmallVector<int64_t>> extents = value ? getShape(node, *shape) : std::nullopt;
  if (!extents)
    return failure();
  if (value.getNumElements() != 1)
    return node.emitError() << "expected attribute 'value' to have one element, but got " << value.getNumElements();
  llvm::Expected<RankedTensorType> type = makeTensorType(*extents, value.getElementType());
  if (!type)
    return node.emitError() << "the result " << llvm::toString(type.takeError());
  if (!type->hasStaticShape())
    return node.setResult(
        node.setExtents(node.createTyped<cnn::ConstantOfShapeOp>(*type, node.getInput(0), value), shape->elements));
  auto dense = cast<DenseElementsAttr>(value);
  return node.setResult(node.createConstant(type->getNumElements() == 0
                                                ? DenseElementsAttr::get(*type, llvm::ArrayRef<Attribute>())
                                                : DenseElementsAttr::get(*type, *dense.value_begin<Attribute>())));
}

static LogicalResult importEyeLike(NodeImport &node) {
  RankedTensorType type = node.getType(0);
  if (type.getRank() != 2 || !type.hasStaticShape() || type.getNumElements() > kMaxElements)
    return node.emitError() << "expected a static matrix of moderate size, but got " << type;
  if (int64_t dataType = node.getInt("dtype", 0))
    type = type.clone(getElementType(static_cast<int>(std::clamp<int64_t>(dataType, 0, 1000)), node.getContext()));
  if (!type.getElementType())
    return node.emitError() << "attribute 'dtype' is not supported";
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1), offset = node.getInt("k", 0);
  llvm::SmallVector<bool> ones(rows * columns, false);
  for (int64_t row = 0; row < rows; ++row)
    if (offset > -rows && offset < columns && row + offset >= 0 && row + offset < columns)
      ones[row * columns + row + offset] = true;
  Value mask = node.createConstant(
      DenseElementsAttr::get(type.clone(node.getBuilder().getI1Type()), llvm::ArrayRef<bool>(ones)));
  return node.setResult(node.createCast(mask, type.getElementType()));
}

/// The number of elements of a range, up to the batch; nothing if it is not known.
static std::optional<SymbolicNumber> getRangeLength(const SymbolicNumber &start, const SymbolicNumber &limit,
                                                    const SymbolicNumber &delta) {
  std::optional<double> from = start.getReal(), to = limit.getReal(), by = delta.getReal();
  if (from && to && by) {
    double length = std::ceil((*to - *from) / *by);
    if (*by == 0 || !(length < kMaxElements))
      return std::nullopt;
    return SymbolicNumber::integer(std::max<int64_t>(0, static_cast<int64_t>(std::max(length, -1.0))));
  }
  SymbolicNumber length = limit - start;
  return delta.getInteger() == 1 && length.getSign() == 1 ? std::optional(length) : std::nullopt;
}

static SymbolicNumber makeReal(double value) { return SymbolicNumber::real(value); }

static LogicalResult importRange(NodeImport &node) {
  llvm::SmallVector<SymbolicNumber> bounds;
  for (unsigned i = 0; i < 3; ++i) {
    std::optional<SymbolicTensor> tensor = node.getSymbolic(i);
    if (!tensor && isa<FloatType>(node.getType(i).getElementType())) // f16 and bf16 are not tracked.
      if (auto values = node.getConstantDoubles(i, "a bound"))
        tensor = SymbolicTensor{node.getType(i), llvm::map_to_vector(*values, makeReal)};
    if (!tensor || tensor->elements.size() != 1)
      return node.emitError() << "expected input " << i << " to be one number known when compiling";
    bounds.push_back(tensor->elements[0]);
  }
  std::optional<SymbolicNumber> length = getRangeLength(bounds[0], bounds[1], bounds[2]);
  if (!length)
    return node.emitError() << "the number of elements is too large or not known when compiling";
  auto type =
      RankedTensorType::get({length->getInteger().value_or(ShapedType::kDynamic)}, node.getType(0).getElementType());
  auto scalar = [&](unsigned i) { return node.createReshape(node.getInput(i), {}); };
  return node.setResult(
      node.setExtents(node.createTyped<cnn::RangeOp>(type, scalar(0), scalar(1), scalar(2)), *length));
}

/// values[1] where the index (counted from the end if negative) is the position along `axis`, else values[0].
static LogicalResult importOneHot(NodeImport &node) {
  std::optional<llvm::SmallVector<double>> depths = node.getConstantDoubles(1, "depth");
  if (!depths)
    return failure();
  double depth = depths->size() == 1 ? depths->front() : -1;
  int64_t rank = node.getRank(0), axis = node.getAxis("axis", -1, rank + 1);
  if (!(depth >= 1 && depth <= kMaxElements) || node.getType(2).getShape() != llvm::ArrayRef<int64_t>(2))
    return node.emitError() << "expected one positive depth and two values";
  auto count = static_cast<int64_t>(depth);
  Type i64 = node.getBuilder().getI64Type();
  Value indices = node.createCast(node.getInput(0), i64);
  Value zero = node.createScalar(i64, 0), extent = node.createScalar(i64, depth);
  indices = node.create<cnn::WhereOp>(node.create<cnn::LessOp>(indices, zero), node.create<cnn::AddOp>(indices, extent),
                                      indices);
  llvm::SmallVector<SymbolicNumber> extents = node.getExtents(node.getInput(0));
  extents.insert(extents.begin() + axis, SymbolicNumber::integer(1));
  llvm::SmallVector<SymbolicNumber> classShape(rank + 1, SymbolicNumber::integer(1));
  classShape[axis] = SymbolicNumber::integer(count);
  Value classes = node.createReshape(node.createInts(llvm::to_vector(llvm::seq<int64_t>(0, count))), classShape);
  Value hit = node.create<cnn::EqualOp>(node.createReshape(indices, extents), classes);
  Value off = node.createReshape(node.createSlice(node.getInput(2), 0, 0, 1), {});
  Value on = node.createReshape(node.createSlice(node.getInput(2), 0, 1, 2), {});
  return node.setResult(node.create<cnn::WhereOp>(hit, on, off));
}

/// The upper or lower triangle: a constant mask chooses between the input and zero.
static LogicalResult importTrilu(NodeImport &node) {
  RankedTensorType type = node.getType(0);
  int64_t rank = type.getRank();
  std::optional<int64_t> offset = node.hasInput(1) ? node.getConstantInt(1, "k") : 0;
  if (!offset)
    return failure();
  if (rank < 2 || type.isDynamicDim(rank - 1) || type.isDynamicDim(rank - 2))
    return node.emitError() << "expected static matrices, but got " << type;
  int64_t rows = type.getDimSize(rank - 2), columns = type.getDimSize(rank - 1);
  if (std::max<int64_t>(rows, 1) * columns > kMaxElements)
    return node.emitError() << "matrices of " << type << " are too large";
  bool upper = node.getBool("upper", true);
  int64_t diagonal = std::clamp(*offset, -rows - 1, columns + 1);
  llvm::SmallVector<bool> keep;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      keep.push_back(upper ? column >= row + diagonal : column <= row + diagonal);
  auto maskType = RankedTensorType::get({rows, columns}, node.getBuilder().getI1Type());
  Value mask = node.createConstant(DenseElementsAttr::get(maskType, llvm::ArrayRef<bool>(keep)));
  Value zero = node.createScalar(type.getElementType(), 0);
  return node.setResult(node.create<cnn::WhereOp>(mask, node.getInput(0), zero));
}

void registerConstant(Registry &registry) {
  registry.add("Identity", 1, 1, importIdentity);
  registry.add("OptionalHasElement", 0, 1, importOptionalHasElement, 15);
  registry.add("OptionalGetElement", 1, 1, importIdentity, 15);
  registry.add("Constant", 0, 0, importConstant);
  registry.add("Dropout", 1, 3, importDropout);
  registry.add("ConstantOfShape", 1, 1, importConstantOfShape);
  registry.add("EyeLike", 1, 1, importEyeLike);
  registry.add("Range", 3, 3, importRange);
  registry.add("OneHot", 3, 3, importOneHot);
  registry.add("Trilu", 1, 2, importTrilu);
}

} // namespace winnow::onnx_import
