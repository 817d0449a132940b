//===- ExpandTiles.cpp - tiles without a matrix unit -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A value of a tile type becomes a buffer on the stack, one for each op that makes one and for each one that a loop
// carries: an op may run again while a loop still carries what it made before, so a loop copies what it yields.

#include "winnow/Kernel/Passes.h"

#include "ContractionTile.h"
#include "DotProduct.h"
#include "TilePlan.h"

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace winnow;
using namespace winnow::kernel;

namespace winnow {
#define GEN_PASS_DEF_EXPANDTILESPASS
#include "winnow/Kernel/Passes.h.inc"
} // namespace winnow

static bool isTile(Type type) { return isa<amx::TileType>(type); }

namespace {

class TileExpander {
public:
  TileExpander(func::FuncOp function, const TargetFacts &facts)
      : function(function), facts(facts), builder(function.getContext()), entry(&function.getBody().front()) {}

  LogicalResult expand() {
    SmallVector<Operation *> tileOps;
    function.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (llvm::any_of(op->getOperandTypes(), isTile) || llvm::any_of(op->getResultTypes(), isTile))
        tileOps.push_back(op);
    });
    for (Operation *op : tileOps) {
      builder.setInsertionPoint(op);
      if (failed(expandOp(op)))
        return failure();
    }
    // Loops come last, without the values that nobody uses any more.
    for (Operation *op : llvm::reverse(tileOps)) {
      if (auto loop = dyn_cast<scf::ForOp>(op))
        dropTiles(loop);
      else if (!isa<scf::YieldOp>(op)) {
        op->dropAllUses();
        op->erase();
      }
    }
    return success();
  }

