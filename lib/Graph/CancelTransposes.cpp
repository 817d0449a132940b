//===- CancelTransposes.cpp - transposes that meet and vanish -------------===//
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
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/TypeSwitch.h"

#include <functional>

namespace winnow {
#define GEN_PASS_DEF_CANCELTRANSPOSESPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-cancel-transposes";

using Permutation = SmallVector<int64_t>;

/// The type that has `type` as its transpose by `permutation`.
static RankedTensorType getTypeBefore(RankedTensorType type, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> shape(type.getShape());
  for (auto [result, input] : llvm::enumerate(permutation))
    shape[input] = type.getDimSize(result);
  return RankedTensorType::get(shape, type.getElementType());
}

LogicalResult mergeTransposes(RewriterBase &rewriter, TransposeOp op) {
  auto before = op.getInput().getDefiningOp<TransposeOp>();
  if (!before)
    return failure();
  Permutation permutation;
  for (int64_t dim : op.getPermutation())
    permutation.push_back(before.getPermutation()[dim]);
  remarkPassed(op, kPass, "merged with the transpose before it");
  if (isIdentityPermutation(permutation) && before.getInput().getType() == op.getType())
    rewriter.replaceOp(op, before.getInput());
  else
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), before.getInput(), permutation);
  return success();
}

/// A transpose that only moves dimensions of extent 1 moves no data.
static LogicalResult transposeToReshape(RewriterBase &rewriter, TransposeOp op) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  int64_t last = -1;
  for (int64_t dim : op.getPermutation()) {
    if (type.getDimSize(dim) == 1)
      continue;
    if (dim < last)
      return rewriter.notifyMatchFailure(op, "it moves dimensions of more than one element");
    last = dim;
  }
  if (cast<RankedTensorType>(op.getType()).getNumDynamicDims() > 1)
    return rewriter.notifyMatchFailure(op, "a reshape cannot have two dynamic extents");
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput(), Value());
  return success();
}

//===----------------------------------------------------------------------===//
// Sinking
//===----------------------------------------------------------------------===//

/// The transpose that feeds `operand` and nothing else than `user`.
static TransposeOp getOwnTranspose(Value operand, Operation *user) {
  auto transpose = operand.getDefiningOp<TransposeOp>();
  bool own = transpose && llvm::all_of(operand.getUsers(), [&](Operation *other) { return other == user; });
  return own ? transpose : TransposeOp();
}

/// The operand as it is before the transpose by `permutation` moves behind `op`:
/// the transpose's input, a single element as it is, or a constant transposed back.
static Value getOperandBefore(RewriterBase &rewriter, Operation *op, Value operand, ArrayRef<int64_t> permutation) {
  auto transpose = getOwnTranspose(operand, op);
  if (transpose && transpose.getPermutation() == permutation)
    return transpose.getInput();
  auto type = cast<RankedTensorType>(operand.getType());
  int64_t rank = static_cast<int64_t>(permutation.size());
  if (!type.hasStaticShape() || type.getRank() > rank)
    return {};
  if (type.getNumElements() == 1)
    return operand;
  if (!getConstant(operand))
    return {};
  SmallVector<int64_t> shape(rank - type.getRank(), 1);
  llvm::append_range(shape, type.getShape());
  auto fullType = RankedTensorType::get(shape, type.getElementType());
  Value full = ReshapeOp::create(rewriter, operand.getLoc(), fullType, operand, Value());
  return TransposeOp::create(rewriter, operand.getLoc(), getTypeBefore(fullType, permutation), full,
                             invertPermutationVector(permutation));
}

/// Sorts the lists that belong to `axes` together with them.
static void sortByAxes(SmallVector<int64_t> &axes, ArrayRef<SmallVector<int64_t> *> lists) {
  auto order = llvm::to_vector(llvm::seq<size_t>(0, axes.size()));
  llvm::sort(order, [&](size_t a, size_t b) { return axes[a] < axes[b]; });
  auto permute = [&](SmallVector<int64_t> &list) {
    SmallVector<int64_t> sorted;
    for (size_t i : order)
      sorted.push_back(list[i]);
    list = sorted;
  };
  for (SmallVector<int64_t> *list : lists)
    permute(*list);
  permute(axes);
}

/// Which operands take part and what the transpose behind the op is; attributes
/// that name dimensions are adapted on `copy` by `adapt`.
struct SinkPlan {
  unsigned numOperands = 0;
  std::function<void(Operation *copy)> adapt = [](Operation *) {};
  Permutation behind;
};

/// An attribute `name` that is one dimension.
static SinkPlan planAxis(RewriterBase &rewriter, Operation *op, ArrayRef<int64_t> permutation, unsigned numOperands) {
  int64_t axis = permutation[op->getAttrOfType<IntegerAttr>("axis").getInt()];
  return {numOperands, [&rewriter, axis](Operation *copy) { copy->setAttr("axis", rewriter.getI64IntegerAttr(axis)); },
          Permutation(permutation)};
}

static SinkPlan planPad(RewriterBase &rewriter, PadOp op, ArrayRef<int64_t> permutation) {
  int64_t rank = static_cast<int64_t>(permutation.size());
  SmallVector<int64_t> pads(2 * rank);
  for (auto [result, input] : llvm::enumerate(permutation)) {
    pads[input] = op.getPads()[result];
    pads[rank + input] = op.getPads()[rank + result];
  }
  return {1, [&rewriter, pads](Operation *copy) { copy->setAttr("pads", rewriter.getDenseI64ArrayAttr(pads)); },
          Permutation(permutation)};
}

