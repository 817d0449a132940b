//===- StoreUnsigned.cpp - quantized activations without a sign -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Algorithm/Passes.h"

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/QuantizedTypes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"

using namespace mlir;

namespace winnow {

#define GEN_PASS_DEF_STOREUNSIGNEDPASS
#include "winnow/Algorithm/Passes.h.inc"

/// How far stored integers move.
static constexpr int64_t kShift = 128;

/// The type that stores numbers of the same grid without a sign; null where `type` has no sign, or not eight bits.
static RankedTensorType getUnsigned(Type type) {
  quant::UniformQuantizedType signedType = getQuantization(type);
  if (!signedType || !signedType.isSigned() || signedType.getStorageTypeIntegralWidth() != 8)
    return {};
  return cast<RankedTensorType>(type).clone(quant::UniformQuantizedType::get(
      0, signedType.getStorageType(), signedType.getExpressedType(), signedType.getScale(),
      signedType.getZeroPoint() + kShift, signedType.getStorageTypeMin() + kShift,
      signedType.getStorageTypeMax() + kShift));
}

/// A copy of `value` whose stored integers are those of `type`, a type of the same grid.
static Value changeSign(OpBuilder &b, Location loc, Value value, RankedTensorType type) {
  SmallVector<int8_t> table;
  int64_t lowest = getQuantization(type).isSigned() ? -kShift : 0;
  for (int64_t i = 0; i < 2 * kShift; ++i)
    table.push_back(static_cast<int8_t>(lowest + i));
  return cnn::LookupOp::create(b, loc, type, value, table);
}

/// Whether `value` is the filter of a convolution: those keep their sign.
static bool isFilter(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    auto conv = dyn_cast<cnn::ConvolutionOp>(use.getOwner());
    return conv && use.get() == conv.getFilter();
  });
}

/// Integers that come from outside, or that are constant, enter without a sign.
static void enterUnsigned(quant::StorageCastOp op, RankedTensorType type) {
  OpBuilder b(op);
  if (ElementsAttr constant = getConstant(op.getInput())) {
    SmallVector<char> storage;
    SmallVector<char> bytes(getConstantBytes(constant, storage));
    for (char &byte : bytes)
      byte ^= static_cast<char>(kShift);
    auto stored = cast<RankedTensorType>(op.getInput().getType());
    op.getInputMutable().assign(createConstant(b, op.getLoc(), makeConstant(stored, bytes)));
    op.getResult().setType(type);
    return;
  }
  b.setInsertionPointAfter(op);
  Value entered = changeSign(b, op.getLoc(), op.getResult(), type);
  op.getResult().replaceAllUsesExcept(entered, entered.getDefiningOp());
}

/// The entries of a table for results without a sign.
static void shiftTable(cnn::LookupOp op) {
  SmallVector<int8_t> table(op.getTable());
  for (int8_t &entry : table)
    entry = static_cast<int8_t>(entry ^ static_cast<int8_t>(-kShift));
  op.setTable(table);
}

/// The result of `op` has no sign any more; what leaves as integers leaves with one.
static void computeUnsigned(Operation *op, RankedTensorType type) {
  Value result = op->getResult(0);
  auto signedType = cast<RankedTensorType>(result.getType());
  result.setType(type);
  if (auto lookup = dyn_cast<cnn::LookupOp>(op))
    shiftTable(lookup);
  SmallVector<OpOperand *> leaving;
  for (OpOperand &use : result.getUses())
    if (isa<quant::StorageCastOp>(use.getOwner()))
      leaving.push_back(&use);
  if (leaving.empty())
    return;
  OpBuilder b(op->getContext());
  b.setInsertionPointAfter(op);
  Value left = changeSign(b, op->getLoc(), result, signedType);
  for (OpOperand *use : leaving)
    use->set(left);
}

static void storeUnsigned(func::FuncOp func) {
  SmallVector<Operation *> ops;
  func.walk([&](Operation *op) {
    if (op->getNumResults() == 1)
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    RankedTensorType type = getUnsigned(op->getResult(0).getType());
    if (!type || isFilter(op->getResult(0)))
      continue;
    if (auto cast = dyn_cast<quant::StorageCastOp>(op))
      enterUnsigned(cast, type);
    else
      computeUnsigned(op, type);
  }
}

namespace {
struct StoreUnsignedPass : impl::StoreUnsignedPassBase<StoreUnsignedPass> {
  void runOnOperation() override {
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal())
        storeUnsigned(func);
  }
};
} // namespace

} // namespace winnow