private:
  LogicalResult expandOp(Operation *op) {
    KernelBuilder kb(builder, op->getLoc(), entry);
    if (auto load = dyn_cast<amx::TileLoadOp>(op))
      return expandLoad(kb, load);
    if (auto store = dyn_cast<amx::TileStoreOp>(op))
      return expandStore(kb, store);
    if (auto product = dyn_cast<amx::TileMulIOp>(op))
      return expandProduct(kb, product);
    if (auto product = dyn_cast<amx::TileMulFOp>(op))
      return expandProduct(kb, product);
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      startLoop(kb, loop);
      return success();
    }
    if (isa<scf::YieldOp>(op) && isa<scf::ForOp>(op->getParentOp())) {
      endIteration(kb, op);
      return success();
    }
    return op->emitOpError(
        "has no expansion of tiles: expected amx.tile_load, tile_store, tile_muli of bytes without a "
        "sign by bytes with one, tile_mulf of bf16, or scf.for");
  }

  /// The buffer of a tile, rows one after the other.
  Value allocate(Location loc, amx::TileType type) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(entry);
    auto buffer = MemRefType::get({type.getNumElements()}, type.getElementType());
    return memref::AllocaOp::create(builder, loc, buffer, builder.getI64IntegerAttr(kTileRowBytes));
  }

  static VectorType getRowType(amx::TileType type) {
    return VectorType::get(type.getShape()[1], type.getElementType());
  }

  Value load(KernelBuilder &kb, VectorType type, Value buffer, Value position) {
    return vector::LoadOp::create(builder, kb.loc, type, buffer, ValueRange{position});
  }
  void store(KernelBuilder &kb, Value row, Value buffer, Value position) {
    vector::StoreOp::create(builder, kb.loc, row, buffer, ValueRange{position});
  }

  LogicalResult expandLoad(KernelBuilder &kb, amx::TileLoadOp op) {
    if (!op.getStride() || op.getIndices().size() != 1)
      return op.emitOpError("expected a flat buffer with a stride");
    amx::TileType type = op.getTileType();
    Value buffer = buffers[op.getResult()] = allocate(kb.loc, type);
    kb.loop(0, type.getShape()[0], 1, [&](Value row) {
      Value from = arith::MulIOp::create(builder, kb.loc, row, op.getStride());
      from = kb.add(op.getIndices().front(), from);
      store(kb, load(kb, getRowType(type), op.getBase(), from), buffer, kb.mul(row, type.getShape()[1]));
    });
    return success();
  }

  LogicalResult expandStore(KernelBuilder &kb, amx::TileStoreOp op) {
    if (!op.getStride() || op.getIndices().size() != 1)
      return op.emitOpError("expected a flat buffer with a stride");
    amx::TileType type = op.getTileType();
    Value buffer = buffers.lookup(op.getVal());
    kb.loop(0, type.getShape()[0], 1, [&](Value row) {
      Value to = arith::MulIOp::create(builder, kb.loc, row, op.getStride());
      to = kb.add(op.getIndices().front(), to);
      store(kb, load(kb, getRowType(type), buffer, kb.mul(row, type.getShape()[1])), op.getBase(), to);
    });
    return success();
  }

  /// Calls `step(sum, x, w)` for all four bytes of the reduction: `x` is their place in a row of the left tile, `w`
  /// that of the weights of a vector of sums.
  template <typename OpTy>
  void emitProduct(KernelBuilder &kb, OpTy op, int64_t lanes,
                   function_ref<Value(Value sum, Value lhs, Value x, Value rhs, Value w)> step) {
    amx::TileType type = op.getTileType();
    Value result = buffers[op.getResult()] = allocate(kb.loc, type);
    Value sums = buffers.lookup(op.getAcc()), lhs = buffers.lookup(op.getLhs()), rhs = buffers.lookup(op.getRhs());
    int64_t columns = type.getShape()[1], rowSize = op.getLhsTileType().getShape()[1];
    int64_t together = op.getRhsTileType().getShape()[1] / columns;
    auto row = VectorType::get({lanes}, type.getElementType());
    kb.loop(0, type.getShape()[0], 1, [&](Value r) {
      kb.loop(0, columns, lanes, [&](Value column) {
        Value at = kb.add(kb.mul(r, columns), column);
        Values sum = kb.loop(kb.index(0), kb.index(rowSize / together), 1, {load(kb, row, sums, at)},
                             [&](Value k, ValueRange carried) -> Values {
                               Value x = kb.add(kb.mul(r, rowSize), kb.mul(k, together));
                               Value w = kb.mul(kb.add(kb.mul(k, columns), column), together);
                               return {step(carried.front(), lhs, x, rhs, w)};
                             });
        store(kb, sum.front(), result, at);
      });
    });
  }

  int64_t getLanes(amx::TileType type) const { return std::min(facts.getF32Lanes(), type.getShape()[1]); }

  /// sums[r][n] += lhs[r][4k + j] * rhs[k][4n + j] over all k and j.
  LogicalResult expandProduct(KernelBuilder &kb, amx::TileMulIOp op) {
    if (!op.getIsZextLhs() || op.getIsZextRhs())
      return op.emitOpError("expected bytes without a sign by bytes with one");
    int64_t lanes = getLanes(op.getTileType());
    DotProduct product(facts, lanes, /*pairsFit=*/false);
    auto bytes = VectorType::get({kDotChannels * lanes}, builder.getI8Type());
    emitProduct(kb, op, lanes, [&](Value sum, Value lhs, Value x, Value rhs, Value w) {
      Values u = product.loadUnsigned(kb, lhs, x);
      Values s = product.prepareSigned(kb, load(kb, bytes, rhs, w));
      return product.multiplyAdd(kb, sum, u, s);
    });
    return success();
  }

  /// sums[r][n] += lhs[r][2k + j] * rhs[k][2n + j] over all k and j, in f32: two bf16 are the halves of a word.
  LogicalResult expandProduct(KernelBuilder &kb, amx::TileMulFOp op) {
    if (!op.getLhsTileType().getElementType().isBF16() || !op.getRhsTileType().getElementType().isBF16())
      return op.emitOpError("expected tiles of bf16");
    int64_t lanes = getLanes(op.getTileType());
    auto pair = VectorType::get({2}, builder.getBF16Type()),
         pairs = VectorType::get({2 * lanes}, builder.getBF16Type());
    auto words = VectorType::get({lanes}, builder.getI32Type()), reals = VectorType::get({lanes}, builder.getF32Type());
    auto toReal = [&](Value bits) { return vector::BitCastOp::create(builder, kb.loc, reals, bits).getResult(); };
    auto low = [&](Value bits) {
      return toReal(arith::ShLIOp::create(builder, kb.loc, bits, getSplat(kb, words, 16)));
    };
    auto high = [&](Value bits) {
      return toReal(arith::AndIOp::create(builder, kb.loc, bits, getSplat(kb, words, 0xffff0000u)));
    };
    emitProduct(kb, op, lanes, [&](Value sum, Value lhs, Value x, Value rhs, Value w) {
      Value word = vector::ExtractOp::create(builder, kb.loc, bitcastElements(kb, load(kb, pair, lhs, x), 32), 0);
      Value u = vector::BroadcastOp::create(builder, kb.loc, words, word);
      Value v = bitcastElements(kb, load(kb, pairs, rhs, w), 32);
      sum = multiplyAdd(kb, low(u), low(v), sum, facts.hasFMA);
      return multiplyAdd(kb, high(u), high(v), sum, facts.hasFMA);
    });
    return success();
  }

  Value getSplat(KernelBuilder &kb, VectorType type, uint32_t bits) {
    return arith::ConstantOp::create(builder, kb.loc, type, DenseElementsAttr::get(type, APInt(32, bits)));
  }

  /// Copies tiles. Where one that is read is written as well, all of them are read first.
  void copyTiles(KernelBuilder &kb, ArrayRef<std::pair<Value, Value>> copies) {
    Values rows;
    bool overlaps = llvm::any_of(copies, [&](auto copy) {
      return llvm::any_of(copies, [&](auto other) { return copy.first == other.second; });
    });
    for (auto [from, to] : copies) {
      auto [type, size] = getRow(from);
      auto copyRow = [&, from = from, to = to, type = type](Value at) { store(kb, load(kb, type, from, at), to, at); };
      if (!overlaps)
        kb.loop(0, size, type.getNumElements(), copyRow);
      for (int64_t at = 0; overlaps && at < size; at += type.getNumElements())
        rows.push_back(load(kb, type, from, kb.index(at)));
    }
    size_t next = 0;
    for (auto [from, to] : copies) {
      auto [type, size] = getRow(from);
      for (int64_t at = 0; overlaps && at < size; at += type.getNumElements())
        store(kb, rows[next++], to, kb.index(at));
    }
  }

  /// The row of a tile in a buffer, and the elements of the buffer.
  static std::pair<VectorType, int64_t> getRow(Value buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    int64_t perRow = kTileRowBytes * 8 / type.getElementTypeBitWidth();
    return {VectorType::get({perRow}, type.getElementType()), type.getNumElements()};
  }

  void startLoop(KernelBuilder &kb, scf::ForOp loop) {
    SmallVector<std::pair<Value, Value>> copies;
    for (auto [initial, carried, result] :
         llvm::zip_equal(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getResults()))
      if (auto type = dyn_cast<amx::TileType>(carried.getType())) {
        Value buffer = allocate(kb.loc, type);
        buffers[carried] = buffers[result] = buffer;
        copies.emplace_back(buffers.lookup(initial), buffer);
      }
    copyTiles(kb, copies);
  }

  void endIteration(KernelBuilder &kb, Operation *yield) {
    SmallVector<std::pair<Value, Value>> copies;
    auto loop = cast<scf::ForOp>(yield->getParentOp());
    for (auto [yielded, carried] : llvm::zip_equal(yield->getOperands(), loop.getRegionIterArgs()))
      if (Value from = buffers.lookup(yielded); from && from != buffers.lookup(carried))
        copies.emplace_back(from, buffers.lookup(carried));
    copyTiles(kb, copies);
  }

  void dropTiles(scf::ForOp loop) {
    builder.setInsertionPoint(loop);
    Values initial, yielded;
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    for (auto [carried, start, end] :
         llvm::zip_equal(loop.getRegionIterArgs(), loop->getOperands().drop_front(3), yield->getOperands()))
      if (!isTile(carried.getType())) {
        initial.push_back(start);
        yielded.push_back(end);
      }
    auto plain =
        scf::ForOp::create(builder, loop.getLoc(), loop.getLowerBound(), loop.getUpperBound(), loop.getStep(), initial);
    plain->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
    yield->setOperands(yielded);
    Block *body = plain.getBody();
    body->clear();
    body->getOperations().splice(body->end(), loop.getBody()->getOperations());
    loop.getInductionVar().replaceAllUsesWith(plain.getInductionVar());
    unsigned next = 0;
    for (auto [carried, result] : llvm::zip_equal(loop.getRegionIterArgs(), loop.getResults()))
      if (!isTile(carried.getType())) {
        carried.replaceAllUsesWith(plain.getRegionIterArgs()[next]);
        result.replaceAllUsesWith(plain.getResult(next++));
      }
    loop.erase();
  }

  func::FuncOp function;
  const TargetFacts &facts;
  OpBuilder builder;
  Block *entry;
  llvm::DenseMap<Value, Value> buffers;
};

struct ExpandTilesPass : winnow::impl::ExpandTilesPassBase<ExpandTilesPass> {
  using ExpandTilesPassBase::ExpandTilesPassBase;

  void runOnOperation() override {
    TargetFacts facts = TargetFacts::fromModule(getOperation());
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && (force || lacksUnit(function, facts)) &&
          failed(TileExpander(function, facts).expand()))
        return signalPassFailure();
  }

private:
  /// Whether the target cannot compute what `function` does with tiles.
  static bool lacksUnit(func::FuncOp function, const TargetFacts &facts) {
    WalkResult result = function.walk([&](Operation *op) {
      bool has = isa<amx::TileMulIOp>(op)   ? facts.hasInt8Tiles
                 : isa<amx::TileMulFOp>(op) ? facts.hasBF16Tiles
                                            : facts.hasInt8Tiles || facts.hasBF16Tiles;
      bool isOfTiles = isa_and_nonnull<amx::AMXDialect>(op->getDialect());
      return isOfTiles && !has ? WalkResult::interrupt() : WalkResult::advance();
    });
    return result.wasInterrupted();
  }
};

} // namespace
