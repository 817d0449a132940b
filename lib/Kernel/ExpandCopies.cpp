//===- ExpandCopies.cpp - strided copies as vector loops ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelLowering.h"

#include "winnow/Kernel/Passes.h"

#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::kernel;

namespace winnow {
#define GEN_PASS_DEF_EXPANDCOPIESPASS
#include "winnow/Kernel/Passes.h.inc"
} // namespace winnow

static bool isContiguous(Value buffer) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  return type && (type.getLayout().isIdentity() || memref::isStaticShapeAndContiguousRowMajor(type));
}

namespace {
struct ExpandCopiesPass : winnow::impl::ExpandCopiesPassBase<ExpandCopiesPass> {
  void runOnOperation() override {
    TargetFacts facts = TargetFacts::fromModule(getOperation()->getParentOfType<ModuleOp>());
    getOperation().walk([&](memref::CopyOp copy) {
      if (isContiguous(copy.getSource()) && isContiguous(copy.getTarget()))
        return;
      OpBuilder b(copy);
      copyBuffer(b, copy.getLoc(), copy.getSource(), copy.getTarget(), facts);
      copy.erase();
    });
  }
};
} // namespace
