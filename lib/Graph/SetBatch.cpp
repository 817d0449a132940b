//===- SetBatch.cpp - the batch of a network with a dynamic one -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/Remarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_SETBATCHPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;

namespace winnow {

/// The name of an argument for messages.
static std::string getArgumentName(FunctionOpInterface function, unsigned index) {
  if (auto name = function.getArgAttrOfType<StringAttr>(index, "winnow.name"))
    return name.str();
  return "#" + std::to_string(index);
}

LogicalResult setBatch(FunctionOpInterface function, int64_t batch) {
  if (batch < 1)
    return function->emitError("expected a batch of at least 1 but got ") << batch;
  if (function.isExternal())
    return success();
  bool found = false;
  for (BlockArgument argument : function.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || type.getRank() == 0 || !type.isDynamicDim(0))
      continue;
    SmallVector<int64_t> shape(type.getShape());
    shape[0] = batch;
    argument.setType(RankedTensorType::get(shape, type.getElementType(), type.getEncoding()));
    found = true;
  }
  if (!found && function.getNumArguments() > 0) {
    auto type = dyn_cast<RankedTensorType>(function.getArgument(0).getType());
    if (type && type.getRank() > 0 && type.getDimSize(0) != batch)
      return function->emitError("expected input '")
             << getArgumentName(function, 0) << "' to have a dynamic batch, or one of " << batch << ", but it has type "
             << type;
  }
  remarkAnalysis(function, "winnow-set-batch", found ? "the batch is set" : "the batch is fixed already",
                 {{"batch", batch}});
  return inferShapes(function);
}

namespace {
struct SetBatchPass : impl::SetBatchPassBase<SetBatchPass> {
  using SetBatchPassBase::SetBatchPassBase;
  void runOnOperation() override {
    if (failed(setBatch(getOperation(), batch)))
      signalPassFailure();
  }
};
} // namespace

} // namespace winnow
