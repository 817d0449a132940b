//===- InstrumentLayers.cpp - the time each layer takes ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/ModelInterface.h"
#include "winnow/Target/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_INSTRUMENTLAYERS
#include "winnow/Target/Passes.h.inc"

/// Whether an operation takes time: it has regions, calls or touches memory.
static bool isWork(Operation &op) {
  return !isMemoryEffectFree(&op) && !isa<memref::AllocOp, memref::DeallocOp, ViewLikeOpInterface>(op);
}

namespace {
struct InstrumentLayers : impl::InstrumentLayersBase<InstrumentLayers> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal() || main->hasAttr(kInstrumentedAttr))
      return;
    llvm::StringMap<int32_t> indices;
    SmallVector<LayerInterface> layers = readLayers(module);
    // Of the ops that a node became, the one with the arithmetic stands for all.
    for (auto [index, layer] : llvm::enumerate(layers)) {
      auto [known, isNew] = indices.try_emplace(layer.name, index);
      if (!isNew && layer.macs > layers[known->second].macs)
        known->second = index;
    }

    OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    auto mark = func::FuncOp::create(b, main.getLoc(), "winnow_mark_layer",
                                     b.getFunctionType({pointer, b.getI32Type(), b.getI32Type()}, {}));
    mark.setPrivate();
    unsigned times = main.getNumArguments();
    if (failed(main.insertArgument(times, pointer, {}, main.getLoc())))
      return signalPassFailure();
    main->setAttr(kInstrumentedAttr, b.getUnitAttr());

    auto markBefore = [&](Operation *op, int32_t layer) {
      b.setInsertionPoint(op);
      Value count = arith::ConstantIntOp::create(b, op->getLoc(), layers.size(), 32);
      Value index = arith::ConstantIntOp::create(b, op->getLoc(), layer, 32);
      func::CallOp::create(b, op->getLoc(), mark, ValueRange{main.getArgument(times), count, index});
    };
    int32_t current = -1;
    Block &body = main.getBody().front();
    SmallVector<Operation *> ops;
    for (Operation &op : body.without_terminator())
      ops.push_back(&op);
    for (Operation *op : ops) {
      if (!isWork(*op))
        continue;
      auto it = indices.find(getLayerName(op->getLoc()));
      if (it == indices.end() || it->second == current)
        continue;
      current = it->second;
      markBefore(op, current);
    }
    markBefore(body.getTerminator(), -1);
  }
};
} // namespace

} // namespace winnow
