//===- WinogradKernel.h - kernels of Winograd convolutions ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_WINOGRADKERNEL_H
#define WINNOW_LIB_KERNEL_WINOGRADKERNEL_H

#include "BatchedProduct.h"
#include "ConvolutionKernel.h"

#include "winnow/Support/WinogradTransform.h"

namespace winnow::kernel {

/// A convolution cut for F(m, r), with the products of one chunk of tiles; these say where scratch memory lies. Bytes
/// are transformed into i16, and sums come out `getDivisor()` times too large modulo 2^32, which is exact.
struct WinogradPlan {
  ConvolutionShape shape;
  WinogradTiling tiling;
  std::array<WinogradTransform, 2> transforms; ///< along height and width
  BatchedProduct product;
  bool fma = true;

  /// The plan of `shape`; its `outputs` and tile must be set. Fails with a reason where it is not legal.
  static llvm::FailureOr<WinogradPlan> get(const ConvolutionShape &shape, const TargetFacts &facts,
                                           llvm::StringRef &reason);

  /// What integer sums are divided by; 1 of floats.
  int64_t getDivisor() const { return transforms[0].divisor * transforms[1].divisor; }
  /// Bytes of an element of transformed inputs, and how many blocks of them one vector of the input transform holds.
  int64_t getInputBytes() const { return product.type.getIntOrFloatBitWidth() / 8; }
  int64_t getRun() const { return 4 / getInputBytes(); }

  /// The products of a chunk of `rows` rows of tiles.
  BatchedProduct getProduct(int64_t rows) const;
  /// A name that says all of the above for kernels of `rows` rows of tiles.
  std::string getName(int64_t rows) const;

  /// Runs of chunks that threads may have for their own; 1: what is in a chunk is divided instead.
  int64_t getNumRuns() const;
  /// Bytes that hold the transformed inputs, and the products, of a chunk for each run.
  mlir::MemRefType getTransformedRunsType() const;
  mlir::MemRefType getProductRunsType() const;
};

/// What the kernels of a chunk work on.
struct WinogradBuffers {
  ConvolutionOperands image;
  mlir::Value transformed, products;
};

/// The kernel `(input, transformed, first row of tiles)`: B^T d B of `rows` rows of tiles.
mlir::func::FuncOp getWinogradInputKernel(KernelContext &context, mlir::Location loc, const WinogradPlan &plan,
                                          int64_t rows);

/// The kernel `(products, bias?, scales?, residual?, output, first row of tiles)`: A^T m A and the epilogue.
mlir::func::FuncOp getWinogradOutputKernel(KernelContext &context, mlir::Location loc, const WinogradPlan &plan,
                                           int64_t rows);

/// Calls the three kernels of the chunk of `rows` rows of tiles at `firstRow`.
void emitWinogradChunk(mlir::OpBuilder &b, mlir::Location loc, KernelContext &context, const WinogradPlan &plan,
                       const WinogradBuffers &buffers, int64_t rows, mlir::Value firstRow);

/// The kernel `(input, filter, bias?, scales?, residual?, output, transformed, products)`: all chunks. Runs are its
/// axis.
mlir::func::FuncOp getWinogradChunksKernel(KernelContext &context, mlir::Location loc, const WinogradPlan &plan);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_WINOGRADKERNEL_H
