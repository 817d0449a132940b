//===- ArenaRecord.cpp - a plan of the arena for readers -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArenaRecord.h"

#include "winnow/Support/ReportAttributes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace winnow {

/// The name of the node that `loc` belongs to; empty for none.
static StringAttr getNode(Location loc, Builder &b) {
  auto name = loc->findInstanceOf<NameLoc>();
  return name ? name.getName() : b.getStringAttr("");
}

void recordArena(func::FuncOp func, ArrayRef<PlannedBuffer> buffers) {
  Builder b(func.getContext());
  SmallVector<Attribute> steps, plan;
  SmallVector<int64_t> stepOfPosition; // the step at a position, or the next one
  for (Operation &op : func.getBody().front().without_terminator()) {
    stepOfPosition.push_back(steps.size());
    if (!isMemoryEffectFree(&op) && !isa<memref::AllocOp, memref::DeallocOp, ViewLikeOpInterface>(op))
      steps.push_back(getNode(op.getLoc(), b));
  }
  int64_t last = std::max<int64_t>(0, static_cast<int64_t>(steps.size()) - 1);
  auto getStep = [&](int64_t position) {
    bool known = position < static_cast<int64_t>(stepOfPosition.size());
    return b.getI64IntegerAttr(known ? std::min(stepOfPosition[position], last) : last);
  };
  for (const PlannedBuffer &buffer : buffers) {
    NamedAttrList entry;
    entry.set("name", getNode(buffer.loc, b));
    entry.set("offset", b.getI64IntegerAttr(buffer.offset));
    entry.set("bytes", b.getI64IntegerAttr(buffer.bytes));
    entry.set("first", getStep(buffer.firstUse));
    entry.set("last", getStep(buffer.lastUse));
    if (buffer.perSample)
      entry.set("per_sample", b.getUnitAttr());
    if (buffer.inside)
      entry.set("inside", b.getUnitAttr());
    plan.push_back(entry.getDictionary(func.getContext()));
  }
  func->setAttr(kArenaPlanAttr, b.getArrayAttr(plan));
  func->setAttr(kArenaStepsAttr, b.getArrayAttr(steps));
}

} // namespace winnow