static SinkPlan planSlice(RewriterBase &rewriter, SliceOp op, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> axes, starts(op.getStarts()), ends(op.getEnds()), steps(op.getSteps());
  for (int64_t axis : op.getAxes())
    axes.push_back(permutation[axis]);
  sortByAxes(axes, {&starts, &ends, &steps});
  return {1,
          [&rewriter, axes, starts, ends, steps](Operation *copy) {
            copy->setAttr("axes", rewriter.getDenseI64ArrayAttr(axes));
            copy->setAttr("starts", rewriter.getDenseI64ArrayAttr(starts));
            copy->setAttr("ends", rewriter.getDenseI64ArrayAttr(ends));
            copy->setAttr("steps", rewriter.getDenseI64ArrayAttr(steps));
          },
          Permutation(permutation)};
}

static SinkPlan planReduce(RewriterBase &rewriter, ReduceOp op, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> axes;
  for (int64_t axis : op.getAxes())
    axes.push_back(permutation[axis]);
  llvm::sort(axes);
  Permutation behind;
  for (auto [result, input] : llvm::enumerate(permutation)) {
    if (op.getKeepDims())
      behind.push_back(input);
    else if (!llvm::is_contained(op.getAxes(), static_cast<int64_t>(result)))
      behind.push_back(input - (llvm::lower_bound(axes, input) - axes.begin()));
  }
  return {1, [&rewriter, axes](Operation *copy) { copy->setAttr("axes", rewriter.getDenseI64ArrayAttr(axes)); },
          behind};
}

/// How a transpose by `permutation` passes through `op`; no operands if it does not.
static SinkPlan planSink(RewriterBase &rewriter, Operation *op, ArrayRef<int64_t> permutation) {
  Permutation same(permutation);
  return llvm::TypeSwitch<Operation *, SinkPlan>(op)
      .Case<ActivationOpInterface>([&](auto) { return SinkPlan{1, [](Operation *) {}, same}; })
      .Case<CastOp, IsInfOp>([&](auto) { return SinkPlan{1, [](Operation *) {}, same}; })
      .Case<ElementwiseOpInterface, WhereOp>(
          [&](auto) { return SinkPlan{op->getNumOperands(), [](Operation *) {}, same}; })
      .Case<QuantizeLinearOp, DequantizeLinearOp>([&](auto quantize) {
        auto scale = cast<RankedTensorType>(quantize.getScale().getType());
        bool perAxis = !scale.hasStaticShape() || scale.getNumElements() != 1;
        bool blocked = quantize.getBlockSize() != 0;
        if (perAxis && !blocked)
          return planAxis(rewriter, op, permutation, 1);
        return SinkPlan{blocked ? 0u : 1u, [](Operation *) {}, same};
      })
      .Case<SoftmaxOp, LogSoftmaxOp, HardmaxOp>([&](auto) { return planAxis(rewriter, op, permutation, 1); })
      .Case([&](ConcatOp) { return planAxis(rewriter, op, permutation, op->getNumOperands()); })
      .Case([&](PadOp pad) { return planPad(rewriter, pad, permutation); })
      .Case([&](SliceOp slice) { return planSlice(rewriter, slice, permutation); })
      .Case([&](ReduceOp reduce) { return planReduce(rewriter, reduce, permutation); })
      .Default([](Operation *) { return SinkPlan{}; });
}

LogicalResult sinkTransposes(RewriterBase &rewriter, Operation *op) {
  if (!isa_and_nonnull<CNNDialect>(op->getDialect()) || op->getNumResults() != 1)
    return failure();
  TransposeOp first;
  for (Value operand : op->getOperands())
    if (!first)
      first = getOwnTranspose(operand, op);
  if (!first)
    return failure();
  Permutation permutation(first.getPermutation());
  SinkPlan plan = planSink(rewriter, op, permutation);
  if (plan.numOperands == 0)
    return rewriter.notifyMatchFailure(op, "a transpose cannot pass through it");
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  if (resultType.getRank() != static_cast<int64_t>(plan.behind.size()))
    return rewriter.notifyMatchFailure(op, "its rank is that of another operand");

  SmallVector<Value> operands(op->getOperands());
  for (unsigned i = 0; i < plan.numOperands; ++i)
    if (!(operands[i] = getOperandBefore(rewriter, op, operands[i], permutation)))
      return rewriter.notifyMatchFailure(op, "its operands are not all transposed alike");
  Operation *copy = rewriter.clone(*op);
  copy->setOperands(operands);
  plan.adapt(copy);
  copy->getResult(0).setType(getTypeBefore(resultType, plan.behind));
  remarkPassed(copy, kPass, "moved before a transpose");
  rewriter.replaceOpWithNewOp<TransposeOp>(op, resultType, copy->getResult(0), plan.behind);
  return success();
}

void populateCancelTransposesPatterns(RewritePatternSet &patterns) {
  patterns.add<CallRewrite<TransposeOp, mergeTransposes>, CallAnyRewrite<sinkTransposes>>(patterns.getContext());
}

namespace {
struct CancelTransposesPass : impl::CancelTransposesPassBase<CancelTransposesPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateCancelTransposesPatterns(patterns);
    applyPatterns(getOperation(), std::move(patterns), kPass);
    // Last: a transpose that became a reshape no longer cancels another one.
    RewritePatternSet reshapes(&getContext());
    reshapes.add<CallRewrite<TransposeOp, transposeToReshape>>(&getContext());
    applyPatterns(getOperation(), std::move(reshapes), kPass);
  }
};
} // namespace

} // namespace winnow
