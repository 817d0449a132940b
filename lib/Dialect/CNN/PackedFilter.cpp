//===- PackedFilter.cpp - weights that stay few bits until they are used --===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Dialect/CNN/PackedFilter.h"

#include "winnow/Support/ConstantData.h"

using namespace mlir;

namespace winnow::cnn {

void forEachByte(ElementsAttr integers, llvm::function_ref<void(int64_t index, int64_t value)> body) {
  SmallVector<char> storage;
  bool isUnsigned = integers.getElementType().isUnsignedInteger();
  for (auto [index, byte] : llvm::enumerate(getConstantBytes(integers, storage)))
    body(index, isUnsigned ? int64_t(static_cast<uint8_t>(byte)) : int64_t(static_cast<int8_t>(byte)));
}

static bool hasOnePixel(ConvolutionOp op) {
  auto isOne = [](int64_t extent) { return extent == 1; };
  RankedTensorType input = op.getInput().getType(), output = op.getOutput().getType();
  return op.getGroup() == 1 && input.getElementType().isF32() && output.getElementType().isF32() &&
         op.getFilter().getType().hasStaticShape() && llvm::all_of(input.getShape().drop_front(2), isOne) &&
         llvm::all_of(output.getShape().drop_front(2), isOne) && llvm::all_of(op.getWindowShape(), isOne);
}

/// The zero point of all integers; nothing where they have several.
static std::optional<int64_t> getZero(DequantizeLinearOp op) {
  if (!op.getZeroPoint())
    return 0;
  std::optional<SmallVector<int64_t>> zeros = getConstantInts(getConstant(op.getZeroPoint()));
  if (!zeros || !llvm::all_equal(*zeros))
    return std::nullopt;
  return zeros->front();
}

/// The least of the widths that kernels know in which all of `integers` - `zero` fit.
static std::optional<unsigned> getBits(ElementsAttr integers, int64_t zero) {
  int64_t least = 0, most = 0;
  forEachByte(integers, [&](int64_t, int64_t value) {
    least = std::min(least, value - zero);
    most = std::max(most, value - zero);
  });
  for (unsigned bits : {2, 3, 4, 8})
    if (least >= -(1LL << (bits - 1)) && most < (1LL << (bits - 1)))
      return bits;
  return std::nullopt;
}

std::optional<PackedFilter> getPackedFilter(ConvolutionOp op, StringRef &obstacle) {
  auto refuse = [&](StringRef reason) {
    obstacle = reason;
    return std::nullopt;
  };
  auto dequantize = op.getFilter().getDefiningOp<DequantizeLinearOp>();
  if (!dequantize)
    return refuse("its filter is not dequantized");
  if (!hasOnePixel(op))
    return refuse("it is not a static f32 product with one pixel");
  PackedFilter filter;
  filter.integers = getConstant(dequantize.getInput());
  filter.scales = getConstant(dequantize.getScale());
  if (!filter.integers || !filter.scales || !filter.scales.getElementType().isF32())
    return refuse("its integers or f32 scales are not constant");
  if (!isa<IntegerType>(filter.integers.getElementType()) || getElementBytes(filter.integers.getElementType()) != 1)
    return refuse("its integers have more than 8 bits");
  filter.rows = op.getFilter().getType().getDimSize(0);
  filter.columns = op.getFilter().getType().getDimSize(1);
  int64_t axis = dequantize.getAxis(), rank = op.getFilter().getType().getRank();
  axis = axis < 0 ? axis + rank : axis;
  filter.block = dequantize.getBlockSize();
  if (filter.block == 0 && axis == 0)
    filter.block = filter.columns;
  else if (filter.block == 0 || axis != 1 || filter.columns % filter.block != 0)
    return refuse("its scales belong neither to rows nor to whole blocks of input channels");
  if (filter.scales.getNumElements() != filter.rows * (filter.columns / filter.block))
    return refuse("it has fewer scales than rows");
  std::optional<int64_t> zero = getZero(dequantize);
  if (!zero)
    return refuse("its zero points differ or are not constant");
  filter.zero = *zero;
  std::optional<unsigned> bits = getBits(filter.integers, *zero);
  if (!bits)
    return refuse("its integers less their zero point have more than 8 bits");
  filter.bits = *bits;
  return filter;
}

bool isReadPacked(DequantizeLinearOp op) {
  StringRef obstacle;
  return !op->use_empty() && llvm::all_of(op->getUsers(), [&](Operation *user) {
    auto conv = dyn_cast<ConvolutionOp>(user);
    return conv && conv.getFilter() == op.getOutput() && conv.getInput() != op.getOutput() &&
           conv.getBias() != op.getOutput() && conv.getResidual() != op.getOutput() && getPackedFilter(conv, obstacle);
  });
}

} // namespace winnow::cnn
