//===- WinogradChunks.cpp - chunks of tiles divided among threads ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Threads that share the three kernels of a chunk read what the others wrote, and
// wait for them three times a chunk. Where there are several chunks, each thread
// computes its own ones, in scratch memory of its own.
//
//===----------------------------------------------------------------------===//

#include "WinogradKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace winnow::kernel {

/// The most threads that can have chunks of their own: each needs scratch memory.
static constexpr int64_t kMaxRuns = 4;

int64_t WinogradPlan::getNumRuns() const {
  // Two threads would share three chunks, or one and a short rest, badly.
  int64_t chunks = tiling.getNumChunks();
  bool isEven = chunks >= 4 || (chunks == 2 && 3 * tiling.getLastRows() >= 2 * tiling.chunkRows);
  return isEven ? std::min(chunks, kMaxRuns) : 1;
}

namespace {

/// Emits runs of chunks, the axis of the kernel:
///
///   for runs, for chunks of the run: the three kernels
class ChunksEmitter {
public:
  ChunksEmitter(KernelBuilder &kb, KernelContext &context, const WinogradPlan &plan, ValueRange args)
      : kb(kb), context(context), plan(plan),
        buffers{getOperands(plan.shape, args), args.take_back(2).front(), args.back()} {}

  void emit() {
    // The first run of a call says which part of the scratch memory is its own: no other call has that run.
    auto type = MemRefType::get({1}, kb.builder.getIndexType());
    Value own = memref::AllocaOp::create(kb.builder, kb.loc, type), zero = kb.index(0);
    memref::StoreOp::create(kb.builder, kb.loc, kb.index(kUnknown), own, ValueRange{zero});
    int64_t runs = plan.getNumRuns(), chunks = plan.tiling.getNumChunks();
    kb.split("chunks", runs, kb.index(0), kb.index(runs), 1, [&](Value run) {
      Value known = memref::LoadOp::create(kb.builder, kb.loc, own, ValueRange{zero});
      Value place = kb.min(known, run);
      memref::StoreOp::create(kb.builder, kb.loc, place, own, ValueRange{zero});
      Value begin = kb.div(kb.mul(run, chunks), runs), end = kb.div(kb.mul(kb.add(run, 1), chunks), runs);
      kb.loop(begin, end, 1, {}, [&](Value chunk, ValueRange) {
        emitChunk(chunk, place);
        return Values();
      });
    });
  }

private:
  /// More than the number of any run.
  static constexpr int64_t kUnknown = kMaxRuns;

  void emitChunk(Value chunk, Value place) {
    const WinogradTiling &tiling = plan.tiling;
    Value firstRow = kb.mul(chunk, tiling.chunkRows);
    if (tiling.getLastRows() == tiling.chunkRows)
      return emitCalls(tiling.chunkRows, firstRow, place);
    OpBuilder &b = kb.builder;
    Value isWhole =
        arith::CmpIOp::create(b, kb.loc, arith::CmpIPredicate::slt, chunk, kb.index(tiling.getNumChunks() - 1));
    auto choice = scf::IfOp::create(b, kb.loc, TypeRange(), isWhole, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(choice.thenBlock()->getTerminator());
    emitCalls(tiling.chunkRows, firstRow, place);
    b.setInsertionPoint(choice.elseBlock()->getTerminator());
    emitCalls(tiling.getLastRows(), firstRow, place);
  }

  /// The part `place` of scratch memory as a buffer of `type`.
  Value getScratch(Value scratch, MemRefType type, Value place) {
    Value offset = kb.mul(place, type.getNumElements() * type.getElementTypeBitWidth() / 8);
    return memref::ViewOp::create(kb.builder, kb.loc, type, scratch, offset, ValueRange());
  }

  void emitCalls(int64_t rows, Value firstRow, Value place) {
    WinogradBuffers chunk = buffers;
    chunk.transformed = getScratch(buffers.transformed, plan.product.getInputType(), place);
    chunk.products = getScratch(buffers.products, plan.product.getProductType(), place);
    emitWinogradChunk(kb.builder, kb.loc, context, plan, chunk, rows, firstRow);
  }

  KernelBuilder &kb;
  KernelContext &context;
  const WinogradPlan &plan;
  WinogradBuffers buffers;
};

} // namespace

/// Scratch memory of `type` for each run.
static MemRefType getRunsType(const WinogradPlan &plan, MemRefType type) {
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  return MemRefType::get({plan.getNumRuns() * bytes}, IntegerType::get(type.getContext(), 8));
}

MemRefType WinogradPlan::getTransformedRunsType() const { return getRunsType(*this, product.getInputType()); }
MemRefType WinogradPlan::getProductRunsType() const { return getRunsType(*this, product.getProductType()); }

func::FuncOp getWinogradChunksKernel(KernelContext &context, Location loc, const WinogradPlan &plan) {
  llvm::SmallVector<Type> arguments(
      getKernelType(loc.getContext(), plan.shape, plan.product.getFilterType().getNumElements()).getInputs());
  arguments[1] = plan.product.getFilterType();
  arguments.append({plan.getTransformedRunsType(), plan.getProductRunsType()});
  return context.getOrCreateKernel("winograd_chunks_" + plan.getName(plan.tiling.chunkRows),
                                   FunctionType::get(loc.getContext(), arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     ChunksEmitter(kb, context, plan, args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
