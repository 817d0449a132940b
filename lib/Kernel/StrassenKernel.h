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
struct StrassenPlan {
  ConvolutionShape shape;
  int64_t chunkPixels = 0;

  /// The plan of `shape`; `shape.outputs` are the pixels of a chunk (0: all). Fails with a reason where not legal.
  static llvm::FailureOr<StrassenPlan> get(const ConvolutionShape &shape, llvm::StringRef &reason);

  /// Pixels of the whole image.
  int64_t getNumPixels() const { return shape.window.getNumOutputs(); }
  int64_t getNumPairs(int64_t pixels) const { return (pixels + 1) / 2; }
  /// Blocks of half the input or output channels.
  int64_t getHalfIn() const { return shape.getInBlocks() / 2; }
  int64_t getHalfOut() const { return shape.getOutBlocks() / 2; }
  /// Elements of one of S1 to S4, [input block][pair][block]; apart by a few lines more than a power of two.
  int64_t getSumPlane() const { return (getHalfIn() * getNumPairs(chunkPixels) + 5) * shape.block; }
  mlir::MemRefType getSumsType() const { return mlir::MemRefType::get({4 * getSumPlane()}, shape.computeType); }
  /// Elements of the seven filters of one block of half the output channels.
  int64_t getFilterSize() const { return 7 * getHalfIn() * shape.block * shape.block; }
  mlir::MemRefType getFilterType() const {
    return mlir::MemRefType::get({getHalfOut() * getFilterSize()}, shape.computeType);
  }
};

/// The seven filters in the order in which a tile reads them: [group of half the output channels][product][input
/// channel][channels of the group]. Computed in double precision and rounded once.
mlir::ElementsAttr packStrassenFilter(mlir::ElementsAttr filter, const StrassenPlan &plan);

/// The kernel `(input, sums, first pixel)`: S1 to S4 of a chunk of `pixels`.
mlir::func::FuncOp getStrassenInputKernel(KernelContext &context, mlir::Location loc, const StrassenPlan &plan,
                                          int64_t pixels);

/// The kernel `(input, sums, filter, bias?, residual?, output, first pixel)`: products, sums and the epilogue.
mlir::func::FuncOp getStrassenProductKernel(KernelContext &context, mlir::Location loc, const StrassenPlan &plan,
                                            int64_t pixels);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_STRASSENKERNEL_H
