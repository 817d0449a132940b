//===- QuantizeWeights.cpp - few bits for weights that memory delivers ----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerOp.h"
#include "Weights.h"

#include "winnow/Compress/Passes.h"
#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/ConstantData.h"
#include "winnow/Support/ConstantMath.h"
#include "winnow/Support/Remarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "llvm/Support/Parallel.h"

namespace winnow {
#define GEN_PASS_DEF_QUANTIZEWEIGHTSPASS
#include "winnow/Compress/Passes.h.inc"
} // namespace winnow

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

static constexpr llvm::StringLiteral kPass = "winnow-quantize-weights";
/// Fewer weights stay in the first level cache, and few bits would save nothing.
static constexpr int64_t kLeastWeights = 8192;
/// Inputs of a run that meet each weight: with more, arithmetic takes longer than reading it.
static constexpr int64_t kMostUses = 4;

/// Why weights of `layer` are left as they are; empty where they are not.
static StringRef getObstacle(const LayerOp &layer) {
  auto input = cast<RankedTensorType>(layer.getInput().getType());
  auto output = cast<RankedTensorType>(layer.getOutput().getType());
  auto isStatic = [](RankedTensorType type) {
    return llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
  };
  auto isOne = [](int64_t extent) { return extent == 1; };
  if (layer.getRows() * layer.getRowLength() < kLeastWeights)
    return "its weights are few";
  if (layer.getGroups() != 1)
    return "it has groups";
  if (!isStatic(input) || !isStatic(output) || !llvm::all_of(output.getShape().drop_front(2), isOne) ||
      (isa<MatmulOp>(layer.getOperation()) && output.getRank() != 2))
    return "each weight meets many pixels: arithmetic takes longer than reading it";
  if (auto conv = dyn_cast<ConvolutionOp>(layer.getOperation()))
    if (input.getShape().drop_front(2) != ArrayRef<int64_t>(conv.getWindowShape()) ||
        llvm::any_of(conv.getPads(), [](int64_t pad) { return pad != 0; }))
      return "its window is not its input";
  if (!input.isDynamicDim(0) && input.getDimSize(0) > kMostUses)
    return "each weight meets a large batch: arithmetic takes longer than reading it";
  return {};
}

/// The largest number of neighbouring input channels, at most `group`, into which `columns` can be divided: halves of
/// `group`, or else all of them.
static int64_t getGroup(int64_t columns, int64_t group) {
  for (; group >= 16; group /= 2)
    if (columns % group == 0)
      return group;
  return columns;
}

/// Rounds rows of `columns` weights in groups.
static RoundedRows roundGroups(ArrayRef<float> weights, int64_t group, unsigned bits) {
  size_t count = weights.size() / group;
  RoundedRows rounded{std::vector<float>(count), std::vector<int8_t>(weights.size())};
  llvm::parallelFor(0, count, [&](size_t i) {
    ArrayRef<float> part = weights.slice(i * group, group);
    float scale = bits < 8 ? getBestScale(part, bits) : getFullScale(part, bits);
    rounded.scales[i] = std::max(scale, 0x1p-100f);
    roundRow(part, rounded.scales[i], bits, MutableArrayRef<int8_t>(rounded.integers).slice(i * group, group));
  });
  return rounded;
}

/// 10 log10 of the squares of `weights` over those of their errors.
static double getSignalToNoise(ArrayRef<float> weights, const RoundedRows &rounded) {
  double signal = 0, noise = 0;
  size_t group = weights.size() / rounded.scales.size();
  for (auto [i, weight] : llvm::enumerate(weights)) {
    double error = rounded.integers[i] * rounded.scales[i / group] - weight;
    signal += double(weight) * weight;
    noise += error * error;
  }
  return noise > 0 ? 10 * std::log10(signal / noise) : 200;
}

template <typename T> static Value makeValue(OpBuilder &b, Location loc, RankedTensorType type, ArrayRef<T> values) {
  return createConstant(b, loc,
                        makeConstant(type, {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)}));
}

