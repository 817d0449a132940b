//===- ElementwiseLowering.cpp - elementwise ops as vector loops --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"
#include "PanelKernel.h"

#include "winnow/Kernel/ElementFunctions.h"
#include "winnow/Support/QuantizedTypes.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::cnn;
using namespace winnow::kernel;

/// A step of an elementwise chain on lanes.
using StepFn = std::function<Value(OpBuilder &, Location, ValueRange)>;

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

/// What `op` computes on lanes; nothing for ops that are not elementwise.
static StepFn getStep(Operation *op) {
  if (op->getNumOperands() > 0 && isQuantized(op->getOperand(0).getType()))
    return {}; // see QuantizedLowering.cpp
  if (auto activation = dyn_cast<ActivationOpInterface>(op)) {
    // The bounds of a clip stay exact in its own lowering.
    ActivationAttr attr = activation.getActivation();
    if (!attr || isa<ClipOp>(op))
      return {};
    bool noSign = isUnsigned(op->getOperand(0).getType());
    return [=](OpBuilder &b, Location loc, ValueRange lanes) { return emitActivation(b, loc, attr, lanes[0], noSign); };
  }
  auto elementwise = dyn_cast<ElementwiseOpInterface>(op);
  if (!elementwise)
    return {};
  ElementwiseKind kind = elementwise.getElementwiseKind();
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(op->getOperand(0).getType()));
  bool lhsUnsigned = isUnsigned(op->getOperand(0).getType()),
       rhsUnsigned = isUnsigned(op->getOperands().back().getType());
  std::optional<double> exponent =
      kind == ElementwiseKind::Pow && isFloat ? getConstantScalar(op->getOperand(1)) : std::nullopt;
  auto mod = dyn_cast<ModOp>(op);
  bool keepsDividendSign = mod && mod.getFmod();
  return [=](OpBuilder &b, Location loc, ValueRange lanes) -> Value {
    if (exponent)
      if (Value power = emitSimplePower(b, loc, lanes[0], *exponent))
        return power;
    if (keepsDividendSign)
      return emitFMod(b, loc, lanes[0], lanes[1], lhsUnsigned);
    return emitElementwise(b, loc, kind, lanes, lhsUnsigned, rhsUnsigned);
  };
}

/// Runs all steps of `chain` in one loop.
static Value lowerChain(ConversionPatternRewriter &rewriter, Location loc, const ElementwiseChain &chain,
                        RankedTensorType resultType, const TargetFacts &facts) {
  SmallVector<Value> operands;
  SmallVector<Type> types;
  for (const ElementwiseChain::Step &step : chain.steps)
    for (auto [i, operand] : llvm::enumerate(step.operands))
      if (static_cast<int64_t>(i) != step.carried) {
        operands.push_back(rewriter.getRemappedValue(operand));
        types.push_back(operand.getType());
      }
  auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
    Value result;
    for (const ElementwiseChain::Step &step : chain.steps) {
      SmallVector<Value> own;
      for (size_t i = 0; i < step.operands.size(); ++i)
        own.push_back(static_cast<int64_t>(i) == step.carried ? result : lanes.front());
      size_t used = 0;
      for (size_t i = 0; i < step.operands.size(); ++i)
        if (static_cast<int64_t>(i) != step.carried)
          own[i] = lanes[used++];
      lanes = lanes.drop_front(used);
      result = step.apply(b, loc, own);
    }
    return {result};
  };
  return lowerElementwise(rewriter, loc, operands, types, resultType, facts, body);
}

