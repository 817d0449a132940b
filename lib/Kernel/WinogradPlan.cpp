//===- WinogradPlan.cpp - Winograd convolutions as three kernels ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"
#include "WinogradKernel.h"

using namespace mlir;

namespace winnow::kernel {

/// The reason why `shape` cannot be computed by transforms; empty when it can.
static llvm::StringRef getObstacle(const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  if (shape.group != 1)
    return "Winograd convolutions take all channels in one group";
  if (window.stride != Spatial{1, 1, 1} || window.dilation != Spatial{1, 1, 1})
    return "Winograd convolutions need strides and dilations of 1";
  if (window.out[0] != 1 || window.in[0] != 1 || window.kernel[0] != 1)
    return "Winograd convolutions have one or two spatial dimensions";
  if (!shape.computeType.isF32() && !shape.quantized)
    return "Winograd convolutions compute in f32, or of bytes in integers";
  if (shape.quantized && shape.pool != 1)
    return "Winograd convolutions of bytes have no pool behind them";
  if (shape.inBlock != shape.block)
    return "Winograd convolutions need the same channel blocks in input and output";
  return {};
}

FailureOr<WinogradPlan> WinogradPlan::get(const ConvolutionShape &shape, const TargetFacts &facts,
                                          llvm::StringRef &reason) {
  reason = getObstacle(shape);
  if (!reason.empty())
    return failure();
  const WindowShape &window = shape.window;
  WinogradPlan plan;
  plan.shape = shape;
  plan.fma = facts.hasFMA;
  Type type = shape.quantized ? Type(IntegerType::get(shape.computeType.getContext(), 16)) : shape.computeType;
  plan.tiling = WinogradTiling::get({window.kernel[1], window.kernel[2]}, {window.out[1], window.out[2]}, shape.outputs,
                                    shape.getInBlocks() * shape.block, shape.getOutBlocks() * shape.block,
                                    type.getIntOrFloatBitWidth() / 8, facts);
  for (int64_t d = 0; d < 2; ++d) {
    auto get = shape.quantized ? WinogradTransform::getInteger : WinogradTransform::get;
    auto transform = get(plan.tiling.outputs[d], plan.tiling.taps[d]);
    if (!transform) {
      reason = "there is no transform for so many outputs and taps";
      return failure();
    }
    plan.transforms[d] = *transform;
    if (plan.tiling.outputs[d] % shape.pool != 0 || window.out[d + 1] % shape.pool != 0) {
      reason = "the tiles of Winograd convolutions do not consist of whole squares of the pool";
      return failure();
    }
  }
  if (shape.quantized)
    if (reason = getByteObstacle(plan.transforms, shape.quantized->largestSum); !reason.empty())
      return failure();
  int64_t tiles = plan.tiling.chunkRows * plan.tiling.tiles[1];
  plan.product = {plan.tiling.getNumPoints(),
                  tiles,
                  tiles,
                  shape.inChannels,
                  shape.outChannels,
                  shape.block,
                  shape.pixels,
                  shape.vectors,
                  type,
                  plan.fma};
  return plan;
}

BatchedProduct WinogradPlan::getProduct(int64_t rows) const {
  BatchedProduct part = product;
  part.tiles = rows * tiling.tiles[1];
  return part;
}

std::string WinogradPlan::getName(int64_t rows) const {
  return shape.getName() + "_m" + std::to_string(shape.outputs) + "_" + std::to_string(rows) + "of" +
         std::to_string(tiling.chunkRows) +
         (shape.quantized ? "_iz" + std::to_string(shape.quantized->inputZero) : std::string());
}

/// One filter (taps of height x taps of width) to its points.
template <typename T>
static void transformFilter(const WinogradPlan &plan, const T *filter, llvm::MutableArrayRef<double> half,
                            llvm::MutableArrayRef<double> points) {
  const TransformMatrix &down = plan.transforms[0].filterTransform, &across = plan.transforms[1].filterTransform;
  for (int64_t i = 0; i < down.rows; ++i)
    for (int64_t k = 0; k < across.columns; ++k) {
      double sum = 0;
      for (int64_t h = 0; h < down.columns; ++h)
        sum += down.at(i, h) * filter[h * across.columns + k];
      half[i * across.columns + k] = sum;
    }
  for (int64_t i = 0; i < down.rows; ++i)
    for (int64_t j = 0; j < across.rows; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < across.columns; ++k)
        sum += across.at(j, k) * half[i * across.columns + k];
      points[i * across.rows + j] = sum;
    }
}

/// The filter (M, C, spatial) transformed by G.
static ElementsAttr packWinogradFilter(const Convolution &conv, const WinogradPlan &plan) {
  int64_t taps = plan.shape.window.getNumTaps();
  llvm::SmallVector<double> half(plan.product.points * taps);
  auto transform = [&](const auto *filter, llvm::MutableArrayRef<double> points) {
    transformFilter(plan, filter, half, points);
  };
  if (conv.quantized)
    return packTransformedFilter(llvm::ArrayRef(conv.quantized->filter), plan.product, taps, transform);
  return packTransformedFilter(conv.constantFilter, plan.product, taps, transform);
}

void emitWinogradChunk(OpBuilder &b, Location loc, KernelContext &context, const WinogradPlan &plan,
                       const WinogradBuffers &buffers, int64_t rows, Value firstRow) {
  const ConvolutionOperands &image = buffers.image;
  func::CallOp::create(b, loc, getWinogradInputKernel(context, loc, plan, rows),
                       ValueRange{image.input, buffers.transformed, firstRow});
  func::CallOp::create(b, loc, getBatchedProductKernel(context, loc, plan.getProduct(rows)),
                       ValueRange{buffers.transformed, image.filter, buffers.products});
  ConvolutionOperands outputs = image;
  outputs.input = buffers.products;
  outputs.filter = {};
  callKernel(b, loc, getWinogradOutputKernel(context, loc, plan, rows), outputs, firstRow);
}

FailureOr<Value> emitWinogradConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                         llvm::StringRef &reason) {
  if (!conv.constantFilter && !conv.quantized) {
    reason = "Winograd convolutions need a constant filter";
    return failure();
  }
  FailureOr<WinogradPlan> plan = WinogradPlan::get(conv.shape, context.getFacts(), reason);
  if (failed(plan))
    return failure();
  if (conv.quantized) {
    // The input transform takes the zero point away and puts zeros where padding is: one bias serves all outputs.
    conv.quantized->inputZero = 0;
    conv.shape.quantized->classes = plan->shape.quantized->classes = {};
  }
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  operands.filter = context.getConstantBuffer(b, loc, packWinogradFilter(conv, *plan));
  bool hasRuns = plan->getNumRuns() > 1;
  Value transformed = allocateBuffer(b, loc, hasRuns ? plan->getTransformedRunsType() : plan->product.getInputType());
  Value products = allocateBuffer(b, loc, hasRuns ? plan->getProductRunsType() : plan->product.getProductType());
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    ConvolutionOperands image = getImage(b, loc, operands, n);
    if (!hasRuns)
      return forEachChunk(b, loc, plan->tiling.tiles[0], plan->tiling.chunkRows,
                          [&](OpBuilder &b, int64_t rows, Value firstRow) {
                            emitWinogradChunk(b, loc, context, *plan, {image, transformed, products}, rows, firstRow);
                          });
    callKernel(b, loc, getWinogradChunksKernel(context, loc, *plan), image, ValueRange{transformed, products});
  });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
