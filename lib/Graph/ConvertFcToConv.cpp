//===- ConvertFcToConv.cpp - fully connected layers as convolutions -------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Graph/Passes.h"
#include "winnow/Graph/Transforms.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Patterns.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {
#define GEN_PASS_DEF_CONVERTFCTOCONVPASS
#include "winnow/Graph/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-convert-fc-to-conv";

/// A fully connected layer: alpha * lhs * rhs + beta * addend.
struct FullyConnected {
  Operation *op;
  Value lhs, rhs, addend;
  double alpha = 1, beta = 1;
  bool transposeRhs = false;
  ActivationAttr activation;
};

/// The feature map that `layer` flattens; null, with the reason told, if a
/// convolution cannot or should not read it.
static Value getFeatureMap(RewriterBase &rewriter, const FullyConnected &layer, const FcToConvOptions &options) {
  auto fail = [&](const llvm::Twine &reason) {
    (void)rewriter.notifyMatchFailure(layer.op, reason);
    return Value();
  };
  auto flatten = layer.lhs.getDefiningOp<ReshapeOp>();
  auto lhsType = cast<RankedTensorType>(layer.lhs.getType());
  auto rhsType = cast<RankedTensorType>(layer.rhs.getType());
  if (!flatten || flatten.getShape() || lhsType.getRank() != 2 || rhsType.getRank() != 2)
    return fail("its input is not a flattened feature map");
  if (!isa<FloatType>(lhsType.getElementType()) || !getConstant(layer.rhs))
    return fail("its weights are not constant floats");
  auto mapType = cast<RankedTensorType>(flatten.getInput().getType());
  int64_t rank = mapType.getRank();
  if (rank < 3 || rank > 5 || mapType.getDimSize(0) != lhsType.getDimSize(0) ||
      llvm::any_of(mapType.getShape().drop_front(), ShapedType::isDynamic))
    return fail("its input is not flattened from the channels on");
  int64_t pixels = 1;
  for (int64_t extent : mapType.getShape().drop_front(2))
    pixels *= extent;
  if (pixels > 1 && !options.spatial)
    return fail("the feature map has " + llvm::Twine(pixels) + " pixels and `spatial` is off");
  if (pixels > 1 && mapType.getDimSize(0) != 1)
    return fail("with a batch other than 1 the matrix product reads the weights once for all");
  return flatten.getInput();
}

/// What a product of one row with weights of so many zeros reads, as a map of one pixel; null where it is none.
static Value makePixel(RewriterBase &rewriter, const FullyConnected &layer, double zeros) {
  auto lhsType = cast<RankedTensorType>(layer.lhs.getType());
  auto rhsType = cast<RankedTensorType>(layer.rhs.getType());
  ElementsAttr weights = getConstant(layer.rhs);
  if (zeros > 1 || !weights || lhsType.getRank() != 2 || rhsType.getRank() != 2 || lhsType.getDimSize(0) != 1 ||
      !isa<FloatType>(lhsType.getElementType()))
    return {};
  ConstantReader reader(weights);
  int64_t count = 0;
  for (int64_t i = 0; i < rhsType.getNumElements(); ++i)
    count += reader[i] == 0;
  if (count < zeros * rhsType.getNumElements())
    return {};
  auto mapType = RankedTensorType::get({1, lhsType.getDimSize(1), 1, 1}, lhsType.getElementType());
  return ReshapeOp::create(rewriter, layer.op->getLoc(), mapType, layer.lhs, Value());
}

/// The weights of `layer` as the filter (outputs, channels, spatial...) of a convolution.
static Value createFilter(RewriterBase &rewriter, const FullyConnected &layer, RankedTensorType mapType) {
  auto rhsType = cast<RankedTensorType>(layer.rhs.getType());
  int64_t outputs = rhsType.getDimSize(layer.transposeRhs ? 0 : 1);
  int64_t inputs = rhsType.getDimSize(layer.transposeRhs ? 1 : 0);
  SmallVector<int64_t> shape(mapType.getShape());
  shape[0] = outputs;
  auto type = RankedTensorType::get(shape, rhsType.getElementType());
  ElementsAttr weights = getConstant(layer.rhs);
  if (layer.transposeRhs && layer.alpha == 1)
    return createConstant(rewriter, layer.rhs.getLoc(), reshapeConstant(weights, type));
  ConstantReader reader(weights);
  return createConstant(rewriter, layer.rhs.getLoc(), buildFloatConstant(type, [&](int64_t i) {
                          return layer.alpha * reader[layer.transposeRhs ? i : i % inputs * outputs + i / inputs];
                        }));
}

