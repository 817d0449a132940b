//===- Kn2rowKernel.cpp - convolutions as sums of pointwise ones ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vasudevan et al. 2017, Parallel Multi Channel Convolution using General Matrix
// Multiplication (kn2row), in the form that accumulates into the shifted output
// (Anderson et al. 2020, High-performance Low-memory Lowering).
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "ContractionTile.h"
#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "PointwiseRuns.h"
#include "WindowTiling.h"

using namespace mlir;

namespace winnow::kernel {

/// The pointwise convolution of one tap: what it adds to the output.
static ConvolutionShape getTapShape(const ConvolutionShape &shape) {
  ConvolutionShape tap = shape;
  tap.window.kernel = tap.window.dilation = {1, 1, 1};
  tap.bias = tap.residual = false;
  tap.activation = {};
  return tap;
}

namespace {

/// Emits the body of one kernel:
///
///   for chunks of rows, for groups of output channels: bias
///     for taps, for rows and pixels for which they are inside: += pointwise product
///     residual and activation
class Kn2rowEmitter {
public:
  Kn2rowEmitter(KernelBuilder &kb, const ConvolutionShape &shape, const TargetFacts &facts, ValueRange args)
      : kb(kb), shape(shape), tapShape(getTapShape(shape)), window(shape.window), facts(facts),
        operands(getOperands(shape, args)) {}

  void emit() {
    int64_t height = window.out[1], chunk = shape.outputs > 0 ? std::min(shape.outputs, height) : height;
    PointwiseRuns runs(kb, tapShape, facts, operands.filter, /*bias=*/Value());
    kb.loop(0, window.out[0], 1, [&](Value plane) {
      kb.split(kRowAxis, height, kb.index(0), kb.index(height), chunk, [&](Value first) {
        Value end = kb.min(kb.add(first, chunk), kb.index(height));
        runs.forEachGroup(
            [&](const TileChannels &channels) {
              emitStart(channels, plane, first, end);
              emitTaps(runs, channels, plane, first, end);
              emitEnd(channels, plane, first, end);
            },
            kChannelAxis);
      });
    });
  }

private:
  /// Where pixel 0 of `row` lies in block 0 of the output.
  Value getRow(Value plane, Value row) {
    return kb.mul(kb.add(kb.mul(plane, window.out[1]), row), window.out[2] * shape.block);
  }

  /// Calls `body` with the place of each vector of rows [first, end), and with the number of its block in the group.
  void forEachVector(const TileChannels &channels, Value plane, Value first, Value end,
                     llvm::function_ref<void(Value, int64_t)> body) {
    Value begin = getRow(plane, first), last = getRow(plane, end);
    for (int64_t v = 0; v < channels.vectors; ++v) {
      Value offset = kb.mul(kb.add(channels.block, v), window.getNumOutputs() * shape.block);
      kb.loop(kb.add(begin, offset), kb.add(last, offset), shape.block, {}, [&](Value at, ValueRange) {
        body(at, v);
        return Values();
      });
    }
  }

  void emitStart(const TileChannels &channels, Value plane, Value first, Value end) {
    Values start;
    for (int64_t v = 0; v < channels.vectors; ++v)
      start.push_back(operands.bias
                          ? loadVector(kb, operands.bias, kb.mul(kb.add(channels.block, v), shape.block), shape.block)
                          : splat(kb, VectorType::get({shape.block}, shape.computeType), 0.0));
    forEachVector(channels, plane, first, end,
                  [&](Value at, int64_t v) { storeVector(kb, start[v], operands.output, at); });
  }

  void emitEnd(const TileChannels &channels, Value plane, Value first, Value end) {
    if (!operands.residual && !shape.activation)
      return;
    ContractionTile pixel;
    pixel.computeType = shape.computeType;
    pixel.lanes = shape.block;
    pixel.output = operands.output;
    pixel.pixelOffsets = pixel.outputOffsets = {0};
    pixel.epilogue.residual = operands.residual;
    pixel.epilogue.activation = shape.activation;
    forEachVector(channels, plane, first, end,
                  [&](Value at, int64_t) { pixel.finish(kb, at, {loadVector(kb, operands.output, at, shape.block)}); });
  }

