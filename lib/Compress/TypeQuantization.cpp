//===- TypeQuantization.cpp - constant scales become types ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Islands.h"

#include "winnow/Compress/Passes.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

namespace winnow {
#define GEN_PASS_DEF_TYPEQUANTIZATIONPASS
#include "winnow/Compress/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-type-quantization";

namespace {
/// Scales and zero points as an op has them: constants of one element, or of one for each index of `axis`.
struct Parameters {
  Value scale, zeroPoint;
  int64_t axis = 0;
};
} // namespace

/// The quantized type with stored integers of `stored` and `parameters`; null where there is none. Integers of
/// `isConstant` values are stored with a sign.
static quant::QuantizedType getQuantizedType(Type stored, const Parameters &parameters, bool isConstant) {
  auto integer = dyn_cast<IntegerType>(stored);
  ElementsAttr scale = getConstant(parameters.scale);
  if (!integer || integer.getWidth() > 32 || !scale || !scale.getElementType().isF32())
    return {};
  bool isSigned = !integer.isUnsigned() || isConstant;
  int64_t shift = isConstant && integer.isUnsigned() ? -(1LL << (integer.getWidth() - 1)) : 0;
  SmallVector<double> scales = getConstantDoubles(scale);
  SmallVector<int64_t> zeros(scales.size(), shift);
  if (parameters.zeroPoint) {
    std::optional<SmallVector<int64_t>> given = getConstantInts(getConstant(parameters.zeroPoint));
    if (!given || given->size() != scales.size())
      return {};
    for (auto [zero, value] : llvm::zip_equal(zeros, *given))
      zero += value;
  }
  auto isNormal = [](double value) { return value > 0 && std::isnormal(static_cast<float>(value)); };
  if (!llvm::all_of(scales, isNormal))
    return {};
  Builder b(stored.getContext());
  auto type = b.getIntegerType(integer.getWidth());
  int64_t least = quant::QuantizedType::getDefaultMinimumForInteger(isSigned, integer.getWidth());
  int64_t most = quant::QuantizedType::getDefaultMaximumForInteger(isSigned, integer.getWidth());
  if (llvm::any_of(zeros, [&](int64_t zero) { return zero < least || zero > most; }))
    return {};
  unsigned flags = isSigned ? quant::QuantizationFlags::Signed : 0;
  if (scales.size() == 1)
    return quant::UniformQuantizedType::get(flags, type, b.getF32Type(), scales[0], zeros[0], least, most);
  return quant::UniformQuantizedPerAxisType::get(flags, type, b.getF32Type(), scales, zeros, parameters.axis, least,
                                                 most);
}

/// A constant of unsigned integers as signed ones that are less by half their range; others as they are.
static Value makeSigned(RewriterBase &rewriter, Location loc, Value constant) {
  ElementsAttr attr = getConstant(constant);
  auto integer = cast<IntegerType>(attr.getElementType());
  if (!integer.isUnsigned())
    return constant;
  SmallVector<char> storage;
  SmallVector<char> bytes(getConstantBytes(attr, storage));
  // Of a wider integer, the byte with the sign is its last one.
  int64_t size = getElementBytes(integer);
  for (size_t i = size - 1; i < bytes.size(); i += size)
    bytes[i] ^= static_cast<char>(0x80);
  auto type = attr.getShapedType().clone(rewriter.getIntegerType(integer.getWidth()));
  return createConstant(rewriter, loc, makeConstant(cast<RankedTensorType>(type), bytes));
}

/// Stored integers as the quantized numbers that they are.
static Value toQuantized(RewriterBase &rewriter, Location loc, Value stored, quant::QuantizedType type) {
  if (getConstant(stored))
    stored = makeSigned(rewriter, loc, stored);
  auto signless = rewriter.getIntegerType(type.getStorageTypeIntegralWidth());
  if (getElementTypeOrSelf(stored.getType()) != signless)
    stored = CastOp::create(rewriter, loc, withElements(stored.getType(), signless), stored);
  return quant::StorageCastOp::create(rewriter, loc, withElements(stored.getType(), type), stored);
}

/// Quantized numbers as the integers that are stored, of type `stored`.
static Value toStored(RewriterBase &rewriter, Location loc, Value quantized, Type stored) {
  auto signless = rewriter.getIntegerType(cast<IntegerType>(stored).getWidth());
  Value bits = quant::StorageCastOp::create(rewriter, loc, withElements(quantized.getType(), signless), quantized);
  if (stored == signless)
    return bits;
  return CastOp::create(rewriter, loc, withElements(bits.getType(), stored), bits);
}

/// Quantized numbers that were taken for their integers, whatever their sign, and are quantized numbers again.
static LogicalResult cancelStorageCasts(RewriterBase &rewriter, quant::StorageCastOp op) {
  if (!isQuantized(op.getResult().getType()))
    return failure();
  Value bits = op.getInput();
  auto width = [](Value value) { return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth(); };
  for (auto cast = bits.getDefiningOp<CastOp>(); cast; cast = bits.getDefiningOp<CastOp>()) {
    if (!isa<IntegerType>(getElementTypeOrSelf(cast.getInput().getType())) || width(cast.getInput()) != width(bits))
      return failure();
    bits = cast.getInput();
  }
  auto from = bits.getDefiningOp<quant::StorageCastOp>();
  if (!from || from.getInput().getType() != op.getResult().getType())
    return failure();
  rewriter.replaceOp(op, from.getInput());
  return success();
}

static constexpr llvm::StringLiteral kNoType = "its scales or zero points have no form as a type";

static LogicalResult typeDequantize(RewriterBase &rewriter, DequantizeLinearOp op) {
  Type stored = getElementTypeOrSelf(op.getInput().getType());
  auto axis = static_cast<int64_t>(op.getAxis());
  quant::QuantizedType type =
      op.getBlockSize() == 0
          ? getQuantizedType(stored, {op.getScale(), op.getZeroPoint(), axis}, bool(getConstant(op.getInput())))
          : quant::QuantizedType();
  if (!type)
    return rewriter.notifyMatchFailure(op, kNoType);
  Value quantized = toQuantized(rewriter, op.getLoc(), op.getInput(), type);
  rewriter.replaceOpWithNewOp<DequantizeOp>(op, op.getType(), quantized);
  return success();
}

static LogicalResult typeQuantize(RewriterBase &rewriter, QuantizeLinearOp op) {
  Type stored = getElementTypeOrSelf(op.getType());
  quant::QuantizedType type;
  if (op.getBlockSize() == 0 && getElementTypeOrSelf(op.getInput().getType()).isF32())
    type = getQuantizedType(stored, {op.getScale(), op.getZeroPoint(), static_cast<int64_t>(op.getAxis())}, false);
  if (!isa_and_nonnull<quant::UniformQuantizedType>(type) || type.getStorageTypeIntegralWidth() != 8)
    return rewriter.notifyMatchFailure(op, kNoType);
  auto cast = QuantizeOp::create(rewriter, op.getLoc(), withElements(op.getInput().getType(), type), op.getInput());
  rewriter.replaceOp(op, toStored(rewriter, op.getLoc(), cast, stored));
  return success();
}

static LogicalResult typeConvolution(RewriterBase &rewriter, QLinearConvolutionOp op) {
  Type inputStored = getElementTypeOrSelf(op.getInput().getType()),
       filterStored = getElementTypeOrSelf(op.getFilter().getType()), stored = getElementTypeOrSelf(op.getType());
  if (!getConstant(op.getFilter()) || (op.getBias() && !getConstant(op.getBias())))
    return rewriter.notifyMatchFailure(op, "its filter or bias is not constant");
  auto input = getQuantizedType(inputStored, {op.getInputScale(), op.getInputZeroPoint()}, false),
       filter = getQuantizedType(filterStored, {op.getFilterScale(), op.getFilterZeroPoint()}, true),
       output = getQuantizedType(stored, {op.getOutputScale(), op.getOutputZeroPoint()}, false);
  if (!isa_and_nonnull<quant::UniformQuantizedType>(input) || !filter ||
      !isa_and_nonnull<quant::UniformQuantizedType>(output))
    return rewriter.notifyMatchFailure(op, kNoType);
  Location loc = op.getLoc();
  Value x = toQuantized(rewriter, loc, op.getInput(), input), w = toQuantized(rewriter, loc, op.getFilter(), filter);
  auto conv = ConvolutionOp::create(rewriter, loc, withElements(op.getType(), output), x, w, op.getBias(),
                                    /*residual=*/Value(), op.getStrides(), op.getPads(), op.getDilations(),
                                    op.getGroup(), op.getAutoPad(), ActivationAttr(), AlgorithmAttr());
  rewriter.replaceOp(op, toStored(rewriter, loc, conv, stored));
  return success();
}

namespace {
struct TypeQuantizationPass : impl::TypeQuantizationPassBase<TypeQuantizationPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns
        .add<CallRewrite<DequantizeLinearOp, typeDequantize>, CallRewrite<QuantizeLinearOp, typeQuantize>,
             CallRewrite<QLinearConvolutionOp, typeConvolution>, CallRewrite<quant::StorageCastOp, cancelStorageCasts>>(
            &getContext());
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
