//===- EliminateIdentity.cpp - ops that do nothing ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace winnow {
#define GEN_PASS_DEF_ELIMINATEIDENTITYPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-eliminate-identity";

static bool areAll(ArrayRef<int64_t> list, int64_t value) {
  return llvm::all_of(list, [&](int64_t element) { return element == value; });
}

/// `value` is a constant that is `number` in every element.
static bool isSplat(Value value, double number) {
  std::optional<double> splat = getSplatNumber(value);
  return splat && *splat == number;
}

/// The operand that a binary op repeats when the other is its neutral element.
static Value getNeutralSource(Value lhs, Value rhs, double neutral, bool commutes) {
  if (isSplat(rhs, neutral))
    return lhs;
  return commutes && isSplat(lhs, neutral) ? rhs : Value();
}

/// A window of one element with no padding and no stride.
template <typename PoolOp> static Value getPoolSource(PoolOp op) {
  bool one = areAll(op.getKernel(), 1) && areAll(op.getStrides(), 1) &&
             (op.getAutoPad() != AutoPad::Explicit || areAll(op.getPads(), 0));
  return one ? op.getInput() : Value();
}

/// Whether all spatial extents of a feature map are one.
static bool isOnePixel(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getRank() > 2 && areAll(type.getShape().drop_front(2), 1);
}

/// Whether every number of type `from` is one of type `to`.
static bool isExactIn(Type from, Type to) {
  if (from == to)
    return true;
  auto fromFloat = dyn_cast<FloatType>(from), toFloat = dyn_cast<FloatType>(to);
  if (fromFloat && toFloat)
    return llvm::APFloat::semanticsPrecision(fromFloat.getFloatSemantics()) <=
               llvm::APFloat::semanticsPrecision(toFloat.getFloatSemantics()) &&
           llvm::APFloat::semanticsMaxExponent(fromFloat.getFloatSemantics()) <=
               llvm::APFloat::semanticsMaxExponent(toFloat.getFloatSemantics());
  auto fromInt = dyn_cast<IntegerType>(from);
  if (!fromInt)
    return false;
  if (toFloat)
    return fromInt.getWidth() < llvm::APFloat::semanticsPrecision(toFloat.getFloatSemantics());
  auto toInt = dyn_cast<IntegerType>(to);
  if (!toInt || toInt.getWidth() == 1)
    return false;
  bool fromUnsigned = fromInt.isUnsigned() || fromInt.getWidth() == 1;
  if (fromUnsigned == toInt.isUnsigned())
    return fromInt.getWidth() <= toInt.getWidth();
  return fromUnsigned && fromInt.getWidth() < toInt.getWidth();
}

/// A cast to the same type, or back to the type of a narrower original.
static Value getCastSource(CastOp op) {
  if (op.getInput().getType() == op.getType())
    return op.getInput();
  auto before = op.getInput().getDefiningOp<CastOp>();
  if (!before || before.getInput().getType() != op.getType())
    return {};
  bool exact = isExactIn(getElementTypeOrSelf(op.getType()), getElementTypeOrSelf(before.getType()));
  return exact ? before.getInput() : Value();
}

/// An activation of a value that it no longer changes.
static Value getActivationSource(ActivationOpInterface op) {
  Value input = op->getOperand(0);
  ActivationAttr activation = op.getActivation();
  if (!activation)
    return {};
  ActivationAttr before;
  if (auto producer = input.getDefiningOp<ActivationOpInterface>())
    before = producer.getActivation();
  else if (auto conv = input.getDefiningOp<ConvolutionOp>())
    before = conv.getActivationAttr();
  else if (auto gemm = input.getDefiningOp<GemmOp>())
    before = gemm.getActivationAttr();
  if (!before)
    return {};
  bool isRelu = activation.getKind() == ActivationKind::Relu;
  bool isClip = activation.getKind() == ActivationKind::Clip;
  bool again = before == activation && (isRelu || isClip);
  bool positive =
      isRelu && (before.getKind() == ActivationKind::Sigmoid || before.getKind() == ActivationKind::HardSigmoid ||
                 (before.getKind() == ActivationKind::Clip && before.getParam(0) >= 0));
  return again || positive ? input : Value();
}

