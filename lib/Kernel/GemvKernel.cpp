//===- GemvKernel.cpp - one pixel: a matrix times a vector ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GemvKernel.h"

#include "DotTile.h"

#include "Axis.h"
#include "ContractionTile.h"
#include "ConvolutionKernel.h"

using namespace mlir;

namespace winnow::kernel {

ConvolutionShape getGemvPacking(const ConvolutionShape &shape) {
  ConvolutionShape packing = shape;
  packing.vectors = 1;
  return packing;
}

int64_t getGemvDepth(const ConvolutionShape &shape) {
  // Where a block is not full there is one tap, so that what is missing stands at the end.
  return shape.window.getNumTaps() == 1 ? shape.inChannels : shape.getPackedRows();
}

llvm::StringRef getGemvObstacle(const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  if (shape.group != 1)
    return "a matrix product with one row has no groups";
  if (window.getNumOutputs() != 1 || window.in != window.kernel || window.pad != Spatial{0, 0, 0})
    return "expected a window that is as large as the input";
  if (window.getNumTaps() > 1 && shape.inChannels % shape.inBlock != 0)
    return "expected whole blocks of input channels";
  return {};
}

void setGemvStreams(ContractionTile &tile, int64_t depth) {
  tile.channelStride = depth * tile.lanes;
  int64_t bytes = cast<MemRefType>(tile.channelBuffer.getType()).getElementTypeBitWidth() / 8;
  tile.prefetchDistance = kStreamPrefetchBytes / bytes;
}

/// The tile of one pixel, for all blocks.
static std::unique_ptr<ContractionTile> makeTile(const ConvolutionShape &shape, const TargetFacts &facts,
                                                 const ConvolutionOperands &operands) {
  std::unique_ptr<ContractionTile> tile = makeContractionTile(shape, facts, operands);
  tile->outputStride = shape.block;
  tile->pixelOffsets = tile->outputOffsets = {0};
  setGemvStreams(*tile, shape.getPackedRows());
  return tile;
}

func::FuncOp getGemvKernel(KernelContext &context, Location loc, const ConvolutionShape &shape) {
  FunctionType type = getKernelType(loc.getContext(), shape, shape.getPackedSize());
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    std::unique_ptr<ContractionTile> made = makeTile(shape, context.getFacts(), getOperands(shape, args));
    ContractionTile &tile = *made;

    auto emitBlocks = [&](Value block, int64_t count) {
      tile.vectors = count;
      Value channel = kb.mul(block, shape.block);
      if (shape.quantized)
        static_cast<DotTile &>(tile).channel = channel;
      Value filter = kb.mul(channel, shape.getPackedRows());
      Values sums = tile.initialize(kb, channel);
      sums = kb.loop(kb.index(0), kb.index(getGemvDepth(shape)), shape.getStepChannels(), sums,
                     [&](Value k, ValueRange carried) {
                       Values values(carried.begin(), carried.end());
                       tile.step(kb, k, kb.add(filter, kb.mul(k, shape.block)), values);
                       return values;
                     });
      tile.finish(kb, channel, sums);
    };
    int64_t blocks = shape.getOutBlocks(), streams = std::min(shape.vectors, blocks);
    int64_t full = blocks / streams, rest = blocks % streams, groups = full + (rest != 0);
    kb.split(kChannelAxis, groups, kb.index(0), kb.index(full), 1,
             [&](Value group) { emitBlocks(kb.mul(group, streams), streams); });
    if (rest)
      kb.split(kChannelAxis, groups, kb.index(full), kb.index(groups), 1,
               [&](Value) { emitBlocks(kb.index(blocks - rest), rest); });
    func::ReturnOp::create(b, loc);
  };
  return context.getOrCreateKernel("gemv_" + shape.getName(), type, body);
}

} // namespace winnow::kernel
