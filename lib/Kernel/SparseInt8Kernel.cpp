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
///       for rows of register tiles, for blocks of output channels
///         for the channels of a block: start, or load, the sums; add all entries; store the sums
///         in the last pass: requantize the sums of the block and store them as pixels
class SparseInt8Emitter {
public:
  SparseInt8Emitter(KernelBuilder &kb, const SparseInt8Plan &plan, const TargetFacts &facts, ValueRange args)
      : kb(kb), plan(plan), tiling(plan.tiling),
        requantizer(kb, plan.shape.quantized->requantization, facts, plan.tiling.vector), values(args[1]),
        places(args[2]), starts(args[3]), bias(args[4]) {
    Value panel = allocate(tiling.channels * tiling.getPanelVectors() * plan.getVectorBytes(), kb.builder.getI8Type());
    sums =
        allocate(tiling.getSumChannels() * tiling.getSumVectors() * tiling.vector, plan.shape.computeType);
    Value residual = plan.shape.residual ? args[6] : Value();
    pixels.emplace(
        SparseInt8Pixels{{kb, plan, args[0], residual, args.back(), panel, sums}, plan, requantizer, args[5]});
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
  VectorType getSumType() const { return VectorType::get({tiling.vector}, plan.shape.computeType); }

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
      kb.loop(0, group.blocks, 1, [&](Value block) {
        kb.loop(0, tiling.vector, 1, [&](Value channel) { emitSums(group, chunk, pass, row, block, channel); });
        if (pass.isLast)
          pixels->storeBlock(chunk, kb.add(group.first, block), row, getSums(block, kb.index(0), row));
      });
    });
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
    return vector::BroadcastOp::create(kb.builder, kb.loc, getSumType(), element);
  }

  /// All entries of one pass of an output channel for one register tile.
  void emitSums(const Group &group, const SparseChunk &chunk, const Pass &pass, Value row, Value block, Value channel) {
    int64_t perPass = tiling.getOutBlocks() * tiling.vector, count = tiling.rows * chunk.vectors;
    Value out = kb.add(kb.mul(kb.add(group.first, block), tiling.vector), channel);
    Value entry = kb.add(kb.mul(pass.number, perPass), out);
    Value begin = loadIndex(starts, entry), end = loadIndex(starts, kb.add(entry, 1));
    Value kept = getSums(block, channel, row), start = pass.isFirst ? broadcast(bias, out) : Value();
    auto getPlace = [&](int64_t i) {
      return kb.add(kept, (i / chunk.vectors * tiling.width + i % chunk.vectors) * tiling.vector);
    };
    Values accumulators;
    for (int64_t i = 0; i < count; ++i)
      accumulators.push_back(start ? start : loadVector(kb, sums, getPlace(i), tiling.vector));
    Value base = kb.mul(row, plan.shape.window.stride[1] * tiling.panel[1] * plan.getVectorBytes());
    accumulators = addEntries(begin, end, base, chunk.vectors, accumulators);
    for (int64_t i = 0; i < count; ++i)
      storeVector(kb, accumulators[i], sums, getPlace(i));
  }

  /// Entries [begin, end) of an output channel, in chains that do not wait for each other.
  Values addEntries(Value begin, Value end, Value base, int64_t columns, const Values &start) {
    Values carried = start;
    size_t size = start.size();
    carried.append(size * (tiling.chains - 1), splat(kb, getSumType(), 0.0));
    carried = kb.loop(begin, end, tiling.chains, carried, [&](Value n, ValueRange values) {
      Values next;
      for (int64_t chain = 0; chain < tiling.chains; ++chain)
        next.append(emitEntry(kb.add(n, chain), base, columns, values.slice(chain * size, size)));
      return next;
    });
    Values total(carried.begin(), carried.begin() + size);
    for (size_t i = size; i < carried.size(); ++i)
      total[i % size] = arith::AddIOp::create(kb.builder, kb.loc, total[i % size], carried[i]);
    return total;
  }

  /// One entry: its four weights are the same for all pixels, what they read lies in whole vectors.
  Values emitEntry(Value n, Value base, int64_t columns, ValueRange carried) {
    Values accumulators(carried.begin(), carried.end());
    int64_t bytes = plan.getVectorBytes(), row = tiling.getPanelVectors() * bytes;
    Value at = kb.add(kb.mul(loadIndex(places, n), tiling.getPlaceUnit() * bytes), base);
    Values weights = plan.product.prepareSigned(kb, bitcastElements(kb, broadcast(values, n), 8));
    for (size_t i = 0; i < accumulators.size(); ++i) {
      int64_t y = static_cast<int64_t>(i) / columns * plan.shape.window.stride[1],
              x = static_cast<int64_t>(i) % columns * plan.shape.window.stride[2];
      Value first = kb.add(at, (y * tiling.panel[1] + x) * bytes);
      Values parts;
      for (int64_t part = 0; part < plan.product.getNumParts(); ++part)
        parts.push_back(bitcastElements(kb, loadStored(kb, pixels->panel, kb.add(first, part * row), bytes),
                                        8 * plan.product.getNumParts()));
      accumulators[i] = plan.product.multiplyAdd(kb, accumulators[i], parts, weights);
    }
    return accumulators;
  }

  KernelBuilder &kb;
  const SparseInt8Plan &plan;
  const SparseTiling &tiling;
  Requantizer requantizer;
  Value values, places, starts, bias, sums;
  std::optional<SparseInt8Pixels> pixels;
};

} // namespace

static FunctionType getType(MLIRContext *context, const ConvolutionShape &shape, const SparseFilter &filter) {
  int64_t channels = shape.getOutBlocks() * shape.block;
  llvm::SmallVector<Type> arguments{getFlatType(shape.getInSize(), shape.inType)};
  for (ElementsAttr part : {filter.values, filter.places, filter.starts})
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
