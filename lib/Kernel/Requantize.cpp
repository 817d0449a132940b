//===- Requantize.cpp - sums of integers as results ----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Requantize.h"

#include "ContractionTile.h"
#include "DotProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace winnow::kernel {

/// Far beyond all bytes, far from the limits of i32.
static constexpr double kRoundable = 1 << 30;

Requantizer::Requantizer(KernelBuilder &kb, const Requantization &numbers, const TargetFacts &facts, int64_t lanes)
    : kb(kb), numbers(numbers), lanes(lanes), packs(facts.dot != DotUnit::None && lanes == facts.getF32Lanes()) {}

Value Requantizer::scale(Value sums, Value scales) const {
  Value real = arith::SIToFPOp::create(kb.builder, kb.loc, scales.getType(), sums);
  return arith::MulFOp::create(kb.builder, kb.loc, real, scales);
}

Value Requantizer::addResidual(Value t, Value buffer, Value position, Value ratio) const {
  OpBuilder &b = kb.builder;
  auto words = VectorType::get({lanes}, b.getI32Type());
  Value bytes =
      vector::LoadOp::create(b, kb.loc, VectorType::get({lanes}, b.getI8Type()), buffer, ValueRange{position});
  return addResidual(t, arith::ExtUIOp::create(b, kb.loc, words, bytes), ratio);
}

Value Requantizer::addResidual(Value t, Value residual, Value ratio) const {
  OpBuilder &b = kb.builder;
  auto words = cast<VectorType>(residual.getType());
  if (numbers.residualZero)
    residual = arith::SubIOp::create(b, kb.loc, residual, splat(kb, words, static_cast<double>(numbers.residualZero)));
  residual = arith::SIToFPOp::create(b, kb.loc, t.getType(), residual);
  residual = arith::MulFOp::create(b, kb.loc, residual, ratio);
  return arith::AddFOp::create(b, kb.loc, t, residual);
}

/// The nearest integers; of what is far out of the range of bytes, integers that are as well.
Value Requantizer::round(Value t) const {
  auto type = cast<VectorType>(t.getType());
  if (numbers.overflows) {
    t = arith::MaxNumFOp::create(kb.builder, kb.loc, t, splat(kb, type, -kRoundable));
    t = arith::MinNumFOp::create(kb.builder, kb.loc, t, splat(kb, type, kRoundable));
  }
  return LLVM::LrintOp::create(kb.builder, kb.loc, type.clone(kb.builder.getI32Type()), t);
}

Value Requantizer::clamp(Value bytes) const {
  auto type = cast<VectorType>(bytes.getType());
  auto constant = [&](int64_t value) {
    return arith::ConstantOp::create(kb.builder, kb.loc, type,
                                     DenseElementsAttr::get(type, llvm::APInt(8, static_cast<uint64_t>(value))));
  };
  if (numbers.low > 0)
    bytes = arith::MaxUIOp::create(kb.builder, kb.loc, bytes, constant(numbers.low));
  if (numbers.high < 255)
    bytes = arith::MinUIOp::create(kb.builder, kb.loc, bytes, constant(numbers.high));
  return bytes;
}

Value Requantizer::packInterleaved(llvm::ArrayRef<Value> four) const {
  OpBuilder &b = kb.builder;
  auto shorts = VectorType::get({2 * lanes}, b.getI16Type());
  auto packHalf = [&](Value low, Value high) {
    Value half = callByWidth(kb, shorts,
                             {"llvm.x86.sse2.packssdw.128", "llvm.x86.avx2.packssdw", "llvm.x86.avx512.packssdw.512"},
                             {round(low), round(high)});
    if (!numbers.outputZero)
      return half;
    Value zero = splat(kb, shorts, static_cast<double>(numbers.outputZero));
    return LLVM::SAddSat::create(b, kb.loc, shorts, half, zero).getResult();
  };
  Value bytes = callByWidth(kb, VectorType::get({4 * lanes}, b.getI8Type()),
                            {"llvm.x86.sse2.packuswb.128", "llvm.x86.avx2.packuswb", "llvm.x86.avx512.packuswb.512"},
                            {packHalf(four[0], four[1]), packHalf(four[2], four[3])});
  return clamp(bytes);
}

Value Requantizer::packGeneric(Value t) const {
  OpBuilder &b = kb.builder;
  auto words = VectorType::get({lanes}, b.getI32Type());
  auto constant = [&](int64_t value) { return splat(kb, words, static_cast<double>(value)); };
  Value y = round(t);
  if (numbers.outputZero)
    y = arith::AddIOp::create(b, kb.loc, y, constant(numbers.outputZero));
  y = arith::MaxSIOp::create(b, kb.loc, y, constant(numbers.low));
  y = arith::MinSIOp::create(b, kb.loc, y, constant(numbers.high));
  return arith::TruncIOp::create(b, kb.loc, VectorType::get({lanes}, b.getI8Type()), y);
}

Value Requantizer::pack(ValueRange vectors) const {
  OpBuilder &b = kb.builder;
  int64_t count = static_cast<int64_t>(vectors.size());
  if (!packs) {
    Value all = packGeneric(vectors[0]);
    for (Value next : vectors.drop_front()) {
      int64_t size = cast<VectorType>(all.getType()).getNumElements();
      auto indices = llvm::to_vector(llvm::seq<int64_t>(0, size + lanes));
      all = vector::ShuffleOp::create(b, kb.loc, all, packGeneric(next), indices);
    }
    return all;
  }
  // Missing ones are copies of the last: they cost nothing.
  Values four(vectors.begin(), vectors.end());
  four.resize(4, vectors.back());
  Value words = bitcastElements(kb, packInterleaved(four), 32);
  // Word p of 128-bit part l has channels of vector p: as many words as parts make a vector.
  int64_t parts = lanes / 4;
  llvm::SmallVector<int64_t> order;
  for (int64_t p = 0; p < count; ++p)
    for (int64_t l = 0; l < parts; ++l)
      order.push_back(l * 4 + p);
  if (!llvm::equal(order, llvm::seq<int64_t>(0, 4 * parts)))
    words = vector::ShuffleOp::create(b, kb.loc, words, words, order);
  return bitcastElements(kb, words, 8);
}

} // namespace winnow::kernel
