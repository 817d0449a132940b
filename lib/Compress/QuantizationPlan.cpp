//===- QuantizationPlan.cpp - which values are quantized together -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizationPlan.h"

#include "winnow/Support/ConstantData.h"

#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

namespace {
/// What an op does with numbers that are not weights.
enum class Role {
  Float,    ///< computes in f32
  Moves,    ///< its results are some of its operands' numbers
  Computes, ///< has an integer form with a scale of its own
};
} // namespace

static bool isFloat(Value value) { return getElementTypeOrSelf(value.getType()).isF32(); }

static bool isZero(Value value) {
  ElementsAttr attr = getConstant(value);
  return attr && llvm::all_of(getConstantDoubles(attr), [](double x) { return x == 0; });
}

static Role getRole(Operation *op) {
  if (op->getNumResults() != 1 || !isFloat(op->getResult(0)))
    return Role::Float;
  if (isa<MaxPoolOp, ReshapeOp, TransposeOp, SliceOp, GatherOp, ConcatOp, DepthToSpaceOp, SpaceToDepthOp>(op))
    // A constant that is concatenated or gathered from has no scale.
    return getConstant(op->getOperand(0)) || (isa<ConcatOp>(op) && llvm::any_of(op->getOperands(), getConstant))
               ? Role::Float
               : Role::Moves;
  if (auto pad = dyn_cast<PadOp>(op))
    return pad.getMode() == PadMode::Constant && pad.getValue() && !isZero(pad.getValue()) ? Role::Float : Role::Moves;
  if (auto resize = dyn_cast<ResizeOp>(op))
    return resize.getMode() == ResizeMode::Nearest && !resize.getRoi() ? Role::Moves : Role::Float;
  if (auto pool = dyn_cast<GlobalPoolOp>(op))
    return pool.getKind() == PoolKind::Max       ? Role::Moves
           : pool.getKind() == PoolKind::Average ? Role::Computes
                                                 : Role::Float;
  if (isa<AveragePoolOp>(op))
    return Role::Computes;
  if (isa<AddOp, MulOp>(op))
    return llvm::any_of(op->getOperands(), [](Value v) { return bool(getConstant(v)); }) ? Role::Float : Role::Computes;
  if (auto activation = dyn_cast<ActivationOpInterface>(op))
    return activation.getActivation() ? Role::Computes : Role::Float;
  return Role::Float;
}

/// The operands of `op` that are quantized with it.
static SmallVector<Value> getNumbers(Operation *op) {
  if (std::optional<LayerOp> layer = LayerOp::get(op)) {
    SmallVector<Value> values{layer->getInput()};
    if (layer->getResidual())
      values.push_back(layer->getResidual());
    return values;
  }
  if (isa<ConcatOp, AddOp, MulOp>(op))
    return op->getOperands();
  return {op->getOperand(0)};
}

QuantizationPlan QuantizationPlan::make(func::FuncOp main, const DenseSet<unsigned> &keepFloat) {
  QuantizationPlan plan;
  DenseSet<Operation *> quantized; // layers
  main.walk([&](Operation *op) {
    if (std::optional<LayerOp> layer = LayerOp::get(op)) {
      bool isQuantized = !keepFloat.contains(plan.layers.size());
      plan.layers.push_back({*layer, kNone, kNone, isQuantized});
      if (isQuantized)
        quantized.insert(op);
    }
  });
  // Backwards from what layers read: users come after what they use.
  DenseSet<Value> wanted;
  llvm::EquivalenceClasses<Value> classes;
  SmallVector<Operation *> ops;
  main.walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : llvm::reverse(ops)) {
    bool isLayer = quantized.contains(op);
    Role role = isLayer ? Role::Computes : LayerOp::get(op) ? Role::Float : getRole(op);
    bool leadsToLayer = op->getNumResults() == 1 && wanted.contains(op->getResult(0));
    if (!isLayer && (role == Role::Float || !leadsToLayer))
      continue;
    for (Value value : getNumbers(op)) {
      wanted.insert(value);
      classes.insert(value);
      if (role == Role::Moves)
        classes.unionSets(value, op->getResult(0));
    }
  }
  // Numbered in the order of the network.
  auto place = [&](Value value) {
    if (!wanted.contains(value))
      return;
    Value leader = classes.getLeaderValue(value);
    auto [entry, isNew] = plan.groupOf.try_emplace(leader, plan.groups.size());
    unsigned group = entry->second;
    if (isNew)
      plan.groups.emplace_back();
    plan.groups[group].values.push_back(value);
    plan.groupOf[value] = group;
  };
  for (Value argument : main.getArguments())
    place(argument);
  for (Operation *op : ops)
    llvm::for_each(op->getResults(), place);
  for (Layer &layer : plan.layers) {
    if (layer.quantized)
      layer.input = plan.getGroup(layer.op.getInput());
    layer.output = plan.getGroup(layer.op.getOutput());
  }
  return plan;
}

bool isMoved(Value value) {
  Operation *op = value.getDefiningOp();
  return op && getRole(op) == Role::Moves;
}

void splitCurvedActivations(func::FuncOp main) {
  OpBuilder builder(main.getContext());
  SmallVector<LayerOp> curved;
  main.walk([&](Operation *op) {
    std::optional<LayerOp> layer = LayerOp::get(op);
    ActivationAttr activation = layer ? layer->getActivation() : ActivationAttr();
    if (activation && activation.getKind() != ActivationKind::Relu && activation.getKind() != ActivationKind::Clip)
      curved.push_back(*layer);
  });
  for (const LayerOp &layer : curved)
    layer.splitActivation(builder);
}

} // namespace winnow
