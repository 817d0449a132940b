//===- ContractionTile.cpp - the register tile of all contractions --------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionTile.h"

#include "winnow/Kernel/ElementFunctions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace winnow::kernel {

Value splat(KernelBuilder &kb, VectorType type, double value) {
  TypedAttr element;
  if (isa<FloatType>(type.getElementType()))
    element = kb.builder.getFloatAttr(type.getElementType(), value);
  else
    element = kb.builder.getIntegerAttr(type.getElementType(), static_cast<int64_t>(value));
  return arith::ConstantOp::create(kb.builder, kb.loc, type, DenseElementsAttr::get(type, Attribute(element)));
}

Value loadVector(KernelBuilder &kb, Value flat, Value position, int64_t lanes, Value mask) {
  Type elementType = cast<MemRefType>(flat.getType()).getElementType();
  auto type = VectorType::get({lanes}, elementType);
  Value loaded = mask ? vector::MaskedLoadOp::create(kb.builder, kb.loc, type, flat, ValueRange{position}, mask,
                                                     splat(kb, type, 0.0))
                            .getResult()
                      : vector::LoadOp::create(kb.builder, kb.loc, type, flat, ValueRange{position}).getResult();
  return convertFloat(kb, loaded, getComputeType(elementType));
}

Value loadStored(KernelBuilder &kb, Value flat, Value position, int64_t lanes) {
  auto type = VectorType::get({lanes}, cast<MemRefType>(flat.getType()).getElementType());
  return vector::LoadOp::create(kb.builder, kb.loc, type, flat, ValueRange{position});
}

void storeVector(KernelBuilder &kb, Value vector, Value flat, Value position, Value mask) {
  Value value = convertFloat(kb, vector, cast<MemRefType>(flat.getType()).getElementType());
  if (mask)
    vector::MaskedStoreOp::create(kb.builder, kb.loc, flat, ValueRange{position}, mask, value);
  else
    vector::StoreOp::create(kb.builder, kb.loc, value, flat, ValueRange{position});
}

Value multiplyAdd(KernelBuilder &kb, Value a, Value b, Value c, bool fma) {
  if (isa<IntegerType>(getElementTypeOrSelf(a.getType()))) {
    Value product = arith::MulIOp::create(kb.builder, kb.loc, a, b);
    return arith::AddIOp::create(kb.builder, kb.loc, product, c);
  }
  if (fma)
    return vector::FMAOp::create(kb.builder, kb.loc, a, b, c);
  Value product = arith::MulFOp::create(kb.builder, kb.loc, a, b);
  return arith::AddFOp::create(kb.builder, kb.loc, product, c);
}

Value ContractionTile::getTailMask(KernelBuilder &kb) const {
  auto type = VectorType::get({lanes}, kb.builder.getI1Type());
  llvm::SmallVector<bool> bits(lanes, true);
  std::fill(bits.begin() + lastLanes, bits.end(), false);
  return arith::ConstantOp::create(kb.builder, kb.loc, type, DenseElementsAttr::get(type, bits));
}

Value ContractionTile::loadChannels(KernelBuilder &kb, Value w, int64_t vector) const {
  bool masked = maskChannels && vector == vectors - 1 && lastLanes && lastLanes < lanes;
  return loadVector(kb, channelBuffer, kb.add(w, vector * channelStride), lanes, masked ? getTailMask(kb) : Value());
}

Values ContractionTile::initialize(KernelBuilder &kb, Value channel) const {
  Values start;
  for (int64_t v = 0; v < vectors; ++v)
    start.push_back(epilogue.bias && epilogue.alpha == 1.0
                        ? loadVector(kb, epilogue.bias, kb.add(channel, v * lanes), lanes)
                        : splat(kb, getVectorType(), 0.0));
  Values accumulators;
  for (int64_t p = 0; p < getNumPixels(); ++p)
    accumulators.append(start);
  return accumulators;
}

/// Fetches one line; `locality` is 3 for the first level cache, 2 for the second.
static void prefetch(KernelBuilder &kb, Value buffer, Value position, unsigned locality) {
  memref::PrefetchOp::create(kb.builder, kb.loc, buffer, ValueRange{position}, /*isWrite=*/false, locality,
                             /*isDataCache=*/true);
}

void ContractionTile::prefetchAhead(KernelBuilder &kb, Value w, Value ahead, Value pixelsAhead) const {
  for (int64_t v = 0; v < vectors && prefetchDistance; ++v)
    prefetch(kb, channelBuffer, kb.add(w, prefetchDistance + v * channelStride), /*locality=*/3);
  if (ahead)
    prefetch(kb, channelBuffer, ahead, /*locality=*/2);
  if (pixelsAhead)
    prefetch(kb, pixelBuffer, pixelsAhead, /*locality=*/3);
}

