//===- ConvolutionLowering.cpp - convolutions as kernel calls -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"

#include "FilterPacking.h"
#include "GemvKernel.h"
#include "GroupedKernel.h"
#include "PooledKernel.h"
#include "QuantizedDepthwise.h"

#include "winnow/Kernel/ElementFunctions.h"
#include "winnow/Support/HalfPairs.h"
#include "winnow/Support/QuantizedTypes.h"

using namespace mlir;

namespace winnow::kernel {

/// A convolution without taps and padding sees pixels only: rows become as long as a tile where that fits.
static void flattenPixels(ConvolutionShape &shape) {
  WindowShape &window = shape.window;
  bool plain = window.getNumTaps() == 1 && window.stride == Spatial{1, 1, 1} && window.pad == Spatial{0, 0, 0};
  if (!plain || window.in != window.out || window.isScattered())
    return;
  int64_t size = window.getNumInputs();
  int64_t row = size % shape.pixels == 0 ? shape.pixels : size;
  window.in = window.out = {1, size / row, row};
}

/// How one convolution is computed, where that is possible.
static cnn::AlgorithmKind getKind(const Convolution &conv) {
  if (!conv.constantFilter && !conv.quantized)
    return cnn::AlgorithmKind::Generic;
  if (isDepthwise(conv.shape))
    return cnn::AlgorithmKind::Depthwise;
  bool legal = (conv.kind == cnn::AlgorithmKind::Gemv && getGemvObstacle(conv.shape).empty()) ||
               (conv.kind == cnn::AlgorithmKind::Grouped && !conv.quantized && getGroupedObstacle(conv.shape).empty());
  return legal ? conv.kind : cnn::AlgorithmKind::Direct;
}

/// The filter as the kernel of `kind` reads it.
static Value getFilter(OpBuilder &b, Location loc, KernelContext &context, const Convolution &conv,
                       cnn::AlgorithmKind kind) {
  auto pack = [&](ElementsAttr packed) { return context.getConstantBuffer(b, loc, packed); };
  if (conv.quantized && kind == cnn::AlgorithmKind::Depthwise)
    return pack(packQuantizedDepthwise(*conv.quantized, conv.shape, context.getFacts()));
  if (conv.quantized)
    return pack(packQuantizedFilter(*conv.quantized,
                                    kind == cnn::AlgorithmKind::Gemv ? getGemvPacking(conv.shape) : conv.shape));
  switch (kind) {
  case cnn::AlgorithmKind::Generic:
    return emitPackFilter(b, loc, context, conv.filter, conv.shape);
  case cnn::AlgorithmKind::Depthwise:
    return pack(packDepthwiseFilter(conv.constantFilter, conv.shape));
  case cnn::AlgorithmKind::Gemv:
    return pack(packFilter(conv.constantFilter, getGemvPacking(conv.shape)));
  case cnn::AlgorithmKind::Grouped:
    return pack(packGroupedFilter(conv.constantFilter, conv.shape));
  default:
    return pack(packFilter(conv.constantFilter, conv.shape));
  }
}

static func::FuncOp getKernel(Location loc, KernelContext &context, const ConvolutionShape &shape,
                              cnn::AlgorithmKind kind) {
  switch (kind) {
  case cnn::AlgorithmKind::Depthwise:
    return shape.quantized ? getQuantizedDepthwiseKernel(context, loc, shape) : getDepthwiseKernel(context, loc, shape);
  case cnn::AlgorithmKind::Gemv:
    return getGemvKernel(context, loc, shape);
  case cnn::AlgorithmKind::Grouped:
    return getGroupedKernel(context, loc, shape);
  default:
    return getConvolutionKernel(context, loc, shape);
  }
}

ImageKernel getImageKernel(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv) {
  cnn::AlgorithmKind kind = getKind(conv);
  if (kind == cnn::AlgorithmKind::Direct || kind == cnn::AlgorithmKind::Generic)
    flattenPixels(conv.shape);
  Value filter = getFilter(b, loc, context, conv, kind);
  return {getKernel(loc, context, conv.shape, kind), filter};
}

void alignInput(OpBuilder &b, Location loc, Convolution &conv) {
  ConvolutionShape &shape = conv.shape;
  // Lanes are channels, or bytes of neighbouring channels are multiplied together.
  bool isAligned = getKind(conv) == cnn::AlgorithmKind::Depthwise ? shape.inBlock == shape.block
                   : conv.quantized                               ? shape.inBlock % shape.getStepChannels() == 0
                                                                  : true;
  if (isAligned)
    return;
  conv.input = getReblocked(b, loc, conv.inputType, conv.input, shape.inBlock, shape.block);
  shape.inBlock = shape.block;
}

/// Filters whose weights serve at most so many pixels are a matter of bandwidth: they keep 16 bits. Others would be
/// widened once for each tile (49 pixels: 17% more time).
static constexpr int64_t kFewPixels = 8;

/// Decides how 16-bit operands are multiplied: pairs in f16 where the target can, else in f32. Tiles broadcast single
/// numbers of the input, so it is widened before, once for all output channels.
static void chooseShortForm(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv) {
  ConvolutionShape &shape = conv.shape;
  cnn::AlgorithmKind kind = getKind(conv);
  if (kind == cnn::AlgorithmKind::Depthwise && context.getFacts().hasF16Arithmetic && shape.inType.isF16() &&
      shape.window.getNumTaps() <= kHalfChain)
    shape.shortFilter = shape.inType;
  bool broadcasts = kind == cnn::AlgorithmKind::Direct || kind == cnn::AlgorithmKind::Gemv;
  if (!broadcasts || getComputeType(shape.inType) == shape.inType)
    return;
  if (kind == cnn::AlgorithmKind::Direct &&
      multipliesHalfPairs(context.getFacts(), shape.inType, shape.getGroupInputs(), shape.inBlock, shape.block,
                          shape.window.kernel[2])) {
    shape.pairs = true;
    shape.shortFilter = shape.inType;
    return;
  }
  if (shape.window.getNumOutputs() <= kFewPixels)
    shape.shortFilter = shape.inType;
  RankedTensorType wide = conv.inputType.clone(shape.computeType);
  conv.input = lowerElementwise(b, loc, conv.input, Type(conv.inputType), wide, context.getFacts(),
                                [&](OpBuilder &b, Location loc, ValueRange lanes, int64_t) -> llvm::SmallVector<Value> {
                                  return {emitCast(b, loc, lanes[0], shape.computeType, false, false)};
                                });
  conv.inputType = wide;
  shape.inType = shape.computeType;
}

Value emitConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv) {
  alignInput(b, loc, conv);
  chooseShortForm(b, loc, context, conv);
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  ImageKernel kernel = getImageKernel(b, loc, context, conv);
  operands.filter = kernel.filter;
  forEachImage(b, loc, operands.input,
               [&](OpBuilder &b, Value n) { callKernel(b, loc, kernel.function, getImage(b, loc, operands, n)); });
  return getResult(b, loc, conv, operands.output);
}

