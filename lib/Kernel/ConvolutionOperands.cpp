//===- ConvolutionOperands.cpp - convolutions on buffers ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"
#include "FilterPacking.h"
#include "QuantizedDepthwise.h"

#include "winnow/Support/QuantizedTypes.h"

using namespace mlir;

namespace winnow::kernel {

llvm::StringRef getFeatureMapObstacle(RankedTensorType type) {
  if (type.getRank() < 3 || type.getRank() > 5)
    return "expected 1 to 3 spatial dimensions";
  for (int64_t extent : type.getShape().drop_front())
    if (ShapedType::isDynamic(extent))
      return "expected static channels and spatial extents";
  if (cnn::LayoutAttr layout = getLayout(type); layout && layout.getHalo() != 0)
    return "expected a layout without halo";
  return {};
}

void setDefaultTile(ConvolutionShape &shape, const TargetFacts &facts) {
  int64_t perVector = std::max<int64_t>(1, shape.block * shape.computeType.getIntOrFloatBitWidth() / facts.vectorBits);
  int64_t accumulators = (facts.vectorRegisters >= 32 ? 28 : 12) / perVector;
  shape.vectors = std::min<int64_t>(2, shape.getOutBlocks());
  if (shape.group > 1 && shape.getGroupOutputs() / shape.block % 2 != 0)
    shape.vectors = 1;
  shape.pixels = std::max<int64_t>(1, std::min(shape.window.getNumOutputs(), accumulators / shape.vectors));
}

bool isDepthwise(const ConvolutionShape &shape) {
  return shape.group > 1 && shape.group == shape.inChannels && shape.group == shape.outChannels;
}

Convolution makeConvolution(KernelContext &context, cnn::WindowOpInterface op, RankedTensorType inputType,
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

/// The tile and kind that selection has written, or a default.
static void readAlgorithm(Convolution &conv, cnn::ConvolutionOp op, const TargetFacts &facts) {
  ConvolutionShape &shape = conv.shape;
  setDefaultTile(shape, facts);
  cnn::AlgorithmAttr algorithm = op.getAlgorithmAttr();
  if (!algorithm)
    return;
  if (algorithm.getPixels() > 0) {
    shape.pixels = algorithm.getPixels();
    shape.vectors = std::max<int64_t>(1, algorithm.getChannels() / shape.block);
  }
  conv.kind = algorithm.getKind();
  conv.depth = algorithm.getDepth();
  shape.outputs = algorithm.getOutputs();
}

Convolution makeConvolution(KernelContext &context, cnn::ConvolutionOp op, Value input) {
  Convolution conv = makeConvolution(context, op, op.getInput().getType(), op.getOutput().getType(), input,
                                     static_cast<int64_t>(op.getGroup()));
  ConvolutionShape &shape = conv.shape;
  shape.bias = static_cast<bool>(op.getBias());
  shape.residual = static_cast<bool>(op.getResidual());
  shape.activation = op.getActivationAttr();
  conv.constantFilter = getConstant(op.getFilter());
  if (shape.bias)
    conv.constantBias = getConstant(op.getBias());
  if (shape.residual)
    conv.residualBlock = getBlock(op.getResidual().getType());
  readAlgorithm(conv, op, context.getFacts());
  return conv;
}

FailureOr<Convolution> makeQuantizedConvolution(KernelContext &context, cnn::ConvolutionOp op, Value input,
                                                llvm::StringRef &reason) {
  Convolution conv = makeConvolution(context, op, op.getInput().getType(), op.getOutput().getType(), input,
                                     static_cast<int64_t>(op.getGroup()));
  FailureOr<QuantizedConstants> constants = QuantizedConstants::get(op, reason);
  if (failed(constants))
    return failure();
  conv.quantized = std::move(*constants);
  if (isDepthwise(conv.shape))
    if (reason = getQuantizedDepthwiseObstacle(conv.shape); !reason.empty())
      return failure();
  ConvolutionShape &shape = conv.shape;
  shape.inType = getStorageType(shape.inType);
  shape.outType = getStorageType(shape.outType);
  shape.computeType = IntegerType::get(op.getContext(), 32);
  shape.bias = true;
  shape.residual = static_cast<bool>(op.getResidual());
  // What clips a quantized result is a part of its requantization.
  if (isa<FloatType>(shape.outType))
    shape.activation = op.getActivationAttr();
  if (shape.residual)
    conv.residualBlock = getBlock(op.getResidual().getType());
  shape.quantized = getQuantizedShape(op, *conv.quantized, shape);
  readAlgorithm(conv, op, context.getFacts());
  return conv;
}

/// The bias as the kernel reads it: the compute type, padded to whole blocks.
static Value getBias(OpBuilder &b, Location loc, KernelContext &context, const Convolution &conv) {
  const ConvolutionShape &shape = conv.shape;
  int64_t size = shape.getOutBlocks() * shape.block;
  if (conv.quantized)
    return context.getConstantBuffer(b, loc, packQuantizedBias(*conv.quantized, shape));
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

ConvolutionOperands makeOperands(OpBuilder &b, Location loc, KernelContext &context, const Convolution &conv) {
  const ConvolutionShape &shape = conv.shape;
  ConvolutionOperands operands;
  operands.input = conv.input;
  if (shape.bias)
    operands.bias = getBias(b, loc, context, conv);
  if (conv.quantized)
    operands.scales = context.getConstantBuffer(b, loc, packQuantizedScales(*conv.quantized, shape));
  if (shape.residual)
    operands.residual = getReblocked(b, loc, conv.resultType, conv.residual, conv.residualBlock, shape.block);
  operands.output = allocateBlocked(b, loc, conv.resultType, shape.block, conv.input);
  return operands;
}

ConvolutionOperands getImage(OpBuilder &b, Location loc, const ConvolutionOperands &operands, Value n) {
  auto get = [&](Value buffer) { return buffer ? getFlatImage(b, loc, buffer, n) : Value(); };
  return {get(operands.input),  operands.filter, operands.bias,  get(operands.residual),
          get(operands.output), operands.origin, operands.scales};
}

void forEachChunk(OpBuilder &b, Location loc, int64_t extent, int64_t size,
                  llvm::function_ref<void(OpBuilder &, int64_t, Value)> body) {
  int64_t whole = extent / size, rest = extent % size;
  if (whole > 0)
    forRange(b, loc, b.getIndexAttr(whole), [&](OpBuilder &b, Location loc, Value chunk) {
      body(b, size, mulIndex(b, loc, chunk, indexConstant(b, loc, size)));
    });
  if (rest > 0)
    body(b, rest, indexConstant(b, loc, whole * size));
}

Value getResult(OpBuilder &b, Location loc, const Convolution &conv, Value output) {
  return getReblocked(b, loc, conv.resultType, output, conv.shape.block, getBlock(conv.resultType));
}

} // namespace winnow::kernel
