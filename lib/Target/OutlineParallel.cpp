//===- OutlineParallel.cpp - parallel loops as tasks of the runtime ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/ModelInterface.h"
#include "winnow/Target/Passes.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace winnow {
#define GEN_PASS_DEF_OUTLINEPARALLEL
#include "winnow/Target/Passes.h.inc"

namespace {

/// What a task needs from outside, and how it comes there: operations to repeat,
/// in order, and values in the struct.
struct Captures {
  SetVector<Operation *> repeated;
  SetVector<Value> passed;

  void add(Value value) {
    Operation *op = value.getDefiningOp();
    bool canRepeat = op && op->getNumRegions() == 0 && (isPure(op) || isa<memref::GetGlobalOp>(op));
    if (!canRepeat) {
      passed.insert(value);
      return;
    }
    if (repeated.contains(op))
      return;
    for (Value operand : op->getOperands())
      add(operand);
    repeated.insert(op);
  }
};

struct OutlineParallel : impl::OutlineParallelBase<OutlineParallel> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal())
      return;
    SmallVector<scf::ParallelOp> loops;
    main.walk([&](scf::ParallelOp loop) {
      if (loop.getNumLoops() == 1 && loop.getNumReductions() == 0)
        loops.push_back(loop);
    });
    if (loops.empty())
      return;
    MLIRContext *context = &getContext();
    OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
    pointer = LLVM::LLVMPointerType::get(context);
    taskType = b.getFunctionType({pointer, b.getI64Type()}, {});
    parallelFor = func::FuncOp::create(b, main.getLoc(), "winnow_parallel_for",
                                       b.getFunctionType({pointer, b.getI64Type(), pointer, pointer}, {}));
    parallelFor.setPrivate();
    unsigned team = main.getNumArguments();
    if (failed(main.insertArgument(team, pointer, b.getDictionaryAttr(b.getNamedAttr(kTeamAttr, b.getUnitAttr())),
                                   main.getLoc())))
      return signalPassFailure();
    for (auto [number, loop] : llvm::enumerate(loops))
      outline(loop, main, number);
  }

private:
  /// The type that `type` has in the struct.
  Type getStoredType(Type type) { return LLVMTypeConverter(&getContext()).convertType(type); }

  static Value cast(OpBuilder &b, Location loc, Value value, Type type) {
    return value.getType() == type ? value : UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
  }

  void outline(scf::ParallelOp loop, func::FuncOp main, unsigned number);
  func::FuncOp createTask(scf::ParallelOp loop, const Captures &captures, LLVM::LLVMStructType structType,
                          unsigned number);

  LLVM::LLVMPointerType pointer;
  FunctionType taskType;
  func::FuncOp parallelFor;
};

} // namespace

func::FuncOp OutlineParallel::createTask(scf::ParallelOp loop, const Captures &captures,
                                         LLVM::LLVMStructType structType, unsigned number) {
  OpBuilder b = OpBuilder::atBlockEnd(getOperation().getBody());
  Location loc = loop.getLoc();
  auto task = func::FuncOp::create(b, loc, "task_" + std::to_string(number), taskType);
  task.setPrivate();
  Block *body = task.addEntryBlock();
  b.setInsertionPointToStart(body);
  IRMapping mapping;
  for (auto [index, value] : llvm::enumerate(captures.passed)) {
    LLVM::GEPArg indices[] = {0, static_cast<int32_t>(index)};
    Value address = LLVM::GEPOp::create(b, loc, pointer, structType, body->getArgument(0), indices);
    Value stored = LLVM::LoadOp::create(b, loc, structType.getBody()[index], address);
    mapping.map(value, cast(b, loc, stored, value.getType()));
  }
  for (Operation *op : captures.repeated)
    b.clone(*op, mapping);
  // position = lower + part * step
  auto lookup = [&](Value value) { return mapping.lookup(value); };
  Value part = arith::IndexCastOp::create(b, loc, b.getIndexType(), body->getArgument(1));
  Value position = arith::MulIOp::create(b, loc, part, lookup(loop.getStep().front()));
  position = arith::AddIOp::create(b, loc, position, lookup(loop.getLowerBound().front()));
  mapping.map(loop.getInductionVars().front(), position);
  for (Operation &op : loop.getBody()->without_terminator())
    b.clone(op, mapping);
  func::ReturnOp::create(b, loc);
  return task;
}

void OutlineParallel::outline(scf::ParallelOp loop, func::FuncOp main, unsigned number) {
  Captures captures;
  SetVector<Value> used;
  getUsedValuesDefinedAbove(loop.getRegion(), used);
  for (Value value : used)
    captures.add(value);
  for (Value value : {loop.getLowerBound().front(), loop.getStep().front()})
    captures.add(value);
  SmallVector<Type> types;
  for (Value value : captures.passed)
    types.push_back(getStoredType(value.getType()));
  auto structType = LLVM::LLVMStructType::getLiteral(&getContext(), types);
  func::FuncOp task = createTask(loop, captures, structType, number);

  Location loc = loop.getLoc();
  OpBuilder b = OpBuilder::atBlockBegin(&main.getBody().front());
  Value one = LLVM::ConstantOp::create(b, loc, b.getI64Type(), int64_t(1));
  Value data = LLVM::AllocaOp::create(b, loc, pointer, structType, one);
  b.setInsertionPoint(loop);
  for (auto [index, value] : llvm::enumerate(captures.passed)) {
    LLVM::GEPArg indices[] = {0, static_cast<int32_t>(index)};
    Value address = LLVM::GEPOp::create(b, loc, pointer, structType, data, indices);
    LLVM::StoreOp::create(b, loc, cast(b, loc, value, types[index]), address);
  }
  // parts = (upper - lower) / step, rounded up
  Value lower = loop.getLowerBound().front(), step = loop.getStep().front();
  Value range = arith::SubIOp::create(b, loc, loop.getUpperBound().front(), lower);
  Value rounded = b.createOrFold<arith::AddIOp>(
      loc, range, b.createOrFold<arith::SubIOp>(loc, step, arith::ConstantIndexOp::create(b, loc, 1)));
  Value parts = b.createOrFold<arith::DivUIOp>(loc, rounded, step);
  parts = arith::IndexCastOp::create(b, loc, b.getI64Type(), parts);
  Value function = func::ConstantOp::create(b, loc, taskType, task.getSymName());
  func::CallOp::create(b, loc, parallelFor,
                       ValueRange{main.getArguments().back(), parts, cast(b, loc, function, pointer), data});
  loop.erase();
}

} // namespace winnow
