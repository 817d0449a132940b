//===- WindowGradients.cpp - what products and pools pass back ------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientRules.h"

#include "winnow/Support/ConstantData.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The filter whose convolution passes gradients back through a stride of 1: taps turned around, input and output
/// channels exchanged within each group.
static Value turnFilter(const LayerOp &layer, Term gradient) {
  std::vector<float> weights = layer.getWeights(), turned(weights.size());
  int64_t groups = layer.getGroups(), rows = layer.getRows() / groups, inputs = layer.getInputChannels();
  int64_t taps = layer.getTaps();
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t c = 0; c < inputs; ++c)
        for (int64_t k = 0; k < taps; ++k)
          turned[((g * inputs + c) * rows + m) * taps + taps - 1 - k] =
              weights[((g * rows + m) * inputs + c) * taps + k];
  SmallVector<int64_t> shape(getType(layer.getFilter()).getShape());
  shape[0] = groups * inputs, shape[1] = rows;
  return createFloats(gradient.getBuilder(), gradient.getLoc(), shape, turned);
}

static FailureOr<Value> passBackConvolution(ConvolutionOp op, unsigned operand, Term gradient) {
  if (op.getActivationAttr())
    return failure();
  if (op.getResidual() && op->getOperand(operand) == op.getResidual() && operand > 1)
    return gradient.get();
  FailureOr<SmallVector<int64_t>> pads = resolvePads(op);
  ArrayRef<int64_t> in = getType(op.getInput()).getShape(), out = getType(op.getOutput()).getShape();
  if (operand != 0 || failed(pads) || llvm::any_of(in.drop_front(), ShapedType::isDynamic))
    return failure();
  ArrayRef<int64_t> window = getType(op.getFilter()).getShape().drop_front(2);
  size_t dims = window.size();
  SmallVector<int64_t> turned(2 * dims), rest(dims), ones(dims, 1);
  bool isDense = true;
  for (size_t i = 0; i < dims; ++i) {
    int64_t reach = op.getDilations()[i] * (window[i] - 1), begin = (*pads)[i];
    turned[i] = reach - begin;
    turned[dims + i] = in[2 + i] - out[2 + i] + begin;
    isDense &= op.getStrides()[i] == 1 && turned[i] >= 0 && turned[dims + i] >= 0;
    rest[i] = in[2 + i] - (op.getStrides()[i] * (out[2 + i] - 1) + reach + 1 - begin - (*pads)[dims + i]);
  }
  std::optional<LayerOp> layer = LayerOp::get(op);
  OpBuilder &b = gradient.getBuilder();
  auto group = b.getI64IntegerAttr(op.getGroup());
  auto explicitPads = AutoPadAttr::get(b.getContext(), AutoPad::Explicit);
  auto list = [&](ArrayRef<int64_t> values) { return b.getDenseI64ArrayAttr(values); };
  auto type = RankedTensorType::get(in, getType(op.getInput()).getElementType());
  if (isDense && layer)
    return gradient
        .make<ConvolutionOp>(type, gradient.get(), turnFilter(*layer, gradient), Value(), Value(), list(ones),
                             list(turned), list(op.getDilations()), group, explicitPads, ActivationAttr(),
                             AlgorithmAttr())
        .get();
  return gradient
      .make<TransposedConvolutionOp>(type, gradient.get(), op.getFilter(), Value(), list(op.getStrides()), list(*pads),
                                     list(op.getDilations()), list(rest), group, explicitPads)
      .get();
}

static FailureOr<Value> passBackGemm(GemmOp op, unsigned operand, Term gradient) {
  if (op.getActivationAttr() || op.getTransposeLhs() || operand != 0)
    return failure();
  OpBuilder &b = gradient.getBuilder();
  auto type = RankedTensorType::get(getType(op.getLhs()).getShape(), b.getF32Type());
  return gradient
      .make<GemmOp>(type, gradient.get(), op.getRhs(), Value(), op.getAlphaAttr(), b.getF64FloatAttr(1.0),
                    b.getBoolAttr(false), b.getBoolAttr(!op.getTransposeRhs()), ActivationAttr())
      .get();
}

static FailureOr<Value> passBackMatmul(MatmulOp op, unsigned operand, Term gradient) {
  // Of matrices that are multiplied with one matrix; others would have to be summed over what they share.
  if (operand != 0 || getType(op.getRhs()).getRank() != 2 || getType(op.getLhs()).getRank() < 2)
    return failure();
  Term turned = gradient.make<TransposeOp>(op.getRhs(), ArrayRef<int64_t>({1, 0}));
  return gradient.make<MatmulOp>(gradient.get(), turned.get()).get();
}

FailureOr<Value> passBackThroughLayer(Operation *op, unsigned operand, Term gradient) {
  return llvm::TypeSwitch<Operation *, FailureOr<Value>>(op)
      .Case([&](ConvolutionOp op) { return passBackConvolution(op, operand, gradient); })
      .Case([&](GemmOp op) { return passBackGemm(op, operand, gradient); })
      .Case([&](MatmulOp op) { return passBackMatmul(op, operand, gradient); })
      .Default([](Operation *) { return failure(); });
}

/// How many elements each window of an average counts, for all positions along one dimension.
static std::vector<float> countTaps(AveragePoolOp op, ArrayRef<int64_t> pads, int64_t in, int64_t out, size_t dim) {
  size_t dims = op.getKernel().size();
  int64_t lower = op.getCountIncludePad() ? -pads[dim] : 0,
          upper = in + (op.getCountIncludePad() ? pads[dims + dim] : 0);
  std::vector<float> counts;
  for (int64_t o = 0; o < out; ++o) {
    int64_t count = 0;
    for (int64_t k = 0; k < op.getKernel()[dim]; ++k) {
      int64_t place = o * op.getStrides()[dim] - pads[dim] + k * op.getDilations()[dim];
      count += place >= lower && place < upper;
    }
    counts.push_back(static_cast<float>(count));
  }
  return counts;
}

