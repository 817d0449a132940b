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

namespace {

/// Emits the kernel:
///
///   for groups of output channels, for chunks of pixels
///     for passes over the input channels
///       fill the panel
///       for rows of register tiles, for blocks of output channels
///         for the channels of a block: start, or load, the sums; add all entries; store the sums
///         in the last pass: transpose the sums of the block and store them as pixels
class SparseEmitter {
public:
  SparseEmitter(KernelBuilder &kb, const SparsePlan &plan, const TargetFacts &facts, ValueRange args)
      : kb(kb), shape(plan.shape), tiling(plan.tiling), facts(facts) {
    unsigned next = 0;
    Value input = args[next++];
    values = args[next++];
    places = args[next++];
    starts = args[next++];
    bias = shape.bias ? args[next++] : Value();
    Value residual = shape.residual ? args[next++] : Value();
    Value output = args[next++];
    int64_t vector = tiling.vector;
    Value panel = allocate(tiling.channels * tiling.getPanelVectors() * vector);
    sums = allocate(tiling.getSumChannels() * tiling.getSumVectors() * vector);
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
      kb.loop(0, group.blocks, 1, [&](Value block) {
        kb.loop(0, tiling.vector, tiling.shared,
                [&](Value channel) { emitSums(group, chunk, pass, row, block, channel); });
        if (pass.isLast)
          pixels->storeBlock(chunk, kb.add(group.first, block), row, getSums(block, kb.index(0), row));
      });
    });
  }

  /// Whether what a pass reads comes from beyond the second level cache, where nobody else has fetched it.
  bool fetchesAhead() const { return tiling.window.isFlat && shape.getInSize() * 4 > facts.l2Bytes / 4; }

  /// All runs of entries of a pass together fetch what the next one reads: otherwise the filling of its panel would
  /// wait for memory, and memory for the products.
  void fetchAhead(const Group &group, const Pass &pass, Value block, Value channel) {
    int64_t perBlock = tiling.width * tiling.vector, runs = group.blocks * tiling.vector / tiling.shared;
    int64_t lines = tiling.channels / tiling.vector * perBlock, perRun = (lines + runs - 1) / runs;
    Value run = kb.add(kb.mul(block, tiling.vector / tiling.shared), kb.div(channel, tiling.shared));
    for (int64_t i = 0; i < perRun; ++i) {
      Value line = kb.add(kb.mul(run, perRun), i);
      Value pixel = kb.add(kb.mul(kb.div(line, perBlock), shape.window.getNumInputs()), kb.rem(line, perBlock));
      Value at = kb.mul(kb.add(pass.ahead, pixel), tiling.vector);
      memref::PrefetchOp::create(kb.builder, kb.loc, pixels->input, ValueRange{at}, /*isWrite=*/false,
                                 /*localityHint=*/2, /*isDataCache=*/true);
    }
  }

  /// Where the sums of channel `channel` of the group's block `block` start.
  Value getSums(Value block, Value channel, Value row) {
    bool keepsAll = tiling.getNumPasses() > 1;
    Value at = keepsAll ? kb.add(kb.mul(block, tiling.vector), channel) : channel;
    at = kb.mul(at, tiling.getSumVectors());
    return kb.mul(keepsAll ? kb.add(at, kb.mul(row, tiling.width)) : at, tiling.vector);
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

  /// All entries of one pass of `shared` output channels for one register tile.
  void emitSums(const Group &group, const SparseChunk &chunk, const Pass &pass, Value row, Value block, Value channel) {
    int64_t shared = tiling.shared, perPass = tiling.getOutBlocks() * tiling.vector / shared;
    int64_t count = tiling.rows * chunk.vectors;
    Value out = kb.add(kb.mul(kb.add(group.first, block), tiling.vector), channel);
    Value entry = kb.add(kb.mul(pass.number, perPass), kb.div(out, shared));
    Value begin = loadIndex(starts, entry), end = loadIndex(starts, kb.add(entry, 1));
    Value kept = getSums(block, channel, row);
    if (pass.ahead)
      fetchAhead(group, pass, block, channel);
    // Sum i of channel s.
    auto getPlace = [&](int64_t i, int64_t s) {
      int64_t vectors = s * tiling.getSumVectors() + i / chunk.vectors * tiling.width + i % chunk.vectors;
      return kb.add(kept, vectors * tiling.vector);
    };
    Values accumulators;
    for (int64_t s = 0; s < shared; ++s) {
      Value start = !pass.isFirst ? Value()
                    : bias        ? broadcast(bias, kb.add(out, s))
                                  : splat(kb, VectorType::get({tiling.vector}, shape.computeType), 0.0);
      for (int64_t i = 0; i < count; ++i)
        accumulators.push_back(start ? start : loadVector(kb, sums, getPlace(i, s), tiling.vector));
    }
    Value base = kb.mul(row, shape.window.stride[1] * tiling.panel[1] * tiling.vector);
    accumulators = addEntries(begin, end, base, chunk.vectors, accumulators);
    for (int64_t s = 0; s < shared; ++s)
      for (int64_t i = 0; i < count; ++i)
        storeVector(kb, accumulators[s * count + i], sums, getPlace(i, s));
  }

  /// Entries [begin, end) of `shared` output channels, in chains that do not wait for each other.
  Values addEntries(Value begin, Value end, Value base, int64_t columns, const Values &start) {
    Values carried = start;
    size_t size = start.size();
    carried.append(size * (tiling.chains - 1), splat(kb, VectorType::get({tiling.vector}, shape.computeType), 0.0));
    carried = kb.loop(begin, end, tiling.chains, carried, [&](Value n, ValueRange values) {
      Values next;
      for (int64_t chain = 0; chain < tiling.chains; ++chain)
        next.append(emitEntry(kb.add(n, chain), base, columns, values.slice(chain * size, size)));
      return next;
    });
    Values sums(carried.begin(), carried.begin() + size);
    for (size_t i = size; i < carried.size(); ++i)
      sums[i % size] = arith::AddFOp::create(kb.builder, kb.loc, sums[i % size], carried[i]);
    return sums;
  }

  /// One entry: its weights are the same for all pixels, what they read lies in whole vectors.
  Values emitEntry(Value n, Value base, int64_t columns, ValueRange carried) {
    Values accumulators(carried.begin(), carried.end()), weights;
    int64_t count = tiling.rows * columns;
    Value at = kb.add(kb.mul(loadIndex(places, n), tiling.getPlaceUnit() * tiling.vector), base);
    for (int64_t s = 0; s < tiling.shared; ++s)
      weights.push_back(broadcast(values, kb.add(kb.mul(n, tiling.shared), s)));
    for (int64_t i = 0; i < count; ++i) {
      int64_t row = i / columns * shape.window.stride[1], column = i % columns * shape.window.stride[2];
      Value x =
          loadVector(kb, pixels->panel, kb.add(at, (row * tiling.panel[1] + column) * tiling.vector), tiling.vector);
      for (int64_t s = 0; s < tiling.shared; ++s)
        accumulators[s * count + i] = multiplyAdd(kb, weights[s], x, accumulators[s * count + i], facts.hasFMA);
    }
    return accumulators;
  }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const SparseTiling &tiling;
  const TargetFacts &facts;
  Value values, places, starts, bias, sums;
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
