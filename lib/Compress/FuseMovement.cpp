//===- FuseMovement.cpp - integers are moved, not what they stand for -----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Islands.h"

#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

/// Whether the result of `op` consists of elements of its operands. A maximum is one of them, and stays the maximum
/// through everything monotonic.
static bool moves(Operation *op) {
  if (auto pool = dyn_cast<GlobalPoolOp>(op))
    return pool.getKind() == PoolKind::Max;
  return isa<MaxPoolOp, ReshapeOp, TransposeOp, SliceOp, ConcatOp, GatherOp, PadOp, ExpandOp, TileOp, DepthToSpaceOp,
             SpaceToDepthOp>(op);
}

/// The operands whose elements `op` moves; the others are indices, shapes and what padding holds.
static MutableArrayRef<OpOperand> getMoved(Operation *op) {
  return isa<ConcatOp>(op) ? op->getOpOperands() : op->getOpOperands().take_front(1);
}

/// What a pad is filled with, quantized as `type`; null where no stored integer stands for it.
static Value getPadValue(RewriterBase &rewriter, PadOp op, quant::UniformQuantizedType type) {
  float value = 0;
  if (op.getValue()) {
    ElementsAttr constant = getConstant(op.getValue());
    if (!constant)
      return {};
    value = static_cast<float>(getConstantDoubles(constant).front());
  }
  int64_t stored = quantizeTo(type, value);
  if (dequantize(type, stored) != value)
    return {};
  auto byteType = RankedTensorType::get({}, rewriter.getI8Type());
  Value constant = createConstant(rewriter, op.getLoc(), makeConstant(byteType, static_cast<char>(stored)));
  return quant::StorageCastOp::create(rewriter, op.getLoc(), byteType.clone(type), constant);
}

/// `op` on quantized `values` in place of what it moves; null where it pads with what no integer stands for.
static Value moveQuantized(RewriterBase &rewriter, Operation *op, ValueRange values) {
  quant::UniformQuantizedType type = getQuantization(values.front());
  Value padding;
  if (auto pad = dyn_cast<PadOp>(op); pad && pad.getMode() == PadMode::Constant) {
    padding = getPadValue(rewriter, pad, type);
    if (!padding)
      return {};
  }
  Operation *moved = rewriter.clone(*op);
  for (auto [operand, value] : llvm::zip_equal(getMoved(moved), values))
    operand.set(value);
  if (padding)
    cast<PadOp>(moved).getValueMutable().assign(padding);
  moved->getResult(0).setType(withElements(op->getResult(0).getType(), type));
  return moved->getResult(0);
}

static constexpr llvm::StringLiteral kNoPadding = "it pads with a number that no stored integer stands for";

/// move(dequantize(x)...) becomes dequantize(move(x...)).
static LogicalResult sinkDequantize(RewriterBase &rewriter, Operation *op) {
  if (!moves(op))
    return failure();
  SmallVector<Value> quantized;
  for (OpOperand &operand : getMoved(op)) {
    Value value = getDequantizedBytes(operand.get());
    if (!value || (!quantized.empty() && getQuantization(value) != getQuantization(quantized.front())))
      return failure();
    quantized.push_back(value);
  }
  Value moved = moveQuantized(rewriter, op, quantized);
  if (!moved)
    return rewriter.notifyMatchFailure(op, kNoPadding);
  remarkPassed(op, kFuseQuantization, "moves integers");
  rewriter.replaceOpWithNewOp<DequantizeOp>(op, op->getResult(0).getType(), moved);
  return success();
}

/// Whether a quantization of `value` will become part of what computes it.
static bool takesQuantize(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<DequantizeOp>(op))
    return true;
  return op && value.hasOneUse() &&
         (moves(op) || isa<ConvolutionOp, AddOp, MulOp, AveragePoolOp, GlobalPoolOp, ActivationOpInterface>(op));
}

/// quantize(move(x...)) becomes move(quantize(x)...).
static LogicalResult raiseQuantize(RewriterBase &rewriter, QuantizeOp op) {
  Operation *mover = op.getInput().getDefiningOp();
  quant::UniformQuantizedType type = op.getQuantizedType();
  if (!mover || !moves(mover) || !op.getInput().hasOneUse())
    return failure();
  if (!llvm::all_of(getMoved(mover), [](OpOperand &operand) { return takesQuantize(operand.get()); }))
    return rewriter.notifyMatchFailure(op, "what is moved before it could not be computed on integers");
  SmallVector<Value> quantized;
  for (OpOperand &operand : getMoved(mover))
    quantized.push_back(
        QuantizeOp::create(rewriter, op.getLoc(), withElements(operand.get().getType(), type), operand.get()));
  Value moved = moveQuantized(rewriter, mover, quantized);
  if (!moved)
    return rewriter.notifyMatchFailure(op, kNoPadding);
  rewriter.replaceOp(op, moved);
  return success();
}

void populateFuseMovementPatterns(RewritePatternSet &patterns) {
  patterns.add<CallAnyRewrite<sinkDequantize>, CallRewrite<QuantizeOp, raiseQuantize>>(patterns.getContext());
}

} // namespace winnow
