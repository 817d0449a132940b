//===- Im2colKernel.cpp - convolutions as products of patches -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Chellapilla et al. 2006, High Performance Convolutional Neural Networks for
// Document Processing, section 3.1 (im2col), for some pixels at a time.
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "PatchKernel.h"
#include "PointwiseRuns.h"

using namespace mlir;

namespace winnow::kernel {

/// The kernel `(patches, filter, bias?, residual?, output, first pixel)`.
static func::FuncOp getProductKernel(KernelContext &context, Location loc, const PatchMatrix &patches, int64_t pixels) {
  const ConvolutionShape &shape = patches.shape;
  Builder b(loc.getContext());
  llvm::SmallVector<Type> arguments(getKernelType(b.getContext(), shape, shape.getPackedSize()).getInputs());
  arguments.front() = patches.getType();
  arguments.push_back(b.getIndexType());
  return context.getOrCreateKernel(
      "im2col_" + shape.getName() + "_" + std::to_string(pixels) + "of" + std::to_string(patches.chunk),
      b.getFunctionType(arguments, {}), [&](OpBuilder &b, Location loc, ValueRange args) {
        KernelBuilder kb(b, loc, b.getInsertionBlock());
        ConvolutionOperands operands = getOperands(shape, args);
        int64_t plane = shape.window.getNumOutputs() * shape.block;
        PixelRun run{operands.input,
                     kb.index(0),
                     patches.chunk * shape.inBlock,
                     operands.output,
                     kb.mul(args.back(), shape.block),
                     plane,
                     operands.residual,
                     pixels};
        PointwiseRuns runs(kb, shape, context.getFacts(), operands.filter, operands.bias);
        runs.forEachGroup([&](const TileChannels &channels) { runs.emitRun(channels, run, kColumnAxis); },
                          kChannelAxis);
        func::ReturnOp::create(b, loc);
      });
}

FailureOr<Value> emitIm2colConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                       llvm::StringRef &reason) {
  const ConvolutionShape &shape = conv.shape;
  if (!conv.constantFilter || shape.group != 1) {
    reason = conv.constantFilter ? "patches take all channels in one group" : "patches need a constant filter";
    return failure();
  }
  int64_t all = shape.window.getNumOutputs();
  PatchMatrix matrix{shape, shape.outputs > 0 ? std::min(shape.outputs, all) : all};
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  operands.filter = context.getConstantBuffer(b, loc, packFilter(conv.constantFilter, shape));
  Value patches = allocateBuffer(b, loc, matrix.getType());
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    ConvolutionOperands image = getImage(b, loc, operands, n);
    auto emitChunk = [&](OpBuilder &b, int64_t pixels, Value first) {
      func::CallOp::create(b, loc, getPatchKernel(context, loc, matrix, pixels),
                           ValueRange{image.input, patches, first});
      ConvolutionOperands ofPatches = image;
      ofPatches.input = patches;
      callKernel(b, loc, getProductKernel(context, loc, matrix, pixels), ofPatches, first);
    };
    forEachChunk(b, loc, all, matrix.chunk, emitChunk);
  });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
