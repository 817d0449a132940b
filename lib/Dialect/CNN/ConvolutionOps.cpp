//===- ConvolutionOps.cpp - verifiers, inference and folders ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpHelpers.h"
#include "WindowRules.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;

#define GET_OP_CLASSES
#include "winnow/Dialect/CNN/ConvolutionOps.cpp.inc"

void CNNDialect::registerConvolutionOps() {
  addOperations<
#define GET_OP_LIST
#include "winnow/Dialect/CNN/ConvolutionOps.cpp.inc"
      >();
}

/// The window of a convolution: the spatial extents of its filter.
static SmallVector<int64_t> getFilterWindow(Value filter) {
  return SmallVector<int64_t>(getShape(filter).drop_front(2));
}

WINNOW_INFER(ConvolutionOp) {
  return inferType(getConvolutionShape(getShape(adaptor.getInput()), getShape(adaptor.getFilter()), adaptor.getGroup(),
                                       WindowAttributes::get(adaptor, {}), report),
                   ::getElementType(adaptor.getInput()), types, report);
}

/// The element types of a convolution that is not quantized: all one, but with operands of 16 bits a bias and a result
/// may be f32, and with operands of f32 the result 16 bits. A residual is what the result is.
static LogicalResult checkRealElements(ConvolutionOp op, const Reporter &report) {
  Type elementType = ::getElementType(op.getInput());
  bool isShort = elementType.isF16() || elementType.isBF16();
  Type bias = isShort && op.getBias() && ::getElementType(op.getBias()).isF32() ? Float32Type::get(op.getContext())
                                                                                : elementType;
  return success(succeeded(checkElementType(op.getFilter(), elementType, "a filter", report)) &&
                 succeeded(checkElementType(op.getBias(), bias, "a bias", report)) &&
                 succeeded(checkElementType(op.getResidual(), ::getElementType(op.getOutput()), "a residual", report)));
}

/// The element types of a quantized convolution.
static LogicalResult checkQuantizedElements(ConvolutionOp op, const Reporter &report) {
  Type filter = ::getElementType(op.getFilter());
  auto quantized = dyn_cast<quant::QuantizedType>(filter);
  if (!quantized || quantized.getStorageTypeIntegralWidth() > 8 || !getQuantizedChannels(filter, 0))
    return report("expected a filter of at most eight bits, with one scale or one for each output channel, but got " +
                  typeToString(filter));
  if (Value residual = op.getResidual(); residual && !isQuantized(residual.getType()))
    return report("expected a quantized residual but got elements of type " + typeToString(::getElementType(residual)));
  ActivationAttr activation = op.getActivationAttr();
  bool clips =
      !activation || activation.getKind() == ActivationKind::Relu || activation.getKind() == ActivationKind::Clip;
  if (!clips && isQuantized(op.getType()))
    return report("expected no activation, relu or clip before a quantized result");
  Type i32 = IntegerType::get(op.getContext(), 32);
  return success(succeeded(checkRequantized(op.getInput(), op.getOutput(), report)) &&
                 succeeded(checkRequantized(op.getResidual(), op.getOutput(), report)) &&
                 succeeded(checkElementType(op.getBias(), i32, "a bias", report)));
}

LogicalResult ConvolutionOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  bool quantized = isQuantized(getInput().getType());
  return success(succeeded(checkPads(*this, report)) &&
                 succeeded(quantized ? checkQuantizedElements(*this, report) : checkRealElements(*this, report)) &&
                 succeeded(checkShape(getBias(), getShape(getFilter())[0], "a bias", report)) &&
                 succeeded(checkShape(getResidual(), getShape(getOutput()), "a residual", report)));
}

SmallVector<int64_t> ConvolutionOp::getWindowShape() { return getFilterWindow(getFilter()); }

/// One spatial extent of a transposed convolution; SAME gives `stride * in`.
static FailureOr<int64_t> getTransposedExtent(int64_t in, const WindowAttributes &attributes, size_t i,
                                              int64_t outputPadding, const Reporter &report) {
  bool same = attributes.autoPad == AutoPad::SameUpper || attributes.autoPad == AutoPad::SameLower;
  Window window = attributes.getWindow(i, ShapedType::kDynamic);
  FailureOr<int64_t> natural = getTransposedOutput(in, window, outputPadding, report);
  if (failed(natural) || !same)
    return natural;
  // A window as wide as its step covers `stride * in` elements exactly.
  return getTransposedOutput(in, Window{window.stride, window.stride}, 0, report);
}

WINNOW_INFER(TransposedConvolutionOp) {
  ShapeRef input = getShape(adaptor.getInput()), filter = getShape(adaptor.getFilter());
  if (failed(checkFeatureMap(input, report)))
    return failure();
  if (filter.size() != input.size())
    return report("expected a filter of rank " + Twine(input.size()) + " but got rank " + Twine(filter.size()));
  size_t spatialRank = input.size() - 2;
  auto attributes = WindowAttributes::get(adaptor, filter.drop_front(2));
  if (failed(checkWindowLists(attributes, spatialRank, report)))
    return failure();
  if (adaptor.getOutputPadding().size() != spatialRank)
    return report("expected " + Twine(spatialRank) + " output paddings but got " +
                  Twine(adaptor.getOutputPadding().size()));
  int64_t group = adaptor.getGroup();
  if (failed(checkGroups(input[1], group, "input channels", report)))
    return failure();
  Shape result{input[0], ShapedType::kDynamic};
  if (!isDynamic(filter[1])) {
    FailureOr<Shape> channels = getTileShape(filter[1], group, report);
    if (failed(channels))
      return failure();
    result[1] = channels->front();
  }
  for (size_t i = 0; i < spatialRank; ++i) {
    FailureOr<int64_t> extent = getTransposedExtent(input[2 + i], attributes, i, adaptor.getOutputPadding()[i], report);
    if (failed(extent))
      return failure();
    result.push_back(*extent);
  }
  return inferType(result, ::getElementType(adaptor.getInput()), types, report);
}

LogicalResult TransposedConvolutionOp::verify() {
  if (failed(checkInference(*this)))
    return failure();
  Reporter report(getOperation());
  Type elementType = ::getElementType(getInput());
  for (auto [padding, stride, dilation] : llvm::zip_equal(getOutputPadding(), getStrides(), getDilations()))
    if (padding < 0 || padding >= std::max(stride, dilation))
      return report("expected an output padding from 0 to below " + Twine(std::max(stride, dilation)) + " but got " +
                    Twine(padding));
  Shape filter(getShape(getFilter()));
  filter[0] = getShape(getInput())[1];
  return success(succeeded(checkShape(getFilter(), filter, "a filter", report)) &&
                 succeeded(checkElementType(getFilter(), elementType, "a filter", report)) &&
                 succeeded(checkElementType(getBias(), elementType, "a bias", report)) &&
                 succeeded(checkShape(getBias(), getShape(getOutput())[1], "a bias", report)));
}

SmallVector<int64_t> TransposedConvolutionOp::getWindowShape() { return getFilterWindow(getFilter()); }
