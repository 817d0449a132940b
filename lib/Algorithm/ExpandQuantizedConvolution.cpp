//===- ExpandQuantizedConvolution.cpp - integers in single precision ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Algorithm/Passes.h"

#include "ConvolutionModel.h"
#include "IntegerSums.h"

#include "winnow/Dialect/CNN/IntegerRange.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/QuantizedTypes.h"
#include "winnow/Support/Remarks.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

#define GEN_PASS_DEF_EXPANDQUANTIZEDCONVOLUTIONPASS
#include "winnow/Algorithm/Passes.h.inc"

static constexpr llvm::StringLiteral kPass = "winnow-expand-quantized-convolution";

/// Integers up to this magnitude are exact in f32, and so are sums of them that stay below it.
static constexpr double kExactLimit = 1 << 24;

namespace {
/// The constants of one convolution as numbers: weights without zero points, and the bias of each output channel.
struct IntegerConstants {
  SmallVector<double> filter, bias;
};
} // namespace

static std::optional<IntegerConstants> getConstants(ConvolutionOp op) {
  std::optional<SmallVector<double>> filter = getIntegerFilter(op);
  if (!filter || (op.getBias() && !getConstant(op.getBias())))
    return std::nullopt;
  IntegerConstants constants{std::move(*filter), {}};
  constants.bias.assign(op.getFilter().getType().getDimSize(0), 0.0);
  if (op.getBias())
    constants.bias = getConstantDoubles(getConstant(op.getBias()));
  return constants;
}

/// The largest magnitude that a partial sum of any output channel can reach, the bias included.
static double getLargestSum(ConvolutionOp op, const IntegerConstants &constants) {
  double largest = 0;
  for (auto [sum, bias] : llvm::zip_equal(getLargestSums(op, constants.filter), constants.bias))
    largest = std::max(largest, sum + std::abs(bias));
  return largest;
}

/// The type of `value` with integers that stand for themselves: a scale of 1, the same zero point.
static quant::UniformQuantizedType getUnitType(quant::UniformQuantizedType type) {
  return quant::UniformQuantizedType::get(type.getFlags(), type.getStorageType(), type.getExpressedType(), 1.0,
                                          type.getZeroPoint(), type.getStorageTypeMin(), type.getStorageTypeMax());
}

/// The same stored integers as numbers of another quantization.
static Value reinterpret(OpBuilder &b, Value value, quant::UniformQuantizedType type) {
  auto tensor = cast<RankedTensorType>(value.getType());
  Value stored = quant::StorageCastOp::create(b, value.getLoc(), tensor.clone(type.getStorageType()), value);
  return quant::StorageCastOp::create(b, value.getLoc(), tensor.clone(type), stored);
}

/// Stored integers without their zero point, in f32.
static Value getIntegers(OpBuilder &b, Value value) {
  quant::UniformQuantizedType type = getQuantization(value);
  auto real = cast<RankedTensorType>(value.getType()).clone(type.getExpressedType());
  return DequantizeOp::create(b, value.getLoc(), real, reinterpret(b, value, getUnitType(type)));
}

/// An f32 constant of `values`.
static Value makeFloats(OpBuilder &b, Location loc, ArrayRef<int64_t> shape, ArrayRef<double> values) {
  auto type = RankedTensorType::get(shape, b.getF32Type());
  return createConstant(b, loc, buildFloatConstant(type, [&](int64_t i) { return values[i]; }));
}

/// `sums` times what leads from them to results, plus the residual.
static Value scaleSums(OpBuilder &b, ConvolutionOp op, Value sums, float outScale) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(sums.getType());
  QuantizedChannels filter = *getQuantizedChannels(op.getFilter().getType(), 0);
  auto inputScale = getScale(getQuantization(op.getInput()));
  SmallVector<double> multipliers;
  for (int64_t m = 0; m < type.getDimSize(1); ++m)
    multipliers.push_back(getRequantization(inputScale, filter.getScale(m), outScale));
  SmallVector<int64_t> shape(type.getRank(), 1);
  shape[1] = type.getDimSize(1);
  Value scaled = MulOp::create(b, loc, type, sums, makeFloats(b, loc, shape, multipliers));
  if (!op.getResidual())
    return scaled;
  double factor = getScale(getQuantization(op.getResidual())) / outScale;
  Value addend = MulOp::create(b, loc, type, getIntegers(b, op.getResidual()), makeFloats(b, loc, {}, factor));
  return AddOp::create(b, loc, type, scaled, addend);
}

