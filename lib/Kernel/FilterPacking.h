//===- FilterPacking.h - filters as kernels read them -----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_FILTERPACKING_H
#define WINNOW_LIB_KERNEL_FILTERPACKING_H

#include "ConvolutionShape.h"
#include "KernelBuilder.h"
#include "KernelLowering.h"

namespace winnow::kernel {

/// The elements of a float constant in another float type, as the bytes of
/// `type`'s elements (f32 or f64).
llvm::SmallVector<char> getFloats(mlir::ElementsAttr attr, mlir::Type type);

/// Where output channel `m` lies in a packed filter: its group's start, its row width, its place in a row.
std::array<int64_t, 3> getPackedColumn(const ConvolutionShape &shape, int64_t m);

/// First input block that the group of output channel `m` reads.
int64_t getFirstPackedBlock(const ConvolutionShape &shape, int64_t m);

/// Packs a constant filter (M, C / group, spatial) for `shape`'s kernel:
/// groups of `vectors` output blocks, in each input blocks x taps x channels of
/// a block, each a row of `vectors * block` output channels. What does not
/// exist is zero.
mlir::ElementsAttr packFilter(mlir::ElementsAttr filter, const ConvolutionShape &shape);

/// Emits the same packing at run time, for filters that are not constant.
/// Returns the packed buffer.
mlir::Value emitPackFilter(mlir::OpBuilder &b, mlir::Location loc, KernelContext &context, mlir::Value filter,
                           const ConvolutionShape &shape);

/// Packs a constant filter of one group as pointwise filters, one after the other for each tap.
mlir::ElementsAttr packTapFilters(mlir::ElementsAttr filter, const ConvolutionShape &shape);

/// Packs a depthwise filter (C, 1, spatial): channel blocks x taps x channels of a block.
mlir::ElementsAttr packDepthwiseFilter(mlir::ElementsAttr filter, const ConvolutionShape &shape);

/// Packs a constant filter (M, G, spatial) of groups of G channels: output
/// blocks x rotations x taps x channels of a block. In rotation r, lane i of a
/// group holds the weight of its output (i - r) mod G for its channel i.
mlir::ElementsAttr packGroupedFilter(mlir::ElementsAttr filter, const ConvolutionShape &shape);

/// A constant of channels (a bias) as elements of `type`, zeros behind up to `size`.
mlir::ElementsAttr packChannels(mlir::ElementsAttr channels, mlir::Type type, int64_t size);

/// Packs the constant matrix `rhs` for a matrix product: groups of `vectors *
/// lanes` columns, in each all `depth` rows. `rowStride` and `columnStride`
/// say where element (k, n) of `rhs` lies.
mlir::ElementsAttr packMatrix(mlir::ElementsAttr rhs, mlir::Type type, int64_t depth, int64_t columns,
                              int64_t rowStride, int64_t columnStride, int64_t lanes, int64_t vectors, double alpha);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_FILTERPACKING_H
