//===- ImplicitGemmKernel.cpp - tiles of pixels from anywhere -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The product of a matrix of patches that is never written: addresses take its
// place (Chetlur et al. 2014, cuDNN, section 3; Dukhan 2019, The Indirect
// Convolution Algorithm). A table holds where the window of each output pixel
// starts; taps are the same displacement for all of them.
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "ContractionTile.h"
#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "PatchKernel.h"
#include "PointwiseRuns.h"

using namespace mlir;

namespace winnow::kernel {

namespace {

/// Emits the body of one kernel:
///
///   for chunks of pixels, for groups of output channels, for pixels: a register tile
///     for blocks of input channels, for taps, for channels of a block: one step
class ImplicitGemmEmitter {
public:
  /// The window of `shape` never leaves its input.
  ImplicitGemmEmitter(KernelBuilder &kb, const ConvolutionShape &shape, const TargetFacts &facts, ValueRange args)
      : kb(kb), shape(shape), window(shape.window), facts(facts), operands(getOperands(shape, args)),
        table(args.back()) {
    inStride = {window.in[1] * window.in[2] * shape.inBlock, window.in[2] * shape.inBlock, shape.inBlock};
  }

  void emit() {
    int64_t all = window.getNumOutputs(), count = (all + shape.pixels - 1) / shape.pixels, size = all / count;
    int64_t larger = all % count * (size + 1);
    emitTiles(0, larger, size + 1);
    emitTiles(larger, all, size);
  }

private:
  /// Tiles of `size` pixels for the outputs [begin, end); those of a chunk share inputs that stay in cache.
  void emitTiles(int64_t begin, int64_t end, int64_t size) {
    int64_t all = window.getNumOutputs(), chunk = shape.outputs > 0 ? std::min(shape.outputs, all) : all;
    chunk = (chunk + size - 1) / size * size;
    PointwiseRuns runs(kb, shape, facts, operands.filter, operands.bias);
    kb.loop(begin, end, chunk, [&](Value first) {
      Value last = kb.min(kb.add(first, chunk), kb.index(end));
      runs.forEachGroup(
          [&](const TileChannels &channels) {
            kb.split(kColumnAxis, all, first, last, size, [&](Value pixel) { emitTile(channels, pixel, size); });
          },
          kChannelAxis);
    });
  }

  ContractionTile getTile(const TileChannels &channels, Value pixel, int64_t count) {
    ContractionTile tile;
    tile.computeType = shape.computeType;
    tile.lanes = shape.block;
    tile.fma = facts.hasFMA;
    tile.pixelBuffer = operands.input;
    tile.channelBuffer = operands.filter;
    tile.vectors = channels.vectors;
    tile.channelStride = shape.block;
    tile.prefetchDistance = kPrefetchRows * channels.vectors * shape.block;
    tile.output = operands.output;
    tile.outputStride = window.getNumOutputs() * shape.block;
    tile.epilogue.bias = operands.bias;
    tile.epilogue.residual = operands.residual;
    tile.epilogue.activation = shape.activation;
    tile.pixelOffsets.assign(count, 0);
    for (int64_t p = 0; p < count; ++p) {
      Value start = memref::LoadOp::create(kb.builder, kb.loc, table, ValueRange{kb.add(pixel, p)});
      tile.pixelStarts.push_back(arith::IndexCastOp::create(kb.builder, kb.loc, kb.builder.getIndexType(), start));
      tile.outputOffsets.push_back(p * shape.block);
    }
    return tile;
  }

  void emitTile(const TileChannels &channels, Value pixel, int64_t count) {
    ContractionTile tile = getTile(channels, pixel, count);
    int64_t width = channels.vectors * shape.block, planeSize = window.getNumInputs() * shape.inBlock;
    Values sums = tile.initialize(kb, kb.mul(channels.block, shape.block));
    sums = kb.loop(kb.index(0), kb.index(shape.getInBlocks()), 1, sums, [&](Value block, ValueRange sums) {
      Value x = kb.mul(block, planeSize), w = kb.mul(block, window.getNumTaps() * shape.inBlock * width);
      Value end = kb.index(shape.inBlock);
      // Padding channels are never read: what they hold does not matter.
      if (shape.inChannels % shape.inBlock != 0)
        end = kb.min(kb.sub(kb.index(shape.inChannels), kb.mul(block, shape.inBlock)), end);
      return emitTaps(tile, 0, x, kb.add(channels.filter, w), end, width, sums);
    });
    Value y = kb.add(kb.mul(channels.block, window.getNumOutputs()), pixel);
    tile.finish(kb, kb.mul(y, shape.block), sums);
  }

  /// The taps along dimensions `dim` and further, then the channels [0, end) of a block.
  Values emitTaps(const ContractionTile &tile, int64_t dim, Value x, Value w, Value end, int64_t width,
                  ValueRange sums) {
    if (dim == 3)
      return emitChannels(tile, x, w, end, width, sums);
    int64_t steps = shape.inBlock * width;
    for (int64_t inner = dim + 1; inner < 3; ++inner)
      steps *= window.kernel[inner];
    return kb.loop(kb.index(0), kb.index(window.kernel[dim]), 1, sums, [&](Value tap, ValueRange sums) {
      Value to = kb.add(x, kb.mul(tap, window.dilation[dim] * inStride[dim]));
      return emitTaps(tile, dim + 1, to, kb.add(w, kb.mul(tap, steps)), end, width, sums);
    });
  }

