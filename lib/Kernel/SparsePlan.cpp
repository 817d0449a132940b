//===- SparsePlan.cpp - convolutions without the zeros of filters ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "GemvKernel.h"
#include "SparseBlocks.h"
#include "SparseGemv.h"
#include "SparsePacking.h"

using namespace mlir;

namespace winnow::kernel {

/// The reason why lanes of pixels cannot compute `shape`; empty when they can.
static llvm::StringRef getObstacle(const ConvolutionShape &shape) {
  if (shape.group != 1)
    return "sparse convolutions take all channels in one group";
  if (shape.window.kernel[0] != 1 || shape.window.in[0] != 1)
    return "sparse convolutions have one or two spatial dimensions";
  if (!shape.computeType.isF32() || !shape.inType.isF32() || !shape.outType.isF32())
    return "sparse convolutions are in f32";
  if (shape.inBlock != shape.block)
    return "sparse convolutions need the same channel blocks in input and output";
  if (shape.block % 4 != 0)
    return "sparse convolutions need blocks of four channels or more";
  return {};
}

SparseWindow getSparseWindow(const ConvolutionShape &shape) {
  const WindowShape &window = shape.window;
  SparseWindow numbers;
  numbers.inChannels = shape.inChannels;
  numbers.outChannels = shape.outChannels;
  for (int64_t d = 0; d < 2; ++d) {
    numbers.out[d] = window.out[d + 1];
    numbers.stride[d] = window.stride[d + 1];
    numbers.reach[d] = window.dilation[d + 1] * (window.kernel[d + 1] - 1);
  }
  numbers.isFlat = window.getNumTaps() == 1 && window.stride == Spatial{1, 1, 1} && window.pad == Spatial{0, 0, 0} &&
                   window.in == window.out;
  return numbers;
}

FailureOr<SparsePlan> SparsePlan::get(const ConvolutionShape &shape, int64_t shared, const TargetFacts &facts,
                                      llvm::StringRef &reason) {
  reason = getObstacle(shape);
  if (reason.empty() && shape.block % std::max<int64_t>(1, shared) != 0)
    reason = "output channels that share places must divide a block";
  if (!reason.empty())
    return failure();
  SparsePlan plan{shape,
                  SparseTiling::get(getSparseWindow(shape), shape.block, shape.pixels, shape.outputs,
                                    std::max<int64_t>(1, shared), facts.vectorRegisters, shape.vectors * shape.block)};
  if (!plan.tiling.isLegal()) {
    reason = "a panel of a sparse convolution has more places than 16 bits number";
    return failure();
  }
  return plan;
}

int64_t SparsePlan::getPlace(int64_t c, int64_t tap) const {
  const WindowShape &window = shape.window;
  int64_t row = tap / window.kernel[2] * window.dilation[1], column = tap % window.kernel[2] * window.dilation[2];
  return (c * tiling.panel[0] + row) * tiling.panel[1] + column;
}

SmallVector<ElementsAttr> SparseFilter::getParts() const {
  SmallVector<ElementsAttr> parts{values, places, starts};
  if (slots)
    parts.push_back(slots);
  return parts;
}

SparseFilter packSparseFilter(ElementsAttr filter, const SparsePlan &plan) {
  const ConvolutionShape &shape = plan.shape;
  llvm::SmallVector<char> source = getFloats(filter, shape.computeType);
  const float *weights = reinterpret_cast<const float *>(source.data());
  return SparsePacking<float>(plan, /*step=*/1,
                              [&](int64_t m, int64_t c, int64_t k) {
                                return weights[(m * shape.inChannels + c) * shape.window.getNumTaps() + k];
                              })
      .pack(shape.computeType);
}

FunctionType getSparseType(MLIRContext *context, const ConvolutionShape &shape, const SparseFilter &filter) {
  llvm::SmallVector<Type> arguments{getFlatType(shape.getInSize(), shape.inType)};
  for (ElementsAttr part : filter.getParts())
    arguments.push_back(MemRefType::get({part.getNumElements()}, part.getElementType()));
  if (shape.bias)
    arguments.push_back(MemRefType::get({shape.getOutBlocks() * shape.block}, shape.computeType));
  arguments.append(1 + shape.residual, getFlatType(shape.getOutSize(), shape.outType));
  return FunctionType::get(context, arguments, {});
}

/// Whether one pixel is computed, so that lanes are input channels.
static bool isSparseGemv(const ConvolutionShape &shape) {
  return getGemvObstacle(shape).empty() && shape.inType.isF32() && shape.outType.isF32();
}

FailureOr<Value> emitSparseConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                       llvm::StringRef &reason) {
  if (!conv.constantFilter) {
    reason = "sparse convolutions need a constant filter";
    return failure();
  }
  SparseFilter filter;
  func::FuncOp kernel;
  if (isSparseGemv(conv.shape)) {
    filter = packSparseRows(conv.constantFilter, conv.shape, context.getFacts());
    kernel = getSparseGemvKernel(context, loc, conv.shape, filter);
  } else if (conv.depth == conv.shape.block) {
    reason = getObstacle(conv.shape);
    FailureOr<SparseBlocksPlan> plan = failure();
    if (!reason.empty() || failed(plan = SparseBlocksPlan::get(conv.shape, context.getFacts(), reason)))
      return failure();
    filter = packSparseBlocks(conv.constantFilter, *plan);
    kernel = getSparseBlocksKernel(context, loc, *plan, filter);
  } else {
    FailureOr<SparsePlan> plan = SparsePlan::get(conv.shape, conv.depth, context.getFacts(), reason);
    if (failed(plan))
      return failure();
    filter = packSparseFilter(conv.constantFilter, *plan);
    kernel = getSparseKernel(context, loc, *plan, filter);
  }
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  Values parts;
  for (ElementsAttr part : filter.getParts())
    parts.push_back(context.getConstantBuffer(b, loc, part));
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    ConvolutionOperands image = getImage(b, loc, operands, n);
    Values arguments{image.input};
    arguments.append(parts);
    for (Value optional : {image.bias, image.residual})
      if (optional)
        arguments.push_back(optional);
    arguments.push_back(image.output);
    func::CallOp::create(b, loc, kernel, arguments);
  });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
