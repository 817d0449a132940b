//===- SparseGemv.cpp - one pixel: a matrix with zeros times a vector -----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SparseGemv.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "FilterPacking.h"
#include "GemvKernel.h"

#include "winnow/Support/SparseTiling.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace winnow::kernel {

/// Sums of one output channel: enough multiply-adds are under way.
static constexpr int64_t kChains = 4;
/// Bytes ahead of which weights are fetched: what follows a page is not fetched by itself.
static constexpr int64_t kAheadBytes = 2048;

/// Where element `tap` of input channel `c` lies in the input.
static int64_t getInput(const ConvolutionShape &shape, int64_t c, int64_t tap) {
  return (c / shape.inBlock * shape.window.getNumTaps() + tap) * shape.inBlock + c % shape.inBlock;
}

/// The nonzero weights of each output channel as (place, value), in the order of the input.
static std::vector<std::vector<std::pair<int64_t, float>>> getRows(ElementsAttr filter, const ConvolutionShape &shape) {
  llvm::SmallVector<char> source = getFloats(filter, shape.computeType);
  const float *weights = reinterpret_cast<const float *>(source.data());
  int64_t taps = shape.window.getNumTaps();
  std::vector<std::vector<std::pair<int64_t, float>>> rows(shape.getOutBlocks() * shape.block);
  for (int64_t m = 0; m < shape.outChannels; ++m) {
    for (int64_t c = 0; c < shape.inChannels; ++c)
      for (int64_t k = 0; k < taps; ++k)
        if (float weight = weights[(m * shape.inChannels + c) * taps + k]; weight != 0)
          rows[m].emplace_back(getInput(shape, c, k), weight);
    llvm::sort(rows[m], llvm::less_first());
  }
  return rows;
}

SparseFilter packSparseRows(ElementsAttr filter, const ConvolutionShape &shape, const TargetFacts &facts) {
  auto rows = getRows(filter, shape);
  int64_t nonzeros = 0, depth = getGemvDepth(shape);
  for (const auto &row : rows)
    nonzeros += static_cast<int64_t>(row.size());
  bool hasMask = shape.block == 16 && storesBitmask(facts, nonzeros, shape.outChannels * depth);
  int64_t words = (depth + shape.block - 1) / shape.block;
  std::vector<float> values;
  std::vector<int32_t> places, starts{0};
  if (hasMask)
    places.resize(static_cast<int64_t>(rows.size()) * words);
  for (auto [m, row] : llvm::enumerate(rows)) {
    for (auto [place, value] : row) {
      values.push_back(value);
      if (hasMask)
        places[static_cast<int64_t>(m) * words + place / shape.block] |= 1 << place % shape.block;
      else
        places.push_back(static_cast<int32_t>(place));
    }
    // Without masks, all chains get as many: a weight of zero for a number that the row reads anyway.
    while (!hasMask && values.size() % kChains != 0) {
      values.push_back(0);
      places.push_back(static_cast<int32_t>(row.back().first));
    }
    starts.push_back(static_cast<int32_t>(values.size()));
  }
  // Of a filter of zeros, one weight that nobody reads.
  if (values.empty())
    values.push_back(0);
  if (places.empty())
    places.push_back(0);
  Builder b(filter.getContext());
  SparseFilter packed;
  packed.values = makeArray<float>(values, shape.computeType, "sparse_values");
  packed.places = hasMask || depth <= 0x10000
                      ? makeArray<uint16_t>(llvm::to_vector_of<uint16_t>(places), b.getI16Type(), "sparse_places")
                      : makeArray<int32_t>(places, b.getI32Type(), "sparse_places");
  packed.starts = makeArray<int32_t>(starts, b.getI32Type(), "sparse_starts");
  packed.hasMask = hasMask;
  return packed;
}

namespace {

/// Emits, for each output channel, the sum of its weights times what they read.
class SparseGemvEmitter {
public:
  SparseGemvEmitter(KernelBuilder &kb, const ConvolutionShape &shape, const TargetFacts &facts, bool hasMask,
                    ValueRange args)
      : kb(kb), shape(shape), facts(facts), hasMask(hasMask),
        floats(VectorType::get({shape.block}, shape.computeType)) {
    unsigned next = 0;
    input = args[next++];
    values = args[next++];
    places = args[next++];
    starts = args[next++];
    bias = shape.bias ? args[next++] : Value();
    tile.epilogue.residual = shape.residual ? args[next++] : Value();
    tile.epilogue.activation = shape.activation;
    tile.output = args[next++];
    tile.computeType = shape.computeType;
    tile.lanes = shape.block;
    tile.pixelOffsets = tile.outputOffsets = {0};
    sums = memref::AllocaOp::create(kb.builder, kb.loc, MemRefType::get({shape.block}, shape.computeType),
                                    kb.builder.getI64IntegerAttr(64));
  }

  void emit() {
    int64_t blocks = shape.getOutBlocks();
    kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value block) {
      Value first = kb.mul(block, shape.block);
      kb.loop(0, shape.block, 1, [&](Value lane) {
        Value row = kb.add(first, lane);
        Value sum = hasMask ? emitMaskedRow(row) : emitRow(row);
        memref::StoreOp::create(kb.builder, kb.loc, sum, sums, ValueRange{lane});
      });
      Value total = loadVector(kb, sums, kb.index(0), shape.block);
      if (bias)
        total = arith::AddFOp::create(kb.builder, kb.loc, total, loadVector(kb, bias, first, shape.block));
      tile.finish(kb, first, ValueRange{total});
    });
  }

