//===- CNNToLinalgElementwise.cpp - arithmetic and reductions towards linalg ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CNNToLinalg.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {

/// The patterns of this file build a value or fail; what they share is here.
struct Context {
  ConversionPatternRewriter &rewriter;
  Operation *op;
  LinalgBuilder linalg;

  Context(ConversionPatternRewriter &rewriter, Operation *op, ValueRange operands)
      : rewriter(rewriter), op(op), linalg{rewriter, op->getLoc(), findBatch(operands)} {}
  RankedTensorType type() const { return getType(op->getResult(0)); }
  LogicalResult refuse(const Twine &reason) const { return winnow::refuse(rewriter, op, reason); }

private:
  static Value findBatch(ValueRange operands) {
    for (Value operand : operands)
      if (getType(operand).getNumDynamicDims())
        return operand;
    return {};
  }
};

/// Whether linalg can say a function: asked once, outside of any body, so that nothing half-built is left.
template <typename Emit>
bool canEmit(ConversionPatternRewriter &rewriter, Location loc, TypeRange elements, Emit emit) {
  auto module = ModuleOp::create(loc);
  OwningOpRef<ModuleOp> owner(module);
  OpBuilder trial(module.getContext());
  Block *block = module.getBody();
  SmallVector<Value> arguments;
  for (Type element : elements)
    arguments.push_back(block->addArgument(element, loc));
  trial.setInsertionPointToEnd(block);
  return static_cast<bool>(emit(trial, ValueRange(arguments)));
}

SmallVector<Type> getElements(ValueRange values) {
  SmallVector<Type> types;
  for (Value value : values)
    types.push_back(getType(value).getElementType());
  return types;
}

struct ConvertElementwise : OpInterfaceConversionPattern<cnn::ElementwiseOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;
  LogicalResult matchAndRewrite(cnn::ElementwiseOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    Context c(rewriter, op, operands);
    auto emit = [&](OpBuilder &b, ValueRange values) {
      return emitScalarFunction(b, op.getLoc(), op.getElementwiseKind(), values);
    };
    if (!canEmit(rewriter, op.getLoc(), getElements(operands), emit))
      return c.refuse("arith and math have no such function");
    rewriter.replaceOp(op, c.linalg.map(c.type(), operands, emit));
    return success();
  }
};

/// Activations whose parameters are known.
struct ConvertActivation : OpInterfaceConversionPattern<cnn::ActivationOpInterface> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;
  LogicalResult matchAndRewrite(cnn::ActivationOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    Context c(rewriter, op, operands);
    cnn::ActivationAttr activation = op.getActivation();
    auto emit = [&](OpBuilder &b, ValueRange values) {
      return emitScalarActivation(b, op.getLoc(), activation, values[0]);
    };
    if (!activation || !canEmit(rewriter, op.getLoc(), getElements(operands.take_front()), emit))
      return c.refuse("expected floating-point elements and constant parameters");
    rewriter.replaceOp(op, c.linalg.map(c.type(), operands.take_front(), emit));
    return success();
  }
};

struct ConvertWhere : OpConversionPattern<cnn::WhereOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::WhereOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    Context c(rewriter, op, adaptor.getOperands());
    rewriter.replaceOp(op, c.linalg.map(c.type(), adaptor.getOperands(), [&](OpBuilder &b, ValueRange values) -> Value {
      return arith::SelectOp::create(b, op.getLoc(), values[0], values[1], values[2]);
    }));
    return success();
  }
};

/// Between floats, from signed integers or bools to floats, and from floats to integers.
struct ConvertCast : OpConversionPattern<cnn::CastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::CastOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    Context c(rewriter, op, adaptor.getOperands());
    Type from = getType(op.getInput()).getElementType(), to = c.type().getElementType();
    if (from == to) {
      rewriter.replaceOp(op, adaptor.getInput());
      return success();
    }
    if (to.isInteger(1) || (isa<IntegerType>(from) && isa<IntegerType>(to)))
      return c.refuse("only casts from or to floating-point elements are supported, not to bool");
    rewriter.replaceOp(op, c.linalg.map(c.type(), adaptor.getOperands(), [&](OpBuilder &b, ValueRange v) -> Value {
      if (from.isInteger(1))
        return arith::UIToFPOp::create(b, op.getLoc(), to, v[0]);
      if (isa<IntegerType>(from))
        return arith::SIToFPOp::create(b, op.getLoc(), to, v[0]);
      if (isa<IntegerType>(to))
        return arith::FPToSIOp::create(b, op.getLoc(), to, v[0]);
      if (from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth())
        return arith::ExtFOp::create(b, op.getLoc(), to, v[0]);
      return arith::TruncFOp::create(b, op.getLoc(), to, v[0]);
    }));
    return success();
  }
};