  void emitTaps(PointwiseRuns &runs, const TileChannels &channels, Value plane, Value first, Value end) {
    TapRange planeTaps = getTapsAt(kb, window, 0, plane);
    kb.loop(planeTaps.first, planeTaps.end, 1, {}, [&](Value k0, ValueRange) {
      Value inPlane = kb.add(kb.add(plane, kb.mul(k0, window.dilation[0])), -window.pad[0]);
      kb.loop(0, window.kernel[1], 1, [&](Value k1) {
        // Rows [pad - shift, in + pad - shift) of the output have this tap inside.
        Value shift = kb.mul(k1, window.dilation[1]);
        Value from = kb.max(kb.sub(kb.index(window.pad[1]), shift), first);
        Value to = kb.min(kb.sub(kb.index(window.in[1] + window.pad[1]), shift), end);
        kb.loop(from, to, 1, {}, [&](Value row, ValueRange) {
          Value inRow = kb.add(kb.add(row, shift), -window.pad[1]);
          Value x = kb.mul(kb.add(kb.mul(inPlane, window.in[1]), inRow), window.in[2] * shape.inBlock);
          Value tap = kb.mul(kb.add(kb.mul(k0, window.kernel[1]), k1), window.kernel[2]);
          emitRow(runs, channels, x, getRow(plane, row), tap);
          return Values();
        });
      });
      return Values();
    });
  }

  /// The taps of one row of the window for one row of pixels, from `x` to `y`.
  void emitRow(PointwiseRuns &runs, const TileChannels &channels, Value x, Value y, Value tap) {
    for (int64_t k = 0; k < window.kernel[2]; ++k) {
      int64_t shift = k * window.dilation[2] - window.pad[2];
      int64_t begin = std::max<int64_t>(0, -shift), end = std::min(window.out[2], window.in[2] - shift);
      if (begin >= end)
        continue;
      PixelRun run{operands.input,
                   kb.add(x, (begin + shift) * shape.inBlock),
                   window.getNumInputs() * shape.inBlock,
                   operands.output,
                   kb.add(y, begin * shape.block),
                   window.getNumOutputs() * shape.block,
                   /*residual=*/operands.output,
                   end - begin};
      TileChannels ofTap = channels;
      ofTap.filter = kb.add(channels.filter, kb.mul(kb.add(tap, k), tapShape.getPackedSize()));
      runs.emitRun(ofTap, run);
    }
  }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const ConvolutionShape tapShape;
  const WindowShape &window;
  const TargetFacts &facts;
  ConvolutionOperands operands;
};

} // namespace

static llvm::StringRef getObstacle(const Convolution &conv) {
  if (!conv.constantFilter)
    return "sums of pointwise convolutions need a constant filter";
  if (conv.shape.group != 1)
    return "sums of pointwise convolutions take all channels in one group";
  if (conv.shape.window.stride != Spatial{1, 1, 1})
    return "sums of pointwise convolutions need strides of 1";
  if (conv.shape.outType != conv.shape.computeType)
    return "sums of pointwise convolutions are kept in the output, which has a shorter type";
  return {};
}

FailureOr<Value> emitKn2rowConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                       llvm::StringRef &reason) {
  reason = getObstacle(conv);
  if (!reason.empty())
    return failure();
  const ConvolutionShape &shape = conv.shape;
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  operands.filter = context.getConstantBuffer(b, loc, packTapFilters(conv.constantFilter, shape));
  FunctionType type = getKernelType(b.getContext(), shape, shape.getPackedSize());
  std::string name = "kn2row_" + shape.getName() + "_r" + std::to_string(shape.outputs);
  func::FuncOp kernel = context.getOrCreateKernel(name, type, [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    Kn2rowEmitter(kb, shape, context.getFacts(), args).emit();
    func::ReturnOp::create(b, loc);
  });
  forEachImage(b, loc, operands.input,
               [&](OpBuilder &b, Value n) { callKernel(b, loc, kernel, getImage(b, loc, operands, n)); });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
