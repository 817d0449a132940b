//===- ConvolutionLowering.cpp - convolutions as kernel calls -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelBlocks.h"
#include "ConvolutionKernel.h"
#include "FilterPacking.h"
#include "GemvKernel.h"
#include "GroupedKernel.h"
#include "KernelLowering.h"
#include "WinogradKernel.h"

#include <cstring>

using namespace mlir;

namespace winnow::kernel {

namespace {

/// A convolution on buffers, whatever op it comes from.
struct Convolution {
  ConvolutionShape shape;
  RankedTensorType inputType, resultType;
  Value input, bias, residual;
  ElementsAttr constantFilter, constantBias;
  Value filter; ///< buffer (M, C / group, spatial) where the filter is not constant
  int64_t residualBlock = 1;
  cnn::AlgorithmKind kind = cnn::AlgorithmKind::Direct;
};

} // namespace

/// The reason why a feature map cannot be lowered; empty when it can.
static llvm::StringRef getObstacle(RankedTensorType type) {
  if (type.getRank() < 3 || type.getRank() > 5)
    return "expected 1 to 3 spatial dimensions";
  for (int64_t extent : type.getShape().drop_front())
    if (ShapedType::isDynamic(extent))
      return "expected static channels and spatial extents";
  if (cnn::LayoutAttr layout = getLayout(type); layout && layout.getHalo() != 0)
    return "expected a layout without halo";
  return {};
}

/// The register tile where selection has not written one: as many accumulators as fit.
static void setDefaultTile(ConvolutionShape &shape, const TargetFacts &facts) {
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
  if (!plain || window.in != window.out)
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
  if (!conv.constantFilter)
    return cnn::AlgorithmKind::Generic;
  if (isDepthwise(conv.shape))
    return cnn::AlgorithmKind::Depthwise;
  bool legal = (conv.kind == cnn::AlgorithmKind::Gemv && getGemvObstacle(conv.shape).empty()) ||
               (conv.kind == cnn::AlgorithmKind::Grouped && getGroupedObstacle(conv.shape).empty());
  return legal ? conv.kind : cnn::AlgorithmKind::Direct;
}

/// The filter as the kernel of `kind` reads it.
static Value getFilter(OpBuilder &b, Location loc, KernelContext &context, const Convolution &conv,
                       cnn::AlgorithmKind kind) {
  auto pack = [&](ElementsAttr packed) { return context.getConstantBuffer(b, loc, packed); };
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
    return getDepthwiseKernel(context, loc, shape);
  case cnn::AlgorithmKind::Gemv:
    return getGemvKernel(context, loc, shape);
  case cnn::AlgorithmKind::Grouped:
    return getGroupedKernel(context, loc, shape);
  default:
    return getConvolutionKernel(context, loc, shape);
  }
}

/// The same by transforms of the filter; fails with a reason where they do not apply.
static FailureOr<Value> emitWinogradConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                                llvm::StringRef &reason) {
  const ConvolutionShape &shape = conv.shape;
  if (!conv.constantFilter) {
    reason = "Winograd convolutions need a constant filter";
    return failure();
  }
  FailureOr<WinogradPlan> plan = WinogradPlan::get(shape, context.getFacts(), reason);
  if (failed(plan))
    return failure();
  ConvolutionOperands operands;
  operands.input = conv.input;
  if (shape.bias)
    operands.bias = getBias(b, loc, context, conv);
  if (shape.residual)
    operands.residual = getReblocked(b, loc, conv.resultType, conv.residual, conv.residualBlock, shape.block);
  operands.output = allocateBlocked(b, loc, conv.resultType, shape.block, conv.input);
  emitWinograd(b, loc, context, *plan, conv.constantFilter, operands);
  return getReblocked(b, loc, conv.resultType, operands.output, shape.block, getBlock(conv.resultType));
}

/// Emits kernel and calls; returns the result's buffer.
static Value emitConvolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv) {
  ConvolutionShape &shape = conv.shape;
  cnn::AlgorithmKind kind = getKind(conv);
  int64_t resultBlock = getBlock(conv.resultType);
  Value input = conv.input;
  if (kind == cnn::AlgorithmKind::Depthwise && shape.inBlock != shape.block) {
    input = getReblocked(b, loc, conv.inputType, input, shape.inBlock, shape.block);
    shape.inBlock = shape.block;
  }
  if (kind == cnn::AlgorithmKind::Direct || kind == cnn::AlgorithmKind::Generic)
    flattenPixels(shape);

  ConvolutionOperands operands;
  operands.filter = getFilter(b, loc, context, conv, kind);
  if (shape.bias)
    operands.bias = getBias(b, loc, context, conv);
  Value residual;
  if (shape.residual)
    residual = getReblocked(b, loc, conv.resultType, conv.residual, conv.residualBlock, shape.block);

  Value output = allocateBlocked(b, loc, conv.resultType, shape.block, input);
  func::FuncOp kernel = getKernel(loc, context, shape, kind);
  forEachImage(b, loc, input, [&](OpBuilder &b, Value n) {
    operands.input = getFlatImage(b, loc, input, n);
    operands.residual = residual ? getFlatImage(b, loc, residual, n) : Value();
    operands.output = getFlatImage(b, loc, output, n);
    callKernel(b, loc, kernel, operands);
  });
  return getReblocked(b, loc, conv.resultType, output, shape.block, resultBlock);
}

