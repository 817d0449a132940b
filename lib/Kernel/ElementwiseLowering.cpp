//===- ElementwiseLowering.cpp - elementwise ops as vector loops --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

/// The value of a constant of one repeated element.
static std::optional<double> getConstantScalar(Value value) {
  ElementsAttr attr = getConstant(value);
  if (!attr || attr.getNumElements() == 0 || (attr.getNumElements() > 1 && !attr.isSplat()))
    return std::nullopt;
  return getConstantDoubles(attr).front();
}

/// x to a power that multiplication or a root gives; nothing for others.
static Value emitSimplePower(OpBuilder &b, Location loc, Value x, double exponent) {
  auto multiply = [&](Value lhs, Value rhs) { return emitElementwise(b, loc, ElementwiseKind::Mul, {lhs, rhs}); };
  if (exponent == 1.0)
    return x;
  if (exponent == 2.0)
    return multiply(x, x);
  if (exponent == 3.0)
    return multiply(multiply(x, x), x);
  if (exponent == 0.5)
    return emitElementwise(b, loc, ElementwiseKind::Sqrt, x);
  if (exponent == -1.0)
    return emitElementwise(b, loc, ElementwiseKind::Reciprocal, x);
  return {};
}

namespace {

/// Every op that applies one scalar function to one or two operands.
struct ElementwiseLowering : OpInterfaceConversionPattern<ElementwiseOpInterface> {
  ElementwiseLowering(const TypeConverter &converter, KernelContext &context)
      : OpInterfaceConversionPattern(converter, context.getModule().getContext()), context(context) {}

  LogicalResult matchAndRewrite(ElementwiseOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    ElementwiseKind kind = op.getElementwiseKind();
    bool isFloat = isa<FloatType>(getElementTypeOrSelf(op->getOperand(0).getType()));
    bool lhsUnsigned = isUnsigned(op->getOperand(0).getType()),
         rhsUnsigned = isUnsigned(op->getOperands().back().getType());
    std::optional<double> exponent =
        kind == ElementwiseKind::Pow && isFloat ? getConstantScalar(op->getOperand(1)) : std::nullopt;
    auto mod = dyn_cast<ModOp>(op.getOperation());
    bool keepsDividendSign = mod && mod.getFmod();
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      if (exponent)
        if (Value power = emitSimplePower(b, loc, lanes[0], *exponent))
          return {power};
      if (keepsDividendSign)
        return {emitFMod(b, loc, lanes[0], lanes[1], lhsUnsigned)};
      return {emitElementwise(b, loc, kind, lanes, lhsUnsigned, rhsUnsigned)};
    };
    rewriter.replaceOp(op,
                       lowerElementwise(rewriter, op.getLoc(), operands, op->getOperandTypes(),
                                        cast<RankedTensorType>(op->getResult(0).getType()), context.getFacts(), body));
    return success();
  }
  KernelContext &context;
};

/// Every activation whose parameters are attributes.
struct ActivationLowering : OpInterfaceConversionPattern<ActivationOpInterface> {
  ActivationLowering(const TypeConverter &converter, KernelContext &context)
      : OpInterfaceConversionPattern(converter, context.getModule().getContext()), context(context) {}

  LogicalResult matchAndRewrite(ActivationOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    // The bounds of a clip stay exact in its own lowering.
    ActivationAttr activation = op.getActivation();
    if (!activation || isa<ClipOp>(op.getOperation()))
      return rewriter.notifyMatchFailure(op, "expected an activation with constant parameters");
    Type type = op->getOperand(0).getType();
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      return {emitActivation(b, loc, activation, lanes[0], isUnsigned(type))};
    };
    rewriter.replaceOp(op,
                       lowerElementwise(rewriter, op.getLoc(), operands.front(), type,
                                        cast<RankedTensorType>(op->getResult(0).getType()), context.getFacts(), body));
    return success();
  }
  KernelContext &context;
};

/// min(max(x, lower), upper) with bounds that are tensors of one element.
struct ClipLowering : KernelPattern<ClipOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(ClipOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    bool noSign = isUnsigned(op.getInput().getType());
    SmallVector<Value> operands = {adaptor.getInput()};
    SmallVector<Type> types = {op.getInput().getType()};
    auto addBound = [&](Value bound, Type type) {
      Type element = cast<RankedTensorType>(type).getElementType();
      Value flat = reinterpretShape(rewriter, loc, bound, MemRefType::get({}, getStorageType(element)));
      operands.push_back(flat);
      types.push_back(RankedTensorType::get({}, element));
    };
    if (Value lower = op.getLower())
      addBound(adaptor.getLower(), lower.getType());
    if (Value upper = op.getUpper())
      addBound(adaptor.getUpper(), upper.getType());
    auto choose = [&](OpBuilder &b, Location loc, Value x, Value bound, bool isLower) -> Value {
      Value outside =
          emitElementwise(b, loc, isLower ? ElementwiseKind::Less : ElementwiseKind::Greater, {x, bound}, noSign);
      return arith::SelectOp::create(b, loc, outside, bound, x);
    };
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      Value x = lanes[0];
      if (op.getLower())
        x = choose(b, loc, x, lanes[1], true);
      if (op.getUpper())
        x = choose(b, loc, x, lanes.back(), false);
      return {x};
    };
    rewriter.replaceOp(
        op, lowerElementwise(rewriter, loc, operands, types, op.getOutput().getType(), context.getFacts(), body));
    return success();
  }
};

struct CastLowering : KernelPattern<CastOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(CastOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    RankedTensorType from = op.getInput().getType(), to = op.getOutput().getType();
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      return {emitCast(b, loc, lanes[0], getStorageType(to.getElementType()), isUnsigned(from), isUnsigned(to))};
    };
    rewriter.replaceOp(
        op, lowerElementwise(rewriter, op.getLoc(), adaptor.getInput(), Type(from), to, context.getFacts(), body));
    return success();
  }
};

struct WhereLowering : KernelPattern<WhereOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(WhereOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
      return {arith::SelectOp::create(b, loc, lanes[0], lanes[1], lanes[2])};
    };
    rewriter.replaceOp(op, lowerElementwise(rewriter, op.getLoc(), adaptor.getOperands(), op->getOperandTypes(),
                                            op.getOutput().getType(), context.getFacts(), body));
    return success();
  }
};

struct IsInfLowering : KernelPattern<IsInfOp> {
  using KernelPattern::KernelPattern;
  LogicalResult matchAndRewrite(IsInfOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t count) -> SmallVector<Value> {
      Type type = lanes[0].getType();
      double infinity = std::numeric_limits<double>::infinity();
      Value found = emitConstantLike(b, loc, laneType(b.getI1Type(), count), 0);
      auto test = [&](double wanted) {
        Value equal =
            arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, lanes[0], emitConstantLike(b, loc, type, wanted));
        found = arith::OrIOp::create(b, loc, found, equal);
      };
      if (op.getDetectNegative())
        test(-infinity);
      if (op.getDetectPositive())
        test(infinity);
      return {found};
    };
    rewriter.replaceOp(op, lowerElementwise(rewriter, op.getLoc(), adaptor.getInput(), Type(op.getInput().getType()),
                                            op.getOutput().getType(), context.getFacts(), body));
    return success();
  }
};

} // namespace

void winnow::kernel::populateElementwiseLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                                 KernelContext &context) {
  patterns.add<ElementwiseLowering, ActivationLowering, ClipLowering, CastLowering, WhereLowering, IsInfLowering>(
      converter, context);
}
