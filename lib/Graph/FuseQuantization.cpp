//===- FuseQuantization.cpp - islands of quantized ops as integer ops -----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantMath.h"
#include "PatternUtils.h"

#include "winnow/Graph/Passes.h"
#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

namespace winnow {
#define GEN_PASS_DEF_FUSEQUANTIZATIONPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-fuse-quantization";

/// How far the scale of a bias may be from input scale * filter scale: both were rounded to f32.
static constexpr double kScaleTolerance = 1e-5;

namespace {
/// The parameters of a (de)quantization: one scale and zero point, or one for each index of its axis.
struct Quantization {
  IntegerType type;
  SmallVector<double> scales, zeros; ///< zeros is empty where there is no zero point
  int64_t axis = 0;

  bool isPerTensor() const { return scales.size() == 1; }
  double getZero() const { return zeros.empty() ? 0.0 : zeros.front(); }
  double getMin() const { return type.isUnsigned() ? 0.0 : -std::ldexp(1.0, type.getWidth() - 1); }
  double getMax() const { return std::ldexp(1.0, type.getWidth() - !type.isUnsigned()) - 1; }
};
} // namespace

/// What `op` quantizes to or from; nothing where that is not constant and positive, or in blocks.
template <typename OpTy> static std::optional<Quantization> getQuantization(OpTy op, Type quantized) {
  ElementsAttr scale = getConstant(op.getScale());
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(quantized));
  if (!scale || !type || op.getBlockSize() != 0 || !getElementTypeOrSelf(op.getScale().getType()).isF32())
    return std::nullopt;
  Quantization found{type, getConstantDoubles(scale), {}, static_cast<int64_t>(op.getAxis())};
  // Bounds are divided by scales: damaged models have zeros there, or NaN.
  if (llvm::any_of(found.scales, [](double value) { return !(value > 0); }))
    return std::nullopt;
  if (Value zero = op.getZeroPoint()) {
    ElementsAttr attr = getConstant(zero);
    if (!attr)
      return std::nullopt;
    found.zeros = getConstantDoubles(attr);
  }
  return found;
}

/// The integers between which `activation` keeps a value before it is quantized: rounding and clipping may change
/// places, as both are monotonic. Nothing for activations that do more than clip.
static std::optional<std::pair<int64_t, int64_t>> getIntegerRange(ActivationAttr activation, const Quantization &to) {
  float lower = 0, upper = HUGE_VALF;
  if (!activation)
    lower = -HUGE_VALF;
  else if (activation.getKind() == ActivationKind::Clip)
    std::tie(lower, upper) = std::pair<float, float>(activation.getParam(0), activation.getParam(1));
  else if (activation.getKind() != ActivationKind::Relu)
    return std::nullopt;
  auto quantize = [&](float value) {
    double rounded = std::nearbyint(value / static_cast<float>(to.scales.front())) + to.getZero();
    return static_cast<int64_t>(std::min(std::max(rounded, to.getMin()), to.getMax()));
  };
  return std::pair(quantize(lower), quantize(upper));
}

namespace {
/// The convolution whose result is quantized, and the activation in between; null where there is none.
struct Island {
  ConvolutionOp conv;
  ActivationAttr activation;
};
} // namespace

/// The convolution whose result `quantize` rounds.
static FailureOr<Island> getIsland(RewriterBase &rewriter, QuantizeLinearOp quantize) {
  Value made = quantize.getInput();
  ActivationAttr activation;
  if (auto op = made.getDefiningOp<ActivationOpInterface>(); op && made.hasOneUse()) {
    activation = op.getActivation();
    if (!activation)
      return rewriter.notifyMatchFailure(quantize, "the parameters of the activation before it are not constant");
    made = op->getOperand(0);
  }
  auto conv = made.getDefiningOp<ConvolutionOp>();
  if (!conv)
    return rewriter.notifyMatchFailure(quantize, "its input is not made by a convolution");
  if (!made.hasOneUse())
    return rewriter.notifyMatchFailure(quantize, "the result of the convolution has other uses");
  if (conv.getActivation() || conv.getResidual())
    return rewriter.notifyMatchFailure(quantize, "the convolution has an epilogue");
  return Island{conv, activation};
}

