//===- DotTile.cpp - the register tile of bytes -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace winnow::kernel {

std::unique_ptr<ContractionTile> makeContractionTile(const ConvolutionShape &shape, const TargetFacts &facts,
                                                     const ConvolutionOperands &operands) {
  std::unique_ptr<ContractionTile> tile;
  if (shape.quantized) {
    auto dot = std::make_unique<DotTile>(DotProduct(facts, shape.block, shape.quantized->pairsFit),
                                         shape.quantized->requantization, facts);
    dot->scales = operands.scales;
    dot->ratioPosition = shape.getOutBlocks() * shape.block;
    tile = std::move(dot);
  } else {
    tile = std::make_unique<ContractionTile>();
  }
  tile->computeType = shape.computeType;
  tile->lanes = shape.block;
  tile->fma = facts.hasFMA;
  tile->pixelBuffer = operands.input;
  tile->channelBuffer = operands.filter;
  tile->channelStride = shape.block * shape.getStepChannels();
  tile->output = operands.output;
  tile->epilogue.bias = operands.bias;
  tile->epilogue.residual = operands.residual;
  tile->epilogue.activation = shape.activation;
  return tile;
}

Values DotTile::initialize(KernelBuilder &kb, Value channel) const {
  llvm::DenseMap<Value, Values> starts;
  Values accumulators;
  for (int64_t p = 0; p < getNumPixels(); ++p) {
    Value from = biasStarts.empty() ? Value() : biasStarts[p];
    Values &start = starts[from];
    if (start.empty()) {
      Value at = from ? kb.add(from, channel) : channel;
      for (int64_t v = 0; v < vectors; ++v)
        start.push_back(loadVector(kb, epilogue.bias, kb.add(at, v * lanes), lanes));
    }
    accumulators.append(start);
  }
  return accumulators;
}

void DotTile::step(KernelBuilder &kb, Value x, Value w, Values &accumulators, llvm::ArrayRef<bool> active, Value ahead,
                   Value pixelsAhead) const {
  llvm::SmallVector<Values> channels;
  auto bytes = VectorType::get({kDotChannels * lanes}, kb.builder.getI8Type());
  for (int64_t v = 0; v < vectors; ++v) {
    Value at = kb.add(w, v * channelStride);
    Value loaded = vector::LoadOp::create(kb.builder, kb.loc, bytes, channelBuffer, ValueRange{at});
    channels.push_back(product.prepareSigned(kb, loaded));
  }
  prefetchAhead(kb, w, ahead, pixelsAhead);
  for (int64_t p = 0; p < getNumPixels(); ++p) {
    if (!active.empty() && !active[p])
      continue;
    Values pixel = product.loadUnsigned(kb, pixelBuffer, kb.add(x, pixelOffsets[p]));
    for (int64_t v = 0; v < vectors; ++v) {
      Value &accumulator = accumulators[p * vectors + v];
      accumulator = product.multiplyAdd(kb, accumulator, pixel, channels[v]);
    }
  }
}

Value DotTile::loadRatio(KernelBuilder &kb) const {
  Value ratio = memref::LoadOp::create(kb.builder, kb.loc, scales, ValueRange{kb.index(ratioPosition)});
  return vector::BroadcastOp::create(kb.builder, kb.loc, VectorType::get({lanes}, kb.builder.getF32Type()), ratio);
}

int64_t DotTile::getRun(int64_t first) const {
  int64_t count = 1;
  while (count < 4 && first + count < getNumPixels() &&
         outputOffsets[first + count] == outputOffsets[first] + count * lanes)
    ++count;
  return count;
}

void DotTile::storeReal(KernelBuilder &kb, Value t, Value position) const {
  if (epilogue.activation)
    t = emitActivation(kb.builder, kb.loc, epilogue.activation, t);
  storeVector(kb, t, output, position);
}

/// Whole vectors of 4, 2 or 1 pixels.
void DotTile::storeBytes(KernelBuilder &kb, Value bytes, Value position, int64_t pixels) const {
  for (int64_t at = 0; at < pixels;) {
    int64_t count = pixels - at >= 4 ? 4 : pixels - at >= 2 ? 2 : 1;
    Value part = bytes;
    if (cast<VectorType>(bytes.getType()).getNumElements() != count * lanes) {
      llvm::SmallVector<int64_t> indices(llvm::seq<int64_t>(at * lanes, (at + count) * lanes));
      part = vector::ShuffleOp::create(kb.builder, kb.loc, bytes, bytes, indices);
    }
    vector::StoreOp::create(kb.builder, kb.loc, part, output, ValueRange{kb.add(position, at * lanes)});
    at += count;
  }
}

void DotTile::finish(KernelBuilder &kb, Value y, ValueRange accumulators, Value) const {
  Requantizer requantizer(kb, requantization, facts, lanes);
  bool isReal = isa<FloatType>(cast<MemRefType>(output.getType()).getElementType());
  Value ratio = epilogue.residual ? loadRatio(kb) : Value();
  for (int64_t v = 0; v < vectors; ++v) {
    Value scale = loadVector(kb, scales, kb.add(channel, v * lanes), lanes);
    for (int64_t p = 0; p < getNumPixels();) {
      int64_t run = isReal ? 1 : getRun(p);
      Values reals;
      for (int64_t i = p; i < p + run; ++i) {
        Value t = requantizer.scale(accumulators[i * vectors + v], scale);
        if (epilogue.residual) {
          Value from = kb.add(y, outputOffsets[i] + v * outputStride);
          t = requantizer.addResidual(t, epilogue.residual, from, ratio);
        }
        reals.push_back(t);
      }
      Value position = kb.add(y, outputOffsets[p] + v * outputStride);
      if (isReal)
        storeReal(kb, reals.front(), position);
      else
        storeBytes(kb, requantizer.pack(reals), position, run);
      p += run;
    }
  }
}

} // namespace winnow::kernel
