//===- TransposedConvolutionLowering.cpp - transposed convolutions --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A transposed convolution inserts no zeros: each phase of its outputs is a
// convolution with a part of the taps (Shi et al. 2016, Is the deconvolution
// layer the same as a convolutional layer?, sections 2 and 3).
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"

#include <cstring>
#include <numeric>

using namespace mlir;

namespace winnow::kernel {

namespace {

/// One phase of a transposed convolution: the outputs at positions that are
/// `origin` modulo the stride along each dimension. It is a dense convolution
/// with the taps that reach them, which are every `tapStep`-th from `firstTap`
/// on; the last of them comes first.
struct Phase {
  WindowShape window;
  Spatial origin{0, 0, 0}, firstTap{0, 0, 0}, tapStep{1, 1, 1};
  bool hasTaps = true;

  /// The pixel of the whole image where its outputs start.
  int64_t getFirstPixel() const { return (origin[0] * window.image[1] + origin[1]) * window.image[2] + origin[2]; }
  /// The tap of the transposed convolution, `kernel` large, behind tap `k` along dimension `dim`.
  int64_t getTap(int64_t dim, int64_t k) const { return firstTap[dim] + (window.kernel[dim] - 1 - k) * tapStep[dim]; }
};

} // namespace

/// Phase `origin` along dimension `dim` of a transposed convolution `whole` whose pads are its own.
///
/// Output o = r + s * j gets the input i times tap k where o + pad = i * s + k * d. So k * d equals r + pad modulo s:
/// the solutions lie s / gcd(s, d) apart, and i moves by d / gcd(s, d) from one to the next.
static void setPhase(Phase &phase, const WindowShape &whole, int64_t dim, int64_t origin) {
  int64_t stride = whole.stride[dim], dilation = whole.dilation[dim], common = std::gcd(stride, dilation);
  int64_t first = 0, target = origin + whole.pad[dim];
  while (first < whole.kernel[dim] && (target - first * dilation) % stride != 0)
    ++first;
  phase.origin[dim] = origin;
  phase.firstTap[dim] = first;
  phase.tapStep[dim] = stride / common;
  WindowShape &window = phase.window;
  window.in[dim] = whole.in[dim];
  window.image[dim] = whole.out[dim];
  window.step[dim] = stride;
  window.out[dim] = (whole.out[dim] - origin + stride - 1) / stride;
  window.dilation[dim] = dilation / common;
  if (first < whole.kernel[dim]) {
    window.kernel[dim] = (whole.kernel[dim] - 1 - first) / phase.tapStep[dim] + 1;
    window.pad[dim] = (window.kernel[dim] - 1) * window.dilation[dim] - (target - first * dilation) / stride;
    return;
  }
  // No tap reaches these outputs: one that never lies inside the input.
  phase.hasTaps = false;
  window.pad[dim] = -whole.in[dim];
}

/// All phases that have outputs; a single one with outputs that are not scattered where all strides are 1.
static llvm::SmallVector<Phase, 0> getPhases(const WindowShape &whole) {
  llvm::SmallVector<Phase, 0> phases;
  for (int64_t r0 = 0; r0 < std::min(whole.stride[0], whole.out[0]); ++r0)
    for (int64_t r1 = 0; r1 < std::min(whole.stride[1], whole.out[1]); ++r1)
      for (int64_t r2 = 0; r2 < std::min(whole.stride[2], whole.out[2]); ++r2) {
        Phase phase;
        setPhase(phase, whole, 0, r0);
        setPhase(phase, whole, 1, r1);
        setPhase(phase, whole, 2, r2);
        if (whole.stride == Spatial{1, 1, 1})
          phase.window.image = {0, 0, 0};
        phases.push_back(phase);
      }
  return phases;
}

/// The filter (C, M / group, spatial `kernel`) of a transposed convolution as
/// that of a phase, whose shape is `shape`: (M, C / group, taps of the phase).
static ElementsAttr getPhaseFilter(ElementsAttr filter, const ConvolutionShape &shape, const Phase &phase,
                                   const Spatial &kernel) {
  llvm::SmallVector<char> storage;
  llvm::ArrayRef<char> source = getConstantBytes(filter, storage);
  const Spatial &own = phase.window.kernel;
  int64_t bytes = getElementBytes(filter.getElementType()), taps = shape.window.getNumTaps();
  int64_t ins = shape.getGroupInputs(), outs = shape.getGroupOutputs(), all = kernel[0] * kernel[1] * kernel[2];
  llvm::SmallVector<char> gathered(shape.outChannels * ins * taps * bytes, 0);
  auto copyTap = [&](int64_t to, int64_t from) {
    for (int64_t c = 0; c < shape.inChannels; ++c)
      for (int64_t m = 0; m < outs; ++m) {
        int64_t row = (c / ins * outs + m) * ins + c % ins;
        std::memcpy(gathered.data() + (row * taps + to) * bytes, source.data() + ((c * outs + m) * all + from) * bytes,
                    bytes);
      }
  };
  for (int64_t k = 0; k < taps && phase.hasTaps; ++k) {
    int64_t k0 = phase.getTap(0, k / (own[1] * own[2])), k1 = phase.getTap(1, k / own[2] % own[1]);
    copyTap(k, (k0 * kernel[1] + k1) * kernel[2] + phase.getTap(2, k % own[2]));
  }
  return makeConstant(RankedTensorType::get({shape.outChannels, ins, taps}, filter.getElementType()), gathered);
}

/// The same at run time.
static Value emitPhaseFilter(OpBuilder &b, Location loc, KernelContext &context, Value filter,
                             const ConvolutionShape &shape, const Phase &phase, const Spatial &kernel) {
  Type elementType = cast<MemRefType>(filter.getType()).getElementType();
  const Spatial &own = phase.window.kernel;
  int64_t taps = shape.window.getNumTaps(), ins = shape.getGroupInputs(), outs = shape.getGroupOutputs();
  Value gathered = allocateBuffer(b, loc, MemRefType::get({shape.outChannels * ins * taps}, elementType));
  if (!phase.hasTaps) {
    zeroBuffer(b, loc, gathered, context.getFacts());
    return gathered;
  }
  Value source = getFlatBuffer(b, loc, filter);
  llvm::SmallVector<OpFoldResult> extents;
  for (int64_t extent : {shape.inChannels, outs, own[0], own[1], own[2]})
    extents.push_back(b.getIndexAttr(extent));
  forEachIndex(b, loc, extents, [&](OpBuilder &b, Location loc, ValueRange at) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    Value row = kb.add(kb.mul(kb.div(at[0], ins), outs), at[1]);
    Value to = kb.add(kb.mul(row, ins), kb.rem(at[0], ins)), from = kb.add(kb.mul(at[0], outs), at[1]);
    for (int64_t d = 0; d < 3; ++d) {
      to = kb.add(kb.mul(to, own[d]), at[d + 2]);
      Value tap = kb.mul(kb.sub(kb.index(own[d] - 1), at[d + 2]), phase.tapStep[d]);
      from = kb.add(kb.mul(from, kernel[d]), kb.add(tap, phase.firstTap[d]));
    }
    Value element = memref::LoadOp::create(b, loc, source, ValueRange{from});
    memref::StoreOp::create(b, loc, element, gathered, ValueRange{to});
  });
  return gathered;
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

/// A transposed convolution is one dense convolution a phase of its stride.
struct TransposedConvolutionLowering : KernelPattern<cnn::TransposedConvolutionOp> {
  using KernelPattern::KernelPattern;