/// The emitter of an algorithm that is more than one kernel; null for the others.
static EmitAlgorithmFn *getEmitter(cnn::AlgorithmKind kind) {
  switch (kind) {
  case cnn::AlgorithmKind::Winograd:
    return emitWinogradConvolution;
  case cnn::AlgorithmKind::Im2col:
    return emitIm2colConvolution;
  case cnn::AlgorithmKind::Kn2row:
    return emitKn2rowConvolution;
  case cnn::AlgorithmKind::Strassen:
    return emitStrassenConvolution;
  case cnn::AlgorithmKind::ImplicitGemm:
    return emitImplicitGemmConvolution;
  case cnn::AlgorithmKind::FFT:
    return emitFourierConvolution;
  case cnn::AlgorithmKind::Tiles:
    return emitTileConvolution;
  case cnn::AlgorithmKind::Sparse:
    return emitSparseConvolution;
  default:
    return nullptr;
  }
}

/// The same for convolutions of bytes.
static EmitAlgorithmFn *getQuantizedEmitter(cnn::AlgorithmKind kind) {
  switch (kind) {
  case cnn::AlgorithmKind::Winograd:
    return emitWinogradConvolution;
  case cnn::AlgorithmKind::Tiles:
    return emitTileConvolution;
  case cnn::AlgorithmKind::Sparse:
    return emitSparseInt8Convolution;
  default:
    return nullptr;
  }
}

namespace {

struct ConvolutionLowering : KernelPattern<cnn::ConvolutionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::ConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    // Groups of convolutions are lowered as one, see StripLowering.cpp.
    if (op.getAlgorithmAttr() && op.getAlgorithmAttr().getKind() == cnn::AlgorithmKind::RowStrips)
      return failure();
    if (getSharedPool(op))
      return failure(); // see PooledLowering.cpp
    for (RankedTensorType type : {op.getInput().getType(), op.getOutput().getType()})
      if (llvm::StringRef obstacle = getFeatureMapObstacle(type); !obstacle.empty())
        return rewriter.notifyMatchFailure(op, obstacle);
    if (isQuantized(op.getInput().getType()))
      return lowerQuantized(op, adaptor, rewriter);
    Convolution conv = makeConvolution(context, op, adaptor.getInput());
    conv.filter = adaptor.getFilter();
    if (op.getBias())
      conv.bias = adaptor.getBias();
    if (op.getResidual())
      conv.residual = adaptor.getResidual();
    EmitAlgorithmFn *emit = getEmitter(conv.kind);
    if (!emit) {
      rewriter.replaceOp(op, emitConvolution(rewriter, op.getLoc(), context, conv));
      return success();
    }
    llvm::StringRef reason;
    FailureOr<Value> result = emit(rewriter, op.getLoc(), context, conv, reason);
    if (failed(result))
      return rewriter.notifyMatchFailure(op, reason);
    rewriter.replaceOp(op, *result);
    return success();
  }

private:
  LogicalResult lowerQuantized(cnn::ConvolutionOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const {
    llvm::StringRef reason;
    FailureOr<Convolution> conv = makeQuantizedConvolution(context, op, adaptor.getInput(), reason);
    if (failed(conv))
      return rewriter.notifyMatchFailure(op, reason);
    conv->residual = adaptor.getResidual();
    EmitAlgorithmFn *emit = getQuantizedEmitter(conv->kind);
    if (!emit) {
      rewriter.replaceOp(op, emitConvolution(rewriter, op.getLoc(), context, *conv));
      return success();
    }
    FailureOr<Value> result = emit(rewriter, op.getLoc(), context, *conv, reason);
    if (failed(result))
      return rewriter.notifyMatchFailure(op, reason);
    rewriter.replaceOp(op, *result);
    return success();
  }
};

} // namespace

void populateConvolutionLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<ConvolutionLowering>(converter, context);
}

} // namespace winnow::kernel
