//===- QuantizedConvolution.cpp - convolutions on integers ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Islands.h"

#include "winnow/Dialect/CNN/IntegerRange.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// How far the scale of a bias may be from input scale * filter scale: both were rounded to f32.
static constexpr double kScaleTolerance = 1e-5;

namespace {
/// A filter as a quantized convolution reads it.
struct QuantizedFilter {
  Value value;
  QuantizedChannels channels;
  int64_t outputs = 0;
  /// The largest sum of magnitudes that the filter of an output channel has, without zero points.
  double largestSum = 0;
};
} // namespace

/// The stored constant that `value` is the dequantized form of.
static std::optional<QuantizedFilter> getFilter(Value value) {
  Value quantized = getDequantized(value);
  ElementsAttr stored = quantized ? getStoredConstant(quantized) : ElementsAttr();
  if (!stored || !cast<RankedTensorType>(quantized.getType()).hasStaticShape())
    return std::nullopt;
  auto type = dyn_cast<quant::QuantizedType>(getElementTypeOrSelf(quantized.getType()));
  auto channels = getQuantizedChannels(type, 0);
  if (!channels || type.getStorageTypeIntegralWidth() > 8)
    return std::nullopt;
  QuantizedFilter filter{quantized, *channels, cast<RankedTensorType>(quantized.getType()).getDimSize(0)};
  std::optional<SmallVector<int64_t>> weights = getConstantInts(stored);
  int64_t size = weights->size() / std::max<int64_t>(1, filter.outputs);
  for (int64_t m = 0; m < filter.outputs; ++m) {
    double sum = 0;
    for (int64_t weight : ArrayRef<int64_t>(*weights).slice(m * size, size))
      sum += std::abs(static_cast<double>(weight - channels->getZeroPoint(m)));
    filter.largestSum = std::max(filter.largestSum, sum);
  }
  return filter;
}

/// The stored i32 bias where its scale is that of the sums; nothing elsewhere.
static std::optional<SmallVector<int64_t>> getStoredBias(Value bias, float inputScale, const QuantizedFilter &filter) {
  Value quantized = getDequantized(bias);
  ElementsAttr stored = quantized ? getStoredConstant(quantized) : ElementsAttr();
  auto channels = stored ? getQuantizedChannels(quantized.getType(), 0) : std::nullopt;
  if (!channels)
    return std::nullopt;
  SmallVector<int64_t> values = *getConstantInts(stored);
  for (int64_t m = 0; m < filter.outputs; ++m) {
    double wanted = static_cast<double>(inputScale) * filter.channels.getScale(m);
    if (std::abs(channels->getScale(m) - wanted) > kScaleTolerance * wanted)
      return std::nullopt;
    values[m] -= channels->getZeroPoint(m);
  }
  return values;
}

/// The real bias, constant or dequantized; nothing where it is neither.
static std::optional<SmallVector<double>> getRealBias(Value bias) {
  if (ElementsAttr constant = getConstant(bias))
    return getConstantDoubles(constant);
  Value quantized = getDequantized(bias);
  ElementsAttr stored = quantized ? getStoredConstant(quantized) : ElementsAttr();
  auto channels = stored ? getQuantizedChannels(quantized.getType(), 0) : std::nullopt;
  if (!channels)
    return std::nullopt;
  SmallVector<double> values = getConstantDoubles(stored);
  for (auto [m, value] : llvm::enumerate(values))
    value = (value - static_cast<double>(channels->getZeroPoint(m))) * channels->getScale(m);
  return values;
}

/// The bias in units of the sums: exact where it is stored so, else the nearest integers.
static FailureOr<SmallVector<int64_t>> getIntegerBias(RewriterBase &rewriter, ConvolutionOp conv, float inputScale,
                                                      const QuantizedFilter &filter) {
  if (!conv.getBias())
    return SmallVector<int64_t>();
  if (auto stored = getStoredBias(conv.getBias(), inputScale, filter))
    return *stored;
  auto real = getRealBias(conv.getBias());
  if (!real)
    return rewriter.notifyMatchFailure(conv, "its bias is not constant");
  SmallVector<int64_t> values;
  for (auto [m, value] : llvm::enumerate(*real)) {
    double rounded = std::nearbyint(value / (static_cast<double>(inputScale) * filter.channels.getScale(m)));
    if (!(std::abs(rounded) < std::ldexp(1.0, 31)))
      return rewriter.notifyMatchFailure(conv, "its bias does not fit 32 bits in units of its sums");
    values.push_back(static_cast<int64_t>(rounded));
  }
  return values;
}

