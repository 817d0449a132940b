//===- BatchedProduct.h - matrix products of bilinear algorithms -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_BATCHEDPRODUCT_H
#define WINNOW_LIB_KERNEL_BATCHEDPRODUCT_H

#include "KernelBuilder.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// The middle of a bilinear algorithm (Winograd, FFT): one matrix product for each point between transformed inputs
/// and a transformed filter. Inputs are [point][input block][tile][block] and products [point][output
/// block][tile][block]; where points are so many that each would have its page, [input block][tile][point][block] and
/// so on.
struct BatchedProduct {
  int64_t points = 1;
  int64_t tiles = 1; ///< computed by one call
  int64_t pitch = 1; ///< tiles that a plane has room for
  int64_t inChannels = 0, outChannels = 0;
  int64_t block = 1; ///< channels that lie together
  /// The register tile: tiles by vectors of `block` output channels.
  int64_t pixels = 1, vectors = 1;
  mlir::Type type; ///< of all elements; of products of i16 i32
  bool fma = true;
  bool pointsInside = false;

  /// Input channels that are multiplied together: i16 come in pairs, which lie together in the filter as well.
  int64_t getStepChannels() const { return type.isInteger(16) ? 2 : 1; }
  mlir::Type getProductElementType() const {
    return type.isInteger(16) ? mlir::IntegerType::get(type.getContext(), 32) : type;
  }
  /// Input channels in whole steps.
  int64_t getDepth() const { return (inChannels + getStepChannels() - 1) / getStepChannels() * getStepChannels(); }

  int64_t getInBlocks() const { return (inChannels + block - 1) / block; }
  int64_t getOutBlocks() const { return (outChannels + block - 1) / block; }
  /// Elements from one tile to the next, and from one block of channels to the next. With points inside, an odd number
  /// of blocks, so that the tiles of one point lie in different sets of the first level cache.
  int64_t getTileStride() const { return pointsInside ? (points | 1) * block : block; }
  int64_t getBlockStride() const { return pitch * getTileStride(); }
  /// Elements from one point to the next: whole lines, and a few more than needed, as planes a power of two apart would
  /// fall into the same sets of the first level cache.
  int64_t getInputPlane() const { return getPlane(getInBlocks(), type); }
  int64_t getProductPlane() const { return getPlane(getOutBlocks(), getProductElementType()); }
  /// Elements of the filter of one point.
  int64_t getFilterPlane() const { return getDepth() * getOutBlocks() * block; }
  /// Where the filter of channels `in` and `out` lies in that of a point: [output group][input channel][channels], or
  /// [output group][pair of input channels][channels][2].
  int64_t getFilterPosition(int64_t in, int64_t out) const;

  mlir::MemRefType getInputType() const { return getScratchType(getInBlocks(), getInputPlane(), type); }
  mlir::MemRefType getFilterType() const { return mlir::MemRefType::get({points * getFilterPlane()}, type); }
  mlir::MemRefType getProductType() const {
    return getScratchType(getOutBlocks(), getProductPlane(), getProductElementType());
  }

private:
  int64_t getPlane(int64_t blocks, mlir::Type element) const {
    int64_t line = 512 / element.getIntOrFloatBitWidth();
    return pointsInside ? block : (blocks * getBlockStride() + line - 1) / line * line + 5 * line;
  }
  mlir::MemRefType getScratchType(int64_t blocks, int64_t plane, mlir::Type element) const {
    return mlir::MemRefType::get({pointsInside ? blocks * getBlockStride() : points * plane}, element);
  }
};

/// Packs a filter (M, C, `taps`) for `product`: `transform` turns the taps of one pair of channels into its points.
/// Points are computed in double precision and rounded once.
mlir::ElementsAttr
packTransformedFilter(mlir::ElementsAttr filter, const BatchedProduct &product, int64_t taps,
                      llvm::function_ref<void(const float *taps, llvm::MutableArrayRef<double> points)> transform);
/// The same of bytes, whose points are integers of 16 bits.
mlir::ElementsAttr
packTransformedFilter(llvm::ArrayRef<int8_t> filter, const BatchedProduct &product, int64_t taps,
                      llvm::function_ref<void(const int8_t *taps, llvm::MutableArrayRef<double> points)> transform);

/// The kernel `(inputs, filter, products)`.
mlir::func::FuncOp getBatchedProductKernel(KernelContext &context, mlir::Location loc, const BatchedProduct &product);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_BATCHEDPRODUCT_H
