//===- WriteQuantization.cpp - the QDQ form -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WriteQuantization.h"

#include "winnow/Support/ConstantData.h"

using namespace mlir;
using namespace winnow::cnn;

namespace winnow {

void insertQuantization(OpBuilder &builder, Value value, RangeValues range) {
  OpBuilder::InsertionGuard guard(builder);
  auto [scale, zero, upper] = range;
  builder.setInsertionPointAfterValue(value);
  // An argument is there from the start, the constants of its scale a little later.
  if (Operation *constant = zero.getDefiningOp(); constant && isa<BlockArgument>(value))
    builder.setInsertionPointAfter(constant);
  Location loc = value.getLoc();
  auto type = cast<RankedTensorType>(value.getType());
  auto stored = RankedTensorType::get(type.getShape(), getElementTypeOrSelf(zero.getType()));
  Value kept = value;
  if (upper)
    kept = ClipOp::create(builder, loc, type, value, Value(), upper);
  auto quantize = QuantizeLinearOp::create(builder, loc, stored, kept, scale, zero, /*axis=*/1, /*block_size=*/0);
  auto dequantize =
      DequantizeLinearOp::create(builder, loc, type, quantize.getOutput(), scale, zero, /*axis=*/1, /*block_size=*/0);
  value.replaceUsesWithIf(dequantize.getOutput(), [&](OpOperand &use) {
    return use.getOwner() != kept.getDefiningOp() && use.getOwner() != quantize && !isa<func::ReturnOp>(use.getOwner());
  });
}

/// A constant of `type` from the bytes of `values`.
template <typename T>
static Value createConstant(OpBuilder &b, Location loc, RankedTensorType type, ArrayRef<T> values) {
  ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
  return arith::ConstantOp::create(b, loc, cast<TypedAttr>(makeConstant(type, bytes)));
}

static void writeLayer(OpBuilder &b, const QuantizationPlan::Layer &layer, const LayerParameters &given,
                       const Range &input) {
  const LayerOp &op = layer.op;
  Operation *operation = op.getOperation();
  b.setInsertionPoint(operation);
  Location loc = op.getFilter().getLoc();
  int64_t rows = op.getRows();
  auto type = cast<RankedTensorType>(op.getFilter().getType());
  auto vectorOf = [&](Type element) { return RankedTensorType::get({rows}, element); };
  Type i8 = b.getI8Type(), i32 = b.getI32Type(), f32 = b.getF32Type();
  Value weights = createConstant<int8_t>(b, loc, RankedTensorType::get(type.getShape(), i8),
                                         toFilterOrder<int8_t>(given.weights, rows, op.getFilterAxis()));
  Value scales = createConstant<float>(b, loc, vectorOf(f32), given.scales);
  Value zeros = createConstant<int8_t>(b, loc, vectorOf(i8), std::vector<int8_t>(rows, 0));
  op.setFilter(DequantizeLinearOp::create(b, loc, type, weights, scales, zeros, op.getFilterAxis(), /*block_size=*/0));
  if (!op.takesBias())
    return;
  Location biasLoc = op.getBias() ? op.getBias().getLoc() : operation->getLoc();
  std::vector<int32_t> integers;
  std::vector<float> biasScales;
  for (int64_t m = 0; m < rows; ++m) {
    biasScales.push_back(getBiasScale(input.scale, given.scales[m]));
    integers.push_back(quantizeBias(given.bias[m], biasScales.back()));
  }
  Value bias = createConstant<int32_t>(b, biasLoc, vectorOf(i32), integers);
  Value biasScale = createConstant<float>(b, biasLoc, vectorOf(f32), biasScales);
  op.setBias(DequantizeLinearOp::create(b, biasLoc, vectorOf(f32), bias, biasScale, Value(), /*axis=*/0,
                                        /*block_size=*/0));
}

void writeQuantization(func::FuncOp main, const QuantizationParameters &parameters) {
  QuantizationPlan plan = QuantizationPlan::make(main, parameters.keepFloat);
  OpBuilder b(main.getContext());
  auto ui8 = RankedTensorType::get({}, b.getIntegerType(8, /*isSigned=*/false));
  // Layers clip by themselves where they can: integers need no op of their own for it.
  DenseSet<Value> clipped;
  for (auto [i, layer] : llvm::enumerate(plan.layers)) {
    if (layer.output != QuantizationPlan::kNone && parameters.ranges[layer.output].bits < 8 &&
        layer.op.clipAbove(parameters.ranges[layer.output].getUpper()))
      clipped.insert(layer.op.getOutput());
    if (layer.quantized)
      writeLayer(b, layer, parameters.layers[i], parameters.ranges[layer.input]);
  }
  for (auto [group, range] : llvm::zip_equal(plan.groups, parameters.ranges)) {
    b.setInsertionPointToStart(&main.getBody().front());
    Value scale = createFloats(b, main.getLoc(), {}, range.scale), upper;
    if (range.bits < 8)
      upper = createFloats(b, main.getLoc(), {}, range.getUpper());
    Value zero = createConstant<uint8_t>(b, main.getLoc(), ui8, range.zero);
    for (Value value : group.values)
      insertQuantization(b, value, {scale, zero, isMoved(value) || clipped.contains(value) ? Value() : upper});
  }
}

} // namespace winnow