  LogicalResult matchAndRewrite(cnn::TransposedConvolutionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RankedTensorType inputType = op.getInput().getType(), resultType = op.getOutput().getType();
    for (RankedTensorType type : {inputType, resultType})
      if (llvm::StringRef obstacle = getFeatureMapObstacle(type); !obstacle.empty())
        return rewriter.notifyMatchFailure(op, obstacle);
    Location loc = op.getLoc();
    Convolution conv =
        makeConvolution(context, op, inputType, resultType, adaptor.getInput(), static_cast<int64_t>(op.getGroup()));
    conv.constantFilter = getConstant(op.getFilter());
    conv.shape.bias = static_cast<bool>(op.getBias());
    if (conv.shape.bias) {
      conv.constantBias = getConstant(op.getBias());
      conv.bias = adaptor.getBias();
    }
    WindowShape whole = conv.shape.window;
    whole.pad = getTransposedPads(op, whole);
    alignInput(rewriter, loc, conv);
    ConvolutionOperands operands = makeOperands(rewriter, loc, context, conv);
    for (const Phase &phase : getPhases(whole))
      emitPhase(rewriter, loc, conv, phase, whole.kernel, adaptor.getFilter(), operands);
    rewriter.replaceOp(op, getResult(rewriter, loc, conv, operands.output));
    return success();
  }

private:
  void emitPhase(OpBuilder &b, Location loc, Convolution conv, const Phase &phase, const Spatial &kernel, Value filter,
                 ConvolutionOperands operands) const {
    conv.shape.window = phase.window;
    setDefaultTile(conv.shape, context.getFacts());
    if (conv.constantFilter)
      conv.constantFilter = getPhaseFilter(conv.constantFilter, conv.shape, phase, kernel);
    else
      conv.filter = emitPhaseFilter(b, loc, context, filter, conv.shape, phase, kernel);
    ImageKernel kernelOfPhase = getImageKernel(b, loc, context, conv);
    operands.filter = kernelOfPhase.filter;
    if (phase.window.isScattered())
      operands.origin = indexConstant(b, loc, phase.getFirstPixel());
    forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
      callKernel(b, loc, kernelOfPhase.function, getImage(b, loc, operands, n));
    });
  }
};

} // namespace

void populateTransposedConvolutionLowering(RewritePatternSet &patterns, const TypeConverter &converter,
                                           KernelContext &context) {
  patterns.add<TransposedConvolutionLowering>(converter, context);
}

} // namespace winnow::kernel
