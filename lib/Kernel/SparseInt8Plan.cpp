//===- SparseInt8Plan.cpp - filters of bytes without blocks of zeros ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionLowering.h"
#include "SparseInt8Kernel.h"
#include "SparsePacking.h"

using namespace mlir;

namespace winnow::kernel {

/// The reason why lanes of pixels cannot compute `shape`; empty when they can.
static llvm::StringRef getObstacle(const ConvolutionShape &shape) {
  if (shape.group != 1)
    return "sparse convolutions take all channels in one group";
  if (shape.window.kernel[0] != 1 || shape.window.in[0] != 1)
    return "sparse convolutions have one or two spatial dimensions";
  if (isa<FloatType>(shape.outType))
    return "sparse convolutions of bytes have bytes as results";
  if (shape.inBlock != shape.block && shape.inBlock != kDotChannels)
    return "sparse convolutions of bytes need the same channel blocks in input and output, or pictures of four "
           "channels";
  if (shape.block % kDotChannels != 0 || shape.block > 16)
    return "sparse convolutions of bytes need blocks of 4, 8 or 16 channels";
  return {};
}

FailureOr<SparseInt8Plan> SparseInt8Plan::get(const ConvolutionShape &shape, const TargetFacts &facts,
                                              llvm::StringRef &reason) {
  if (reason = getObstacle(shape); !reason.empty())
    return failure();
  DotProduct product(facts, shape.block, shape.quantized->pairsFit);
  int64_t perBlock = shape.inBlock / kDotChannels * product.getNumParts();
  SparseWindow window = getSparseWindow(shape);
  window.perBlock = perBlock;
  window.mostSums = getMostDotSums(facts);
  window.inChannels = shape.getInBlocks() * perBlock;
  int64_t channels = shape.vectors * perBlock;
  SparseInt8Plan plan{{shape, SparseTiling::get(window, shape.block, shape.pixels, shape.outputs, /*shared=*/1,
                                                facts.vectorRegisters, channels)},
                      product};
  plan.shape.quantized->classes = {};
  if (!plan.tiling.isLegal()) {
    reason = "a panel of a sparse convolution has more places than 16 bits number";
    return failure();
  }
  return plan;
}

/// Four weights as they lie in memory; zeros for channels that do not exist.
static int32_t getBlockAt(const QuantizedConstants &constants, const ConvolutionShape &shape, int64_t m, int64_t quad,
                          int64_t tap) {
  uint32_t block = 0;
  for (int64_t i = 0; i < kDotChannels; ++i) {
    int64_t c = quad * kDotChannels + i;
    if (c >= shape.inChannels)
      break;
    auto weight = static_cast<uint8_t>(constants.filter[(m * shape.inChannels + c) * shape.window.getNumTaps() + tap]);
    block |= uint32_t{weight} << (8 * i);
  }
  return static_cast<int32_t>(block);
}

SparseFilter packSparseInt8Filter(const QuantizedConstants &constants, const SparseInt8Plan &plan,
                                  MLIRContext *context) {
  return SparsePacking<int32_t>(
             plan, plan.product.getNumParts(),
             [&](int64_t m, int64_t quad, int64_t tap) { return getBlockAt(constants, plan.shape, m, quad, tap); })
      .pack(IntegerType::get(context, 32));
}

FailureOr<Value> emitSparseInt8Convolution(OpBuilder &b, Location loc, KernelContext &context, Convolution &conv,
                                           llvm::StringRef &reason) {
  FailureOr<SparseInt8Plan> plan = SparseInt8Plan::get(conv.shape, context.getFacts(), reason);
  if (failed(plan))
    return failure();
  SparseFilter filter = packSparseInt8Filter(*conv.quantized, *plan, b.getContext());
  func::FuncOp kernel = getSparseInt8Kernel(context, loc, *plan, filter);
  // The panel holds the padding: there is one class of biases.
  conv.shape.bias = false;
  ConvolutionOperands operands = makeOperands(b, loc, context, conv);
  operands.bias = context.getConstantBuffer(b, loc, packPaddedBias(*conv.quantized, conv.shape));
  Values parts;
  for (ElementsAttr part : filter.getParts())
    parts.push_back(context.getConstantBuffer(b, loc, part));
  forEachImage(b, loc, operands.input, [&](OpBuilder &b, Value n) {
    ConvolutionOperands image = getImage(b, loc, operands, n);
    Values arguments{image.input};
    arguments.append(parts);
    arguments.append({image.bias, image.scales});
    if (image.residual)
      arguments.push_back(image.residual);
    arguments.push_back(image.output);
    func::CallOp::create(b, loc, kernel, arguments);
  });
  return getResult(b, loc, conv, operands.output);
}

} // namespace winnow::kernel
