//===- SparseKernel.cpp - convolutions without the zeros of filters -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseKernel.h"

#include "SparseLoops.h"

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

/// Lanes are pixels, weights the same for all of them.
class SparseEmitter : public SparseLoops<SparseEmitter, SparsePixels> {
public:
  SparseEmitter(KernelBuilder &kb, const SparsePlan &plan, const TargetFacts &facts, ValueRange args)
      : SparseLoops(kb, plan.shape, plan.tiling, plan.tiling.vector), facts(facts) {
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
    Value panel = allocate(tiling.channels * tiling.getPanelVectors() * vector, shape.computeType);
    sums = allocate(tiling.getSumBlocks() * vector * tiling.getSumVectors() * vector, shape.computeType);
    pixels.emplace(SparsePixels{kb, plan, input, residual, output, panel, sums});
  }

private:
  friend class SparseLoops<SparseEmitter, SparsePixels>;

  /// Whether what a pass reads comes from beyond the second level cache, where nobody else has fetched it.
  bool fetchesAhead() const { return tiling.window.isFlat && shape.getInSize() * 4 > facts.l2Bytes / 4; }

  /// The last pass of a chunk is followed by the first one of the next.
  Value getAhead(const SparseChunk &chunk, Value pass, bool isLast) {
    if (!fetchesAhead())
      return Value();
    int64_t size = tiling.channels / tiling.vector;
    return isLast ? kb.add(chunk.column, chunk.vectors * tiling.vector)
                  : kb.add(chunk.column, kb.mul(kb.add(pass, 1), size * shape.window.getNumInputs()));
  }

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

  const TargetFacts &facts;
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
