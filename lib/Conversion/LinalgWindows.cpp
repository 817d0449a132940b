//===- LinalgWindows.cpp - named convolutions and pools of linalg ---------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgToCNN.h"

#include "winnow/Support/ConstantData.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace winnow {

static RankedTensorType getType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// What a named op's tensors mean, dimension by dimension: n batch, g group, c input channel, f output channel (of a
/// group), m multiplier of depthwise filters, d h w space.
struct WindowForm {
  StringRef input, filter, output;
  enum Kind { Convolution, Depthwise, MaxPool, SumPool } kind;
};

/// The form of a named op; nothing for those that are not known.
static std::optional<WindowForm> getForm(Operation *op) {
  using Kind = WindowForm::Kind;
  static const llvm::StringMap<WindowForm> forms = {
      {"linalg.conv_1d_ncw_fcw", {"ncw", "fcw", "nfw", Kind::Convolution}},
      {"linalg.conv_1d_nwc_wcf", {"nwc", "wcf", "nwf", Kind::Convolution}},
      {"linalg.conv_2d_nchw_fchw", {"nchw", "fchw", "nfhw", Kind::Convolution}},
      {"linalg.conv_2d_nhwc_hwcf", {"nhwc", "hwcf", "nhwf", Kind::Convolution}},
      {"linalg.conv_2d_nhwc_fhwc", {"nhwc", "fhwc", "nhwf", Kind::Convolution}},
      {"linalg.conv_2d_ngchw_fgchw", {"ngchw", "fgchw", "ngfhw", Kind::Convolution}},
      {"linalg.conv_2d_ngchw_gfchw", {"ngchw", "gfchw", "ngfhw", Kind::Convolution}},
      {"linalg.conv_2d_nhwgc_gfhwc", {"nhwgc", "gfhwc", "nhwgf", Kind::Convolution}},
      {"linalg.conv_3d_ncdhw_fcdhw", {"ncdhw", "fcdhw", "nfdhw", Kind::Convolution}},
      {"linalg.conv_3d_ndhwc_dhwcf", {"ndhwc", "dhwcf", "ndhwf", Kind::Convolution}},
      {"linalg.depthwise_conv_1d_ncw_cw", {"ncw", "cw", "ncw", Kind::Depthwise}},
      {"linalg.depthwise_conv_1d_nwc_wc", {"nwc", "wc", "nwc", Kind::Depthwise}},
      {"linalg.depthwise_conv_1d_nwc_wcm", {"nwc", "wcm", "nwcm", Kind::Depthwise}},
      {"linalg.depthwise_conv_2d_nchw_chw", {"nchw", "chw", "nchw", Kind::Depthwise}},
      {"linalg.depthwise_conv_2d_nhwc_hwc", {"nhwc", "hwc", "nhwc", Kind::Depthwise}},
      {"linalg.depthwise_conv_2d_nhwc_hwcm", {"nhwc", "hwcm", "nhwcm", Kind::Depthwise}},
      {"linalg.depthwise_conv_3d_ncdhw_cdhw", {"ncdhw", "cdhw", "ncdhw", Kind::Depthwise}},
      {"linalg.depthwise_conv_3d_ndhwc_dhwc", {"ndhwc", "dhwc", "ndhwc", Kind::Depthwise}},
      {"linalg.depthwise_conv_3d_ndhwc_dhwcm", {"ndhwc", "dhwcm", "ndhwcm", Kind::Depthwise}},
      {"linalg.pooling_ncw_max", {"ncw", "w", "ncw", Kind::MaxPool}},
      {"linalg.pooling_nwc_max", {"nwc", "w", "nwc", Kind::MaxPool}},
      {"linalg.pooling_nchw_max", {"nchw", "hw", "nchw", Kind::MaxPool}},
      {"linalg.pooling_nhwc_max", {"nhwc", "hw", "nhwc", Kind::MaxPool}},
      {"linalg.pooling_ndhwc_max", {"ndhwc", "dhw", "ndhwc", Kind::MaxPool}},
      {"linalg.pooling_ncw_sum", {"ncw", "w", "ncw", Kind::SumPool}},
      {"linalg.pooling_nwc_sum", {"nwc", "w", "nwc", Kind::SumPool}},
      {"linalg.pooling_nchw_sum", {"nchw", "hw", "nchw", Kind::SumPool}},
      {"linalg.pooling_nhwc_sum", {"nhwc", "hw", "nhwc", Kind::SumPool}},
      {"linalg.pooling_ndhwc_sum", {"ndhwc", "dhw", "ndhwc", Kind::SumPool}},
  };
  auto found = forms.find(op->getName().getStringRef());
  return found == forms.end() ? std::nullopt : std::optional<WindowForm>(found->second);
}