/// Every dimension from its first to its last element.
static Value getSliceSource(SliceOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  for (auto [axis, start, end, step] : llvm::zip_equal(op.getAxes(), op.getStarts(), op.getEnds(), op.getSteps())) {
    int64_t extent = type.getDimSize(axis);
    bool fromFirst = start == 0 || (!ShapedType::isDynamic(extent) && start <= -extent);
    bool toLast = end == std::numeric_limits<int64_t>::max() || (!ShapedType::isDynamic(extent) && end >= extent);
    if (step != 1 || !fromFirst || !toLast)
      return {};
  }
  return op.getInput();
}

/// Whether reducing one element alone keeps it.
static bool keepsSingle(ReductionKind kind) {
  return kind == ReductionKind::Sum || kind == ReductionKind::Mean || kind == ReductionKind::Max ||
         kind == ReductionKind::Min || kind == ReductionKind::Prod;
}

/// A reduction over dimensions that have one element, or over none.
static Value getReduceSource(ReduceOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  bool single = llvm::all_of(op.getAxes(), [&](int64_t axis) { return type.getDimSize(axis) == 1; });
  return keepsSingle(op.getKind()) && single ? op.getInput() : Value();
}

/// What `op` repeats, its type not considered.
static Value findSource(Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([](AddOp op) { return getNeutralSource(op.getLhs(), op.getRhs(), 0.0, true); })
      .Case([](SubOp op) { return getNeutralSource(op.getLhs(), op.getRhs(), 0.0, false); })
      .Case([](MulOp op) { return getNeutralSource(op.getLhs(), op.getRhs(), 1.0, true); })
      .Case([](DivOp op) { return getNeutralSource(op.getLhs(), op.getRhs(), 1.0, false); })
      .Case([](PowOp op) { return getNeutralSource(op.getLhs(), op.getRhs(), 1.0, false); })
      .Case([](CastOp op) { return getCastSource(op); })
      .Case([](SliceOp op) { return getSliceSource(op); })
      .Case([](ReduceOp op) { return getReduceSource(op); })
      .Case<MaxPoolOp, AveragePoolOp>([](auto op) { return getPoolSource(op); })
      .Case([](GlobalPoolOp op) {
        return isOnePixel(op.getInput()) && op.getKind() != PoolKind::Lp ? op.getInput() : Value();
      })
      .Case([](PadOp op) { return areAll(op.getPads(), 0) ? op.getInput() : Value(); })
      .Case([](TileOp op) { return areAll(op.getRepeats(), 1) ? op.getInput() : Value(); })
      .Case<ReshapeOp, ExpandOp, ConvertLayoutOp>([](auto op) { return op.getInput(); })
      .Case([](ConcatOp op) { return op.getInputs().size() == 1 ? op.getInputs().front() : Value(); })
      .Case([](TransposeOp op) { return llvm::is_sorted(op.getPermutation()) ? op.getInput() : Value(); })
      .Case<DepthToSpaceOp, SpaceToDepthOp>([](auto op) { return op.getBlock() == 1 ? op.getInput() : Value(); })
      .Case([](ResizeOp op) {
        bool same = !op.getRoi() && llvm::all_of(op.getScales(), [](double scale) { return scale == 1.0; });
        return same ? op.getInput() : Value();
      })
      .Case([](ClipOp op) { return !op.getLower() && !op.getUpper() ? op.getInput() : getActivationSource(op); })
      .Case([](ActivationOpInterface op) { return getActivationSource(op); })
      .Default([](Operation *) { return Value(); });
}

Value getIdentitySource(Operation *op) {
  Value source = findSource(op);
  if (!source || source.getType() != op->getResult(0).getType())
    return {};
  // Equal types with several open extents may still hide a change of shape.
  auto type = cast<RankedTensorType>(source.getType());
  if (isa<ReshapeOp, ExpandOp>(op) && (type.getNumDynamicDims() > 1 || (isa<ExpandOp>(op) && !type.hasStaticShape())))
    return {};
  return source;
}

LogicalResult eliminateIdentity(RewriterBase &rewriter, Operation *op) {
  Value source = getIdentitySource(op);
  if (!source)
    return failure();
  remarkPassed(op, kPass, "removed an op that does nothing");
  rewriter.replaceOp(op, source);
  return success();
}

void populateEliminateIdentityPatterns(RewritePatternSet &patterns) {
  patterns.add<CallAnyRewrite<eliminateIdentity>>(patterns.getContext());
}

namespace {
struct EliminateIdentityPass : impl::EliminateIdentityPassBase<EliminateIdentityPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateEliminateIdentityPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
