//===- ConversionUtils.cpp - what all doors need --------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConversionUtils.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// The attribute of an op that its patterns declined: why.
static constexpr llvm::StringLiteral kReason = "winnow.refused";

LogicalResult convertFunction(func::FuncOp function, RewritePatternSet &&patterns,
                              llvm::function_ref<bool(Operation *)> isForeign, StringRef target) {
  // Legality is left open for foreign ops: the conversion goes through all of them, and those without uses may stay.
  ConversionConfig config;
  config.foldingMode = DialectConversionFoldingMode::Never;
  ConversionTarget legality(*function.getContext());
  legality.markUnknownOpDynamicallyLegal(
      [&](Operation *op) -> std::optional<bool> { return isForeign(op) ? std::nullopt : std::optional<bool>(true); });
  if (failed(applyPartialConversion(function, legality, std::move(patterns), config)))
    return failure();
  SmallVector<Operation *> left;
  function.walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
    if (op != function && isForeign(op))
      left.push_back(op);
  });
  Operation *first = nullptr, *helper = nullptr;
  for (Operation *op : left) {
    if (isOpTriviallyDead(op)) {
      op->erase();
      continue;
    }
    // What only makes an operand of an op that is left (an empty tensor, a shape) is not to blame.
    bool isHelper = op->getNumOperands() == 0 && !op->hasAttr(kReason);
    (isHelper ? helper : first) = op;
  }
  Operation *culprit = first ? first : helper;
  if (!culprit)
    return success();
  auto reason = dyn_cast_or_null<StringAttr>(culprit->removeDiscardableAttr(kReason));
  return culprit->emitOpError("cannot become ")
         << target << ": " << (reason ? reason.getValue() : "there is no op of this meaning");
}

LogicalResult refuse(ConversionPatternRewriter &rewriter, Operation *op, const Twine &reason) {
  op->setDiscardableAttr(kReason, rewriter.getStringAttr(reason));
  return rewriter.notifyMatchFailure(op, reason);
}

LogicalResult checkTensors(ConversionPatternRewriter &rewriter, Operation *op) {
  SmallVector<Type> types(op->getOperandTypes());
  llvm::append_range(types, op->getResultTypes());
  for (Type type : types) {
    if (!isa<TensorType>(type))
      continue;
    auto ranked = dyn_cast<RankedTensorType>(type);
    if (!ranked)
      return winnow::refuse(rewriter, op, "expected a known rank but found one of unknown rank");
    Type element = ranked.getElementType();
    bool known = element.isF16() || element.isBF16() || element.isF32() || element.isF64() || element.isInteger(1);
    for (unsigned width : {8, 16, 32, 64})
      known |= element.isSignlessInteger(width) || element.isUnsignedInteger(width);
    if (known)
      continue;
    std::string name;
    llvm::raw_string_ostream(name) << element;
    return refuse(rewriter, op, "element type " + name + " is not supported");
  }
  return success();
}

RankedTensorType permuteType(RankedTensorType type, ArrayRef<int64_t> permutation) {
  return RankedTensorType::get(applyPermutation(type.getShape(), permutation), type.getElementType());
}

Permutation invert(ArrayRef<int64_t> permutation) { return Permutation(invertPermutationVector(permutation)); }

Value transpose(OpBuilder &b, Location loc, Value value, ArrayRef<int64_t> permutation) {
  if (isIdentityPermutation(permutation))
    return value;
  Type type = permuteType(cast<RankedTensorType>(value.getType()), permutation);
  return TransposeOp::create(b, loc, type, value, b.getDenseI64ArrayAttr(permutation));
}

Value reshape(OpBuilder &b, Location loc, Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return ReshapeOp::create(b, loc, TypeRange{RankedTensorType::get(shape, type.getElementType())}, ValueRange{value});
}

Value makeScalar(OpBuilder &b, Location loc, Type elementType, double value) {
  auto type = RankedTensorType::get({}, elementType);
  Attribute element;
  if (isa<FloatType>(elementType))
    element = b.getFloatAttr(elementType, value);
  else
    element = b.getIntegerAttr(elementType, static_cast<int64_t>(value));
  return arith::ConstantOp::create(b, loc, type, DenseElementsAttr::get(type, element));
}

std::optional<double> getSplatValue(Value value) {
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(attribute))
    return static_cast<double>(number.getInt());
  auto elements = dyn_cast<ElementsAttr>(attribute);
  if (!elements || (elements.getNumElements() != 1 && !elements.isSplat()))
    return std::nullopt;
  if (auto dense = dyn_cast<DenseElementsAttr>(elements); dense && dense.isSplat())
    elements = dense.resizeSplat(RankedTensorType::get({1}, dense.getElementType()));
  return getConstantDoubles(elements).front();
}

Value castElements(OpBuilder &b, Location loc, Value input, Type elementType) {
  auto type = cast<RankedTensorType>(input.getType());
  if (type.getElementType() == elementType)
    return input;
  return CastOp::create(b, loc, TypeRange{type.clone(elementType)}, ValueRange{input});
}

Value makeConvolution(OpBuilder &b, Location loc, RankedTensorType type, Value input, Value filter, Value bias,
                      const WindowParameters &window, int64_t group) {
  return ConvolutionOp::create(b, loc, type, input, filter, bias, /*residual=*/Value(), window.strides, window.pads,
                               window.dilations, group, AutoPad::Explicit, ActivationAttr(), AlgorithmAttr());
}

Value makePool(OpBuilder &b, Location loc, RankedTensorType type, Value input, ArrayRef<int64_t> kernel,
               const WindowParameters &window, bool isMaximum) {
  if (isMaximum)
    return MaxPoolOp::create(b, loc, type, input, kernel, window.strides, window.pads, window.dilations,
                             /*ceil_mode=*/false, AutoPad::Explicit);
  return AveragePoolOp::create(b, loc, type, input, kernel, window.strides, window.pads, window.dilations,
                               /*ceil_mode=*/false, AutoPad::Explicit, /*count_include_pad=*/false);
}

} // namespace winnow
