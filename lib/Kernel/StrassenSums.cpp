//===- StrassenSums.cpp - sums of the quarters of an input ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionTile.h"
#include "StrassenKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace winnow::kernel {

Value StrassenChunk::getMapPosition(KernelBuilder &kb, int64_t row, Value channels, Value pair) const {
  Value pixel = kb.add(kb.add(first, pair), row * getNumPairs());
  return kb.add(kb.mul(pixel, plan.shape.block), kb.mul(channels, getMapStride()));
}

Value StrassenChunk::getSumPosition(KernelBuilder &kb, int64_t number, Value channels, Value pair) const {
  Value at = kb.add(kb.mul(pair, plan.shape.block), kb.mul(channels, getSumStride()));
  return kb.add(kb.add(sums, at), (number - 1) * plan.getSumPlane());
}

/// S1 to S4 of one pair, whose second pixel is zero where it has no partner.
static void emitPair(KernelBuilder &kb, const StrassenChunk &chunk, Value input, Value sums, Value channels, Value pair,
                     bool hasPartner) {
  const ConvolutionShape &shape = chunk.plan.shape;
  auto load = [&](int64_t row, int64_t half) {
    if (row == 1 && !hasPartner)
      return splat(kb, VectorType::get({shape.block}, shape.computeType), 0.0);
    Value block = kb.add(channels, half * chunk.plan.getHalfIn());
    return loadVector(kb, input, chunk.getMapPosition(kb, row, block, pair), shape.block);
  };
  auto store = [&](int64_t number, Value sum) {
    storeVector(kb, sum, sums, chunk.getSumPosition(kb, number, channels, pair));
  };
  auto add = [&](Value a, Value b) -> Value { return arith::AddFOp::create(kb.builder, kb.loc, a, b); };
  auto subtract = [&](Value a, Value b) -> Value { return arith::SubFOp::create(kb.builder, kb.loc, a, b); };
  Value a11 = load(0, 0), a12 = load(0, 1), a21 = load(1, 0), a22 = load(1, 1);
  Value s1 = add(a21, a22), s2 = subtract(s1, a11);
  store(1, s1);
  store(2, s2);
  store(3, subtract(a11, a21));
  store(4, subtract(a12, s2));
}

void emitStrassenSums(KernelBuilder &kb, const StrassenChunk &chunk, Value input, Value sums) {
  int64_t pairs = chunk.getNumPairs(), whole = pairs - chunk.isOdd();
  kb.loop(0, chunk.plan.getHalfIn(), 1, [&](Value channels) {
    kb.loop(0, whole, 1, [&](Value pair) { emitPair(kb, chunk, input, sums, channels, pair, /*hasPartner=*/true); });
    if (chunk.isOdd())
      emitPair(kb, chunk, input, sums, channels, kb.index(whole), /*hasPartner=*/false);
  });
}

} // namespace winnow::kernel
