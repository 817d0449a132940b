//===- DotProduct.cpp - products of bytes ------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DotProduct.h"

#include "ContractionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace winnow::kernel {

Value callByWidth(KernelBuilder &kb, VectorType result, std::array<llvm::StringRef, 3> names, ValueRange operands) {
  int64_t bits = result.getNumElements() * result.getElementTypeBitWidth();
  llvm::StringRef name = names[bits == 512 ? 2 : bits == 256 ? 1 : 0];
  return LLVM::CallIntrinsicOp::create(kb.builder, kb.loc, result, kb.builder.getStringAttr(name), operands)
      .getResult(0);
}

Value bitcastElements(KernelBuilder &kb, Value vector, unsigned elementBits) {
  auto type = cast<VectorType>(vector.getType());
  int64_t bits = type.getNumElements() * type.getElementTypeBitWidth();
  auto to = VectorType::get({bits / elementBits}, kb.builder.getIntegerType(elementBits));
  return to == type ? vector : vector::BitCastOp::create(kb.builder, kb.loc, to, vector).getResult();
}

DotProduct::DotProduct(const TargetFacts &facts, int64_t lanes, bool pairsFit) : lanes(lanes) {
  if (facts.dot == DotUnit::None || lanes != facts.getF32Lanes())
    kind = Kind::Generic;
  else if (facts.dot == DotUnit::Vnni)
    kind = Kind::Vnni;
  else
    kind = pairsFit ? Kind::PairsInShort : Kind::PairsInWord;
}

Values DotProduct::loadUnsigned(KernelBuilder &kb, Value buffer, Value position) const {
  OpBuilder &b = kb.builder;
  auto four = VectorType::get({kDotChannels}, b.getI8Type());
  Value bytes = vector::LoadOp::create(b, kb.loc, four, buffer, ValueRange{position});
  Value word = vector::ExtractOp::create(b, kb.loc, bitcastElements(kb, bytes, 32), 0);
  Value all = vector::BroadcastOp::create(b, kb.loc, VectorType::get({lanes}, b.getI32Type()), word);
  return prepareUnsigned(kb, bitcastElements(kb, all, 8));
}

/// Byte `index` of each 32-bit element, extended.
static Value getByte(KernelBuilder &kb, Value bytes, int64_t index, bool isSigned) {
  Value words = bitcastElements(kb, bytes, 32);
  auto type = cast<VectorType>(words.getType());
  Value up = splat(kb, type, 24.0 - 8.0 * static_cast<double>(index)), down = splat(kb, type, 24);
  Value shifted = arith::ShLIOp::create(kb.builder, kb.loc, words, up);
  if (isSigned)
    return arith::ShRSIOp::create(kb.builder, kb.loc, shifted, down);
  return arith::ShRUIOp::create(kb.builder, kb.loc, shifted, down);
}

Value getUnsignedByte(KernelBuilder &kb, Value words, int64_t index) {
  return getByte(kb, words, index, /*isSigned=*/false);
}

static Values getBytes(KernelBuilder &kb, Value bytes, bool isSigned) {
  Values parts;
  for (int64_t index = 0; index < kDotChannels; ++index)
    parts.push_back(getByte(kb, bytes, index, isSigned));
  return parts;
}

Values DotProduct::prepareUnsigned(KernelBuilder &kb, Value bytes) const {
  if (kind == Kind::Generic)
    return getBytes(kb, bytes, /*isSigned=*/false);
  if (kind != Kind::PairsInWord)
    return {bytes};
  // Even and odd bytes as 16-bit numbers.
  Value shorts = bitcastElements(kb, bytes, 16);
  auto type = cast<VectorType>(shorts.getType());
  return {arith::AndIOp::create(kb.builder, kb.loc, shorts, splat(kb, type, 255)),
          arith::ShRUIOp::create(kb.builder, kb.loc, shorts, splat(kb, type, 8))};
}

Values DotProduct::prepareSigned(KernelBuilder &kb, Value bytes) const {
  if (kind == Kind::Generic)
    return getBytes(kb, bytes, /*isSigned=*/true);
  if (kind != Kind::PairsInWord)
    return {bytes};
  return extendHalves(kb, bytes, 8);
}

Values extendHalves(KernelBuilder &kb, Value pairs, unsigned bits) {
  Value words = bitcastElements(kb, pairs, 2 * bits);
  Value shift = splat(kb, cast<VectorType>(words.getType()), bits);
  Value even = arith::ShLIOp::create(kb.builder, kb.loc, words, shift);
  return {arith::ShRSIOp::create(kb.builder, kb.loc, even, shift),
          arith::ShRSIOp::create(kb.builder, kb.loc, words, shift)};
}

Value multiplyAddPairs(KernelBuilder &kb, VectorType sums, Value a, Value b) {
  return callByWidth(kb, sums, {"llvm.x86.sse2.pmadd.wd", "llvm.x86.avx2.pmadd.wd", "llvm.x86.avx512.pmaddw.d.512"},
                     {a, b});
}

Value DotProduct::multiplyAdd(KernelBuilder &kb, Value sums, llvm::ArrayRef<Value> unsignedParts,
                              llvm::ArrayRef<Value> signedParts) const {
  OpBuilder &b = kb.builder;
  auto type = cast<VectorType>(sums.getType());
  switch (kind) {
  case Kind::Vnni:
    return callByWidth(kb, type,
                       {"llvm.x86.avx512.vpdpbusd.128", "llvm.x86.avx512.vpdpbusd.256", "llvm.x86.avx512.vpdpbusd.512"},
                       {sums, unsignedParts[0], signedParts[0]});
  case Kind::PairsInShort: {
    auto shorts = VectorType::get({2 * lanes}, b.getI16Type());
    Value pairs = callByWidth(
        kb, shorts, {"llvm.x86.ssse3.pmadd.ub.sw.128", "llvm.x86.avx2.pmadd.ub.sw", "llvm.x86.avx512.pmaddubs.w.512"},
        {unsignedParts[0], signedParts[0]});
    return arith::AddIOp::create(b, kb.loc, sums, multiplyAddPairs(kb, type, pairs, splat(kb, shorts, 1)));
  }
  case Kind::PairsInWord:
    for (auto [u, s] : llvm::zip_equal(unsignedParts, signedParts))
      sums = arith::AddIOp::create(b, kb.loc, sums, multiplyAddPairs(kb, type, u, s));
    return sums;
  case Kind::Generic:
    for (auto [u, s] : llvm::zip_equal(unsignedParts, signedParts))
      sums = arith::AddIOp::create(b, kb.loc, sums, arith::MulIOp::create(b, kb.loc, u, s));
    return sums;
  }
  llvm_unreachable("all kinds multiply");
}

} // namespace winnow::kernel
