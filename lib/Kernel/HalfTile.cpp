//===- HalfTile.cpp - the register tile of f16 arithmetic -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HalfTile.h"

#include "DotProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace winnow::kernel {

Values HalfTile::startChain(KernelBuilder &kb) const {
  return Values(getNumPixels() * vectors, splat(kb, getHalfType(kb), 0.0));
}

Values HalfTile::initialize(KernelBuilder &kb, Value channel) const {
  if (!sums)
    return startChain(kb);
  Values start = ContractionTile::initialize(kb, channel);
  for (auto [i, value] : llvm::enumerate(start))
    storeVector(kb, value, sums, kb.index(static_cast<int64_t>(i) * lanes));
  return {};
}

void HalfTile::step(KernelBuilder &kb, Value x, Value w, Values &accumulators, llvm::ArrayRef<bool> active, Value ahead,
                    Value pixelsAhead) const {
  OpBuilder &b = kb.builder;
  Values channels;
  for (int64_t v = 0; v < vectors; ++v)
    channels.push_back(
        vector::LoadOp::create(b, kb.loc, getHalfType(kb), channelBuffer, ValueRange{kb.add(w, v * channelStride)}));
  prefetchAhead(kb, w, ahead, pixelsAhead);
  auto pairType = VectorType::get({2}, b.getF16Type());
  auto wordsType = VectorType::get({lanes}, b.getI32Type());
  for (int64_t p = 0; p < getNumPixels(); ++p) {
    if (!active.empty() && !active[p])
      continue;
    Value pair = vector::LoadOp::create(b, kb.loc, pairType, pixelBuffer, ValueRange{kb.add(x, pixelOffsets[p])});
    Value word = vector::ExtractOp::create(b, kb.loc, bitcastElements(kb, pair, 32), 0);
    Value pixel = vector::BroadcastOp::create(b, kb.loc, wordsType, word);
    pixel = vector::BitCastOp::create(b, kb.loc, getHalfType(kb), pixel);
    for (int64_t v = 0; v < vectors; ++v) {
      Value &accumulator = accumulators[p * vectors + v];
      accumulator = vector::FMAOp::create(b, kb.loc, pixel, channels[v], accumulator);
    }
  }
}

/// The f32 sums of pairs of f16: both halves of each word are added, and lie in the lower one then.
Value HalfTile::widen(KernelBuilder &kb, Value accumulator) const {
  OpBuilder &b = kb.builder;
  Value words = bitcastElements(kb, accumulator, 32);
  Value odd = arith::ShRUIOp::create(b, kb.loc, words, splat(kb, cast<VectorType>(words.getType()), 16));
  odd = vector::BitCastOp::create(b, kb.loc, getHalfType(kb), odd);
  Value both = arith::AddFOp::create(b, kb.loc, accumulator, odd);
  Value shorts =
      arith::TruncIOp::create(b, kb.loc, VectorType::get({lanes}, b.getI16Type()), bitcastElements(kb, both, 32));
  Value halves = vector::BitCastOp::create(b, kb.loc, VectorType::get({lanes}, b.getF16Type()), shorts);
  return arith::ExtFOp::create(b, kb.loc, getVectorType(), halves);
}

void HalfTile::endChain(KernelBuilder &kb, ValueRange accumulators) const {
  for (auto [i, accumulator] : llvm::enumerate(accumulators)) {
    Value position = kb.index(static_cast<int64_t>(i) * lanes);
    Value sum = loadVector(kb, sums, position, lanes);
    sum = arith::AddFOp::create(kb.builder, kb.loc, sum, widen(kb, accumulator));
    storeVector(kb, sum, sums, position);
  }
}

void HalfTile::finish(KernelBuilder &kb, Value y, ValueRange accumulators, Value r) const {
  int64_t count = getNumPixels() * vectors;
  Values values;
  Values start = sums ? Values() : ContractionTile::initialize(kb, channel);
  for (int64_t i = 0; i < count; ++i)
    values.push_back(sums
                         ? loadVector(kb, sums, kb.index(i * lanes), lanes)
                         : arith::AddFOp::create(kb.builder, kb.loc, widen(kb, accumulators[i]), start[i]).getResult());
  ContractionTile::finish(kb, y, values, r);
}

} // namespace winnow::kernel