/// `value`, quantized as `to` says, kept in [range.first, range.second].
static Value clipIntegers(RewriterBase &rewriter, Location loc, Value value, const Quantization &to,
                          std::pair<int64_t, int64_t> range) {
  if (range.first <= to.getMin() && range.second >= to.getMax())
    return value;
  auto bound = [&](int64_t integer) {
    char byte = static_cast<char>(integer);
    return createConstant(rewriter, loc, makeConstant(RankedTensorType::get({}, to.type), byte));
  };
  Value lower = bound(range.first), upper = bound(range.second);
  return ClipOp::create(rewriter, loc, value.getType(), value, lower, upper);
}

/// The i32 constant behind a dequantized bias whose scale is input scale * filter scale. A null value where there is
/// no bias.
static FailureOr<Value> getIntegerBias(RewriterBase &rewriter, ConvolutionOp conv, const Quantization &input,
                                       const Quantization &filter) {
  if (!conv.getBias())
    return Value();
  auto dequantize = conv.getBias().getDefiningOp<DequantizeLinearOp>();
  auto bias = dequantize ? getQuantization(dequantize, dequantize.getInput().getType()) : std::nullopt;
  if (!bias || !bias->type.isInteger(32) || !getConstant(dequantize.getInput()))
    return rewriter.notifyMatchFailure(conv, "its bias is not a dequantized i32 constant");
  if (llvm::any_of(bias->zeros, [](double zero) { return zero != 0; }))
    return rewriter.notifyMatchFailure(conv, "its bias has a zero point");
  size_t count = std::max(bias->scales.size(), filter.scales.size());
  for (size_t i = 0; i < count; ++i) {
    double wanted = input.scales.front() * filter.scales[filter.isPerTensor() ? 0 : i];
    if (std::abs(bias->scales[bias->isPerTensor() ? 0 : i] - wanted) > kScaleTolerance * wanted)
      return rewriter.notifyMatchFailure(conv, "the scale of its bias is not input scale * filter scale");
  }
  return dequantize.getInput();
}

/// The zero point of `op`, made where it has none.
template <typename OpTy> static Value getZeroPoint(RewriterBase &rewriter, OpTy op, Type quantized) {
  if (op.getZeroPoint())
    return op.getZeroPoint();
  auto type = RankedTensorType::get({}, getElementTypeOrSelf(quantized));
  return createConstant(rewriter, op.getLoc(),
                        makeConstant(type, SmallVector<char>(getElementBytes(type.getElementType()), 0)));
}

