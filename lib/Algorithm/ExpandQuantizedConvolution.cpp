//===- ExpandQuantizedConvolution.cpp - integers in single precision ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Algorithm/Passes.h"

#include "ConvolutionModel.h"

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/Remarks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"

#include <cmath>

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

#define GEN_PASS_DEF_EXPANDQUANTIZEDCONVOLUTIONPASS
#include "winnow/Algorithm/Passes.h.inc"

static constexpr llvm::StringLiteral kPass = "winnow-expand-quantized-convolution";

/// Integers up to this magnitude are exact in f32, and so are sums of them that stay below it.
static constexpr double kExactLimit = 1 << 24;

namespace {
/// The constants of one convolution as numbers; parameters of the filter have one value for each output channel.
struct QuantizedConstants {
  double inputScale, inputZero, outputScale;
  SmallVector<double> filterScale, filterZero, filter, bias;
};
} // namespace

/// `count` values of a constant of one or of `count` elements; nothing where it is not constant.
static std::optional<SmallVector<double>> getValues(Value value, int64_t count) {
  ElementsAttr attr = getConstant(value);
  if (!attr)
    return std::nullopt;
  SmallVector<double> values = getConstantDoubles(attr);
  if (values.size() == 1)
    values.assign(count, values.front());
  return values;
}

static std::optional<QuantizedConstants> getConstants(QLinearConvolutionOp op) {
  int64_t channels = op.getFilter().getType().getDimSize(0);
  auto inputScale = getValues(op.getInputScale(), 1), inputZero = getValues(op.getInputZeroPoint(), 1),
       outputScale = getValues(op.getOutputScale(), 1), filterScale = getValues(op.getFilterScale(), channels),
       filterZero = getValues(op.getFilterZeroPoint(), channels);
  ElementsAttr filter = getConstant(op.getFilter());
  if (!inputScale || !inputZero || !outputScale || !filterScale || !filterZero || !filter ||
      !getConstant(op.getOutputZeroPoint()))
    return std::nullopt;
  QuantizedConstants constants{inputScale->front(),
                               inputZero->front(),
                               outputScale->front(),
                               *filterScale,
                               *filterZero,
                               getConstantDoubles(filter),
                               {}};
  constants.bias.assign(channels, 0.0);
  if (op.getBias()) {
    auto bias = getValues(op.getBias(), channels);
    if (!bias)
      return std::nullopt;
    constants.bias = *bias;
  }
  int64_t perChannel = constants.filter.size() / std::max<int64_t>(1, channels);
  for (auto [i, weight] : llvm::enumerate(constants.filter))
    weight -= constants.filterZero[i / perChannel];
  return constants;
}

/// The largest magnitude that a partial sum of any output channel can reach.
static double getLargestSum(QLinearConvolutionOp op, const QuantizedConstants &constants) {
  bool isUnsigned = getElementTypeOrSelf(op.getInput().getType()).isUnsignedInteger();
  double low = (isUnsigned ? 0 : -128) - constants.inputZero, high = (isUnsigned ? 255 : 127) - constants.inputZero;
  double magnitude = std::max(std::abs(low), std::abs(high)), largest = 0;
  size_t channels = constants.bias.size(), perChannel = constants.filter.size() / std::max<size_t>(1, channels);
  for (size_t m = 0; m < channels; ++m) {
    double sum = std::abs(constants.bias[m]);
    for (size_t i = 0; i < perChannel; ++i)
      sum += std::abs(constants.filter[m * perChannel + i]) * magnitude;
    largest = std::max(largest, sum);
  }
  return largest;
}

/// An f32 constant of `values`.
static Value makeFloats(OpBuilder &b, Location loc, ArrayRef<int64_t> shape, ArrayRef<double> values) {
  SmallVector<float> floats(values.begin(), values.end());
  ArrayRef<char> bytes(reinterpret_cast<const char *>(floats.data()), floats.size() * sizeof(float));
  return arith::ConstantOp::create(b, loc, makeConstant(RankedTensorType::get(shape, b.getF32Type()), bytes));
}

/// input scale * filter scale / output scale for each output channel, in single precision as the op defines it.
static SmallVector<double> getMultipliers(const QuantizedConstants &constants) {
  return llvm::map_to_vector(constants.filterScale, [&](double filterScale) -> double {
    float product = static_cast<float>(constants.inputScale) * static_cast<float>(filterScale);
    return product / static_cast<float>(constants.outputScale);
  });
}

LogicalResult expandQuantizedConvolution(RewriterBase &rewriter, QLinearConvolutionOp op) {
  std::optional<QuantizedConstants> constants = getConstants(op);
  if (!constants)
    return rewriter.notifyMatchFailure(op, "its filter and scales are not all constant");
  double largest = getLargestSum(op, *constants);
  if (largest > kExactLimit)
    return rewriter.notifyMatchFailure(op, "its sums may reach " + llvm::Twine(static_cast<int64_t>(largest)) +
                                               ", single precision is exact up to 16777216");
  Location loc = op.getLoc();
  auto toFloat = [&](Value value) { return cast<RankedTensorType>(value.getType()).clone(rewriter.getF32Type()); };
  RankedTensorType outputType = toFloat(op.getOutput());
  int64_t channels = constants->bias.size();
  Value one = makeFloats(rewriter, loc, {}, {1.0});
  Value input = DequantizeLinearOp::create(rewriter, loc, toFloat(op.getInput()), op.getInput(), one,
                                           op.getInputZeroPoint(), /*axis=*/1, /*block_size=*/0);
  Value filter = makeFloats(rewriter, loc, op.getFilter().getType().getShape(), constants->filter);
  Value bias = op.getBias() ? makeFloats(rewriter, loc, {channels}, constants->bias) : Value();
  auto sums = ConvolutionOp::create(rewriter, loc, outputType, input, filter, bias, /*residual=*/Value(),
                                    op.getStrides(), op.getPads(), op.getDilations(), op.getGroup(), op.getAutoPad(),
                                    ActivationAttr(), AlgorithmAttr());
  sums->setAttr(kExactAttr, rewriter.getUnitAttr());
  SmallVector<int64_t> channelShape(outputType.getRank(), 1);
  channelShape[1] = channels;
  Value multipliers = makeFloats(rewriter, loc, channelShape, getMultipliers(*constants));
  Value scaled = MulOp::create(rewriter, loc, outputType, sums.getOutput(), multipliers);
  remarkPassed(op, kPass, "computes its integers in single precision, exactly", {{"LargestSum", largest}});
  rewriter.replaceOpWithNewOp<QuantizeLinearOp>(op, op.getOutput().getType(), scaled, one, op.getOutputZeroPoint(),
                                                /*axis=*/1, /*block_size=*/0);
  return success();
}

namespace {

struct ExpandPattern : OpRewritePattern<QLinearConvolutionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(QLinearConvolutionOp op, PatternRewriter &rewriter) const override {
    return expandQuantizedConvolution(rewriter, op);
  }
};

struct ExpandQuantizedConvolutionPass : impl::ExpandQuantizedConvolutionPassBase<ExpandQuantizedConvolutionPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandPattern>(&getContext());
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};

} // namespace

} // namespace winnow
