//===- SparseKernel.cpp - convolutions without the zeros of filters -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseKernel.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "SparsePixels.h"

using namespace mlir;

namespace winnow::kernel {

Values loadPlaces(KernelBuilder &kb, const SparseTiling &tiling, Value places, Value n, int64_t size) {
  OpBuilder &b = kb.builder;
  Value word = memref::LoadOp::create(b, kb.loc, places, ValueRange{n});
  auto place = b.getIntegerType(tiling.getPlaceBits());
  Values result;
  for (int64_t q = 0; q < tiling.beside; ++q) {
    Value part = word;
    if (q > 0)
      part = arith::ShRUIOp::create(
          b, kb.loc, word,
          arith::ConstantOp::create(b, kb.loc, b.getIntegerAttr(word.getType(), q * tiling.getPlaceBits())));
    if (tiling.beside > 1)
      part = arith::TruncIOp::create(b, kb.loc, place, part);
    part = arith::IndexCastUIOp::create(b, kb.loc, b.getIndexType(), part);
    result.push_back(kb.mul(part, tiling.getPlaceUnit() * size));
  }
  return result;
}

namespace {

/// Emits the kernel:
///
///   for groups of output channels, for chunks of pixels
///     for passes over the input channels
///       fill the panel
///       for rows of register tiles, for blocks of output channels whose sums are kept
///         for the runs of these blocks: start, or load, the sums; add all entries; store the sums
///         in the last pass: transpose the sums of each block and store them as pixels
class SparseEmitter {
public:
  SparseEmitter(KernelBuilder &kb, const SparsePlan &plan, const TargetFacts &facts, ValueRange args)
      : kb(kb), shape(plan.shape), tiling(plan.tiling), facts(facts) {
    unsigned next = 0;
    Value input = args[next++];
    values = args[next++];
    places = args[next++];
    starts = args[next++];
    slots = args[next++];
    bias = shape.bias ? args[next++] : Value();
    Value residual = shape.residual ? args[next++] : Value();
    Value output = args[next++];
    int64_t vector = tiling.vector;
    Value panel = allocate(tiling.channels * tiling.getPanelVectors() * vector);
    sums = allocate(tiling.getSumBlocks() * vector * tiling.getSumVectors() * vector);
    pixels.emplace(SparsePixels{kb, plan, input, residual, output, panel, sums});
  }

  void emit() {
    int64_t blocks = tiling.getOutBlocks(), size = tiling.groupBlocks, full = blocks / size, rest = blocks % size;
    kb.split(kChannelAxis, full + (rest != 0), kb.index(0), kb.index(full), 1,
             [&](Value group) { emitGroup({kb.mul(group, size), size}); });
    if (rest)
      kb.split(kChannelAxis, full + 1, kb.index(full), kb.index(full + 1), 1,
               [&](Value) { emitGroup({kb.index(full * size), rest}); });
  }

private:
  /// Blocks of output channels whose sums are kept at a time.
  struct Group {
    Value first;
    int64_t blocks;
  };
  /// Which passes over the input channels this is: the first and the last one have code of their own.
  struct Pass {
    Value number;
    int64_t inBlocks;
    bool isFirst, isLast;
    Value ahead; ///< first pixel of what the next pass reads; null: it is in the cache already
  };

  Value allocate(int64_t size) {
    return memref::AllocaOp::create(kb.builder, kb.loc, MemRefType::get({size}, shape.computeType),
                                    kb.builder.getI64IntegerAttr(64));
  }

  void emitGroup(const Group &group) {
    pixels->forEachChunk([&](const SparseChunk &chunk) {
      int64_t passes = tiling.getNumPasses(), size = tiling.channels / tiling.vector;
      int64_t last = tiling.getInBlocks() - (passes - 1) * size;
      // The last pass of a chunk is followed by the first one of the next.
      auto getAhead = [&](Value pass, bool isLast) {
        if (!fetchesAhead())
          return Value();
        return isLast ? kb.add(chunk.column, chunk.vectors * tiling.vector)
                      : kb.add(chunk.column, kb.mul(kb.add(pass, 1), size * shape.window.getNumInputs()));
      };
      auto emit = [&](Value pass, int64_t blocks, bool isFirst, bool isLast) {
        emitPass(group, chunk, {pass, blocks, isFirst, isLast, getAhead(pass, isLast)});
      };
      if (passes > 1)
        emit(kb.index(0), size, true, false);
      kb.loop(1, passes - 1, 1, [&](Value pass) { emit(pass, size, false, false); });
      emit(kb.index(passes - 1), last, passes == 1, true);
    });
  }

