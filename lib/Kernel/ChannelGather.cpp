//===- ChannelGather.cpp - chosen channels of blocked maps ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelGather.h"

#include "Axis.h"
#include "ContractionTile.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace winnow::kernel {

namespace {
/// The lanes of one block of the result that come from one block of the input.
using Lanes = llvm::SmallVector<std::pair<int64_t, int64_t>>;
} // namespace

/// `vector` with lanes (to, from) of `source` put in; `source` lane by lane where there is nothing yet.
static Value putLanes(KernelBuilder &kb, Value vector, Value source, const Lanes &lanes, int64_t block) {
  llvm::SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < block; ++lane)
    mask.push_back(vector ? lane : 0);
  for (auto [to, from] : lanes)
    mask[to] = (vector ? block : 0) + from;
  if (!vector && llvm::equal(mask, llvm::seq<int64_t>(0, block)))
    return source;
  return vector::ShuffleOp::create(kb.builder, kb.loc, vector ? vector : source, source, mask);
}

/// One block of the result, for all `pixels` pixels of an image.
static void emitBlock(KernelBuilder &kb, Value input, Value output, llvm::ArrayRef<int64_t> channels, int64_t outBlock,
                      int64_t block, int64_t pixels) {
  llvm::MapVector<int64_t, Lanes> sources;
  for (auto [lane, channel] : llvm::enumerate(channels))
    sources[channel / block].push_back({static_cast<int64_t>(lane), channel % block});
  kb.loop(0, pixels, 1, [&](Value pixel) {
    Value at = kb.mul(pixel, block), vector;
    for (auto &[inBlock, lanes] : sources)
      vector = putLanes(kb, vector, loadVector(kb, input, kb.add(at, inBlock * pixels * block), block), lanes, block);
    storeVector(kb, vector, output, kb.add(at, outBlock * pixels * block));
  });
}

void emitChannelGather(OpBuilder &b, Location loc, Value input, Value output, llvm::ArrayRef<int64_t> index,
                       int64_t block) {
  auto type = cast<MemRefType>(output.getType());
  int64_t pixels = 1;
  for (int64_t extent : type.getShape().drop_front(2).drop_back())
    pixels *= extent;
  IndependentLoops independent(b);
  forEachImage(b, loc, input, [&](OpBuilder &b, Value n) {
    Value from = getFlatImage(b, loc, input, n), to = getFlatImage(b, loc, output, n);
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    for (int64_t start = 0, size = index.size(); start < size; start += block)
      emitBlock(kb, from, to, index.slice(start, std::min(block, size - start)), start / block, block, pixels);
  });
}

} // namespace winnow::kernel
