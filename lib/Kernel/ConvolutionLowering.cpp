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

llvm::StringRef getFeatureMapObstacle(RankedTensorType type) {
  if (type.getRank() < 3 || type.getRank() > 5)
    return "expected 1 to 3 spatial dimensions";
  for (int64_t extent : type.getShape().drop_front())
    if (ShapedType::isDynamic(extent))
      return "expected static channels and spatial extents";
  if (cnn::LayoutAttr layout = getLayout(type); layout && layout.getHalo() != 0)
    return "expected a layout without halo";
  return {};
}

void setDefaultTile(ConvolutionShape &shape, const TargetFacts &facts) {
  int64_t perVector = std::max<int64_t>(1, shape.block * shape.computeType.getIntOrFloatBitWidth() / facts.vectorBits);
  int64_t accumulators = (facts.vectorRegisters >= 32 ? 28 : 12) / perVector;
  shape.vectors = std::min<int64_t>(2, shape.getOutBlocks());
  if (shape.group > 1 && shape.getGroupOutputs() / shape.block % 2 != 0)
    shape.vectors = 1;
  shape.pixels = std::max<int64_t>(1, std::min(shape.window.getNumOutputs(), accumulators / shape.vectors));
}

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

static bool isDepthwise(const ConvolutionShape &shape) {
  return shape.group > 1 && shape.group == shape.inChannels && shape.group == shape.outChannels;
}

