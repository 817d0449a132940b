//===- InferShapes.cpp - the most static types that follow ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ShapeRules.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

namespace winnow {
#define GEN_PASS_DEF_INFERSHAPESPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The extents of a constant 1-D shape operand; nothing if it is not constant.
static std::optional<Shape> getConstantShape(Value shape) {
  ElementsAttr attr = getConstant(shape);
  return attr ? getConstantInts(attr) : std::nullopt;
}

/// The one open extent of a reshape follows from the number of elements.
static std::optional<Shape> inferReshape(ReshapeOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  if (op.getShape())
    return getConstantShape(op.getShape());
  Shape shape(cast<RankedTensorType>(op.getType()).getShape());
  if (!input.hasStaticShape() || llvm::count(shape, ShapedType::kDynamic) != 1)
    return std::nullopt;
  int64_t known = 1;
  for (int64_t extent : shape)
    known *= ShapedType::isDynamic(extent) ? 1 : extent;
  if (known == 0 || input.getNumElements() % known)
    return std::nullopt;
  *llvm::find(shape, ShapedType::kDynamic) = input.getNumElements() / known;
  return shape;
}

/// Extents of the input that are not 1 are those of the result.
static std::optional<Shape> inferExpand(ExpandOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto output = cast<RankedTensorType>(op.getType());
  Shape shape(output.getShape());
  std::optional<Shape> wanted = op.getShape() ? getConstantShape(op.getShape()) : std::nullopt;
  for (int64_t i = 0, rank = output.getRank(); i < rank; ++i) {
    int64_t inputDim = i - (rank - input.getRank());
    int64_t given = inputDim < 0 ? 1 : input.getDimSize(inputDim);
    int64_t shapeDim = wanted ? i - (rank - static_cast<int64_t>(wanted->size())) : -1;
    if (!ShapedType::isDynamic(given) && given != 1)
      shape[i] = given;
    else if (given == 1 && shapeDim >= 0)
      shape[i] = (*wanted)[shapeDim];
  }
  return shape;
}

/// Open extents of a resize are floor(in * scale).
static std::optional<Shape> inferResize(ResizeOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  Shape shape(cast<RankedTensorType>(op.getType()).getShape());
  if (op.getScales().size() != shape.size() || op.getRoi())
    return std::nullopt;
  for (auto [extent, in, scale] : llvm::zip_equal(shape, input.getShape(), op.getScales()))
    if (ShapedType::isDynamic(extent) && !ShapedType::isDynamic(in))
      extent = static_cast<int64_t>(std::floor(static_cast<double>(in) * scale));
  return shape;
}

/// max(0, ceil((limit - start) / delta)) elements.
static std::optional<Shape> inferRange(RangeOp op) {
  SmallVector<double> bounds;
  for (Value operand : op->getOperands()) {
    ElementsAttr attr = getConstant(operand);
    if (!attr)
      return std::nullopt;
    bounds.push_back(getConstantDoubles(attr).front());
  }
  double count = std::ceil((bounds[1] - bounds[0]) / bounds[2]);
  // A step of zero (or of NaN) is the interpreter's to report.
  if (!(std::abs(count) < 1e15))
    return std::nullopt;
  return Shape{std::max<int64_t>(0, static_cast<int64_t>(count))};
}

/// What is known of the result's extents of an op that does not infer its own type.
static std::optional<Shape> inferExtents(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<Shape>>(op)
      .Case([](ReshapeOp op) { return inferReshape(op); })
      .Case([](ExpandOp op) { return inferExpand(op); })
      .Case([](ResizeOp op) { return inferResize(op); })
      .Case([](RangeOp op) { return inferRange(op); })
      .Case([](ConstantOfShapeOp op) { return getConstantShape(op.getShape()); })
      .Case<CastOp, ConvertLayoutOp>([](Operation *op) {
        return std::optional<Shape>(cast<RankedTensorType>(op->getOperand(0).getType()).getShape());
      })
      .Default([](Operation *) { return std::nullopt; });
}

/// Fills the open extents of `result` from `inferred`. An error where both know better.
static LogicalResult refineType(Operation *op, Value result, ArrayRef<int64_t> inferred) {
  auto type = cast<RankedTensorType>(result.getType());
  Shape shape(type.getShape());
  bool fits = inferred.size() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    if (ShapedType::isDynamic(inferred[i]))
      continue;
    fits = ShapedType::isDynamic(shape[i]) || shape[i] == inferred[i];
    shape[i] = inferred[i];
  }
  if (!fits)
    return op->emitOpError("expected a result of shape ")
           << RankedTensorType::get(inferred, type.getElementType()) << " but it has type " << type;
  result.setType(RankedTensorType::get(shape, type.getElementType(), type.getEncoding()));
  return success();
}

/// Infers the types of the results of one op.
static LogicalResult inferOp(Operation *op) {
  auto inferable = dyn_cast<InferTypeOpInterface>(op);
  if (!inferable) {
    std::optional<Shape> extents = inferExtents(op);
    return extents ? refineType(op, op->getResult(0), *extents) : success();
  }
  SmallVector<Type> types;
  if (failed(inferable.inferReturnTypes(op->getContext(), op->getLoc(), op->getOperands(), op->getAttrDictionary(),
                                        op->getPropertiesStorage(), op->getRegions(), types)))
    return failure();
  for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
    if (auto ranked = dyn_cast<RankedTensorType>(type); ranked && failed(refineType(op, result, ranked.getShape())))
      return failure();
  return success();
}

LogicalResult inferShapes(FunctionOpInterface function) {
  WalkResult walk = function.walk([](Operation *op) {
    bool isOurs = isa_and_nonnull<CNNDialect>(op->getDialect());
    return isOurs && failed(inferOp(op)) ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (walk.wasInterrupted())
    return failure();
  if (function.isExternal() || function.getFunctionBody().getBlocks().size() != 1)
    return success();
  Operation *terminator = function.getFunctionBody().front().getTerminator();
  function.setType(FunctionType::get(function.getContext(), function.getFunctionBody().getArgumentTypes(),
                                     terminator->getOperandTypes()));
  return success();
}

namespace {
struct InferShapesPass : impl::InferShapesPassBase<InferShapesPass> {
  void runOnOperation() override {
    if (failed(inferShapes(getOperation())))
      signalPassFailure();
  }
};
} // namespace

} // namespace winnow
