//===- TileConvolution.cpp - convolutions of bytes by tiles, on buffers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Axis.h"
#include "ConvolutionLowering.h"
#include "TileEmitter.h"

#include "winnow/Support/ConstantData.h"

using namespace mlir;

namespace winnow::kernel {

/// The filter as tiles read it: groups of tiles of output channels, in each steps, in each tiles of 16 rows, each with
/// four bytes of the reduction for 16 channels.
static ElementsAttr packTileFilter(const QuantizedConstants &constants, const ConvolutionShape &shape,
                               const TilePlan &plan) {
  int64_t size = getTileFilterSize(shape, plan), tiles = getNumTileColumns(shape);
  int64_t taps = shape.window.getNumTaps();
  SmallVector<char> packed(size, 0);
  for (int64_t m = 0; m < shape.outChannels; ++m) {
    int64_t tile = m / kTileColumns, first = tile / kGroupTiles * kGroupTiles;
    int64_t width = std::min(kGroupTiles, tiles - first);
    for (int64_t c = 0; c < shape.inChannels; ++c)
      for (int64_t k = 0; k < taps; ++k) {
        int64_t byte = plan.taps[k].byte + c, step = plan.taps[k].step + byte / kTileRowBytes;
        int64_t place = byte % kTileRowBytes;
        int64_t at = first * plan.getNumSteps() + step * width + tile - first;
        at = at * kTileBytes + place / 4 * kTileRowBytes + m % kTileColumns * 4 + place % 4;
        packed[at] = constants.filter[(m * shape.inChannels + c) * taps + k];
      }
  }
  return makeConstant(RankedTensorType::get({size}, shape.getFilterType()), packed);
}

/// The bias of whole tiles. No tap is ever outside: the panel holds the padding.
static ElementsAttr packTileBias(const QuantizedConstants &constants, ConvolutionShape shape) {
  WindowShape &window = shape.window;
  window.pad = {0, 0, 0};
  for (int64_t d = 0; d < 3; ++d)
    window.in[d] = window.dilation[d] * (window.kernel[d] - 1) + 1;
  shape.block = kTileColumns;
  return packQuantizedBias(constants, shape);
}

static func::FuncOp getTileKernel(KernelContext &context, Location loc, const ConvolutionShape &shape,
                                  const TilePlan &plan, MemRefType starts) {
  SmallVector<Type> arguments(
      getKernelType(loc.getContext(), shape, getTileFilterSize(shape, plan)).getInputs());
  arguments[2] = MemRefType::get({getNumTileColumns(shape) * kTileColumns}, shape.computeType);
  arguments.push_back(starts);
  std::string name = "tiles_" + shape.getName() + "_r" + std::to_string(shape.outputs);
  if (int64_t zero = shape.quantized->inputZero)
    name += "_iz" + std::to_string(zero);
  return context.getOrCreateKernel(name, FunctionType::get(loc.getContext(), arguments, {}),
                                   [&](OpBuilder &b, Location loc, ValueRange args) {
                                     KernelBuilder kb(b, loc, b.getInsertionBlock());
                                     TileEmitter(kb, shape, plan, context.getFacts(), getOperands(shape, args),
                                                 args.back())
                                         .emit();
                                     func::ReturnOp::create(b, loc);
                                   });
}

FailureOr<Value> emitTileConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                     StringRef &reason) {
  alignInput(b, loc, conv);
  ConvolutionShape &shape = conv.shape;
  FailureOr<TilePlan> plan = TilePlan::get(shape, reason);
  if (failed(plan))
    return failure();
  shape.quantized->classes = {};
  auto getBuffer = [&](ElementsAttr constant) { return context.getConstantBuffer(b, loc, constant); };
  ConvolutionOperands operands;
  operands.input = conv.input;
  operands.filter = getBuffer(packTileFilter(*conv.quantized, shape, *plan));
  operands.bias = getBuffer(packTileBias(*conv.quantized, shape));
  operands.scales = getBuffer(packQuantizedScales(*conv.quantized, shape));
  if (shape.residual)
    operands.residual = getReblocked(b, loc, conv.resultType, conv.residual, conv.residualBlock, shape.block);
  operands.output = allocateBlocked(b, loc, conv.resultType, shape.block, conv.input);
  ArrayRef<char> steps(reinterpret_cast<const char *>(plan->steps.data()), plan->steps.size() * sizeof(int32_t));
  Value starts = getBuffer(makeConstant(RankedTensorType::get({plan->getNumSteps()}, b.getI32Type()), steps));
  func::FuncOp kernel = getTileKernel(context, loc, shape, *plan, cast<MemRefType>(starts.getType()));
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    callKernel(b, loc, kernel, getImage(b, loc, operands, n), starts);
  });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
