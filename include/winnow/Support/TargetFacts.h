//===- TargetFacts.h - what a target can do, as data ------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_TARGETFACTS_H
#define WINNOW_SUPPORT_TARGETFACTS_H

#include "mlir/IR/BuiltinOps.h"

namespace winnow {

/// How a target multiplies bytes and adds four products up to 32 bits.
enum class DotUnit {
  None, ///< by ordinary integer arithmetic
  Madd, ///< x86: pmaddubsw and pmaddwd, pairs at a time
  Vnni, ///< x86: vpdpbusd on whole vectors
};

/// What kernel generation and the cost models know about a target. Facts travel
/// with the module as the attribute `winnow.target` (a dictionary), so that a
/// test can state them and every stage reads the same ones.
struct TargetFacts {
  /// Bits of a vector register: 128 (NEON, SSE), 256 (AVX2), 512 (AVX-512).
  int64_t vectorBits = 256;
  /// Architectural vector registers: 16 (AVX2) or 32 (AVX-512, AArch64).
  int64_t vectorRegisters = 16;
  /// Whether a fused multiply-add instruction exists.
  bool hasFMA = true;
  /// For vectors of `vectorBits`.
  DotUnit dot = DotUnit::None;
  /// Units that multiply tiles of 16 rows of 64 bytes (x86: AMX), bytes into i32 and pairs of bf16 into f32.
  bool hasInt8Tiles = false;
  bool hasBF16Tiles = false;
  /// Whether f16 numbers are multiplied and added as such (x86: AVX512_FP16), not only converted.
  bool hasF16Arithmetic = false;
  /// Whether instructions convert vectors between f32 and f16 (x86: F16C), and round f32 to bf16 (AVX512_BF16).
  bool hasF16Conversion = false;
  bool hasBF16Conversion = false;
  /// Bytes of the first and second level data cache of one core.
  int64_t l1Bytes = 32 << 10;
  int64_t l2Bytes = 1 << 20;
  /// Multiply-add instructions on whole vectors that a core starts in a cycle.
  double multiplyAddsPerCycle = 2;
  /// Bytes a cycle that one core reads from memory, where most machines have the weights of a network (measured on a
  /// server of 2023).
  double memoryBytesPerCycle = 3.5;

  /// Lanes of an f32 vector.
  int64_t getF32Lanes() const { return vectorBits / 32; }

  /// Reads the facts that `module` carries; defaults where it carries none.
  static TargetFacts fromModule(mlir::ModuleOp module);
  /// Writes the facts onto `module`.
  void setOn(mlir::ModuleOp module) const;
};

} // namespace winnow

#endif // WINNOW_SUPPORT_TARGETFACTS_H
