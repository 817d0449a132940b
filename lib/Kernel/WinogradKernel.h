//===- WinogradKernel.h - kernels of Winograd convolutions ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_WINOGRADKERNEL_H
#define WINNOW_LIB_KERNEL_WINOGRADKERNEL_H

#include "ConvolutionKernel.h"

#include "winnow/Support/WinogradTransform.h"

namespace winnow::kernel {

/// A convolution cut for F(m, r) with the places of its scratch memory: the
/// transformed inputs [point][input block][tile][block] and the products
/// [point][output block][tile][block] of one chunk of tiles.
struct WinogradPlan {
  ConvolutionShape shape;
  WinogradTiling tiling;
  std::array<WinogradTransform, 2> transforms; ///< along height and width
  bool fma = true;

  /// The plan of `shape`; its `outputs` and tile must be set. Fails with a reason where it is not legal.
  static llvm::FailureOr<WinogradPlan> get(const ConvolutionShape &shape, const TargetFacts &facts,
                                           llvm::StringRef &reason);

  /// Tiles of a chunk of `rows` rows of tiles.
  int64_t getNumTiles(int64_t rows) const { return rows * tiling.tiles[1]; }
  /// Elements from one point to the next. A few lines more than needed: planes a
  /// power of two apart would fall into the same sets of the first level cache.
  int64_t getPlane(int64_t blocks) const {
    return blocks * shape.block * getNumTiles(tiling.chunkRows) + 5 * shape.block;
  }
  int64_t getInputPlane() const { return getPlane(shape.getInBlocks()); }
  int64_t getProductPlane() const { return getPlane(shape.getOutBlocks()); }
  /// Elements of the transformed filter.
  int64_t getFilterSize() const {
    return tiling.getNumPoints() * shape.inChannels * shape.getOutBlocks() * shape.block;
  }
  mlir::MemRefType getInputType() const;
  mlir::MemRefType getProductType() const;
  /// A name that says all of the above for kernels of `rows` rows of tiles.
  std::string getName(int64_t rows) const;
};

/// The filter (M, C, spatial) transformed by G in double precision and rounded
/// once: [point][output group][input channel][channels of the group].
mlir::ElementsAttr packWinogradFilter(mlir::ElementsAttr filter, const WinogradPlan &plan);

/// The kernel `(input, transformed, first row of tiles)`: B^T d B of `rows` rows of tiles.
mlir::func::FuncOp getWinogradInputKernel(KernelContext &context, mlir::Location loc, const WinogradPlan &plan,
                                          int64_t rows);

/// The kernel `(transformed, filter, products)`: one matrix product a point.
mlir::func::FuncOp getWinogradProductKernel(KernelContext &context, mlir::Location loc, const WinogradPlan &plan,
                                            int64_t rows);

/// The kernel `(products, bias?, residual?, output, first row of tiles)`: A^T m A and the epilogue.
mlir::func::FuncOp getWinogradOutputKernel(KernelContext &context, mlir::Location loc, const WinogradPlan &plan,
                                           int64_t rows);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_WINOGRADKERNEL_H
