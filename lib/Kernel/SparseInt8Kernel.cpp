//===- SparseInt8Kernel.cpp - convolutions of bytes without blocks of zeros ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseInt8Kernel.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "SparseInt8Pixels.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// Emits the kernel:
///
///   for groups of output channels, for chunks of pixels
///     for passes over the input channels
///       fill the panel
///       for rows of register tiles, for blocks of output channels whose sums are kept
///         for the runs of these blocks: start, or load, the sums; add all entries; store the sums
///         in the last pass: requantize the sums of each block and store them as pixels
class SparseInt8Emitter {
public:
  SparseInt8Emitter(KernelBuilder &kb, const SparseInt8Plan &plan, const TargetFacts &facts, ValueRange args)
      : kb(kb), plan(plan), tiling(plan.tiling),
        requantizer(kb, plan.shape.quantized->requantization, facts, plan.tiling.vector), values(args[1]),
        places(args[2]), starts(args[3]), slots(args[4]), bias(args[5]) {
    Value panel = allocate(tiling.channels * tiling.getPanelVectors() * plan.getVectorBytes(), kb.builder.getI8Type());
    sums = allocate(tiling.getSumBlocks() * tiling.vector * tiling.getSumVectors() * tiling.vector,
                    plan.shape.computeType);
    Value residual = plan.shape.residual ? args[7] : Value();
    pixels.emplace(
        SparseInt8Pixels{{kb, plan, args[0], residual, args.back(), panel, sums}, plan, requantizer, args[6]});
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
  };

  Value allocate(int64_t size, Type type) {
    return memref::AllocaOp::create(kb.builder, kb.loc, MemRefType::get({size}, type),
                                    kb.builder.getI64IntegerAttr(64));
  }

  void emitGroup(const Group &group) {
    pixels->forEachChunk([&](const SparseChunk &chunk) {
      int64_t passes = tiling.getNumPasses(), size = tiling.channels / tiling.getPerBlock();
      int64_t last = tiling.getInBlocks() - (passes - 1) * size;
      if (passes > 1)
        emitPass(group, chunk, {kb.index(0), size, true, false});
      kb.loop(1, passes - 1, 1, [&](Value pass) { emitPass(group, chunk, {pass, size, false, false}); });
      emitPass(group, chunk, {kb.index(passes - 1), last, passes == 1, true});
    });
  }

  void emitPass(const Group &group, const SparseChunk &chunk, const Pass &pass) {
    pixels->fillPanel(chunk, kb.mul(pass.number, tiling.channels / tiling.getPerBlock()), pass.inBlocks);
    kb.loop(0, tiling.height, tiling.rows, [&](Value row) {
      int64_t blocks = std::min(tiling.getSumBlocks(), group.blocks), size = tiling.getRunsPerBlock();
      kb.loop(0, group.blocks, blocks, [&](Value first) {
        kb.loop(0, blocks * size, 1, [&](Value run) { emitRun(group, chunk, pass, row, first, run); });
        if (pass.isLast)
          kb.loop(0, blocks, 1, [&](Value block) {
            pixels->storeBlock(chunk, kb.add(kb.add(group.first, first), block), row,
                               getSums(kb.mul(block, tiling.vector), row));
          });
      });
    });
  }

  /// Where the sums of row `row` of the channel of `slot` start.
  Value getSums(Value slot, Value row) {
    Value at = kb.mul(slot, tiling.getSumVectors());
    return kb.mul(tiling.getNumPasses() > 1 ? kb.add(at, kb.mul(row, tiling.width)) : at, tiling.vector);
  }

  Value loadIndex(Value buffer, Value at) {
    Value number = memref::LoadOp::create(kb.builder, kb.loc, buffer, ValueRange{at});
    return arith::IndexCastUIOp::create(kb.builder, kb.loc, kb.builder.getIndexType(), number);
  }

  Value broadcast(Value buffer, Value at) {
    Value element = memref::LoadOp::create(kb.builder, kb.loc, buffer, ValueRange{at});
    return vector::BroadcastOp::create(kb.builder, kb.loc, VectorType::get({tiling.vector}, plan.shape.computeType),
                                       element);
  }