Value add(OpBuilder &b, Location loc, Value x, Value y) {
  return emitScalarFunction(b, loc, cnn::ElementwiseKind::Add, {x, y});
}

/// Reduces floats by `kind`, without the steps before and behind; null for kinds that are not one combination.
Value reduceBy(const LinalgBuilder &linalg, cnn::ReductionKind kind, Value input, ArrayRef<int64_t> axes) {
  using Kind = cnn::ReductionKind;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  auto combineBy = [&](double start, cnn::ElementwiseKind combination) {
    return linalg.reduce(input, axes, start, [&](OpBuilder &b, ValueRange values) {
      return emitScalarFunction(b, linalg.loc, combination, values);
    });
  };
  auto sumOf = [&](auto term) {
    return linalg.reduce(input, axes, 0.0,
                         [&](OpBuilder &b, ValueRange v) -> Value { return add(b, linalg.loc, term(b, v[0]), v[1]); });
  };
  switch (kind) {
  case Kind::Sum:
  case Kind::Mean:
    return combineBy(0.0, cnn::ElementwiseKind::Add);
  case Kind::Max:
    return combineBy(-infinity, cnn::ElementwiseKind::Max);
  case Kind::Min:
    return combineBy(infinity, cnn::ElementwiseKind::Min);
  case Kind::Prod:
    return combineBy(1.0, cnn::ElementwiseKind::Mul);
  case Kind::L1:
    return sumOf([&](OpBuilder &b, Value x) -> Value { return math::AbsFOp::create(b, linalg.loc, x); });
  case Kind::L2:
  case Kind::SumSquare:
    return sumOf([&](OpBuilder &b, Value x) -> Value { return arith::MulFOp::create(b, linalg.loc, x, x); });
  default:
    return {};
  }
}

/// The whole of a reduction, with its axes gone; null for kinds that are not supported.
Value reduceWhole(const LinalgBuilder &linalg, cnn::ReductionKind kind, Value input, ArrayRef<int64_t> axes) {
  Value result = reduceBy(linalg, kind, input, axes);
  if (!result || (kind != cnn::ReductionKind::Mean && kind != cnn::ReductionKind::L2))
    return result;
  double count = 1.0;
  for (int64_t axis : axes)
    count *= static_cast<double>(getType(input).getDimSize(axis));
  return linalg.map(getType(result), {result}, [&](OpBuilder &b, ValueRange v) -> Value {
    if (kind == cnn::ReductionKind::L2)
      return math::SqrtOp::create(b, linalg.loc, v[0]);
    return arith::DivFOp::create(b, linalg.loc, v[0], makeNumber(b, linalg.loc, v[0].getType(), count));
  });
}

struct ConvertReduce : OpConversionPattern<cnn::ReduceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::ReduceOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    Context c(rewriter, op, adaptor.getOperands());
    bool reducesBatch = llvm::is_contained(op.getAxes(), 0) && getType(op.getInput()).isDynamicDim(0);
    if (!isa<FloatType>(c.type().getElementType()) || reducesBatch)
      return c.refuse("expected floating-point elements and no reduction of a dynamic batch");
    if (op.getKind() == cnn::ReductionKind::LogSum || op.getKind() == cnn::ReductionKind::LogSumExp)
      return c.refuse("reductions of logarithms are not supported");
    Value result = reduceWhole(c.linalg, op.getKind(), adaptor.getInput(), op.getAxes());
    result = c.linalg.reshape(result, c.type());
    if (!result)
      return c.refuse("expected extents that say how to reshape");
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ConvertGlobalPool : OpConversionPattern<cnn::GlobalPoolOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::GlobalPoolOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    Context c(rewriter, op, adaptor.getOperands());
    if (op.getKind() == cnn::PoolKind::Lp)
      return c.refuse("pools by a norm are not supported");
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(2, c.type().getRank()));
    auto kind = op.getKind() == cnn::PoolKind::Max ? cnn::ReductionKind::Max : cnn::ReductionKind::Mean;
    rewriter.replaceOp(op, c.linalg.reshape(reduceWhole(c.linalg, kind, adaptor.getInput(), axes), c.type()));
    return success();
  }
};

