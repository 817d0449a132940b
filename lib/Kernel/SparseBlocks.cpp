//===- SparseBlocks.cpp - sparse filters of whole blocks ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseBlocks.h"

#include "Axis.h"
#include "ContractionTile.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// Emits the kernel:
///
///   for groups of blocks of output channels, for chunks of pixels, for passes over the input channels
///     of windows, copy what the chunk reads into the panel
///     for register tiles of the chunk, for blocks of output channels
///       start with the bias, or with what the output holds; add all entries; store the sums
class SparseBlocksEmitter {
public:
  SparseBlocksEmitter(KernelBuilder &kb, const SparseBlocksPlan &plan, const TargetFacts &facts, ValueRange args)
      : kb(kb), shape(plan.shape), tiling(plan.tiling), facts(facts) {
    unsigned next = 0;
    input = args[next++];
    values = args[next++];
    places = args[next++];
    starts = args[next++];
    tile.epilogue.bias = shape.bias ? args[next++] : Value();
    tile.epilogue.residual = shape.residual ? args[next++] : Value();
    tile.epilogue.activation = shape.activation;
    tile.output = args[next++];
    tile.computeType = shape.computeType;
    tile.lanes = tiling.vector;
    tile.fma = facts.hasFMA;
    panel =
        tiling.window.isFlat
            ? input
            : memref::AllocaOp::create(kb.builder, kb.loc,
                                       MemRefType::get({tiling.getPanelVectors() * tiling.vector}, shape.computeType),
                                       kb.builder.getI64IntegerAttr(64))
                  .getResult();
  }

  void emit() {
    forEachPart(kChannelAxis, tiling.getOutBlocks(), tiling.groupBlocks,
                [&](Value first, int64_t count) { emitGroup({first, count}); });
  }

private:
  struct Group {
    Value first;
    int64_t blocks;
  };
  /// Of pixels in one line `column` and `columns`, of windows `row` and `rows` with all columns.
  struct Chunk {
    Value row, column;
    int64_t rows, columns;
  };
  struct Pass {
    Value number;
    int64_t blocks;
    bool isFirst, isLast;
  };

  /// Calls `body` for parts of `size` of `extent`, which are divided along `axis`, and for what is left.
  void forEachPart(llvm::StringRef axis, int64_t extent, int64_t size,
                   llvm::function_ref<void(Value first, int64_t count)> body) {
    int64_t full = extent / size, rest = extent % size, parts = full + (rest != 0);
    if (full > 0)
      kb.split(axis, parts, kb.index(0), kb.index(full), 1, [&](Value part) { body(kb.mul(part, size), size); });
    if (rest > 0)
      kb.split(axis, parts, kb.index(full), kb.index(full + 1), 1, [&](Value) { body(kb.index(full * size), rest); });
  }

  /// The same without an axis.
  void forEachTile(int64_t extent, int64_t size, llvm::function_ref<void(Value first, int64_t count)> body) {
    int64_t full = extent / size, rest = extent % size;
    if (full > 0)
      kb.loop(0, full, 1, [&](Value part) { body(kb.mul(part, size), size); });
    if (rest > 0)
      body(kb.index(full * size), rest);
  }

  void emitGroup(const Group &group) {
    if (tiling.window.isFlat)
      forEachPart(kColumnAxis, tiling.window.out[1], tiling.columns,
                  [&](Value column, int64_t columns) { emitChunk(group, {kb.index(0), column, 1, columns}); });
    else
      forEachPart(kRowAxis, tiling.window.out[0], tiling.chunkRows,
                  [&](Value row, int64_t rows) { emitChunk(group, {row, kb.index(0), rows, tiling.window.out[1]}); });
  }

  void emitChunk(const Group &group, const Chunk &chunk) {
    int64_t passes = tiling.getNumPasses(), size = tiling.passBlocks, last = tiling.getInBlocks() - (passes - 1) * size;
    if (passes > 1)
      emitPass(group, chunk, {kb.index(0), size, true, false});
    kb.loop(1, passes - 1, 1, [&](Value pass) { emitPass(group, chunk, {pass, size, false, false}); });
    emitPass(group, chunk, {kb.index(passes - 1), last, passes == 1, true});
  }