  /// The sums of run `run` of the blocks from `first` of the group on: all its entries of one pass for one register
  /// tile.
  void emitRun(const Group &group, const SparseChunk &chunk, const Pass &pass, Value row, Value first, Value run) {
    int64_t size = tiling.getRunsPerBlock(), count = tiling.rows * chunk.vectors;
    Value block = kb.add(group.first, first);
    Value at = kb.add(kb.add(kb.mul(pass.number, tiling.getOutBlocks() * size), kb.mul(block, size)), run);
    Value begin = loadIndex(starts, at), end = loadIndex(starts, kb.add(at, 1));
    Values kept, accumulators;
    auto getPlace = [&](int64_t q, int64_t i) {
      return kb.add(kept[q], (i / chunk.vectors * tiling.width + i % chunk.vectors) * tiling.vector);
    };
    for (int64_t q = 0; q < tiling.beside; ++q) {
      Value slot = loadIndex(slots, kb.add(kb.mul(at, tiling.beside), q));
      kept.push_back(getSums(slot, row));
      Value start = pass.isFirst ? broadcast(bias, kb.add(kb.mul(block, tiling.vector), slot)) : Value();
      for (int64_t i = 0; i < count; ++i)
        accumulators.push_back(start ? start : loadVector(kb, sums, getPlace(q, i), tiling.vector));
    }
    Value base = kb.mul(row, plan.shape.window.stride[1] * tiling.panel[1] * plan.getVectorBytes());
    accumulators = kb.loop(begin, end, 1, accumulators,
                           [&](Value n, ValueRange carried) { return emitEntry(n, base, chunk.vectors, carried); });
    for (auto [i, sum] : llvm::enumerate(accumulators))
      storeVector(kb, sum, sums, getPlace(static_cast<int64_t>(i) / count, static_cast<int64_t>(i) % count));
  }

  /// One entry: its four weights are the same for all pixels, what they read lies in whole vectors.
  Values emitEntry(Value n, Value base, int64_t columns, ValueRange carried) {
    const WindowShape &window = plan.shape.window;
    int64_t bytes = plan.getVectorBytes(), count = tiling.rows * columns;
    Values accumulators(carried.begin(), carried.end()), starts = loadPlaces(kb, tiling, places, n, bytes);
    for (int64_t q = 0; q < tiling.beside; ++q) {
      Value at = kb.add(starts[q], base), block = broadcast(values, kb.add(kb.mul(n, tiling.beside), q));
      Values weights = plan.product.prepareSigned(kb, bitcastElements(kb, block, 8));
      for (int64_t i = 0; i < count; ++i) {
        int64_t row = i / columns * window.stride[1], column = i % columns * window.stride[2];
        Value &sum = accumulators[q * count + i];
        sum =
            plan.product.multiplyAdd(kb, sum, loadParts(kb.add(at, (row * tiling.panel[1] + column) * bytes)), weights);
      }
    }
    return accumulators;
  }

  /// The activations at `place` of the panel, as products take them.
  Values loadParts(Value place) {
    int64_t bytes = plan.getVectorBytes(), count = plan.product.getNumParts();
    Values parts;
    for (int64_t part = 0; part < count; ++part) {
      Value at = kb.add(place, part * tiling.getPanelVectors() * bytes);
      parts.push_back(bitcastElements(kb, loadStored(kb, pixels->panel, at, bytes), 8 * count));
    }
    return parts;
  }

  KernelBuilder &kb;
  const SparseInt8Plan &plan;
  const SparseTiling &tiling;
  Requantizer requantizer;
  Value values, places, starts, slots, bias, sums;
  std::optional<SparseInt8Pixels> pixels;
};

} // namespace

static FunctionType getType(MLIRContext *context, const ConvolutionShape &shape, const SparseFilter &filter) {
  int64_t channels = shape.getOutBlocks() * shape.block;
  llvm::SmallVector<Type> arguments{getFlatType(shape.getInSize(), shape.inType)};
  for (ElementsAttr part : filter.getParts())
    arguments.push_back(MemRefType::get({part.getNumElements()}, part.getElementType()));
  arguments.push_back(MemRefType::get({channels}, shape.computeType));
  arguments.push_back(MemRefType::get({channels + 1}, Float32Type::get(context)));
  arguments.append(1 + shape.residual, getFlatType(shape.getOutSize(), shape.outType));
  return FunctionType::get(context, arguments, {});
}

func::FuncOp getSparseInt8Kernel(KernelContext &context, Location loc, const SparseInt8Plan &plan,
                                 const SparseFilter &filter) {
  const ConvolutionShape &shape = plan.shape;
  std::string name = "sparse_" + shape.getName() + "_r" + std::to_string(plan.tiling.height) + "_n" +
                     std::to_string(filter.places.getNumElements());
  if (int64_t zero = shape.quantized->inputZero)
    name += "_iz" + std::to_string(zero);
  return context.getOrCreateKernel(name, getType(loc.getContext(), shape, filter),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     SparseInt8Emitter(kb, plan, context.getFacts(), args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
