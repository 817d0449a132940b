//===- DotTile.cpp - the register tile of bytes -------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotTile.h"

#include "HalfTile.h"

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
  } else if (shape.pairs) {
    tile = std::make_unique<HalfTile>();
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

Value getClassAt(KernelBuilder &kb, const BorderClasses &classes, const WindowShape &window, int64_t dim, Value at) {
  Value fromEnd = kb.add(at, classes.getCount(dim) - window.out[dim]);
  return kb.max(kb.min(at, kb.index(classes.before[dim])), fromEnd);
}

/// The class of position `index` of a span along `dim`.
static Value getClass(KernelBuilder &kb, const ConvolutionShape &shape, int64_t dim, const TileSpan &span,
                      int64_t index) {
  bool isInterior = span.taps.size() == 1 && span.taps[0].isComplete() &&
                    KernelBuilder::getConstant(span.taps[0].first) == 0 &&
                    KernelBuilder::getConstant(span.taps[0].end) == shape.window.kernel[dim];
  if (isInterior && !KernelBuilder::getConstant(span.start))
    return kb.index(shape.quantized->classes.before[dim]);
  return getClassAt(kb, shape.quantized->classes, shape.window, dim, kb.add(span.start, index));
}

Values getBiasStarts(KernelBuilder &kb, const ConvolutionShape &shape, const TileSpan &planes, const TileSpan &rows,
                     const TileSpan &columns) {
  const BorderClasses &classes = shape.quantized->classes;
  Value planeClass = getClass(kb, shape, 0, planes, 0);
  Values starts;
  llvm::DenseMap<std::pair<Value, Value>, Value> known;
  for (int64_t r = 0; r < rows.count; ++r) {
    Value rowClass = getClass(kb, shape, 1, rows, r);
    for (int64_t c = 0; c < columns.count; ++c) {
      Value columnClass = getClass(kb, shape, 2, columns, c);
      Value &start = known[{rowClass, columnClass}];
      if (!start) {
        start = kb.add(kb.mul(planeClass, classes.getCount(1)), rowClass);
        start = kb.add(kb.mul(start, classes.getCount(2)), columnClass);
        start = kb.mul(start, shape.getOutBlocks() * shape.block);
      }
      starts.push_back(start);
    }
  }
  return starts;
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
      auto indices = llvm::to_vector(llvm::seq<int64_t>(at * lanes, (at + count) * lanes));
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
