//===- StrassenKernel.h - pointwise convolutions by seven products -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One level of Strassen's algorithm (Gaussian elimination is not optimal, 1969)
// in Winograd's form with 15 additions (Higham, Accuracy and Stability of
// Numerical Algorithms, 2nd edition, section 23.1). A is pixels x input
// channels, B the filter, C pixels x output channels, each halved both ways:
//
//   S1 = A21 + A22   S2 = S1 - A11    S3 = A11 - A21   S4 = A12 - S2
//   T1 = B12 - B11   T2 = B22 - T1    T3 = B22 - B12   T4 = T2 - B21
//   P1 = A11 B11     P2 = A12 B21     P3 = S4 B22      P4 = A22 T4
//   P5 = S1 T1       P6 = S2 T2       P7 = S3 T3
//   U2 = P1 + P6     U3 = U2 + P7
//   C11 = P1 + P2    C12 = U2 + P5 + P3    C21 = U3 - P4    C22 = U3 + P5
//
// Sums of products need no additions: a register tile goes on with the next
// product. What two results share (P1, U2, U3) waits in the first level cache.
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_STRASSENKERNEL_H
#define WINNOW_LIB_KERNEL_STRASSENKERNEL_H

#include "ConvolutionKernel.h"

namespace winnow::kernel {

/// A pointwise convolution cut into chunks of pixels. The first half of a chunk's pixels makes the rows of A11 and A12,
/// the second one those of A21 and A22; of an odd number, the last pixel has no partner.
///
/// The work is divided along chunks, and slices of the output channels of a chunk: a thread adds up the sums of a chunk
/// for itself when it comes to the first slice that it has of it, into memory that belongs to the slice.
struct StrassenPlan {
  ConvolutionShape shape;
  int64_t chunkPixels = 0;
  int64_t slices = 1; ///< of a chunk

  /// The plan of `shape`; `shape.outputs` are the pixels of a chunk (0: all). Fails with a reason where not legal.
  static llvm::FailureOr<StrassenPlan> get(const ConvolutionShape &shape, llvm::StringRef &reason);

  /// Pixels of the whole image.
  int64_t getNumPixels() const { return shape.window.getNumOutputs(); }
  int64_t getNumChunks() const { return (getNumPixels() + chunkPixels - 1) / chunkPixels; }
  static int64_t getNumPairs(int64_t pixels) { return (pixels + 1) / 2; }
  /// Blocks of half the input or output channels, groups of the latter that a register tile has.
  int64_t getHalfIn() const { return shape.getInBlocks() / 2; }
  int64_t getHalfOut() const { return shape.getOutBlocks() / 2; }
  int64_t getNumGroups() const { return (getHalfOut() + shape.vectors - 1) / shape.vectors; }
  /// Elements of one of S1 to S4, [input block][pair][block]; apart by a few lines more than a power of two.
  int64_t getSumPlane() const { return (getHalfIn() * getNumPairs(chunkPixels) + 5) * shape.block; }
  mlir::MemRefType getSumsType() const {
    return mlir::MemRefType::get({getNumChunks() * slices * 4 * getSumPlane()}, shape.computeType);
  }
  /// Elements of the seven filters of one block of half the output channels.
  int64_t getFilterSize() const { return 7 * getHalfIn() * shape.block * shape.block; }
  mlir::MemRefType getFilterType() const {
    return mlir::MemRefType::get({getHalfOut() * getFilterSize()}, shape.computeType);
  }
};

/// One chunk of pixels, and where its operands lie.
struct StrassenChunk {
  const StrassenPlan &plan;
  int64_t pixels;
  mlir::Value first; ///< pixel
  mlir::Value sums;  ///< where S1 starts

  int64_t getNumPairs() const { return plan.getNumPairs(pixels); }
  bool isOdd() const { return pixels % 2 != 0; }
  /// Elements from one block of channels to the next, of feature maps and of sums.
  int64_t getMapStride() const { return plan.getNumPixels() * plan.shape.block; }
  int64_t getSumStride() const { return plan.getNumPairs(plan.chunkPixels) * plan.shape.block; }
  /// Where `pair` of half `row` of the pixels lies in block `channels` of a feature map, and in S<`number`>.
  mlir::Value getMapPosition(KernelBuilder &kb, int64_t row, mlir::Value channels, mlir::Value pair) const;
  mlir::Value getSumPosition(KernelBuilder &kb, int64_t number, mlir::Value channels, mlir::Value pair) const;
};

/// Emits S1 to S4 of all pairs of pixels of a chunk.
void emitStrassenSums(KernelBuilder &kb, const StrassenChunk &chunk, mlir::Value input, mlir::Value sums);

/// The seven filters in the order in which a tile reads them: [group of half the output channels][product][input
/// channel][channels of the group]. Computed in double precision and rounded once.
mlir::ElementsAttr packStrassenFilter(mlir::ElementsAttr filter, const StrassenPlan &plan);

/// The kernel `(input, sums, filter, bias?, residual?, output)`: sums, products and the epilogue of an image.
mlir::func::FuncOp getStrassenKernel(KernelContext &context, mlir::Location loc, const StrassenPlan &plan);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_STRASSENKERNEL_H