/// Each element has its share of the windows that it is in: a transposed convolution with ones.
static FailureOr<Value> passBackAverage(AveragePoolOp op, Term gradient) {
  ArrayRef<int64_t> in = getType(op.getInput()).getShape(), out = getType(op.getOutput()).getShape();
  FailureOr<SmallVector<int64_t>> pads = resolvePads(op);
  if (failed(pads) || llvm::any_of(in.drop_front(), ShapedType::isDynamic))
    return failure();
  OpBuilder &b = gradient.getBuilder();
  size_t dims = op.getKernel().size();
  SmallVector<int64_t> filter({in[1], 1}), before, zeros(dims, 0), noPads(2 * dims, 0), whole({out[0], in[1]});
  for (size_t i = 0; i < dims; ++i) {
    SmallVector<int64_t> shape(dims - i, 1);
    shape.front() = out[2 + i];
    gradient = gradient /
               gradient.with(createFloats(b, gradient.getLoc(), shape, countTaps(op, *pads, in[2 + i], out[2 + i], i)));
    filter.push_back(op.getKernel()[i]);
    before.push_back(-(*pads)[i]);
    whole.push_back(op.getStrides()[i] * (out[2 + i] - 1) + op.getDilations()[i] * (op.getKernel()[i] - 1) + 1);
  }
  int64_t count = in[1];
  for (int64_t extent : op.getKernel())
    count *= extent;
  Value ones = createFloats(b, gradient.getLoc(), filter, std::vector<float>(count, 1.0f));
  auto list = [&](ArrayRef<int64_t> values) { return b.getDenseI64ArrayAttr(values); };
  Term spread = gradient.make<TransposedConvolutionOp>(RankedTensorType::get(whole, b.getF32Type()), gradient.get(),
                                                       ones, Value(), list(op.getStrides()), list(noPads),
                                                       list(op.getDilations()), list(zeros), b.getI64IntegerAttr(in[1]),
                                                       AutoPadAttr::get(b.getContext(), AutoPad::Explicit));
  return placeInto(spread, 2, before, in.drop_front(2));
}

/// The gradient goes where the maximum was, the first of several.
static Value scatterMaxima(Value input, MaxPoolWithIndicesOp found, Term gradient) {
  OpBuilder &b = gradient.getBuilder();
  auto flatten = [&](Value value) {
    int64_t count = getType(value).hasStaticShape() ? getType(value).getNumElements() : ShapedType::kDynamic;
    return gradient.make<ReshapeOp>(RankedTensorType::get({count}, getType(value).getElementType()), value, Value())
        .get();
  };
  Value flat = flatten(input), zeros = (gradient.with(flat) - gradient.with(flat)).get();
  Term sums = gradient.make<ScatterElementsOp>(zeros, flatten(found.getIndices()), flatten(gradient.get()),
                                               ScatterKind::Add, int64_t(0));
  return gradient.make<ReshapeOp>(RankedTensorType::get(getType(input).getShape(), b.getF32Type()), sums.get(), Value())
      .get();
}

static FailureOr<Value> passBackMaximum(MaxPoolOp op, Term gradient) {
  auto found = MaxPoolWithIndicesOp::create(gradient.getBuilder(), gradient.getLoc(), op.getInput(), op.getKernelAttr(),
                                            op.getStridesAttr(), op.getPadsAttr(), op.getDilationsAttr(),
                                            op.getCeilModeAttr(), op.getAutoPadAttr());
  return scatterMaxima(op.getInput(), found, gradient);
}

static FailureOr<Value> passBackGlobal(GlobalPoolOp op, Term gradient) {
  RankedTensorType type = getType(op.getInput());
  ArrayRef<int64_t> plane = type.getShape().drop_front(2);
  if (llvm::any_of(plane, ShapedType::isDynamic) || op.getKind() == PoolKind::Lp)
    return failure();
  OpBuilder &b = gradient.getBuilder();
  if (op.getKind() == PoolKind::Max) {
    SmallVector<int64_t> ones(plane.size(), 1), zeros(2 * plane.size(), 0);
    auto found = MaxPoolWithIndicesOp::create(b, gradient.getLoc(), op.getInput(), b.getDenseI64ArrayAttr(plane),
                                              b.getDenseI64ArrayAttr(ones), b.getDenseI64ArrayAttr(zeros),
                                              b.getDenseI64ArrayAttr(ones), b.getBoolAttr(false),
                                              AutoPadAttr::get(b.getContext(), AutoPad::Explicit));
    return scatterMaxima(op.getInput(), found, gradient);
  }
  double count = 1;
  for (int64_t extent : plane)
    count *= extent;
  return gradient
      .make<ExpandOp>(RankedTensorType::get(type.getShape(), type.getElementType()), (gradient / count).get(), Value())
      .get();
}

FailureOr<Value> passBackThroughWindow(Operation *op, unsigned, Term gradient) {
  return llvm::TypeSwitch<Operation *, FailureOr<Value>>(op)
      .Case([&](AveragePoolOp op) { return passBackAverage(op, gradient); })
      .Case([&](MaxPoolOp op) { return passBackMaximum(op, gradient); })
      .Case([&](GlobalPoolOp op) { return passBackGlobal(op, gradient); })
      .Default([](Operation *) { return failure(); });
}

} // namespace winnow