/// The bias as the kernel reads it: the compute type, padded to whole blocks.
static Value getBias(OpBuilder &b, Location loc, KernelContext &context, const Convolution &conv) {
  const ConvolutionShape &shape = conv.shape;
  int64_t size = shape.getOutBlocks() * shape.block;
  if (conv.quantized)
    return context.getConstantBuffer(b, loc, packQuantizedBias(*conv.quantized, shape));
  if (conv.constantBias)
    return context.getConstantBuffer(b, loc, packChannels(conv.constantBias, shape.computeType, size));
  Value packed = allocateBuffer(b, loc, MemRefType::get({size}, shape.computeType));
  zeroBuffer(b, loc, packed, context.getFacts());
  forRange(b, loc, b.getIndexAttr(shape.outChannels), [&](OpBuilder &b, Location loc, Value m) {
    Value element = memref::LoadOp::create(b, loc, conv.bias, ValueRange{m});
    if (element.getType() != shape.computeType)
      element = arith::ExtFOp::create(b, loc, shape.computeType, element);
    memref::StoreOp::create(b, loc, element, packed, ValueRange{m});
  });
  return packed;
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

ConvolutionOperands makeOperands(OpBuilder &b, Location loc, KernelContext &context, const Convolution &conv,
                                 int64_t block) {
  const ConvolutionShape &shape = conv.shape;
  if (block == 0)
    block = shape.block;
  ConvolutionOperands operands;
  operands.input = conv.input;
  if (shape.bias)
    operands.bias = getBias(b, loc, context, conv);
  if (conv.quantized)
    operands.scales = context.getConstantBuffer(b, loc, packQuantizedScales(*conv.quantized, shape));
  if (shape.residual)
    operands.residual = getReblocked(b, loc, conv.resultType, conv.residual, conv.residualBlock, block);
  operands.output = allocateBlocked(b, loc, conv.resultType, block, conv.input);
  return operands;
}

ConvolutionOperands getImage(OpBuilder &b, Location loc, const ConvolutionOperands &operands, Value n) {
  auto get = [&](Value buffer) { return buffer ? getFlatImage(b, loc, buffer, n) : Value(); };
  return {get(operands.input),  operands.filter, operands.bias,  get(operands.residual),
          get(operands.output), operands.origin, operands.scales};
}

void forEachChunk(OpBuilder &b, Location loc, int64_t extent, int64_t size,
                  llvm::function_ref<void(OpBuilder &, int64_t, Value)> body) {
  int64_t whole = extent / size, rest = extent % size;
  if (whole > 0)
    forRange(b, loc, b.getIndexAttr(whole), [&](OpBuilder &b, Location loc, Value chunk) {
      body(b, size, mulIndex(b, loc, chunk, indexConstant(b, loc, size)));
    });
  if (rest > 0)
    body(b, rest, indexConstant(b, loc, whole * size));
}

Value getResult(OpBuilder &b, Location loc, const Convolution &conv, Value output) {
  return getReblocked(b, loc, conv.resultType, output, conv.shape.block, getBlock(conv.resultType));
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

Convolution makeConvolution(KernelContext &context, cnn::WindowOpInterface op, RankedTensorType inputType,
                            RankedTensorType resultType, Value input, int64_t group) {
  Convolution conv;
  conv.inputType = inputType;
  conv.resultType = resultType;
  conv.input = input;
  ConvolutionShape &shape = conv.shape;
  shape.window = WindowShape::get(op, inputType, resultType);
  shape.inChannels = inputType.getDimSize(1);
  shape.outChannels = resultType.getDimSize(1);
  shape.group = group;
  shape.inBlock = getBlock(inputType);
  shape.block = getLayout(resultType) ? getBlock(resultType) : context.getFacts().getF32Lanes();
  shape.inType = inputType.getElementType();
  shape.outType = resultType.getElementType();
  shape.computeType = getComputeType(shape.outType);
  return conv;
}

/// The tile and kind that selection has written, or a default.
static void readAlgorithm(Convolution &conv, cnn::ConvolutionOp op, const TargetFacts &facts) {
  ConvolutionShape &shape = conv.shape;
  setDefaultTile(shape, facts);
  cnn::AlgorithmAttr algorithm = op.getAlgorithmAttr();
  if (!algorithm)
    return;
  if (algorithm.getPixels() > 0) {
    shape.pixels = algorithm.getPixels();
    shape.vectors = std::max<int64_t>(1, algorithm.getChannels() / shape.block);
  }
  conv.kind = algorithm.getKind();
  conv.depth = algorithm.getDepth();
  shape.outputs = algorithm.getOutputs();
}

Convolution makeConvolution(KernelContext &context, cnn::ConvolutionOp op, Value input) {
  Convolution conv = makeConvolution(context, op, op.getInput().getType(), op.getOutput().getType(), input,
                                     static_cast<int64_t>(op.getGroup()));
  ConvolutionShape &shape = conv.shape;
  shape.bias = static_cast<bool>(op.getBias());
  shape.residual = static_cast<bool>(op.getResidual());
  shape.activation = op.getActivationAttr();
  conv.constantFilter = getConstant(op.getFilter());
  if (shape.bias)
    conv.constantBias = getConstant(op.getBias());
  if (shape.residual)
    conv.residualBlock = getBlock(op.getResidual().getType());
  readAlgorithm(conv, op, context.getFacts());
  return conv;
}

FailureOr<Convolution> makeQuantizedConvolution(KernelContext &context, cnn::ConvolutionOp op, Value input,
                                                llvm::StringRef &reason) {
  Convolution conv = makeConvolution(context, op, op.getInput().getType(), op.getOutput().getType(), input,
                                     static_cast<int64_t>(op.getGroup()));
  FailureOr<QuantizedConstants> constants = QuantizedConstants::get(op, reason);
  if (failed(constants))
    return failure();
  conv.quantized = std::move(*constants);
  if (isDepthwise(conv.shape))
    if (reason = getQuantizedDepthwiseObstacle(conv.shape); !reason.empty())
      return failure();
  ConvolutionShape &shape = conv.shape;
  shape.inType = getStorageType(shape.inType);
  shape.outType = getStorageType(shape.outType);
  shape.computeType = IntegerType::get(op.getContext(), 32);
  shape.bias = true;
  shape.residual = static_cast<bool>(op.getResidual());
  // What clips a quantized result is a part of its requantization.
  if (isa<FloatType>(shape.outType))
    shape.activation = op.getActivationAttr();
  if (shape.residual)
    conv.residualBlock = getBlock(op.getResidual().getType());
  shape.quantized = getQuantizedShape(op, *conv.quantized, shape);
  readAlgorithm(conv, op, context.getFacts());
  return conv;
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