/// Whether i32 holds every sum: products of bytes, and the bias.
static bool fits(quant::UniformQuantizedType input, const QuantizedFilter &filter, ArrayRef<int64_t> bias) {
  auto zero = static_cast<double>(input.getZeroPoint());
  double reach = std::max(std::abs(static_cast<double>(input.getStorageTypeMin()) - zero),
                          std::abs(static_cast<double>(input.getStorageTypeMax()) - zero));
  double largest = filter.largestSum * reach;
  for (int64_t value : bias)
    if (largest + std::abs(static_cast<double>(value)) >= std::ldexp(1.0, 31))
      return false;
  return largest < std::ldexp(1.0, 31);
}

static Value createBias(RewriterBase &rewriter, Location loc, ArrayRef<int64_t> values) {
  if (values.empty())
    return {};
  SmallVector<int32_t> narrow(values);
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())}, rewriter.getI32Type());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(narrow.data()), narrow.size() * sizeof(int32_t));
  return createConstant(rewriter, loc, makeConstant(type, bytes));
}

FailureOr<Value> createQuantizedConvolution(RewriterBase &rewriter, ConvolutionOp conv, ActivationAttr activation,
                                            Type elementType) {
  Value input = getDequantizedBytes(conv.getInput());
  if (!input)
    return rewriter.notifyMatchFailure(conv, "its input is not dequantized from eight bits with one scale");
  std::optional<QuantizedFilter> filter = getFilter(conv.getFilter());
  if (!filter)
    return rewriter.notifyMatchFailure(conv,
                                       "its filter is not a constant of eight bits with scales of output channels");
  Value residual = conv.getResidual() ? getDequantizedBytes(conv.getResidual()) : Value();
  if (conv.getResidual() && !residual)
    return rewriter.notifyMatchFailure(conv, "its residual is not dequantized from eight bits with one scale");
  if (auto type = getQuantization(elementType); type && !getIntegerRange(activation, type))
    return rewriter.notifyMatchFailure(conv, "its activation does more than clip");
  quant::UniformQuantizedType inputType = getQuantization(input);
  FailureOr<SmallVector<int64_t>> bias = getIntegerBias(rewriter, conv, getScale(inputType), *filter);
  if (failed(bias))
    return failure();
  if (!fits(inputType, *filter, *bias))
    return rewriter.notifyMatchFailure(conv, "its sums may exceed 32 bits");
  remarkPassed(conv, kFuseQuantization, "computes with integers", {{"LargestFilterSum", filter->largestSum}});
  Location loc = conv.getLoc();
  return ConvolutionOp::create(rewriter, loc, withElements(conv.getType(), elementType), input, filter->value,
                               createBias(rewriter, loc, *bias), residual, conv.getStrides(), conv.getPads(),
                               conv.getDilations(), conv.getGroup(), conv.getAutoPad(), activation, AlgorithmAttr())
      .getResult();
}

/// What a quantize may be moved across, up to the convolution that then takes it in.
static bool passesQuantize(Operation *op) {
  return isa<ReluOp, ClipOp, MaxPoolOp, ReshapeOp, TransposeOp, SliceOp, ConcatOp, GatherOp, PadOp>(op);
}

/// Whether `value` will be quantized before anything else happens to it.
static bool isQuantizedNext(Value value) {
  if (!value.hasOneUse())
    return false;
  Operation *user = *value.user_begin();
  return isa<QuantizeOp>(user) || (passesQuantize(user) && isQuantizedNext(user->getResult(0)));
}

/// A convolution of dequantized numbers whose result stays real.
static LogicalResult fuseRealResult(RewriterBase &rewriter, ConvolutionOp conv) {
  if (!getDequantized(conv.getInput()) || isQuantizedNext(conv.getResult()))
    return failure();
  FailureOr<Value> result =
      createQuantizedConvolution(rewriter, conv, conv.getActivationAttr(), getElementTypeOrSelf(conv.getType()));
  if (failed(result))
    return failure();
  rewriter.replaceOp(conv, *result);
  return success();
}

namespace {
/// A fully connected layer: lhs * rhs + addend, where rhs is (inputs, outputs) or, transposed, (outputs, inputs).
struct FullyConnected {
  Operation *op;
  Value lhs, rhs, addend;
  bool transposed;
  ActivationAttr activation;
};
} // namespace

