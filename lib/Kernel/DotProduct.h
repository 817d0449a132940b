//===- DotProduct.h - products of bytes -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_DOTPRODUCT_H
#define WINNOW_LIB_KERNEL_DOTPRODUCT_H

#include "KernelBuilder.h"

#include "winnow/Support/TargetFacts.h"

namespace winnow::kernel {

/// Input channels that one product takes: their bytes lie together.
inline constexpr int64_t kDotChannels = 4;

/// Products of bytes on vectors of `lanes` sums, exact in i32 whatever the target has:
///
///   sum[i] += u[4i] * s[4i] + ... + u[4i + 3] * s[4i + 3]      u unsigned, s signed
///
/// Operands are prepared once and used in several products.
class DotProduct {
public:
  /// `pairsFit`: two neighbouring products never leave the range of i16, so that they may be added there.
  DotProduct(const TargetFacts &facts, int64_t lanes, bool pairsFit);

  /// Four bytes at `position` of a buffer of bytes in all lanes, prepared as unsigned ones.
  Values loadUnsigned(KernelBuilder &kb, mlir::Value buffer, mlir::Value position) const;
  /// A vector of bytes (4 * lanes), prepared.
  Values prepareUnsigned(KernelBuilder &kb, mlir::Value bytes) const;
  Values prepareSigned(KernelBuilder &kb, mlir::Value bytes) const;

  mlir::Value multiplyAdd(KernelBuilder &kb, mlir::Value sums, llvm::ArrayRef<mlir::Value> unsignedParts,
                          llvm::ArrayRef<mlir::Value> signedParts) const;

  int64_t getLanes() const { return lanes; }
  /// Vectors that a prepared one is: of 8, 16 or 32 bits an element.
  int64_t getNumParts() const { return kind == Kind::Generic ? 4 : kind == Kind::PairsInWord ? 2 : 1; }
  /// The instructions of x86 for vectors of these lanes, or those that every target has.
  bool isGeneric() const { return kind == Kind::Generic; }

private:
  enum class Kind { Vnni, PairsInShort, PairsInWord, Generic };

  Kind kind;
  int64_t lanes;
};

/// Calls an intrinsic of x86 whose name depends on the bits of its vectors: `names` are those for 128, 256 and 512.
mlir::Value callByWidth(KernelBuilder &kb, mlir::VectorType result, std::array<llvm::StringRef, 3> names,
                        mlir::ValueRange operands);

/// Byte `index` of each 32-bit element, extended without a sign.
mlir::Value getUnsignedByte(KernelBuilder &kb, mlir::Value words, int64_t index);

/// The lower and the upper of each two neighbouring integers of `bits`, extended to twice that with their sign.
Values extendHalves(KernelBuilder &kb, mlir::Value pairs, unsigned bits);

/// Sums of two neighbouring products of 16-bit numbers, by an instruction of x86.
mlir::Value multiplyAddPairs(KernelBuilder &kb, mlir::VectorType sums, mlir::Value a, mlir::Value b);

/// A vector under another element type of the same number of bits in all.
mlir::Value bitcastElements(KernelBuilder &kb, mlir::Value vector, unsigned elementBits);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_DOTPRODUCT_H
