//===- TransposedConvolutionLowering.cpp - transposed convolutions --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"

#include <cstring>

using namespace mlir;

namespace winnow::kernel {

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
      if (llvm::StringRef obstacle = getFeatureMapObstacle(type); !obstacle.empty())
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

void populateTransposedConvolutionLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                           KernelContext &context) {
  patterns.add<TransposedConvolutionLowering>(converter, context);
}

} // namespace winnow::kernel