private:
  Value load(Value buffer, Value at) { return memref::LoadOp::create(kb.builder, kb.loc, buffer, ValueRange{at}); }

  Value loadIndex(Value buffer, Value at) {
    return arith::IndexCastUIOp::create(kb.builder, kb.loc, kb.builder.getIndexType(), load(buffer, at));
  }

  void fetch(Value buffer, Value at, int64_t bytes) {
    memref::PrefetchOp::create(kb.builder, kb.loc, buffer, ValueRange{kb.add(at, kAheadBytes / bytes)},
                               /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
  }

  /// The numbers of the input that the word at `k` is about: of the last one, those that exist.
  Value loadInput(Value k, int64_t lanes) {
    if (lanes == shape.block)
      return loadVector(kb, input, k, shape.block);
    llvm::SmallVector<bool> bits(shape.block, false);
    std::fill_n(bits.begin(), lanes, true);
    auto type = VectorType::get({shape.block}, kb.builder.getI1Type());
    Value mask = arith::ConstantOp::create(kb.builder, kb.loc, type, DenseElementsAttr::get(type, bits));
    return loadVector(kb, input, k, shape.block, mask);
  }

  /// Adds the weights of word `word` of a row, which start at `carried.back()`, to chain `chain`.
  void addWord(Value row, Value word, int64_t lanes, int64_t chain, Values &carried) {
    OpBuilder &b = kb.builder;
    Value bits = load(places, kb.add(kb.mul(row, getNumWords()), word));
    Value mask = LLVM::BitcastOp::create(b, kb.loc, VectorType::get({shape.block}, b.getI1Type()), bits);
    Value weights = vector::ExpandLoadOp::create(b, kb.loc, floats, values, ValueRange{carried.back()}, mask,
                                                 splat(kb, floats, 0.0));
    carried[chain] =
        multiplyAdd(kb, weights, loadInput(kb.mul(word, shape.block), lanes), carried[chain], facts.hasFMA);
    Value count = LLVM::CtPopOp::create(b, kb.loc, b.getI16Type(), bits);
    carried.back() = arith::AddIOp::create(b, kb.loc, carried.back(),
                                           arith::IndexCastUIOp::create(b, kb.loc, b.getIndexType(), count));
  }

  int64_t getNumWords() const { return (getGemvDepth(shape) + shape.block - 1) / shape.block; }

  Value emitMaskedRow(Value row) {
    int64_t depth = getGemvDepth(shape), full = depth / shape.block, rest = depth % shape.block;
    Values carried(kChains, splat(kb, floats, 0.0));
    carried.push_back(loadIndex(starts, row));
    int64_t whole = full - full % kChains;
    carried = kb.loop(kb.index(0), kb.index(whole), kChains, carried, [&](Value word, ValueRange values) {
      Values next(values.begin(), values.end());
      for (int64_t line = 0; line < kChains; ++line)
        fetch(this->values, kb.add(next.back(), line * shape.block), 4);
      for (int64_t chain = 0; chain < kChains; ++chain)
        addWord(row, kb.add(word, chain), shape.block, chain, next);
      return next;
    });
    for (int64_t word = whole; word < full + (rest != 0); ++word)
      addWord(row, kb.index(word), word < full ? shape.block : rest, word - whole < kChains ? word - whole : 0,
              carried);
    Value total = carried[0];
    for (int64_t chain = 1; chain < kChains; ++chain)
      total = arith::AddFOp::create(kb.builder, kb.loc, total, carried[chain]);
    return vector::ReductionOp::create(kb.builder, kb.loc, vector::CombiningKind::ADD, total,
                                       arith::FastMathFlags::reassoc);
  }

  Value emitRow(Value row) {
    auto single = VectorType::get({1}, shape.computeType);
    auto get = [&](Value buffer, Value at) {
      return vector::BroadcastOp::create(kb.builder, kb.loc, single, load(buffer, at)).getResult();
    };
    Value begin = loadIndex(starts, row), end = loadIndex(starts, kb.add(row, 1));
    Values carried(kChains, splat(kb, single, 0.0));
    carried = kb.loop(begin, end, kChains, carried, [&](Value n, ValueRange values) {
      Values next(values.begin(), values.end());
      fetch(this->values, n, 4);
      for (int64_t chain = 0; chain < kChains; ++chain) {
        Value at = kb.add(n, chain);
        next[chain] =
            multiplyAdd(kb, get(this->values, at), get(input, loadIndex(places, at)), next[chain], facts.hasFMA);
      }
      return next;
    });
    Value total = carried[0];
    for (int64_t chain = 1; chain < kChains; ++chain)
      total = arith::AddFOp::create(kb.builder, kb.loc, total, carried[chain]);
    return vector::ExtractOp::create(kb.builder, kb.loc, total, 0);
  }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const TargetFacts &facts;
  bool hasMask;
  VectorType floats;
  Value input, values, places, starts, bias, sums;
  ContractionTile tile;
};

} // namespace

func::FuncOp getSparseGemvKernel(KernelContext &context, Location loc, const ConvolutionShape &shape,
                                 const SparseFilter &filter) {
  std::string name = "sparse_gemv_" + shape.getName() + (filter.hasMask ? "_mask" : "") + "_n" +
                     std::to_string(filter.values.getNumElements());
  return context.getOrCreateKernel(name, getSparseType(loc.getContext(), shape, filter),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     SparseGemvEmitter(kb, shape, context.getFacts(), filter.hasMask, args).emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

} // namespace winnow::kernel