/// The permutation from dimensions named `from` to those named `to`; names that `from` lacks are left out.
static Permutation getPermutation(StringRef from, StringRef to) {
  Permutation permutation;
  for (char name : to)
    if (size_t place = from.find(name); place != StringRef::npos)
      permutation.push_back(place);
  return permutation;
}

/// `value`, whose dimensions are named `names`, with `group` and the channel behind it as one dimension.
static Value mergeGroup(OpBuilder &b, Location loc, Value value, size_t place) {
  SmallVector<int64_t> shape(getType(value).getShape());
  shape[place] *= shape[place + 1];
  shape.erase(shape.begin() + place + 1);
  return reshape(b, loc, value, shape);
}

/// The shape with dimensions `place` and the one behind it as one.
static RankedTensorType mergeType(RankedTensorType type, size_t place) {
  SmallVector<int64_t> shape(type.getShape());
  shape[place] *= shape[place + 1];
  shape.erase(shape.begin() + place + 1);
  return RankedTensorType::get(shape, type.getElementType());
}

static SmallVector<int64_t> getNumbers(Operation *op, StringRef name, size_t count) {
  if (auto attribute = op->getAttrOfType<DenseIntElementsAttr>(name))
    return SmallVector<int64_t>(attribute.getValues<int64_t>());
  return SmallVector<int64_t>(count, 1);
}

/// The vector that `init` broadcasts along dimension `channel`; null for others. Convolutions get their bias so.
static Value getBroadcastBias(Value init, int64_t channel) {
  auto generic = init.getDefiningOp<linalg::GenericOp>();
  if (!generic || generic.getNumDpsInputs() != 1 || generic.getNumResults() != 1 || generic.getNumReductionLoops() != 0)
    return {};
  auto yield = cast<linalg::YieldOp>(generic.getBody()->getTerminator());
  AffineMap from = generic.getMatchingIndexingMap(generic.getDpsInputOperand(0));
  bool copies = yield.getOperand(0) == generic.getBody()->getArgument(0) &&
                generic.getMatchingIndexingMap(generic.getDpsInitOperand(0)).isIdentity();
  bool alongChannel = from.getNumResults() == 1 && from.getResult(0) == getAffineDimExpr(channel, init.getContext());
  return copies && alongChannel ? generic.getInputs()[0] : Value();
}