/// Lowers an elementwise op: with those before it, later with one after it, or alone.
static LogicalResult lowerStep(Operation *op, ValueRange operands, ConversionPatternRewriter &rewriter,
                               KernelContext &context) {
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  if (auto later = context.deferred.find(op); later != context.deferred.end()) {
    rewriter.replaceOp(op, operands[later->second]);
    return success();
  }
  if (isPanelProducer(op)) {
    // The convolution behind computes it; what stands for it until then is never written.
    auto like = llvm::find(op->getOperandTypes(), resultType) - op->getOperandTypes().begin();
    if (like == op->getNumOperands())
      return rewriter.notifyMatchFailure(op, "expected an operand of the result's type before panels");
    rewriter.replaceOp(op, allocateResultLike(rewriter, op->getLoc(), resultType, operands[like]));
    return success();
  }
  if (auto chain = context.chains.find(op); chain != context.chains.end()) {
    rewriter.replaceOp(op, lowerChain(rewriter, op->getLoc(), chain->second, resultType, context.getFacts()));
    return success();
  }
  StepFn step = getStep(op);
  if (!step)
    return rewriter.notifyMatchFailure(op, "expected an activation with constant parameters");
  auto body = [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> SmallVector<Value> {
    return {step(b, loc, lanes)};
  };
  rewriter.replaceOp(op, lowerElementwise(rewriter, op->getLoc(), operands, op->getOperandTypes(), resultType,
                                          context.getFacts(), body));
  return success();
}

/// The op after `op` that can compute in the same loop: its only user, of the same type.
static Operation *getNextStep(Operation *op) {
  Type type = op->getResult(0).getType();
  if (!op->hasOneUse() || !isa<FloatType>(getElementTypeOrSelf(type)))
    return nullptr;
  Operation *user = *op->user_begin();
  return user->getNumResults() == 1 && user->getResult(0).getType() == type && getStep(user) ? user : nullptr;
}

/// A step with a name of all that decides its code.
static ElementwiseChain::Step makeStep(Operation *op) {
  std::string name;
  llvm::raw_string_ostream os(name);
  os << op->getName().stripDialect() << op->getAttrDictionary();
  // The exponent of a power is part of its code.
  if (isa<PowOp>(op))
    if (std::optional<double> exponent = getConstantScalar(op->getOperand(1)))
      os << llvm::utohexstr(llvm::bit_cast<uint64_t>(*exponent));
  return {getStep(op), name, llvm::to_vector(op->getOperands()), -1};
}

void winnow::kernel::planElementwiseChains(func::FuncOp func, KernelContext &context) {
  llvm::DenseSet<Operation *> seen;
  for (Operation &first : func.getBody().front()) {
    if (seen.contains(&first) || first.getNumResults() != 1 || !getStep(&first))
      continue;
    // The result of an op whose turn comes later is stood for by an operand of its type.
    auto stand = llvm::find(first.getOperandTypes(), first.getResult(0).getType());
    if (stand == first.getOperandTypes().end())
      continue;
    SmallVector<Operation *> ops{&first};
    // Where two chains meet, the first one goes on.
    for (Operation *next = getNextStep(&first); next && !seen.contains(next); next = getNextStep(next))
      ops.push_back(next);
    if (ops.size() == 1 && !isPanelProducer(&first))
      continue;
    ElementwiseChain chain;
    Operation *last = nullptr;
    for (Operation *op : ops) {
      ElementwiseChain::Step step = makeStep(op);
      if (last)
        step.carried = llvm::find(op->getOperands(), last->getResult(0)) - op->operand_begin();
      chain.steps.push_back(step);
      seen.insert(op);
      last = op;
    }
    for (auto [op, step] : llvm::zip(ops, chain.steps))
      if (op != ops.back())
        context.deferred[op] = step.carried < 0 ? stand - first.getOperandTypes().begin() : step.carried;
    context.chains[ops.back()] = std::move(chain);
  }
}

namespace {

/// Every op that applies one scalar function to one or two operands.
struct ElementwiseLowering : OpInterfaceConversionPattern<ElementwiseOpInterface> {
  ElementwiseLowering(const TypeConverter &converter, KernelContext &context)
      : OpInterfaceConversionPattern(converter, context.getModule().getContext()), context(context) {}

  LogicalResult matchAndRewrite(ElementwiseOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    return lowerStep(op, operands, rewriter, context);
  }
  KernelContext &context;
};

/// Every activation whose parameters are attributes.
struct ActivationLowering : OpInterfaceConversionPattern<ActivationOpInterface> {
  ActivationLowering(const TypeConverter &converter, KernelContext &context)
      : OpInterfaceConversionPattern(converter, context.getModule().getContext()), context(context) {}

  LogicalResult matchAndRewrite(ActivationOpInterface op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    return lowerStep(op, operands, rewriter, context);
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