static FailureOr<ConvolutionOp> convert(RewriterBase &rewriter, const FullyConnected &layer,
                                        const FcToConvOptions &options) {
  auto resultType = cast<RankedTensorType>(layer.op->getResult(0).getType());
  std::optional<SmallVector<double>> addend;
  if (layer.addend && !(addend = getPerChannel(layer.addend, resultType)))
    return rewriter.notifyMatchFailure(layer.op, "its addend is not one constant for each output");
  Value map = getFeatureMap(rewriter, layer, options);
  if (!map && !(map = makePixel(rewriter, layer, options.zeros)))
    return failure();
  auto mapType = cast<RankedTensorType>(map.getType());

  Location loc = layer.op->getLoc();
  Value filter = createFilter(rewriter, layer, mapType), bias;
  if (addend) {
    auto type = RankedTensorType::get({resultType.getDimSize(1)}, resultType.getElementType());
    bias =
        createConstant(rewriter, loc, buildFloatConstant(type, [&](int64_t i) { return layer.beta * (*addend)[i]; }));
  }
  int64_t spatialRank = mapType.getRank() - 2;
  SmallVector<int64_t> ones(spatialRank, 1), zeros(2 * spatialRank, 0), shape(mapType.getRank(), 1);
  shape[0] = mapType.getDimSize(0);
  shape[1] = resultType.getDimSize(1);
  auto conv = ConvolutionOp::create(rewriter, loc, RankedTensorType::get(shape, resultType.getElementType()), map,
                                    filter, bias, /*residual=*/Value(), ones, zeros, ones, /*group=*/1,
                                    AutoPad::Explicit, layer.activation, AlgorithmAttr());
  remarkPassed(
      conv, kPass, "a fully connected layer as a convolution",
      {{"inputs", cast<RankedTensorType>(layer.lhs.getType()).getDimSize(1)}, {"outputs", resultType.getDimSize(1)}});
  rewriter.replaceOpWithNewOp<ReshapeOp>(layer.op, resultType, conv.getResult(), Value());
  return conv;
}

FailureOr<ConvolutionOp> convertFcToConv(RewriterBase &rewriter, GemmOp op, const FcToConvOptions &options) {
  if (op.getTransposeLhs())
    return rewriter.notifyMatchFailure(op, "its input is transposed");
  return convert(rewriter,
                 {op, op.getLhs(), op.getRhs(), op.getAddend(), op.getAlpha().convertToDouble(),
                  op.getBeta().convertToDouble(), op.getTransposeRhs(), op.getActivationAttr()},
                 options);
}

FailureOr<ConvolutionOp> convertFcToConv(RewriterBase &rewriter, MatmulOp op, const FcToConvOptions &options) {
  return convert(rewriter, {op, op.getLhs(), op.getRhs(), Value(), 1, 1, false, {}}, options);
}

namespace {
template <typename OpTy> struct ConvertFcToConvPattern : OpRewritePattern<OpTy> {
  ConvertFcToConvPattern(MLIRContext *context, const FcToConvOptions &options)
      : OpRewritePattern<OpTy>(context), options(options) {}
  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    return convertFcToConv(rewriter, op, options);
  }
  FcToConvOptions options;
};
} // namespace

void populateConvertFcToConvPatterns(RewritePatternSet &patterns, const FcToConvOptions &options) {
  patterns.add<ConvertFcToConvPattern<GemmOp>, ConvertFcToConvPattern<MatmulOp>>(patterns.getContext(), options);
}

namespace {
struct ConvertFcToConvPass : impl::ConvertFcToConvPassBase<ConvertFcToConvPass> {
  using ConvertFcToConvPassBase::ConvertFcToConvPassBase;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateConvertFcToConvPatterns(patterns, {spatial, zeros});
    applyPatterns(getOperation(), std::move(patterns), kPass);
  }
};
} // namespace

} // namespace winnow
