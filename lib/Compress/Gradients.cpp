//===- Gradients.cpp - reverse mode for inference networks ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Gradients.h"

#include "GradientRules.h"

#include "winnow/Compress/Passes.h"

#include "mlir/Dialect/Quant/IR/Quant.h"

#include "llvm/ADT/DenseSet.h"

namespace winnow {
#define GEN_PASS_DEF_DIFFERENTIATEPASS
#include "winnow/Compress/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

void splitActivations(func::FuncOp main) {
  SmallVector<LayerOp> layers;
  main.walk([&](Operation *op) {
    if (std::optional<LayerOp> layer = LayerOp::get(op))
      layers.push_back(*layer);
  });
  OpBuilder builder(main.getContext());
  for (const LayerOp &layer : layers)
    layer.splitActivation(builder);
}

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32();
}

/// The values of the block of `output`'s op that are computed from `asked`, with these.
static DenseSet<Value> findDependent(Block &block, ArrayRef<Value> asked) {
  DenseSet<Value> dependent(asked.begin(), asked.end());
  for (Operation &op : block)
    if (llvm::any_of(op.getOperands(), [&](Value operand) { return dependent.contains(operand); }))
      for (Value result : op.getResults())
        if (isFloatTensor(result))
          dependent.insert(result);
  return dependent;
}

static FailureOr<Value> passBack(Operation *op, unsigned operand, Term gradient) {
  for (auto *rule : {passBackThroughLayer, passBackThroughWindow, passBackThroughMovement, passBackThroughPoint})
    if (FailureOr<Value> found = rule(op, operand, gradient); succeeded(found))
      return found;
  return failure();
}

static llvm::Error refuse(Operation *op) {
  std::string name = "?";
  if (auto loc = op->getLoc()->findInstanceOf<NameLoc>())
    name = loc.getName().str();
  return llvm::createStringError("'" + name + "' (" + op->getName().getStringRef() +
                                 "): its derivative is not known in this form");
}

llvm::Expected<Gradients> Gradients::build(OpBuilder &builder, Value output, Value seed, ArrayRef<Value> asked) {
  Gradients made;
  Block &block = *output.getParentBlock();
  DenseSet<Value> dependent = findDependent(block, asked);
  if (dependent.contains(output))
    made.total[output] = seed;
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    ops.push_back(&op);
  for (Operation *op : llvm::reverse(ops)) {
    Value gradient = op->getNumResults() ? made.total.lookup(op->getResult(0)) : Value();
    if (!gradient)
      continue;
    for (OpOperand &operand : op->getOpOperands()) {
      if (!dependent.contains(operand.get()))
        continue;
      FailureOr<Value> passed = passBack(op, operand.getOperandNumber(), Term(builder, op->getLoc(), gradient));
      if (failed(passed))
        return refuse(op);
      made.through[&operand] = *passed;
      Value &sum = made.total[operand.get()];
      sum = sum ? AddOp::create(builder, op->getLoc(), sum, *passed) : *passed;
    }
  }
  return std::move(made);
}

LogicalResult differentiate(func::FuncOp main) {
  splitActivations(main);
  Operation *last = main.getBody().front().getTerminator();
  if (last->getNumOperands() == 0 || !isFloatTensor(last->getOperand(0)))
    return main.emitError("expected a first result of f32 to differentiate");
  SmallVector<Value> asked;
  for (BlockArgument argument : main.getArguments())
    if (isFloatTensor(argument))
      asked.push_back(argument);
  Builder attributes(main.getContext());
  auto name = [&](StringRef text) {
    return attributes.getDictionaryAttr(attributes.getNamedAttr("winnow.name", attributes.getStringAttr(text)));
  };
  unsigned seed = main.getNumArguments();
  if (failed(main.insertArgument(seed, last->getOperand(0).getType(), name("winnow.seed"), main.getLoc())))
    return failure();
  OpBuilder builder(last);
  llvm::Expected<Gradients> gradients = Gradients::build(builder, last->getOperand(0), main.getArgument(seed), asked);
  if (!gradients)
    return main.emitError(llvm::toString(gradients.takeError()));
  SmallVector<Value> results(last->getOperands());
  for (Value value : asked) {
    Value gradient = gradients->get(value);
    if (!gradient)
      return main.emitError("expected the first result to depend on argument ")
             << cast<BlockArgument>(value).getArgNumber();
    if (failed(main.insertResult(results.size(), gradient.getType(),
                                 name("gradient" + std::to_string(cast<BlockArgument>(value).getArgNumber())))))
      return failure();
    results.push_back(gradient);
  }
  last->setOperands(results);
  return success();
}

namespace {
struct DifferentiatePass : impl::DifferentiatePassBase<DifferentiatePass> {
  using DifferentiatePassBase::DifferentiatePassBase;
  void runOnOperation() override {
    if (failed(differentiate(getOperation())))
      signalPassFailure();
  }
};
} // namespace

} // namespace winnow
