//===- VerifyMemory.cpp - the contract after Memory===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Memory/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace winnow {
#define GEN_PASS_DEF_VERIFYMEMORY
#include "winnow/Memory/Passes.h.inc"
} // namespace winnow

using namespace mlir;

namespace {

struct VerifyMemory : winnow::impl::VerifyMemoryBase<VerifyMemory> {
  void runOnOperation() override {
    auto result = getOperation().walk([](Operation *op) {
      if (isa<memref::AllocOp, memref::DeallocOp, memref::ReallocOp>(op)) {
        op->emitOpError("expected every buffer to lie in the arena after winnow-plan-memory");
        return WalkResult::interrupt();
      }
      auto func = dyn_cast<func::FuncOp>(op);
      if (func && func.isPublic() && !func.isDeclaration() && !func->hasAttr("winnow.arena_bytes")) {
        func.emitOpError("expected attribute winnow.arena_bytes on a public function");
        return WalkResult::interrupt();
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