/// The weights of `layer`, rounded, as the filter of a convolution of one pixel.
static Value createFilter(OpBuilder &b, const LayerOp &layer, unsigned bits, int64_t group) {
  Location loc = layer.getFilter().getLoc();
  std::vector<float> weights = layer.getWeights();
  RoundedRows rounded = roundGroups(weights, group, bits);
  remarkPassed(layer.getOperation(), kPass,
               "weights of " + llvm::Twine(bits) + " bits, one scale for " + llvm::Twine(group) + " input channels",
               {{"signal to noise (dB)", getSignalToNoise(weights, rounded)}});
  int64_t rows = layer.getRows(), columns = layer.getRowLength();
  auto typeOf = [&](int64_t columns, Type element) { return RankedTensorType::get({rows, columns, 1, 1}, element); };
  Value integers = makeValue<int8_t>(b, loc, typeOf(columns, b.getI8Type()), rounded.integers);
  Value scales = makeValue<float>(b, loc, typeOf(columns / group, b.getF32Type()), rounded.scales);
  return DequantizeLinearOp::create(b, loc, typeOf(columns, b.getF32Type()), integers, scales, Value(), /*axis=*/1,
                                    /*block_size=*/group);
}

/// Replaces `layer` by a convolution of one pixel, whatever it was before: elements keep their order.
static void quantizeWeights(const LayerOp &layer, unsigned bits, int64_t mostGroup) {
  Operation *op = layer.getOperation();
  OpBuilder b(op);
  Location loc = op->getLoc();
  int64_t rows = layer.getRows(), columns = layer.getRowLength();
  Value filter = createFilter(b, layer, bits, getGroup(columns, mostGroup)), bias;
  if (layer.getBias())
    bias = makeValue<float>(b, layer.getBias().getLoc(), RankedTensorType::get({rows}, b.getF32Type()),
                            layer.getBiasValues());
  int64_t batch = cast<RankedTensorType>(layer.getInput().getType()).getDimSize(0);
  auto reshape = [&](Value value, ArrayRef<int64_t> shape) -> Value {
    auto type = RankedTensorType::get(shape, b.getF32Type());
    return value.getType() == type ? value : ReshapeOp::create(b, loc, type, value, Value()).getResult();
  };
  Value input = reshape(layer.getInput(), {batch, columns, 1, 1});
  Value residual = layer.getResidual() ? reshape(layer.getResidual(), {batch, rows, 1, 1}) : Value();
  SmallVector<int64_t> ones(2, 1), zeros(4, 0);
  auto conv = ConvolutionOp::create(b, loc, RankedTensorType::get({batch, rows, 1, 1}, b.getF32Type()), input, filter,
                                    bias, residual, ones, zeros, ones, /*group=*/1, AutoPad::Explicit,
                                    layer.getActivation(), AlgorithmAttr());
  Value result = reshape(conv.getOutput(), cast<RankedTensorType>(layer.getOutput().getType()).getShape());
  op->replaceAllUsesWith(ValueRange(result));
  op->erase();
}

namespace {
struct QuantizeWeightsPass : impl::QuantizeWeightsPassBase<QuantizeWeightsPass> {
  using QuantizeWeightsPassBase::QuantizeWeightsPassBase;

  void runOnOperation() override {
    if (bits < 2 || bits > 8 || group < 16) {
      getOperation().emitError("expected 2 to 8 bits and groups of at least 16 input channels");
      return signalPassFailure();
    }
    std::vector<LayerOp> layers;
    getOperation().walk([&](Operation *op) {
      if (std::optional<LayerOp> layer = LayerOp::get(op))
        layers.push_back(*layer);
    });
    for (const LayerOp &layer : layers) {
      if (StringRef obstacle = getObstacle(layer); !obstacle.empty())
        remarkMissed(layer.getOperation(), kPass, obstacle);
      else
        quantizeWeights(layer, bits, group);
    }
  }
};
} // namespace

} // namespace winnow