void ContractionTile::step(KernelBuilder &kb, Value x, Value w, Values &accumulators, llvm::ArrayRef<bool> active,
                           Value ahead, Value pixelsAhead) const {
  Values channels;
  for (int64_t v = 0; v < vectors; ++v)
    channels.push_back(loadChannels(kb, w, v));
  prefetchAhead(kb, w, ahead, pixelsAhead);
  for (int64_t p = 0; p < getNumPixels(); ++p) {
    if (!active.empty() && !active[p])
      continue;
    Value start = pixelStarts.empty() ? x : kb.add(pixelStarts[p], x);
    Value scalar = memref::LoadOp::create(kb.builder, kb.loc, pixelBuffer, ValueRange{kb.add(start, pixelOffsets[p])});
    scalar = convertFloat(kb, scalar, computeType);
    Value pixel = vector::BroadcastOp::create(kb.builder, kb.loc, getVectorType(), scalar);
    for (int64_t v = 0; v < vectors; ++v) {
      Value &accumulator = accumulators[p * vectors + v];
      accumulator = multiplyAdd(kb, pixel, channels[v], accumulator, fma);
    }
  }
}

/// a * factor, nothing where the factor is 1.
static Value scale(KernelBuilder &kb, Value value, double factor) {
  if (factor == 1.0)
    return value;
  Value factors = splat(kb, cast<VectorType>(value.getType()), factor);
  if (isa<IntegerType>(getElementTypeOrSelf(value.getType())))
    return arith::MulIOp::create(kb.builder, kb.loc, value, factors);
  return arith::MulFOp::create(kb.builder, kb.loc, value, factors);
}

Value ContractionTile::addResidual(KernelBuilder &kb, Value value, Value position, Value mask) const {
  Value residual;
  if (epilogue.residualIsScalar) {
    residual = memref::LoadOp::create(kb.builder, kb.loc, epilogue.residual, ValueRange{position});
    residual = convertFloat(kb, residual, computeType);
    residual = vector::BroadcastOp::create(kb.builder, kb.loc, getVectorType(), residual);
  } else {
    residual = loadVector(kb, epilogue.residual, position, lanes, mask);
  }
  residual = scale(kb, residual, epilogue.beta);
  if (isa<IntegerType>(computeType))
    return arith::AddIOp::create(kb.builder, kb.loc, value, residual);
  return arith::AddFOp::create(kb.builder, kb.loc, value, residual);
}

/// Activations of so many steps that straight code for a whole tile would spill.
static bool isLong(cnn::ActivationAttr activation) {
  switch (activation.getKind()) {
  case cnn::ActivationKind::Relu:
  case cnn::ActivationKind::Clip:
  case cnn::ActivationKind::LeakyRelu:
  case cnn::ActivationKind::HardSigmoid:
  case cnn::ActivationKind::HardSwish:
  case cnn::ActivationKind::Softsign:
  case cnn::ActivationKind::ThresholdedRelu:
  case cnn::ActivationKind::Shrink:
    return false;
  default:
    return true;
  }
}

bool ContractionTile::activatesInMemory() const {
  bool even = true;
  for (int64_t p = 1; p < getNumPixels(); ++p)
    even &= outputOffsets[p] - outputOffsets[p - 1] == outputOffsets[1] - outputOffsets[0];
  bool whole = !lastLanes || lastLanes == lanes;
  return epilogue.activation && isLong(epilogue.activation) && even && whole && getNumPixels() * vectors > 2 &&
         cast<MemRefType>(output.getType()).getElementType() == computeType;
}

void ContractionTile::activateInMemory(KernelBuilder &kb, Value y) const {
  int64_t step = getNumPixels() > 1 ? outputOffsets[1] - outputOffsets[0] : 0;
  for (int64_t v = 0; v < vectors; ++v)
    kb.loop(0, getNumPixels(), 1, [&](Value p) {
      Value position = kb.add(kb.add(y, kb.mul(p, step)), outputOffsets[0] + v * outputStride);
      Value value = loadVector(kb, output, position, lanes);
      storeVector(kb, emitActivation(kb.builder, kb.loc, epilogue.activation, value), output, position);
    });
}

void ContractionTile::finish(KernelBuilder &kb, Value y, ValueRange accumulators, Value r) const {
  bool tail = lastLanes && lastLanes < lanes, later = activatesInMemory();
  for (int64_t p = 0; p < getNumPixels(); ++p)
    for (int64_t v = 0; v < vectors; ++v) {
      Value value = scale(kb, accumulators[p * vectors + v], epilogue.alpha);
      Value position = kb.add(y, outputOffsets[p] + v * outputStride);
      Value mask = tail && v == vectors - 1 ? getTailMask(kb) : Value();
      if (epilogue.residual) {
        Value from = r ? kb.add(r, epilogue.residualOffsets[p] + v * epilogue.residualStride) : position;
        value = addResidual(kb, value, from, mask);
      }
      if (epilogue.activation && !later)
        value = emitActivation(kb.builder, kb.loc, epilogue.activation, value);
      storeVector(kb, value, output, position, mask);
    }
  if (later)
    activateInMemory(kb, y);
}

} // namespace winnow::kernel
