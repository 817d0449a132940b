//===- SparseLoops.h - what all sparse convolutions go through --*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SPARSELOOPS_H
#define WINNOW_LIB_KERNEL_SPARSELOOPS_H

#include "Axis.h"
#include "ContractionTile.h"
#include "SparsePixels.h"

namespace winnow::kernel {

/// Emits the kernel:
///
///   for groups of output channels, for chunks of pixels
///     for passes over the input channels
///       fill the panel
///       for rows of register tiles, for blocks of output channels whose sums are kept
///         for the runs of these blocks: start, or load, the sums; add all entries; store the sums
///         in the last pass: store the sums of each block as pixels
///
/// `Pixels` fills panels and stores sums. `Emitter`, which derives from this, has `emitEntry(n, base, columns,
/// carried)`, and hides what it fetches ahead, if anything.
template <typename Emitter, typename Pixels> class SparseLoops {
public:
  void emit() {
    int64_t blocks = tiling.getOutBlocks(), size = tiling.groupBlocks, full = blocks / size, rest = blocks % size;
    kb.split(kChannelAxis, full + (rest != 0), kb.index(0), kb.index(full), 1,
             [&](mlir::Value group) { emitGroup({kb.mul(group, size), size}); });
    if (rest)
      kb.split(kChannelAxis, full + 1, kb.index(full), kb.index(full + 1), 1,
               [&](mlir::Value) { emitGroup({kb.index(full * size), rest}); });
  }

protected:
  /// Blocks of output channels whose sums are kept at a time.
  struct Group {
    mlir::Value first;
    int64_t blocks;
  };
  /// Which passes over the input channels this is: the first and the last one have code of their own.
  struct Pass {
    mlir::Value number;
    int64_t inBlocks;
    bool isFirst, isLast;
    mlir::Value ahead; ///< first pixel of what the next pass reads; null: it is in the cache already
  };

  /// `vectorSize`: elements of a vector of the panel.
  SparseLoops(KernelBuilder &kb, const ConvolutionShape &shape, const SparseTiling &tiling, int64_t vectorSize)
      : kb(kb), shape(shape), tiling(tiling), vectorSize(vectorSize) {}

  mlir::Value allocate(int64_t size, mlir::Type type) {
    return mlir::memref::AllocaOp::create(kb.builder, kb.loc, mlir::MemRefType::get({size}, type),
                                          kb.builder.getI64IntegerAttr(64));
  }

  /// Where the next pass reads; null where nothing is fetched ahead.
  mlir::Value getAhead(const SparseChunk &, mlir::Value, bool) { return {}; }
  void fetchAhead(const Group &, const Pass &, mlir::Value) {}

  void emitGroup(const Group &group) {
    pixels->forEachChunk([&](const SparseChunk &chunk) {
      int64_t passes = tiling.getNumPasses(), size = tiling.channels / tiling.getPerBlock();
      int64_t last = tiling.getInBlocks() - (passes - 1) * size;
      auto emit = [&](mlir::Value pass, int64_t blocks, bool isFirst, bool isLast) {
        emitPass(group, chunk, {pass, blocks, isFirst, isLast, getEmitter().getAhead(chunk, pass, isLast)});
      };
      if (passes > 1)
        emit(kb.index(0), size, true, false);
      kb.loop(1, passes - 1, 1, [&](mlir::Value pass) { emit(pass, size, false, false); });
      emit(kb.index(passes - 1), last, passes == 1, true);
    });
  }

  void emitPass(const Group &group, const SparseChunk &chunk, const Pass &pass) {
    pixels->fillPanel(chunk, kb.mul(pass.number, tiling.channels / tiling.getPerBlock()), pass.inBlocks);
    kb.loop(0, tiling.height, tiling.rows, [&](mlir::Value row) {
      int64_t blocks = std::min(tiling.getSumBlocks(), group.blocks), size = tiling.getRunsPerBlock();
      kb.loop(0, group.blocks, blocks, [&](mlir::Value first) {
        kb.loop(0, blocks * size, 1, [&](mlir::Value run) { emitRun(group, chunk, pass, row, first, run); });
        if (pass.isLast)
          kb.loop(0, blocks, 1, [&](mlir::Value block) {
            mlir::Value slot = kb.mul(block, tiling.vector / tiling.shared);
            pixels->storeBlock(chunk, kb.add(kb.add(group.first, first), block), row, getSums(slot, row));
          });
      });
    });
  }

  /// Where the sums of row `row` of the channels of `slot` start.
  mlir::Value getSums(mlir::Value slot, mlir::Value row) {
    mlir::Value at = kb.mul(slot, tiling.shared * tiling.getSumVectors());
    return kb.mul(tiling.getNumPasses() > 1 ? kb.add(at, kb.mul(row, tiling.width)) : at, tiling.vector);
  }

  mlir::Value loadIndex(mlir::Value buffer, mlir::Value at) {
    mlir::Value number = mlir::memref::LoadOp::create(kb.builder, kb.loc, buffer, mlir::ValueRange{at});
    return mlir::arith::IndexCastUIOp::create(kb.builder, kb.loc, kb.builder.getIndexType(), number);
  }

  mlir::Value broadcast(mlir::Value buffer, mlir::Value at) {
    mlir::Value element = mlir::memref::LoadOp::create(kb.builder, kb.loc, buffer, mlir::ValueRange{at});
    return mlir::vector::BroadcastOp::create(kb.builder, kb.loc,
                                             mlir::VectorType::get({tiling.vector}, shape.computeType), element);
  }

  /// The sums of run `run` of the blocks from `first` of the group on: all its entries of one pass for one register
  /// tile.
  void emitRun(const Group &group, const SparseChunk &chunk, const Pass &pass, mlir::Value row, mlir::Value first,
               mlir::Value run) {
    int64_t size = tiling.getRunsPerBlock(), count = tiling.rows * chunk.vectors;
    mlir::Value block = kb.add(group.first, first);
    mlir::Value at = kb.add(kb.add(kb.mul(pass.number, tiling.getOutBlocks() * size), kb.mul(block, size)), run);
    mlir::Value begin = loadIndex(starts, at), end = loadIndex(starts, kb.add(at, 1));
    if (pass.ahead)
      getEmitter().fetchAhead(group, pass, kb.add(kb.mul(first, size), run));
    Values kept, accumulators;
    // Sum i of the channels `channel` of all slots together.
    auto getPlace = [&](int64_t channel, int64_t i) {
      int64_t vectors =
          channel % tiling.shared * tiling.getSumVectors() + i / chunk.vectors * tiling.width + i % chunk.vectors;
      return kb.add(kept[channel / tiling.shared], vectors * tiling.vector);
    };
    for (int64_t q = 0; q < tiling.beside; ++q) {
      mlir::Value slot = loadIndex(slots, kb.add(kb.mul(at, tiling.beside), q));
      kept.push_back(getSums(slot, row));
      for (int64_t s = 0; s < tiling.shared; ++s) {
        mlir::Value out = kb.add(kb.add(kb.mul(block, tiling.vector), kb.mul(slot, tiling.shared)), s);
        mlir::Value start = pass.isFirst ? getStart(out) : mlir::Value();
        for (int64_t i = 0; i < count; ++i)
          accumulators.push_back(start ? start
                                       : loadVector(kb, sums, getPlace(q * tiling.shared + s, i), tiling.vector));
      }
    }
    mlir::Value base = kb.mul(row, shape.window.stride[1] * tiling.panel[1] * vectorSize);
    accumulators = kb.loop(begin, end, 1, accumulators, [&](mlir::Value n, mlir::ValueRange carried) {
      return getEmitter().emitEntry(n, base, chunk.vectors, carried);
    });
    for (auto [i, sum] : llvm::enumerate(accumulators))
      storeVector(kb, sum, sums, getPlace(static_cast<int64_t>(i) / count, static_cast<int64_t>(i) % count));
  }

  /// What the sums of output channel `out` start with.
  mlir::Value getStart(mlir::Value out) {
    return bias ? broadcast(bias, out) : splat(kb, mlir::VectorType::get({tiling.vector}, shape.computeType), 0.0);
  }

  Emitter &getEmitter() { return static_cast<Emitter &>(*this); }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const SparseTiling &tiling;
  int64_t vectorSize;
  mlir::Value values, places, starts, slots, bias, sums;
  std::optional<Pixels> pixels;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSELOOPS_H