/// exp(x - max) / sum, or x - max - log(sum), along an axis.
template <typename Op> struct ConvertSoftmax : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    Context c(rewriter, op, adaptor.getOperands());
    Location loc = op.getLoc();
    int64_t axis = op.getAxis(), rank = c.type().getRank();
    if (c.type().isDynamicDim(axis))
      return c.refuse("expected a static extent of the axis");
    SmallVector<AffineExpr> others;
    for (int64_t dim = 0; dim < rank; ++dim)
      if (dim != axis)
        others.push_back(rewriter.getAffineDimExpr(dim));
    AffineMap whole = rewriter.getMultiDimIdentityMap(rank), row = AffineMap::get(rank, 0, others, op.getContext());
    Value input = adaptor.getInput();
    Value largest = reduceWhole(c.linalg, cnn::ReductionKind::Max, input, {axis});
    Value shifted = c.linalg.map(c.type(), {input, largest}, {whole, row}, [&](OpBuilder &b, ValueRange v) -> Value {
      return arith::SubFOp::create(b, loc, v[0], v[1]);
    });
    Value powers = c.linalg.map(c.type(), {shifted},
                                [&](OpBuilder &b, ValueRange v) -> Value { return math::ExpOp::create(b, loc, v[0]); });
    Value sum = reduceWhole(c.linalg, cnn::ReductionKind::Sum, powers, {axis});
    constexpr bool isLog = std::is_same_v<Op, cnn::LogSoftmaxOp>;
    Value first = isLog ? shifted : powers;
    rewriter.replaceOp(op, c.linalg.map(c.type(), {first, sum}, {whole, row}, [&](OpBuilder &b, ValueRange v) -> Value {
      if (isLog)
        return arith::SubFOp::create(b, loc, v[0], math::LogOp::create(b, loc, v[1]));
      return arith::DivFOp::create(b, loc, v[0], v[1]);
    }));
    return success();
  }
};

/// (x - mean) / sqrt(variance + epsilon) * scale + bias.
struct ConvertBatchNorm : OpConversionPattern<cnn::BatchNormOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult matchAndRewrite(cnn::BatchNormOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (failed(checkForLinalg(rewriter, op)))
      return failure();
    Context c(rewriter, op, adaptor.getOperands());
    Location loc = op.getLoc();
    int64_t rank = c.type().getRank();
    SmallVector<AffineMap> maps(5, AffineMap::get(rank, 0, rewriter.getAffineDimExpr(1)));
    maps[0] = rewriter.getMultiDimIdentityMap(rank);
    rewriter.replaceOp(
        op, c.linalg.map(c.type(), adaptor.getOperands(), maps, [&](OpBuilder &b, ValueRange v) -> Value {
          Value epsilon = makeNumber(b, loc, v[0].getType(), op.getEpsilon().convertToDouble());
          Value deviation = math::SqrtOp::create(b, loc, arith::AddFOp::create(b, loc, v[4], epsilon));
          Value normal = arith::DivFOp::create(b, loc, arith::SubFOp::create(b, loc, v[0], v[3]), deviation);
          return arith::AddFOp::create(b, loc, arith::MulFOp::create(b, loc, normal, v[1]), v[2]);
        }));
    return success();
  }
};

} // namespace

void populateCNNToLinalgElementwisePatterns(RewritePatternSet &patterns) {
  patterns.add<ConvertElementwise, ConvertActivation, ConvertWhere, ConvertCast, ConvertReduce, ConvertGlobalPool,
               ConvertSoftmax<cnn::SoftmaxOp>, ConvertSoftmax<cnn::LogSoftmaxOp>, ConvertBatchNorm>(
      patterns.getContext());
}

} // namespace winnow
