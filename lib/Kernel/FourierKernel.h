//===- FourierKernel.h - kernels of FFT convolutions ------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_FOURIERKERNEL_H
#define WINNOW_LIB_KERNEL_FOURIERKERNEL_H

#include "BatchedProduct.h"
#include "ConvolutionKernel.h"

#include "winnow/Support/FourierTiling.h"

namespace winnow::kernel {

/// A convolution cut into tiles for the FFT, with the products of one chunk of tiles; these say where scratch memory
/// lies. The points of a tile lie together: first the real columns, then the complex ones; of a complex point
/// x + iy, the inputs are x + y, x and y.
struct FourierPlan {
  ConvolutionShape shape;
  FourierTiling tiling;
  BatchedProduct product;

  /// The plan of `shape`: `outputs` positions are transformed together, `depth` rows of tiles make a chunk. Fails with
  /// a reason where it is not legal.
  static llvm::FailureOr<FourierPlan> get(const ConvolutionShape &shape, int64_t chunkRows, const TargetFacts &facts,
                                          llvm::StringRef &reason);

  /// The products of a chunk of `rows` rows of tiles.
  BatchedProduct getProduct(int64_t rows) const;
  /// Elements of one row of transformed columns, real and imaginary parts behind each other, and of all rows.
  int64_t getRowSize() const { return 2 * tiling.getNumColumns() * shape.block; }
  mlir::MemRefType getColumnsType() const {
    return mlir::MemRefType::get({tiling.size[0] * getRowSize()}, shape.computeType);
  }
  /// A part of the names of kernels of `rows` rows of tiles.
  std::string getName(int64_t rows) const;
};

/// The filter (M, C, spatial) transformed, conjugated (windows are correlations) and divided by the number of
/// positions.
mlir::ElementsAttr packFourierFilter(mlir::ElementsAttr filter, const FourierPlan &plan);

/// The kernel `(input, transformed, first row of tiles)`.
mlir::func::FuncOp getFourierInputKernel(KernelContext &context, mlir::Location loc, const FourierPlan &plan,
                                         int64_t rows);

/// The kernel `(products, bias?, residual?, output, first row of tiles)`: inverse transforms and the epilogue.
mlir::func::FuncOp getFourierOutputKernel(KernelContext &context, mlir::Location loc, const FourierPlan &plan,
                                          int64_t rows);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_FOURIERKERNEL_H