  Values emitChannels(const ContractionTile &tile, Value x, Value w, Value end, int64_t width, ValueRange sums) {
    // One address a pixel: only the channel moves in the innermost loop.
    ContractionTile ofTap = tile;
    for (Value &start : ofTap.pixelStarts)
      start = kb.add(start, x);
    return kb.loop(kb.index(0), end, 1, sums, [&](Value c, ValueRange carried) {
      Values values(carried.begin(), carried.end());
      ofTap.step(kb, c, kb.add(w, kb.mul(c, width)), values);
      return values;
    });
  }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const WindowShape &window;
  const TargetFacts &facts;
  ConvolutionOperands operands;
  Value table;
  Spatial inStride; ///< elements from one position of a dimension to the next
};

} // namespace

/// `shape` with its windows inside a copy of the input that has zeros around it.
static ConvolutionShape getPaddedShape(const ConvolutionShape &shape) {
  ConvolutionShape padded = shape;
  WindowShape &window = padded.window;
  for (int64_t d = 0; d < 3; ++d)
    window.in[d] = (window.out[d] - 1) * window.stride[d] + (window.kernel[d] - 1) * window.dilation[d] + 1;
  window.pad = {0, 0, 0};
  return padded;
}

/// That copy as patches of single pixels.
static PatchMatrix getPaddedCopy(const ConvolutionShape &shape, const ConvolutionShape &padded) {
  PatchMatrix copy{shape, padded.window.getNumInputs()};
  WindowShape &window = copy.shape.window;
  window.out = padded.window.in;
  window.kernel = window.stride = window.dilation = {1, 1, 1};
  return copy;
}

/// Where the window of each output pixel starts in a block of the input.
static Value getTable(OpBuilder &b, Location loc, KernelContext &context, const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  llvm::SmallVector<int32_t> starts;
  for (int64_t o0 = 0; o0 < window.out[0]; ++o0)
    for (int64_t o1 = 0; o1 < window.out[1]; ++o1)
      for (int64_t o2 = 0; o2 < window.out[2]; ++o2) {
        int64_t row = o0 * window.stride[0] * window.in[1] + o1 * window.stride[1];
        starts.push_back(static_cast<int32_t>((row * window.in[2] + o2 * window.stride[2]) * shape.inBlock));
      }
  auto type = RankedTensorType::get({static_cast<int64_t>(starts.size())}, b.getI32Type());
  return context.getConstantBuffer(b, loc, DenseElementsAttr::get(type, llvm::ArrayRef<int32_t>(starts)));
}

static llvm::StringRef getObstacle(const Convolution &conv) {
  if (!conv.constantFilter)
    return "implicit products need a constant filter";
  if (conv.shape.group != 1)
    return "implicit products take all channels in one group";
  int64_t size = getPaddedShape(conv.shape).window.getNumInputs() * conv.shape.inBlock;
  return size > std::numeric_limits<int32_t>::max() ? "the input is too large for offsets of 32 bits" : "";
}

FailureOr<Value> emitImplicitGemmConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                             llvm::StringRef &reason) {
  reason = getObstacle(conv);
  if (!reason.empty())
    return failure();
  const WindowShape &window = conv.shape.window;
  bool isInside = window.isInterior(0) && window.isInterior(1) && window.isInterior(2);
  ConvolutionShape shape = isInside ? conv.shape : getPaddedShape(conv.shape);
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  operands.filter = context.getConstantBuffer(b, loc, packFilter(conv.constantFilter, shape));
  Value table = getTable(b, loc, context, shape);

  llvm::SmallVector<Type> arguments(getKernelType(b.getContext(), shape, shape.getPackedSize()).getInputs());
  arguments.push_back(table.getType());
  std::string name = "implicit_gemm_" + shape.getName() + "_c" + std::to_string(shape.outputs);
  func::FuncOp kernel = context.getOrCreateKernel(name, b.getFunctionType(arguments, {}),
                                                  [&](OpBuilder &b, Location loc, ValueRange args) {
                                                    KernelBuilder kb(b, loc, b.getInsertionBlock());
                                                    ImplicitGemmEmitter(kb, shape, context.getFacts(), args).emit();
                                                    func::ReturnOp::create(b, loc);
                                                  });

  PatchMatrix copy = getPaddedCopy(conv.shape, shape);
  Value padded = isInside ? Value() : allocateBuffer(b, loc, copy.getType());
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    ConvolutionOperands image = getImage(b, loc, operands, n);
    if (padded) {
      func::CallOp::create(b, loc, getPatchKernel(context, loc, copy, copy.chunk),
                           ValueRange{image.input, padded, indexConstant(b, loc, 0)});
      image.input = memref::CastOp::create(b, loc, arguments.front(), padded);
    }
    callKernel(b, loc, kernel, image, table);
  });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
