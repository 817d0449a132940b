//===- ShortTile.cpp - the register tile of 16-bit integers ---------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShortTile.h"

#include "DotProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace winnow::kernel {

Values ShortTile::prepare(KernelBuilder &kb, Value pairs) const {
  return isGeneric() ? extendHalves(kb, pairs, 16) : Values{pairs};
}

Value ShortTile::multiplyPairs(KernelBuilder &kb, llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> b, Value sums) const {
  if (isGeneric()) {
    for (auto [x, y] : llvm::zip_equal(a, b))
      sums = multiplyAdd(kb, x, y, sums, /*fma=*/false);
    return sums;
  }
  auto type = cast<VectorType>(sums.getType());
  if (facts.dot == DotUnit::Vnni)
    return callByWidth(kb, type,
                       {"llvm.x86.avx512.vpdpwssd.128", "llvm.x86.avx512.vpdpwssd.256", "llvm.x86.avx512.vpdpwssd.512"},
                       {sums, a.front(), b.front()});
  Value products = multiplyAddPairs(kb, type, a.front(), b.front());
  return arith::AddIOp::create(kb.builder, kb.loc, sums, products);
}

void ShortTile::step(KernelBuilder &kb, Value x, Value w, Values &accumulators, llvm::ArrayRef<bool> active,
                     Value ahead, Value pixelsAhead) const {
  OpBuilder &b = kb.builder;
  auto shorts = VectorType::get({2 * lanes}, b.getI16Type());
  llvm::SmallVector<Values> channels;
  for (int64_t v = 0; v < vectors; ++v) {
    Value at = kb.add(w, v * channelStride);
    channels.push_back(prepare(kb, vector::LoadOp::create(b, kb.loc, shorts, channelBuffer, ValueRange{at})));
  }
  prefetchAhead(kb, w, ahead, pixelsAhead);
  auto pairType = VectorType::get({2}, b.getI16Type());
  for (int64_t p = 0; p < getNumPixels(); ++p) {
    if (!active.empty() && !active[p])
      continue;
    Value pair = vector::LoadOp::create(b, kb.loc, pairType, pixelBuffer, ValueRange{kb.add(x, pixelOffsets[p])});
    Value word = vector::ExtractOp::create(b, kb.loc, bitcastElements(kb, pair, 32), 0);
    Value words = vector::BroadcastOp::create(b, kb.loc, VectorType::get({lanes}, b.getI32Type()), word);
    Values pixel = prepare(kb, bitcastElements(kb, words, 16));
    for (int64_t v = 0; v < vectors; ++v) {
      Value &accumulator = accumulators[p * vectors + v];
      accumulator = multiplyPairs(kb, pixel, channels[v], accumulator);
    }
  }
}

} // namespace winnow::kernel
