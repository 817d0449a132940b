//===- ChannelClasses.cpp - channels that can only be scaled together -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelClasses.h"

#include "winnow/Support/ConstantData.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

bool ChannelClasses::passes(ActivationAttr activation, double &upper) const {
  upper = HUGE_VAL;
  if (!activation || purpose == Purpose::Remove)
    return true;
  switch (activation.getKind()) {
  case ActivationKind::Relu:
  case ActivationKind::LeakyRelu:
    return true;
  case ActivationKind::Clip:
    upper = activation.getParam(1);
    return activation.getParam(0) == 0 && upper > 0;
  default:
    return false;
  }
}

ChannelClasses::ChannelClasses(func::FuncOp main, Purpose purpose) : purpose(purpose) {
  for (BlockArgument argument : main.getArguments())
    add(argument);
  main.walk([&](Operation *op) { llvm::for_each(op->getResults(), [&](Value result) { add(result); }); });
  for (BlockArgument argument : main.getArguments())
    fix(argument);
  main.walk([&](Operation *op) {
    if (op != main)
      visit(op);
  });
  classes.compress();
  std::vector<char> ofChannels = std::move(fixed);
  std::vector<double> boundsOfChannels = std::move(bounds);
  fixed.assign(classes.getNumClasses(), false);
  bounds.assign(classes.getNumClasses(), HUGE_VAL);
  for (unsigned i = 0; i < ofChannels.size(); ++i) {
    fixed[classes[i]] |= ofChannels[i];
    bounds[classes[i]] = std::min(bounds[classes[i]], boundsOfChannels[i]);
  }
}

void ChannelClasses::add(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.getElementType().isF32() || type.getRank() < 2 || getConstant(value) ||
      llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic))
    return;
  channels[value] = {static_cast<unsigned>(fixed.size()), type.getDimSize(1)};
  fixed.resize(fixed.size() + type.getDimSize(1), false);
  bounds.resize(fixed.size(), HUGE_VAL);
  classes.grow(fixed.size());
}

std::optional<unsigned> ChannelClasses::find(Value value, int64_t channel) const {
  auto found = channels.find(value);
  if (found == channels.end() || channel >= found->second.count)
    return std::nullopt;
  return classes[found->second.first + channel];
}

void ChannelClasses::fix(Value value) {
  Channels of = channels.lookup(value);
  std::fill_n(fixed.begin() + of.first, of.count, true);
}

void ChannelClasses::bound(Value value, double upper) {
  Channels of = channels.lookup(value);
  for (int64_t i = 0; i < of.count; ++i)
    bounds[of.first + i] = std::min(bounds[of.first + i], upper);
}

void ChannelClasses::join(Value a, Value b, int64_t offset, int64_t each) {
  auto whole = channels.find(a), part = channels.find(b);
  if (whole == channels.end() || part == channels.end() || offset + part->second.count * each > whole->second.count) {
    fix(a);
    return fix(b);
  }
  for (int64_t i = 0; i < part->second.count * each; ++i)
    classes.join(whole->second.first + offset + i, part->second.first + i / each);
}

void ChannelClasses::visitLayer(const LayerOp &layer) {
  Value input = layer.getInput(), output = layer.getOutput();
  double upper;
  // A product of more dimensions has its channels last.
  bool isPlain = (isa<ConvolutionOp>(layer.getOperation()) || cast<RankedTensorType>(input.getType()).getRank() == 2) &&
                 channels.lookup(input).count == layer.getInputChannels() * layer.getGroups() &&
                 channels.lookup(output).count == layer.getRows();
  bool isOneToOne = isPlain && layer.isDepthwise() && layer.getInputChannels() == 1;
  if (purpose == Purpose::Remove && isOneToOne)
    join(output, input);
  else if (purpose == Purpose::Remove && layer.getGroups() > 1)
    isPlain = false;
  if (!isPlain)
    fix(input);
  if (!isPlain || !passes(layer.getActivation(), upper))
    fix(output);
  else
    bound(output, upper);
  if (Value residual = layer.getResidual())
    join(output, residual);
}

void ChannelClasses::visit(Operation *op) {
  if (std::optional<LayerOp> layer = LayerOp::get(op))
    return visitLayer(*layer);
  Value result = op->getNumResults() ? op->getResult(0) : Value();
  double upper;
  auto activation = dyn_cast<ActivationOpInterface>(op);
  auto pool = dyn_cast<GlobalPoolOp>(op);
  auto add = dyn_cast<AddOp>(op);
  auto concat = dyn_cast<ConcatOp>(op);
  auto reshape = dyn_cast<ReshapeOp>(op);
  if (activation && activation.getActivation() && passes(activation.getActivation(), upper)) {
    join(result, op->getOperand(0));
    bound(result, upper);
  } else if (isa<MaxPoolOp, AveragePoolOp>(op) ||
             (pool && (pool.getKind() == PoolKind::Max || pool.getKind() == PoolKind::Average))) {
    join(result, op->getOperand(0));
  } else if (add && add.getLhs().getType() == add.getRhs().getType()) {
    join(result, add.getLhs());
    join(result, add.getRhs());
  } else if (purpose == Purpose::Remove && isa<AddOp, MulOp>(op)) {
    // A factor or an addend of each channel; of other forms join() makes nothing of.
    join(result, op->getOperand(0));
    join(result, op->getOperand(1));
  } else if (concat && concat.getAxis() == 1) {
    int64_t offset = 0;
    for (Value part : concat->getOperands()) {
      join(result, part, offset);
      offset += cast<RankedTensorType>(part.getType()).getDimSize(1);
    }
  } else if (reshape && channels.contains(result) && channels.contains(op->getOperand(0)) &&
             cast<RankedTensorType>(result.getType()).getDimSize(0) ==
                 cast<RankedTensorType>(op->getOperand(0).getType()).getDimSize(0) &&
             channels.lookup(result).count % channels.lookup(op->getOperand(0)).count == 0) {
    join(result, op->getOperand(0), 0, channels.lookup(result).count / channels.lookup(op->getOperand(0)).count);
  } else {
    llvm::for_each(op->getOperands(), [&](Value operand) { fix(operand); });
    llvm::for_each(op->getResults(), [&](Value made) { fix(made); });
  }
}

} // namespace winnow
