//===- NetworkCopy.cpp - a copy of a network to be looked into ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkCopy.h"

#include "winnow/Dialect/CNN/CNN.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

Value skipSoftmax(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isa<SoftmaxOp, LogSoftmaxOp>(op) ? op->getOperand(0) : value;
}

NetworkCopy::NetworkCopy(ModuleOp original)
    : module(original.clone()), main(module->lookupSymbol<func::FuncOp>("main")) {}

unsigned NetworkCopy::countOwnResults() const {
  return func::FuncOp(main).getBody().front().getTerminator()->getNumOperands();
}

size_t NetworkCopy::getBatch() const {
  auto input = cast<RankedTensorType>(func::FuncOp(main).getArgumentTypes().front());
  return input.isDynamicDim(0) ? 1 : input.getDimSize(0);
}

unsigned NetworkCopy::show(Value value) {
  shown.push_back(value);
  return countOwnResults() + shown.size() - 1;
}

void NetworkCopy::finishResults(bool takeLogits) {
  OpBuilder builder(main.getContext());
  Operation *old = main.getBody().front().getTerminator();
  builder.setInsertionPoint(old);
  SmallVector<Value> results(old->getOperands());
  if (takeLogits)
    llvm::transform(results, results.begin(), skipSoftmax);
  results.append(shown);
  func::ReturnOp::create(builder, old->getLoc(), results);
  old->erase();
  main.setType(builder.getFunctionType(main.getArgumentTypes(), ValueRange(results).getTypes()));
  SmallVector<DictionaryAttr> names;
  for (size_t i = 0; i < results.size(); ++i)
    names.push_back(
        builder.getDictionaryAttr(builder.getNamedAttr("winnow.name", builder.getStringAttr("r" + std::to_string(i)))));
  main.setAllResultAttrs(names);
}

Value NetworkCopy::addArgument(Type type, const std::string &name) {
  Builder builder(main.getContext());
  auto attributes =
      builder.getDictionaryAttr(builder.getNamedAttr("winnow.name", builder.getStringAttr("winnow." + name)));
  unsigned index = main.getNumArguments();
  (void)main.insertArgument(index, type, attributes, main.getLoc());
  return main.getArgument(index);
}

} // namespace winnow