  void emitPass(const Group &group, const Chunk &chunk, const Pass &pass) {
    if (!tiling.window.isFlat)
      fillPanel(chunk, pass);
    forEachTile(chunk.rows, std::min(tiling.rows, chunk.rows), [&](Value row, int64_t rows) {
      forEachTile(chunk.columns, std::min(tiling.columns, chunk.columns), [&](Value column, int64_t columns) {
        kb.loop(0, group.blocks, 1,
                [&](Value block) { emitTile(chunk, pass, kb.add(group.first, block), {row, column, rows, columns}); });
      });
    });
  }

  /// A place of the input in elements.
  Value getInput(Value block, Value row, Value column) {
    Value pixel = kb.add(kb.mul(block, shape.window.getNumInputs()), kb.add(kb.mul(row, shape.window.in[2]), column));
    return kb.mul(pixel, tiling.vector);
  }

  void fillPanel(const Chunk &chunk, const Pass &pass) {
    const WindowShape &window = shape.window;
    int64_t rows = (chunk.rows - 1) * window.stride[1] + tiling.window.reach[0] + 1;
    kb.loop(0, pass.blocks, 1, [&](Value block) {
      Value from = kb.add(kb.mul(pass.number, tiling.passBlocks), block);
      kb.loop(0, rows, 1, [&](Value row) {
        Value y = kb.add(kb.add(kb.mul(chunk.row, window.stride[1]), row), -window.pad[1]);
        Value to = kb.mul(kb.add(kb.mul(block, tiling.panel[0]), row), tiling.panel[1] * tiling.vector);
        // Negative numbers are large ones without a sign.
        Value inside = arith::CmpIOp::create(kb.builder, kb.loc, arith::CmpIPredicate::ult, y, kb.index(window.in[1]));
        auto choice = scf::IfOp::create(kb.builder, kb.loc, TypeRange(), inside, /*withElseRegion=*/true);
        OpBuilder::InsertionGuard guard(kb.builder);
        kb.builder.setInsertionPoint(choice.thenBlock()->getTerminator());
        copyRow(getInput(from, y, kb.index(0)), to);
        kb.builder.setInsertionPoint(choice.elseBlock()->getTerminator());
        clear(to, 0, tiling.panel[1]);
      });
    });
  }

  /// A row of the panel from the row of the input at `from`, zeros on both sides.
  void copyRow(Value from, Value to) {
    int64_t before = std::min(shape.window.pad[2], tiling.panel[1]);
    int64_t end = std::min(tiling.panel[1], before + shape.window.in[2]);
    clear(to, 0, before);
    kb.loop(before, end, 1, [&](Value column) {
      Value at = kb.mul(column, tiling.vector);
      Value pixel = loadVector(kb, input, kb.add(kb.add(from, at), -before * tiling.vector), tiling.vector);
      storeVector(kb, pixel, panel, kb.add(to, at));
    });
    clear(to, end, tiling.panel[1]);
  }

  void clear(Value to, int64_t first, int64_t end) {
    Value zero = splat(kb, VectorType::get({tiling.vector}, shape.computeType), 0.0);
    kb.loop(first, end, 1,
            [&](Value column) { storeVector(kb, zero, panel, kb.add(to, kb.mul(column, tiling.vector))); });
  }

  Value loadIndex(Value buffer, Value at) {
    Value number = memref::LoadOp::create(kb.builder, kb.loc, buffer, ValueRange{at});
    return arith::IndexCastUIOp::create(kb.builder, kb.loc, kb.builder.getIndexType(), number);
  }

  /// Where a register tile reads with place 0 for its first pixel.
  Value getBase(const Chunk &chunk, const Pass &pass, const Chunk &span) {
    if (tiling.window.isFlat)
      return getInput(kb.mul(pass.number, tiling.passBlocks), kb.index(0), kb.add(chunk.column, span.column));
    Value row = kb.mul(span.row, shape.window.stride[1] * tiling.panel[1]);
    return kb.mul(kb.add(row, kb.mul(span.column, shape.window.stride[2])), tiling.vector);
  }