/// Fills what all convolutions share.
static Convolution makeConvolution(KernelContext &context, cnn::WindowOpInterface op, RankedTensorType inputType,
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

namespace {

struct ConvolutionLowering : KernelPattern<cnn::ConvolutionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::ConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    // Groups of convolutions are lowered as one, see StripLowering.cpp.
    if (op.getAlgorithmAttr() && op.getAlgorithmAttr().getKind() == cnn::AlgorithmKind::RowStrips)
      return failure();
    RankedTensorType inputType = op.getInput().getType(), resultType = op.getOutput().getType();
    for (RankedTensorType type : {inputType, resultType})
      if (llvm::StringRef obstacle = getObstacle(type); !obstacle.empty())
        return rewriter.notifyMatchFailure(op, obstacle);
    Convolution conv =
        makeConvolution(context, op, inputType, resultType, adaptor.getInput(), static_cast<int64_t>(op.getGroup()));
    ConvolutionShape &shape = conv.shape;
    shape.bias = static_cast<bool>(op.getBias());
    shape.residual = static_cast<bool>(op.getResidual());
    shape.activation = op.getActivationAttr();
    conv.constantFilter = getConstant(op.getFilter());
    conv.filter = adaptor.getFilter();
    if (shape.bias) {
      conv.constantBias = getConstant(op.getBias());
      conv.bias = adaptor.getBias();
    }
    if (shape.residual) {
      conv.residual = adaptor.getResidual();
      conv.residualBlock = getBlock(op.getResidual().getType());
    }
    setDefaultTile(shape, context.getFacts());
    cnn::AlgorithmAttr algorithm = op.getAlgorithmAttr();
    if (algorithm && algorithm.getPixels() > 0) {
      shape.pixels = algorithm.getPixels();
      shape.vectors = std::max<int64_t>(1, algorithm.getChannels() / shape.block);
    }
    if (algorithm)
      conv.kind = algorithm.getKind();
    if (conv.kind != cnn::AlgorithmKind::Winograd) {
      rewriter.replaceOp(op, emitConvolution(rewriter, op.getLoc(), context, conv));
      return success();
    }
    shape.outputs = algorithm.getOutputs();
    llvm::StringRef reason;
    FailureOr<Value> result = emitWinogradConvolution(rewriter, op.getLoc(), context, conv, reason);
    if (failed(result))
      return rewriter.notifyMatchFailure(op, reason);
    rewriter.replaceOp(op, *result);
    return success();
  }
};

} // namespace

/// The filter (C, M / group, spatial) of a transposed convolution as that of
/// the convolution it equals: (M, C / group, spatial), taps mirrored.
static ElementsAttr mirrorFilter(ElementsAttr filter, const ConvolutionShape &shape) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<char> source = getConstantBytes(filter, storage);
  int64_t bytes = getElementBytes(filter.getElementType()), taps = shape.window.getNumTaps();
  llvm::SmallVector<char> mirrored(source.size());
  int64_t ins = shape.getGroupInputs(), outs = shape.getGroupOutputs();
  for (int64_t c = 0; c < shape.inChannels; ++c)
    for (int64_t m = 0; m < outs; ++m)
      for (int64_t k = 0; k < taps; ++k) {
        int64_t row = (c / ins * outs + m) * ins + c % ins;
        std::memcpy(mirrored.data() + (row * taps + taps - 1 - k) * bytes,
                    source.data() + ((c * outs + m) * taps + k) * bytes, bytes);
      }
  auto type = RankedTensorType::get({shape.outChannels, ins, taps}, filter.getElementType());
  return makeConstant(type, mirrored);
}

/// The same at run time.
static Value emitMirrorFilter(OpBuilder &b, Location loc, Value filter, const ConvolutionShape &shape) {
  Type elementType = cast<MemRefType>(filter.getType()).getElementType();
  int64_t taps = shape.window.getNumTaps(), ins = shape.getGroupInputs(), outs = shape.getGroupOutputs();
  Value mirrored = allocateBuffer(b, loc, MemRefType::get({shape.outChannels * ins * taps}, elementType));
  Value source = getFlatBuffer(b, loc, filter);
  llvm::SmallVector<OpFoldResult> extents;
  for (int64_t extent : {shape.inChannels, outs, taps})
    extents.push_back(b.getIndexAttr(extent));
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange at) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    Value row = kb.add(kb.mul(kb.div(at[0], ins), outs), at[1]);
    row = kb.add(kb.mul(row, ins), kb.rem(at[0], ins));
    Value from = kb.add(kb.mul(kb.add(kb.mul(at[0], outs), at[1]), taps), at[2]);
    Value to = kb.add(kb.mul(row, taps), kb.sub(kb.index(taps - 1), at[2]));
    Value element = memref::LoadOp::create(b, loc, source, ValueRange{from});
    memref::StoreOp::create(b, loc, element, mirrored, ValueRange{to});
  });
  return mirrored;
}