/// `scaled`, in units of the result's scale, rounded to it and kept where the activation clips; as it is where the
/// result is real.
static Value roundToResult(OpBuilder &b, ConvolutionOp op, Value scaled) {
  Location loc = op.getLoc();
  quant::UniformQuantizedType type = getQuantization(op.getOutput());
  if (!type)
    return scaled;
  auto range = *getIntegerRange(op.getActivationAttr(), type);
  if (range.first > type.getStorageTypeMin() || range.second < type.getStorageTypeMax()) {
    auto bound = [&](int64_t stored) {
      return makeFloats(b, loc, {}, static_cast<double>(stored - type.getZeroPoint()));
    };
    // Bounds are integers, so clipping and rounding may change places.
    scaled = ClipOp::create(b, loc, scaled.getType(), scaled, bound(range.first), bound(range.second));
  }
  quant::UniformQuantizedType unit = getUnitType(type);
  Value rounded = QuantizeOp::create(b, loc, cast<RankedTensorType>(scaled.getType()).clone(unit), scaled);
  return reinterpret(b, rounded, type);
}

LogicalResult expandQuantizedConvolution(RewriterBase &rewriter, ConvolutionOp op) {
  std::optional<IntegerConstants> constants = getConstants(op);
  if (!constants)
    return rewriter.notifyMatchFailure(op, "its filter and bias are not constant");
  double largest = getLargestSum(op, *constants);
  if (largest > kExactLimit)
    return rewriter.notifyMatchFailure(op, "its sums may reach " + llvm::Twine(static_cast<int64_t>(largest)) +
                                               ", single precision is exact up to 16777216");
  Location loc = op.getLoc();
  Type f32 = rewriter.getF32Type();
  auto type = RankedTensorType::get(op.getType().getShape(), f32);
  Value filter = makeFloats(rewriter, loc, op.getFilter().getType().getShape(), constants->filter);
  Value bias = op.getBias() ? makeFloats(rewriter, loc, op.getBias().getType().getShape(), constants->bias) : Value();
  auto sums = ConvolutionOp::create(rewriter, loc, type, getIntegers(rewriter, op.getInput()), filter, bias,
                                    /*residual=*/Value(), op.getStrides(), op.getPads(), op.getDilations(),
                                    op.getGroup(), op.getAutoPad(), ActivationAttr(), AlgorithmAttr());
  sums->setAttr(kExactAttr, rewriter.getUnitAttr());
  remarkPassed(op, kPass, "computes its integers in single precision, exactly", {{"LargestSum", largest}});
  quant::UniformQuantizedType result = getQuantization(op.getOutput());
  Value scaled = scaleSums(rewriter, op, sums, getScale(result));
  rewriter.replaceOp(op, roundToResult(rewriter, op, scaled));
  return success();
}

/// Whether kernels multiply the filter of `op` as bytes: its zero points, if it has any, leave bytes when they are
/// taken away.
static bool hasByteWeights(ConvolutionOp op) {
  if (!getStoredConstant(op.getFilter()))
    return false;
  QuantizedChannels filter = *getQuantizedChannels(op.getFilter().getType(), 0);
  if (llvm::all_of(filter.zeroPoints, [](int64_t zero) { return zero == 0; }))
    return true;
  std::optional<IntegerConstants> constants = getConstants(op);
  return constants && llvm::all_of(constants->filter, [](double weight) { return weight >= -128 && weight <= 127; });
}

namespace {

struct ExpandPattern : OpRewritePattern<ConvolutionOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvolutionOp op, PatternRewriter &rewriter) const override {
    if (!isQuantized(op.getInput().getType()))
      return failure();
    if (hasByteWeights(op))
      return failure();
    if (op.getActivationAttr() && !isQuantized(op.getType()))
      return rewriter.notifyMatchFailure(op, "its activation follows sums of integers");
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
