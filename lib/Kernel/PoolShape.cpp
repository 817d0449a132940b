//===- PoolShape.cpp - one pool as numbers --------------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PoolShape.h"

#include "ChannelBlocks.h"
#include "KernelBuilder.h"
#include "KernelLowering.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace winnow::kernel {

/// A word for a quantization that fits into a symbol.
static std::string getQuantizationName(quant::UniformQuantizedType type) {
  if (!type)
    return "_real";
  return "_" + llvm::utohexstr(llvm::bit_cast<uint64_t>(type.getScale())) + "z" +
         std::to_string(std::abs(type.getZeroPoint())) + (type.getZeroPoint() < 0 ? "n" : "") +
         (type.isSigned() ? "s" : "u");
}

std::string PoolShape::getName() const {
  static constexpr llvm::StringLiteral names[] = {"max_pool", "average_pool", "lp_pool"};
  std::string name = names[static_cast<unsigned>(function)].str();
  if (function == PoolFunction::Lp)
    name += std::to_string(p);
  name += "_" + std::to_string(channels) + "_" + window.getName() + "_b" + std::to_string(block) + "_" +
          getTypeName(elementType) + (isUnsigned ? "_unsigned" : "");
  for (int64_t d = 0; d < 3 && function == PoolFunction::Average; ++d)
    name += "_" + std::to_string(counted.in[d]);
  if (inputQuantization)
    name += getQuantizationName(inputQuantization) + getQuantizationName(resultQuantization);
  return name;
}

llvm::StringRef getPoolObstacle(RankedTensorType type) {
  if (type.getRank() < 3 || type.getRank() > 5)
    return "expected 1 to 3 spatial dimensions";
  for (int64_t extent : type.getShape().drop_front())
    if (ShapedType::isDynamic(extent))
      return "expected static channels and spatial extents";
  return {};
}

PoolShape getPoolShape(PoolFunction function, RankedTensorType type) {
  PoolShape shape;
  shape.function = function;
  shape.channels = type.getDimSize(1);
  shape.block = getBlock(type);
  shape.elementType = shape.resultType = getStorageType(type.getElementType());
  shape.isUnsigned = isUnsigned(type);
  return shape;
}

void setQuantization(PoolShape &shape, RankedTensorType input, RankedTensorType result) {
  shape.resultType = getStorageType(result.getElementType());
  if (shape.function != PoolFunction::Average)
    return;
  shape.inputQuantization = getQuantization(input);
  shape.resultQuantization = getQuantization(result);
}

Type PoolShape::getSumType() const {
  return inputQuantization ? Float32Type::get(elementType.getContext()) : getComputeType(elementType);
}

/// Tiles of as many pixels as their columns fit into three quarters of the registers.
static void setPixels(PoolShape &shape, const TargetFacts &facts) {
  int64_t perVector = std::max<int64_t>(1, shape.block * shape.getSumType().getIntOrFloatBitWidth() / facts.vectorBits);
  int64_t columns = facts.vectorRegisters * 3 / 4 / perVector;
  int64_t window = (shape.window.kernel[2] - 1) * shape.window.dilation[2] + 1;
  shape.pixels = columns < window ? 1 : (columns - window) / shape.window.stride[2] + 1;
}

/// The window over the padded input, for averages that count padding.
template <typename OpTy> static WindowShape getPaddedWindow(OpTy op, const WindowShape &window) {
  WindowShape padded = window;
  int64_t rank = op.getStrides().size();
  for (int64_t i = 0; i < rank; ++i) {
    int64_t d = 3 - rank + i;
    int64_t end = op.getAutoPad() == cnn::AutoPad::Explicit ? op.getPads()[rank + i] : 0;
    if (op.getAutoPad() == cnn::AutoPad::SameUpper || op.getAutoPad() == cnn::AutoPad::SameLower)
      end = std::max<int64_t>(0, (window.out[d] - 1) * window.stride[d] + window.dilation[d] * (window.kernel[d] - 1) +
                                     1 - window.in[d]) -
            window.pad[d];
    padded.in[d] += window.pad[d] + end;
    padded.pad[d] = 0;
  }
  return padded;
}

template <typename OpTy> static PoolShape getShape(OpTy op, PoolFunction function, const TargetFacts &facts) {
  auto inputType = cast<RankedTensorType>(op.getInput().getType());
  PoolShape shape = getPoolShape(function, inputType);
  auto resultType = cast<RankedTensorType>(op.getOutput().getType());
  shape.window = shape.counted = WindowShape::get(op, inputType, resultType);
  setQuantization(shape, inputType, resultType);
  setPixels(shape, facts);
  return shape;
}

std::optional<PoolShape> getWindowPoolShape(Operation *op, const TargetFacts &facts) {
  return llvm::TypeSwitch<Operation *, std::optional<PoolShape>>(op)
      .Case([&](cnn::MaxPoolOp op) { return getShape(op, PoolFunction::Max, facts); })
      .Case([&](cnn::AveragePoolOp op) {
        PoolShape shape = getShape(op, PoolFunction::Average, facts);
        if (op.getCountIncludePad())
          shape.counted = getPaddedWindow(op, shape.window);
        return shape;
      })
      .Case([&](cnn::LpPoolOp op) {
        PoolShape shape = getShape(op, PoolFunction::Lp, facts);
        shape.p = op.getP();
        return shape;
      })
      .Default(std::nullopt);
}

} // namespace winnow::kernel
