//===- PointwiseRuns.h - pointwise convolutions of runs of pixels -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_POINTWISERUNS_H
#define WINNOW_LIB_KERNEL_POINTWISERUNS_H

#include "ConvolutionShape.h"
#include "KernelBuilder.h"

#include "winnow/Support/TargetFacts.h"

namespace winnow::kernel {

/// Where a run of neighbouring pixels of a pointwise convolution lies.
struct PixelRun {
  mlir::Value input, x; ///< buffer, and first pixel in block 0
  int64_t inStride;     ///< elements from one block (or tap of a block) to the next
  mlir::Value output, y;
  int64_t outStride;
  mlir::Value residual; ///< lies like the output; may be null
  int64_t pixels;
  /// What the next run will read, fetched meanwhile: as many pixels from `next` on; may be null.
  mlir::Value ahead = {}, next = {};
  int64_t nextStride = 0;
};

/// Output channels of a pointwise convolution that one tile computes.
struct TileChannels {
  mlir::Value block;  ///< the first
  int64_t vectors;    ///< how many blocks
  mlir::Value filter; ///< where their packed filter starts
};

/// Emits the pointwise convolution `shape` for runs of pixels that lie anywhere:
/// parts of feature maps, or panels that stay in cache. A window of several taps
/// reads a matrix of patches: its runs have a plane for each block and tap.
class PointwiseRuns {
public:
  PointwiseRuns(KernelBuilder &kb, const ConvolutionShape &shape, const TargetFacts &facts, mlir::Value filter,
                mlir::Value bias)
      : kb(kb), shape(shape), facts(facts), filter(filter), bias(bias) {}

  /// Calls `body` for all groups of output channels; work may be divided among them where `axis` has a name.
  void forEachGroup(llvm::function_ref<void(const TileChannels &)> body, llvm::StringRef axis = {});
  /// All tiles of a run for one group, cut as evenly as it goes; the same along its pixels.
  void emitRun(const TileChannels &channels, const PixelRun &run, llvm::StringRef axis = {});

private:
  void emitTile(const TileChannels &channels, const PixelRun &run, mlir::Value pixel, int64_t count);

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const TargetFacts &facts;
  mlir::Value filter, bias;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_POINTWISERUNS_H