  void emitPass(const Group &group, const SparseChunk &chunk, const Pass &pass) {
    pixels->fillPanel(chunk, kb.mul(pass.number, tiling.channels / tiling.vector), pass.inBlocks);
    kb.loop(0, tiling.height, tiling.rows, [&](Value row) {
      int64_t blocks = std::min(tiling.getSumBlocks(), group.blocks), size = tiling.getRunsPerBlock();
      kb.loop(0, group.blocks, blocks, [&](Value first) {
        kb.loop(0, blocks * size, 1, [&](Value run) { emitRun(group, chunk, pass, row, first, run); });
        if (pass.isLast)
          kb.loop(0, blocks, 1, [&](Value block) {
            Value slot = kb.mul(block, tiling.vector / tiling.shared);
            pixels->storeBlock(chunk, kb.add(kb.add(group.first, first), block), row, getSums(slot, row));
          });
      });
    });
  }

  /// Whether what a pass reads comes from beyond the second level cache, where nobody else has fetched it.
  bool fetchesAhead() const { return tiling.window.isFlat && shape.getInSize() * 4 > facts.l2Bytes / 4; }

  /// All runs of a pass together fetch what the next one reads: otherwise the filling of its panel would wait for
  /// memory, and memory for the products. A run fetches neighbouring lines of one block, so that one place serves all
  /// of them.
  void fetchAhead(const Group &group, const Pass &pass, Value run) {
    int64_t perBlock = tiling.width * tiling.vector, runs = group.blocks * tiling.getRunsPerBlock();
    int64_t lines = tiling.channels / tiling.vector * perBlock, perRun = (lines + runs - 1) / runs;
    while (perBlock % perRun != 0)
      ++perRun;
    Value line = kb.min(kb.mul(run, perRun), kb.index(lines - perRun));
    Value pixel = kb.add(kb.mul(kb.div(line, perBlock), shape.window.getNumInputs()), kb.rem(line, perBlock));
    Value first = kb.mul(kb.add(pass.ahead, pixel), tiling.vector);
    for (int64_t i = 0; i < perRun; ++i)
      memref::PrefetchOp::create(kb.builder, kb.loc, pixels->input, ValueRange{kb.add(first, i * tiling.vector)},
                                 /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
  }

  /// Where the sums of row `row` of the channels of `slot` start.
  Value getSums(Value slot, Value row) {
    Value at = kb.mul(slot, tiling.shared * tiling.getSumVectors());
    return kb.mul(tiling.getNumPasses() > 1 ? kb.add(at, kb.mul(row, tiling.width)) : at, tiling.vector);
  }

  Value loadIndex(Value buffer, Value at) {
    Value number = memref::LoadOp::create(kb.builder, kb.loc, buffer, ValueRange{at});
    return arith::IndexCastUIOp::create(kb.builder, kb.loc, kb.builder.getIndexType(), number);
  }

  Value broadcast(Value buffer, Value at) {
    Value element = memref::LoadOp::create(kb.builder, kb.loc, buffer, ValueRange{at});
    return vector::BroadcastOp::create(kb.builder, kb.loc, VectorType::get({tiling.vector}, shape.computeType),
                                       element);
  }

  /// The sums of run `run` of the blocks from `first` of the group on: all its entries of one pass for one register
  /// tile.
  void emitRun(const Group &group, const SparseChunk &chunk, const Pass &pass, Value row, Value first, Value run) {
    int64_t size = tiling.getRunsPerBlock(), count = tiling.rows * chunk.vectors;
    Value block = kb.add(group.first, first);
    Value at = kb.add(kb.add(kb.mul(pass.number, tiling.getOutBlocks() * size), kb.mul(block, size)), run);
    Value begin = loadIndex(starts, at), end = loadIndex(starts, kb.add(at, 1));
    if (pass.ahead)
      fetchAhead(group, pass, kb.add(kb.mul(first, size), run));
    Values kept, accumulators;
    // Sum i of the channels `channel` of all slots together.
    auto getPlace = [&](int64_t channel, int64_t i) {
      int64_t vectors =
          channel % tiling.shared * tiling.getSumVectors() + i / chunk.vectors * tiling.width + i % chunk.vectors;
      return kb.add(kept[channel / tiling.shared], vectors * tiling.vector);
    };
    for (int64_t q = 0; q < tiling.beside; ++q) {
      Value slot = loadIndex(slots, kb.add(kb.mul(at, tiling.beside), q));
      kept.push_back(getSums(slot, row));
      for (int64_t s = 0; s < tiling.shared; ++s) {
        Value out = kb.add(kb.add(kb.mul(block, tiling.vector), kb.mul(slot, tiling.shared)), s);
        Value start = pass.isFirst ? getStart(out) : Value();
        for (int64_t i = 0; i < count; ++i)
          accumulators.push_back(start ? start
                                       : loadVector(kb, sums, getPlace(q * tiling.shared + s, i), tiling.vector));
      }
    }
    Value base = kb.mul(row, shape.window.stride[1] * tiling.panel[1] * tiling.vector);
    accumulators = kb.loop(begin, end, 1, accumulators,
                           [&](Value n, ValueRange carried) { return emitEntry(n, base, chunk.vectors, carried); });
    for (auto [i, sum] : llvm::enumerate(accumulators))
      storeVector(kb, sum, sums, getPlace(static_cast<int64_t>(i) / count, static_cast<int64_t>(i) % count));
  }

  /// What the sums of output channel `out` start with.
  Value getStart(Value out) {
    return bias ? broadcast(bias, out) : splat(kb, VectorType::get({tiling.vector}, shape.computeType), 0.0);
  }

  /// One entry: its weights are the same for all pixels, what they read lies in whole vectors.
  Values emitEntry(Value n, Value base, int64_t columns, ValueRange carried) {
    Values accumulators(carried.begin(), carried.end()), starts = loadPlaces(kb, tiling, places, n, tiling.vector);
    int64_t count = tiling.rows * columns, shared = tiling.shared;
    for (int64_t q = 0; q < tiling.beside; ++q) {
      Value at = kb.add(starts[q], base);
      Values weights;
      for (int64_t s = 0; s < shared; ++s)
        weights.push_back(broadcast(values, kb.add(kb.mul(n, tiling.beside * shared), q * shared + s)));
      for (int64_t i = 0; i < count; ++i) {
        int64_t row = i / columns * shape.window.stride[1], column = i % columns * shape.window.stride[2];
        Value place = kb.add(at, (row * tiling.panel[1] + column) * tiling.vector);
        Value x = loadVector(kb, pixels->panel, place, tiling.vector);
        for (int64_t s = 0; s < shared; ++s) {
          Value &sum = accumulators[(q * shared + s) * count + i];
          sum = multiplyAdd(kb, weights[s], x, sum, facts.hasFMA);
        }
      }
    }
    return accumulators;
  }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const SparseTiling &tiling;
  const TargetFacts &facts;
  Value values, places, starts, slots, bias, sums;
  std::optional<SparsePixels> pixels;
};

} // namespace

func::FuncOp getSparseKernel(KernelContext &context, Location loc, const SparsePlan &plan, const SparseFilter &filter) {
  const ConvolutionShape &shape = plan.shape;
  std::string name = "sparse_" + shape.getName() + "_r" + std::to_string(plan.tiling.height) + "_s" +
                     std::to_string(plan.tiling.shared) + "_n" + std::to_string(filter.places.getNumElements());
  return context.getOrCreateKernel(name, getSparseType(loc.getContext(), shape, filter),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     SparseEmitter(kb, plan, context.getFacts(), args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
