//===- TileConvolution.cpp - convolutions by tiles, on buffers -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "TileEmitter.h"

#include "winnow/Support/ConstantData.h"

using namespace mlir;

namespace winnow::kernel {

/// Input channels that all targets multiply together, or copy together.
static constexpr int64_t kChannelsTogether = 4;

/// The filter as tiles read it: groups of tiles of output channels, in each steps, in each tiles of 16 rows, each with
/// four bytes of the reduction for 16 channels.
template <typename T>
static ElementsAttr packTileFilter(ArrayRef<T> filter, const ConvolutionShape &shape, const TilePlan &plan) {
  int64_t size = getTileFilterSize(shape, plan), tiles = getNumTileColumns(shape);
  int64_t taps = shape.window.getNumTaps(), together = plan.getGroupSize();
  SmallVector<T> packed(size, 0);
  for (int64_t m = 0; m < shape.outChannels; ++m) {
    int64_t tile = m / kTileColumns, first = tile / kGroupTiles * kGroupTiles;
    int64_t width = std::min(kGroupTiles, tiles - first);
    for (int64_t c = 0; c < shape.inChannels; ++c)
      for (int64_t k = 0; k < taps; ++k) {
        int64_t element = plan.taps[k].element + c, step = plan.taps[k].step + element / plan.rowSize;
        int64_t place = element % plan.rowSize;
        int64_t at = (first * plan.getNumSteps() + step * width + tile - first) * plan.getTileSize();
        at += place / together * plan.rowSize + m % kTileColumns * together + place % together;
        packed[at] = filter[(m * shape.inChannels + c) * taps + k];
      }
  }
  ArrayRef<char> bytes(reinterpret_cast<const char *>(packed.data()), packed.size() * sizeof(T));
  return makeConstant(RankedTensorType::get({size}, shape.getFilterType()), bytes);
}

static ElementsAttr packTileFilter(const Convolution &conv, const TilePlan &plan) {
  if (conv.quantized)
    return packTileFilter<int8_t>(conv.quantized->filter, conv.shape, plan);
  SmallVector<char> storage;
  ArrayRef<char> bytes = getConstantBytes(conv.constantFilter, storage);
  return packTileFilter<uint16_t>({reinterpret_cast<const uint16_t *>(bytes.data()), bytes.size() / sizeof(uint16_t)},
                                  conv.shape, plan);
}

/// The bias of whole tiles. No tap is ever outside: the panel holds the padding.
static ElementsAttr packTileBias(const Convolution &conv) {
  ConvolutionShape shape = conv.shape;
  int64_t size = getNumTileColumns(shape) * kTileColumns;
  if (conv.constantBias)
    return packChannels(conv.constantBias, shape.computeType, size);
  if (!conv.quantized)
    return DenseElementsAttr::get(RankedTensorType::get({size}, shape.computeType), 0.0f);
  shape.block = kTileColumns;
  return packPaddedBias(*conv.quantized, shape);
}

static func::FuncOp getTileKernel(KernelContext &context, Location loc, const ConvolutionShape &shape,
                                  const TilePlan &plan, MemRefType starts) {
  SmallVector<Type> arguments(getKernelType(loc.getContext(), shape, getTileFilterSize(shape, plan)).getInputs());
  arguments[2] = MemRefType::get({getNumTileColumns(shape) * kTileColumns}, shape.computeType);
  arguments.push_back(starts);
  std::string name = "tiles_" + shape.getName() + "_r" + std::to_string(shape.outputs);
  if (shape.quantized && shape.quantized->inputZero)
    name += "_iz" + std::to_string(shape.quantized->inputZero);
  return context.getOrCreateKernel(
      name, FunctionType::get(loc.getContext(), arguments, {}), [&](OpBuilder &b, Location loc, ValueRange args) {
        KernelBuilder kb(b, loc, b.getInsertionBlock());
        TileEmitter(kb, shape, plan, context.getFacts(), getOperands(shape, args), args.back()).emit();
        func::ReturnOp::create(b, loc);
      });
}

/// Why the operands of `conv` are none for tiles; empty where they are.
static StringRef getObstacle(const Convolution &conv) {
  if (conv.quantized)
    return {};
  if (!conv.constantFilter || (conv.shape.bias && !conv.constantBias))
    return "tiles need a constant filter and bias";
  return conv.constantFilter.getElementType() == conv.shape.inType ? StringRef()
                                                                   : "tiles multiply operands of one type";
}

FailureOr<Value> emitTileConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                     StringRef &reason) {
  ConvolutionShape &shape = conv.shape;
  if (reason = getObstacle(conv); !reason.empty())
    return failure();
  // Channels that are multiplied together lie together.
  if (shape.inBlock % kChannelsTogether != 0) {
    conv.input = getReblocked(b, loc, conv.inputType, conv.input, shape.inBlock, shape.block);
    shape.inBlock = shape.block;
  }
  FailureOr<TilePlan> plan = TilePlan::get(shape, reason);
  if (failed(plan))
    return failure();
  // All have a bias, in one class.
  shape.bias = true;
  if (shape.quantized)
    shape.quantized->classes = {};
  else
    shape.shortFilter = shape.inType;
  auto getBuffer = [&](ElementsAttr constant) { return context.getConstantBuffer(b, loc, constant); };
  ConvolutionOperands operands;
  operands.input = conv.input;
  operands.filter = getBuffer(packTileFilter(conv, *plan));
  operands.bias = getBuffer(packTileBias(conv));
  if (conv.quantized)
    operands.scales = getBuffer(packQuantizedScales(*conv.quantized, shape));
  if (shape.residual)
    operands.residual = getReblocked(b, loc, conv.resultType, conv.residual, conv.residualBlock, shape.block);
  operands.output = allocateBlocked(b, loc, conv.resultType, shape.block, conv.input);
  ArrayRef<char> steps(reinterpret_cast<const char *>(plan->steps.data()), plan->steps.size() * sizeof(int32_t));
  Value starts = getBuffer(makeConstant(RankedTensorType::get({plan->getNumSteps()}, b.getI32Type()), steps));
  func::FuncOp kernel = getTileKernel(context, loc, shape, *plan, cast<MemRefType>(starts.getType()));
  forEachImage(b, loc, operands.input,
               [&](OpBuilder &b, Value n) { callKernel(b, loc, kernel, getImage(b, loc, operands, n), starts); });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