/// A plain copy of `input` with `stride - 1` zeros between its elements.
static Value emitSpread(OpBuilder &b, Location loc, KernelContext &context, Value input, RankedTensorType type,
                        RankedTensorType spreadType, llvm::ArrayRef<int64_t> strides) {
  Value plain = getReblocked(b, loc, type, input, getBlock(type), 1);
  Value spread = allocateBlocked(b, loc, spreadType, 1, input);
  zeroBuffer(b, loc, spread, context.getFacts());
  forEachIndex(b, loc, getExtents(b, loc, plain), [&](OpBuilder &b, Location loc, ValueRange at) {
    Values to(at.begin(), at.end());
    for (auto [i, stride] : llvm::enumerate(strides))
      to[i + 2] = mulIndex(b, loc, to[i + 2], indexConstant(b, loc, stride));
    Value element = memref::LoadOp::create(b, loc, plain, at);
    memref::StoreOp::create(b, loc, element, spread, to);
  });
  return spread;
}

/// How much padding of a transposed convolution lies before each dimension.
static Spatial getTransposedPads(cnn::TransposedConvolutionOp op, const WindowShape &window) {
  Spatial pads{0, 0, 0};
  int64_t rank = op.getStrides().size();
  for (int64_t i = 0; i < rank; ++i) {
    int64_t d = 3 - rank + i;
    int64_t total = window.stride[d] * (window.in[d] - 1) + op.getOutputPadding()[i] +
                    window.dilation[d] * (window.kernel[d] - 1) + 1 - window.out[d];
    switch (op.getAutoPad()) {
    case cnn::AutoPad::Explicit:
      pads[d] = op.getPads()[i];
      break;
    case cnn::AutoPad::SameUpper:
      pads[d] = total / 2;
      break;
    case cnn::AutoPad::SameLower:
      pads[d] = total - total / 2;
      break;
    case cnn::AutoPad::Valid:
      break;
    }
  }
  return pads;
}

namespace {

/// A transposed convolution is a convolution of the spread input with the mirrored filter.
struct TransposedConvolutionLowering : KernelPattern<cnn::TransposedConvolutionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::TransposedConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType inputType = op.getInput().getType(), resultType = op.getOutput().getType();
    for (RankedTensorType type : {inputType, resultType})
      if (llvm::StringRef obstacle = getObstacle(type); !obstacle.empty())
        return rewriter.notifyMatchFailure(op, obstacle);
    Location loc = op.getLoc();
    llvm::SmallVector<int64_t> spreadExtents(inputType.getShape());
    for (auto [i, stride] : llvm::enumerate(op.getStrides()))
      spreadExtents[i + 2] = (spreadExtents[i + 2] - 1) * stride + 1;
    auto spreadType = RankedTensorType::get(spreadExtents, inputType.getElementType());
    Value input = adaptor.getInput();
    bool spread = spreadType.getShape() != inputType.getShape();
    if (spread)
      input = emitSpread(rewriter, loc, context, input, inputType, spreadType, op.getStrides());

    WindowShape window = WindowShape::get(op, inputType, resultType);
    Spatial pads = getTransposedPads(op, window);
    Convolution conv = makeConvolution(context, op, spread ? spreadType : inputType, resultType, input,
                                       static_cast<int64_t>(op.getGroup()));
    ConvolutionShape &shape = conv.shape;
    for (int64_t d = 0; d < 3; ++d)
      shape.window.pad[d] = window.dilation[d] * (window.kernel[d] - 1) - pads[d];
    shape.window.stride = {1, 1, 1};
    shape.bias = static_cast<bool>(op.getBias());
    if (shape.bias) {
      conv.constantBias = getConstant(op.getBias());
      conv.bias = adaptor.getBias();
    }
    setDefaultTile(shape, context.getFacts());
    if (ElementsAttr filter = getConstant(op.getFilter()))
      conv.constantFilter = mirrorFilter(filter, shape);
    else
      conv.filter = emitMirrorFilter(rewriter, loc, adaptor.getFilter(), shape);
    rewriter.replaceOp(op, emitConvolution(rewriter, loc, context, conv));
    return success();
  }
};

} // namespace

void populateConvolutionLowering(RewritePatternSet &patterns, const TypeConverter &converter, KernelContext &context) {
  patterns.add<ConvolutionLowering, TransposedConvolutionLowering>(converter, context);
}

} // namespace winnow::kernel
