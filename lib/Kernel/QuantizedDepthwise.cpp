//===- QuantizedDepthwise.cpp - one filter of bytes per channel---===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizedDepthwise.h"

#include "DotTile.h"
#include "InterleavedDepthwise.h"
#include "RowWindow.h"

using namespace mlir;

namespace winnow::kernel {

/// Sums of so many products of bytes are below 2^24.
static constexpr int64_t kMaxTaps = 512;

llvm::StringRef getQuantizedDepthwiseObstacle(const ConvolutionShape &shape) {
  if (shape.window.getNumTaps() > kMaxTaps)
    return "the sums of so many taps may exceed what f32 holds exactly";
  return {};
}

/// One vector a pixel: sums of products in f32, then the tile's bias and epilogue in integers.
static void setRows(RowWindow &rows, KernelBuilder &kb, const ConvolutionShape &shape, DotTile &tile, Value filter,
                    bool fma) {
  OpBuilder &b = kb.builder;
  auto real = VectorType::get({shape.block}, b.getF32Type());
  auto words = VectorType::get({shape.block}, b.getI32Type());
  rows.initialize = [&kb, real](Value, int64_t pixels) { return Values(pixels, splat(kb, real, 0.0)); };
  rows.loadTap = [&kb, &shape, filter](Value block, Value tap) {
    Value at = kb.add(kb.mul(block, shape.window.getNumTaps()), tap);
    return loadVector(kb, filter, kb.mul(at, shape.block), shape.block);
  };
  rows.combine = [&kb, real, words, fma](Value accumulator, Value element, Value tap) {
    Value word = arith::ExtUIOp::create(kb.builder, kb.loc, words, element);
    Value number = arith::SIToFPOp::create(kb.builder, kb.loc, real, word);
    return multiplyAdd(kb, number, tap, accumulator, fma);
  };
  rows.finish = [&kb, &shape, &tile, words](const RowWindow::Tile &at, ValueRange accumulators) {
    tile.outputOffsets.clear();
    for (int64_t p = 0; p < at.columns->count; ++p)
      tile.outputOffsets.push_back(p * shape.block);
    tile.pixelOffsets = tile.outputOffsets;
    tile.channel = kb.mul(at.block, shape.block);
    tile.biasStarts.clear();
    if (shape.quantized->classes.getTotal() > 1)
      tile.biasStarts =
          getBiasStarts(kb, shape, {at.plane, 1, {*at.planeTaps}}, {at.row, 1, {*at.rowTaps}}, *at.columns);
    Values sums = tile.initialize(kb, tile.channel);
    for (auto [sum, accumulator] : llvm::zip_equal(sums, accumulators)) {
      Value products = arith::FPToSIOp::create(kb.builder, kb.loc, words, accumulator);
      sum = arith::AddIOp::create(kb.builder, kb.loc, sum, products);
    }
    tile.finish(kb, at.output, sums);
  };
}

func::FuncOp getQuantizedDepthwiseKernel(KernelContext &context, Location loc, const ConvolutionShape &shape) {
  const TargetFacts &facts = context.getFacts();
  if (InterleavedDepthwise::applies(shape, facts))
    return getInterleavedDepthwiseKernel(context, loc, shape);
  int64_t size = shape.getOutBlocks() * shape.block * shape.window.getNumTaps();
  SmallVector<Type> inputs(getKernelType(loc.getContext(), shape, size).getInputs());
  inputs[1] = MemRefType::get({size}, Float32Type::get(loc.getContext()));
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    KernelBuilder kb(b, loc, b.getInsertionBlock());
    ConvolutionOperands operands = getOperands(shape, args);
    std::unique_ptr<ContractionTile> tile = makeContractionTile(shape, facts, operands);
    RowWindow rows(kb, shape.window, shape.getOutBlocks(), shape.block, shape.pixels, operands.input);
    setRows(rows, kb, shape, static_cast<DotTile &>(*tile), operands.filter, facts.hasFMA);
    rows.emit();
    func::ReturnOp::create(b, loc);
  };
  return context.getOrCreateKernel("depthwise_" + shape.getName(), FunctionType::get(loc.getContext(), inputs, {}),
                                   body);
}

ElementsAttr packQuantizedDepthwise(const QuantizedConstants &constants, const ConvolutionShape &shape,
                                    const TargetFacts &facts) {
  if (InterleavedDepthwise::applies(shape, facts))
    return packInterleavedDepthwise(constants, shape);
  int64_t taps = shape.window.getNumTaps(), size = shape.getOutBlocks() * shape.block * taps;
  SmallVector<float> packed(size, 0.0f);
  for (int64_t m = 0; m < shape.outChannels; ++m)
    for (int64_t k = 0; k < taps; ++k)
      packed[(m / shape.block * taps + k) * shape.block + m % shape.block] = constants.filter[m * taps + k];
  ArrayRef<char> bytes(reinterpret_cast<const char *>(packed.data()), packed.size() * sizeof(float));
  return makeConstant(RankedTensorType::get({size}, Float32Type::get(shape.computeType.getContext())), bytes);
}

} // namespace winnow::kernel