LogicalResult fuseQuantizedConvolution(RewriterBase &rewriter, QuantizeLinearOp quantize) {
  auto to = getQuantization(quantize, quantize.getOutput().getType());
  if (!to || !to->isPerTensor() || to->type.getWidth() != 8)
    return rewriter.notifyMatchFailure(quantize, "expected 8 bits with one constant scale");
  FailureOr<Island> island = getIsland(rewriter, quantize);
  if (failed(island))
    return failure();
  ConvolutionOp conv = island->conv;
  auto range = getIntegerRange(island->activation, *to);
  if (!range)
    return rewriter.notifyMatchFailure(quantize, "the activation before it does more than clip");
  auto input = conv.getInput().getDefiningOp<DequantizeLinearOp>();
  auto filter = conv.getFilter().getDefiningOp<DequantizeLinearOp>();
  if (!input || !filter)
    return rewriter.notifyMatchFailure(conv, "its operands are not dequantized");
  auto from = getQuantization(input, input.getInput().getType());
  auto weights = getQuantization(filter, filter.getInput().getType());
  if (!from || !from->isPerTensor() || from->type.getWidth() != 8)
    return rewriter.notifyMatchFailure(conv, "its input does not have 8 bits with one constant scale");
  if (!weights || weights->type.getWidth() != 8 || !getConstant(filter.getInput()) ||
      (!weights->isPerTensor() && weights->axis != 0))
    return rewriter.notifyMatchFailure(conv, "its filter is not an 8-bit constant with scales of output channels");
  FailureOr<Value> bias = getIntegerBias(rewriter, conv, *from, *weights);
  if (failed(bias))
    return failure();

  remarkPassed(conv, kPass, "computes with integers");
  Value inputZero = getZeroPoint(rewriter, input, input.getInput().getType());
  Value filterZero = getZeroPoint(rewriter, filter, filter.getInput().getType());
  Value outputZero = getZeroPoint(rewriter, quantize, quantize.getOutput().getType());
  auto fused = QLinearConvolutionOp::create(rewriter, rewriter.getFusedLoc({conv.getLoc(), quantize.getLoc()}),
                                            quantize.getOutput().getType(), input.getInput(), input.getScale(),
                                            inputZero, filter.getInput(), filter.getScale(), filterZero,
                                            quantize.getScale(), outputZero, *bias, conv.getStrides(), conv.getPads(),
                                            conv.getDilations(), conv.getGroup(), conv.getAutoPad());
  rewriter.replaceOp(quantize, clipIntegers(rewriter, fused.getLoc(), fused, *to, *range));
  return success();
}

/// The op that averages in between, if `quantize` rounds averages.
static Operation *getAverage(QuantizeLinearOp quantize) {
  Operation *op = quantize.getInput().getDefiningOp();
  auto global = dyn_cast_or_null<GlobalPoolOp>(op);
  bool averages = isa_and_nonnull<AveragePoolOp>(op) || (global && global.getKind() == PoolKind::Average);
  return averages && op->hasOneUse() ? op : nullptr;
}

LogicalResult averageIntegers(RewriterBase &rewriter, QuantizeLinearOp quantize) {
  Operation *average = getAverage(quantize);
  auto input = average ? average->getOperand(0).getDefiningOp<DequantizeLinearOp>() : DequantizeLinearOp();
  if (!input)
    return rewriter.notifyMatchFailure(quantize, "it does not round averages of dequantized values");
  auto from = getQuantization(input, input.getInput().getType());
  auto to = getQuantization(quantize, quantize.getOutput().getType());
  if (!from || !to || !from->isPerTensor() || !to->isPerTensor())
    return rewriter.notifyMatchFailure(quantize, "expected one constant scale before and behind the average");
  if (from->scales.front() == 1.0)
    return rewriter.notifyMatchFailure(quantize, "it averages integers already");
  auto scalar = [&](double value) {
    auto type = RankedTensorType::get({}, rewriter.getF32Type());
    return createConstant(rewriter, quantize.getLoc(), buildFloatConstant(type, [&](int64_t) { return value; }));
  };
  rewriter.setInsertionPoint(average);
  Value one = scalar(1.0);
  auto integers = cast<DequantizeLinearOp>(rewriter.clone(*input));
  integers.getScaleMutable().assign(one);
  rewriter.modifyOpInPlace(average, [&] { average->setOperand(0, integers); });
  rewriter.setInsertionPoint(quantize);
  Value scale = scalar(to->scales.front() / from->scales.front());
  rewriter.modifyOpInPlace(quantize, [&] { quantize.getScaleMutable().assign(scale); });
  remarkPassed(average, kPass, "averages integers");
  return success();
}

void populateFuseQuantizationPatterns(RewritePatternSet &patterns) {
  patterns.add<CallRewrite<QuantizeLinearOp, fuseQuantizedConvolution>, CallRewrite<QuantizeLinearOp, averageIntegers>>(
      patterns.getContext());
}

namespace {
struct FuseQuantizationPass : impl::FuseQuantizationPassBase<FuseQuantizationPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateFuseQuantizationPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