  /// What place `place` adds to that.
  Value getDistance(Value place) {
    if (!tiling.window.isFlat)
      return place;
    Value block = kb.mul(kb.div(place, tiling.vector), shape.window.getNumInputs() * tiling.vector);
    return kb.add(block, kb.rem(place, tiling.vector));
  }

  void emitTile(const Chunk &chunk, const Pass &pass, Value block, const Chunk &span) {
    const WindowShape &window = shape.window;
    int64_t inColumns = tiling.window.isFlat ? 0 : tiling.panel[1], outColumns = tiling.window.out[1];
    llvm::SmallVector<int64_t> inOffsets;
    tile.outputOffsets.clear();
    for (int64_t y = 0; y < span.rows; ++y)
      for (int64_t x = 0; x < span.columns; ++x) {
        inOffsets.push_back((y * window.stride[1] * inColumns + x * window.stride[2]) * tiling.vector);
        tile.outputOffsets.push_back((y * outColumns + x) * tiling.vector);
      }
    tile.pixelOffsets = tile.outputOffsets;
    Value pixel = kb.add(kb.mul(kb.add(chunk.row, span.row), outColumns), kb.add(chunk.column, span.column));
    Value out = kb.mul(kb.add(kb.mul(block, window.getNumOutputs()), pixel), tiling.vector);
    Values sums;
    if (pass.isFirst)
      sums = tile.initialize(kb, kb.mul(block, tiling.vector));
    else
      for (int64_t offset : tile.outputOffsets)
        sums.push_back(loadVector(kb, tile.output, kb.add(out, offset), tiling.vector));
    sums = addEntries(kb.add(kb.mul(pass.number, tiling.getOutBlocks()), block), getBase(chunk, pass, span), inOffsets,
                      sums);
    if (pass.isLast)
      return tile.finish(kb, out, sums);
    for (auto [sum, offset] : llvm::zip_equal(sums, tile.outputOffsets))
      storeVector(kb, sum, tile.output, kb.add(out, offset));
  }

  /// All entries of run `run`: weights of a block of output channels times one number of each pixel.
  Values addEntries(Value run, Value base, llvm::ArrayRef<int64_t> offsets, const Values &start) {
    Value begin = loadIndex(starts, run), end = loadIndex(starts, kb.add(run, 1));
    return kb.loop(begin, end, 1, start, [&](Value n, ValueRange carried) {
      Values sums(carried.begin(), carried.end());
      Value weights = loadVector(kb, values, kb.mul(n, tiling.vector), tiling.vector);
      Value at = kb.add(base, getDistance(loadIndex(places, n)));
      for (auto [sum, offset] : llvm::zip_equal(sums, offsets)) {
        Value x = memref::LoadOp::create(kb.builder, kb.loc, panel, ValueRange{kb.add(at, offset)});
        x = vector::BroadcastOp::create(kb.builder, kb.loc, weights.getType(), x);
        sum = multiplyAdd(kb, weights, x, sum, facts.hasFMA);
      }
      return sums;
    });
  }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const SparseBlockTiling &tiling;
  const TargetFacts &facts;
  Value input, values, places, starts, panel;
  ContractionTile tile;
};

} // namespace

func::FuncOp getSparseBlocksKernel(KernelContext &context, Location loc, const SparseBlocksPlan &plan,
                                   const SparseFilter &filter) {
  const ConvolutionShape &shape = plan.shape;
  std::string name = "sparse_blocks_" + shape.getName() + "_r" + std::to_string(plan.tiling.chunkRows) + "_n" +
                     std::to_string(filter.places.getNumElements());
  return context.getOrCreateKernel(name, getSparseType(loc.getContext(), shape, filter),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     SparseBlocksEmitter(kb, plan, context.getFacts(), args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