/// The quantized matrix `rhs` as the filter (outputs, inputs, 1, 1), dequantized; null where it has no such form.
static Value createPixelFilter(RewriterBase &rewriter, const FullyConnected &layer) {
  Value quantized = getDequantized(layer.rhs);
  ElementsAttr stored = quantized ? getStoredConstant(quantized) : ElementsAttr();
  auto type = cast<RankedTensorType>(layer.rhs.getType());
  auto channels = stored ? getQuantizedChannels(quantized.getType(), layer.transposed ? 0 : 1) : std::nullopt;
  if (!channels || type.getRank() != 2 || stored.getElementType().getIntOrFloatBitWidth() > 8)
    return {};
  int64_t outputs = type.getDimSize(layer.transposed ? 0 : 1), inputs = type.getDimSize(layer.transposed ? 1 : 0);
  SmallVector<char> storage, bytes(outputs * inputs);
  ArrayRef<char> source = getConstantBytes(stored, storage);
  for (int64_t m = 0; m < outputs; ++m)
    for (int64_t i = 0; i < inputs; ++i)
      bytes[m * inputs + i] = source[layer.transposed ? m * inputs + i : i * outputs + m];
  Location loc = layer.rhs.getLoc();
  auto filterType = RankedTensorType::get({outputs, inputs, 1, 1}, stored.getElementType());
  Value constant = createConstant(rewriter, loc, makeConstant(filterType, bytes));
  Type element = getElementTypeOrSelf(quantized.getType());
  if (auto perAxis = dyn_cast<quant::UniformQuantizedPerAxisType>(element))
    element = quant::UniformQuantizedPerAxisType::get(
        perAxis.getFlags(), perAxis.getStorageType(), perAxis.getExpressedType(), perAxis.getScales(),
        perAxis.getZeroPoints(), /*quantizedDimension=*/0, perAxis.getStorageTypeMin(), perAxis.getStorageTypeMax());
  Value filter = quant::StorageCastOp::create(rewriter, loc, filterType.clone(element), constant);
  return DequantizeOp::create(rewriter, loc, filterType.clone(rewriter.getF32Type()), filter);
}

/// The addend of `layer` with one element for each output; null where it varies otherwise.
static Value getAddend(RewriterBase &rewriter, const FullyConnected &layer, int64_t outputs) {
  auto type = cast<RankedTensorType>(layer.addend.getType());
  if (type.getShape() == ArrayRef<int64_t>(outputs))
    return layer.addend;
  std::optional<SmallVector<double>> values =
      getPerChannel(layer.addend, cast<RankedTensorType>(layer.op->getResult(0).getType()));
  if (!values)
    return {};
  auto biasType = RankedTensorType::get({outputs}, rewriter.getF32Type());
  return createConstant(rewriter, layer.addend.getLoc(),
                        buildFloatConstant(biasType, [&](int64_t i) { return (*values)[i]; }));
}

/// A fully connected layer on dequantized numbers as a convolution of one pixel, which the patterns above then see.
static LogicalResult convertFullyConnected(RewriterBase &rewriter, const FullyConnected &layer) {
  auto lhsType = cast<RankedTensorType>(layer.lhs.getType());
  auto resultType = cast<RankedTensorType>(layer.op->getResult(0).getType());
  if (!getDequantizedBytes(layer.lhs) || lhsType.getRank() != 2 || lhsType.isDynamicDim(1))
    return failure();
  Value filter = createPixelFilter(rewriter, layer);
  if (!filter)
    return rewriter.notifyMatchFailure(layer.op, "its weights are not a constant of eight bits with scales of outputs");
  int64_t outputs = resultType.getDimSize(1);
  Value bias = layer.addend ? getAddend(rewriter, layer, outputs) : Value();
  if (layer.addend && !bias)
    return rewriter.notifyMatchFailure(layer.op, "its addend is not one constant for each output");
  Location loc = layer.op->getLoc();
  auto pixels = [&](int64_t channels) {
    return RankedTensorType::get({lhsType.getDimSize(0), channels, 1, 1}, rewriter.getF32Type());
  };
  Value input = ReshapeOp::create(rewriter, loc, pixels(lhsType.getDimSize(1)), layer.lhs, Value());
  SmallVector<int64_t> ones(2, 1), zeros(4, 0);
  auto conv = ConvolutionOp::create(rewriter, loc, pixels(outputs), input, filter, bias, /*residual=*/Value(), ones,
                                    zeros, ones, /*group=*/1, AutoPad::Explicit, layer.activation, AlgorithmAttr());
  rewriter.replaceOpWithNewOp<ReshapeOp>(layer.op, resultType, conv.getResult(), Value());
  return success();
}

static LogicalResult convertGemm(RewriterBase &rewriter, GemmOp op) {
  if (op.getTransposeLhs() || !op.getAlpha().isExactlyValue(1.0) || !op.getBeta().isExactlyValue(1.0))
    return failure();
  return convertFullyConnected(
      rewriter, {op, op.getLhs(), op.getRhs(), op.getAddend(), op.getTransposeRhs(), op.getActivationAttr()});
}

static LogicalResult convertMatmul(RewriterBase &rewriter, MatmulOp op) {
  return convertFullyConnected(rewriter, {op, op.getLhs(), op.getRhs(), Value(), /*transposed=*/false, {}});
}

void populateQuantizedConvolutionPatterns(RewritePatternSet &patterns) {
  patterns.add<CallRewrite<ConvolutionOp, fuseRealResult>, CallRewrite<GemmOp, convertGemm>,
               CallRewrite<MatmulOp, convertMatmul>>(patterns.getContext());
}

} // namespace winnow