namespace {

/// Convolutions and pools by their names. What `outs` holds is added (or compared with the maximum) at the end.
struct ConvertWindow : OpInterfaceConversionPattern<linalg::LinalgOp> {
  using OpInterfaceConversionPattern::OpInterfaceConversionPattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!isa<linalg::ConvolutionOpInterface>(op.getOperation()))
      return failure();
    if (failed(checkTensors(rewriter, op)))
      return failure();
    std::optional<WindowForm> form = getForm(op);
    if (!form || op->getNumResults() != 1 || operands.size() != 3)
      return winnow::refuse(rewriter, op, "there is no convolution or pool of this form");
    Type element = getType(operands[0]).getElementType();
    bool isPool = form->kind == WindowForm::MaxPool || form->kind == WindowForm::SumPool;
    if (!isa<FloatType>(element) || getType(operands[2]).getElementType() != element ||
        (!isPool && getType(operands[1]).getElementType() != element))
      return winnow::refuse(rewriter, op, "expected operands and a result of one floating-point type");
    if (!getType(operands[1]).hasStaticShape())
      return winnow::refuse(rewriter, op, "expected a window of static shape");
    bool isMerged = form->input.contains('g') || form->output.contains('m');
    for (int64_t dim = 1; isMerged && dim < getType(operands[0]).getRank(); ++dim)
      if (getType(operands[0]).isDynamicDim(dim))
        return winnow::refuse(rewriter, op, "expected static extents but for the batch");
    size_t space = llvm::count_if(form->output, [](char c) { return StringRef("dhw").contains(c); });
    WindowParameters window{getNumbers(op, "strides", space), getNumbers(op, "dilations", space),
                            SmallVector<int64_t>(2 * space, 0)};
    Value result = isPool ? convertPool(rewriter, op, operands, *form, window)
                          : convertConvolution(rewriter, op, operands, *form, window);
    if (!result)
      return failure();
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static Value convertConvolution(OpBuilder &b, linalg::LinalgOp op, ArrayRef<Value> operands, const WindowForm &form,
                                  const WindowParameters &window) {
    Location loc = op.getLoc();
    bool isDepthwise = form.kind == WindowForm::Depthwise, hasMultiplier = form.output.contains('m');
    Value input = transpose(b, loc, operands[0], getPermutation(form.input, "ngcdhw"));
    Value filter = transpose(b, loc, operands[1], getPermutation(form.filter, isDepthwise ? "cmdhw" : "gfcdhw"));
    Permutation first = getPermutation(form.output, "ngcfmdhw");
    RankedTensorType outputType = getType(op->getResult(0)), type = permuteType(outputType, first), whole = type;
    int64_t group = 1;
    if (form.input.contains('g')) {
      group = getType(input).getDimSize(1);
      input = mergeGroup(b, loc, input, 1);
      filter = mergeGroup(b, loc, filter, 0);
      whole = mergeType(type, 1);
    } else if (isDepthwise) {
      SmallVector<int64_t> shape(getType(filter).getShape());
      group = shape[0];
      if (hasMultiplier) {
        shape[0] *= shape[1];
        shape[1] = 1;
        whole = mergeType(type, 1);
      } else {
        shape.insert(shape.begin() + 1, 1);
      }
      filter = reshape(b, loc, filter, shape);
    }
    Value init = op.getDpsInits()[0], bias;
    if (type == whole)
      bias = getBroadcastBias(init, form.output.find(isDepthwise ? 'c' : 'f'));
    Value result = makeConvolution(b, loc, whole, input, filter, bias, window, group);
    result = transpose(b, loc, reshape(b, loc, result, type.getShape()), invert(first));
    if (bias || getFillValue(init) == 0.0)
      return result;
    return combine<cnn::AddOp>(b, loc, result, operands[2], outputType);
  }

  static Value convertPool(OpBuilder &b, linalg::LinalgOp op, ArrayRef<Value> operands, const WindowForm &form,
                           const WindowParameters &window) {
    Location loc = op.getLoc();
    Permutation first = getPermutation(form.input, "ncdhw");
    RankedTensorType type = getType(op->getResult(0));
    ArrayRef<int64_t> kernel = getType(operands[1]).getShape();
    bool isMaximum = form.kind == WindowForm::MaxPool;
    Value result =
        makePool(b, loc, permuteType(type, first), transpose(b, loc, operands[0], first), kernel, window, isMaximum);
    result = transpose(b, loc, result, invert(first));
    std::optional<double> fill = getFillValue(op.getDpsInits()[0]);
    if (isMaximum)
      return fill && *fill <= -std::numeric_limits<float>::max()
                 ? result
                 : combine<cnn::MaxOp>(b, loc, result, operands[2], type);
    // A mean is a sum divided: there is no padding, all windows are full.
    Value count = makeScalar(b, loc, type.getElementType(), ShapedType::getNumElements(kernel));
    result = combine<cnn::MulOp>(b, loc, result, count, type);
    return fill == 0.0 ? result : combine<cnn::AddOp>(b, loc, result, operands[2], type);
  }
};

} // namespace

void populateLinalgWindowPatterns(RewritePatternSet &patterns) { patterns.add<ConvertWindow>(patterns.getContext()); }

} // namespace winnow
