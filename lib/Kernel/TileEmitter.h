//===- TileEmitter.h - convolutions by tiles -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_TILEEMITTER_H
#define WINNOW_LIB_KERNEL_TILEEMITTER_H

#include "ConvolutionKernel.h"
#include "TilePanel.h"

#include "winnow/Support/TargetFacts.h"

namespace winnow::kernel {

/// Emits the body of one kernel:
///
///   for strips of the output: copy what it reads into a panel
///     for groups of two tiles of output channels
///       for pairs of tiles of pixels: for steps of the reduction: up to four products; store the sums
///       for pixels of the strip: sums become results
class TileEmitter {
public:
  /// `starts` are `plan.steps` as a buffer.
  TileEmitter(KernelBuilder &kb, const ConvolutionShape &shape, const TilePlan &plan, const TargetFacts &facts,
              const ConvolutionOperands &operands, mlir::Value starts);

  void emit();

private:
  /// Neighbouring tiles of output channels.
  struct Group {
    mlir::Value firstTile;
    int64_t tiles, blocks;
    mlir::Value filter; ///< where it starts
  };

  void emitGroups(llvm::function_ref<void(const Group &)> body);
  void emitProducts(const Group &group);
  void emitPair(const Group &group, mlir::Value tile, int64_t count, bool fetches);
  Values emitStep(const Group &group, mlir::Value step, llvm::ArrayRef<mlir::Value> pixels, mlir::ValueRange sums);
  void fetchAhead(const Group &group, mlir::Value filter);
  mlir::Value getFirstOutput(mlir::Value tile);
  void emitResults(const Group &group, mlir::Value first);
  void emitPixels(const Group &group, mlir::Value sum, mlir::Value pixel, int64_t count);

  mlir::Value loadTile(mlir::Value buffer, mlir::Value position, int64_t rows, int64_t stride);
  int64_t getSumStride(const Group &group) const { return group.tiles * kTileColumns; }

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const TilePlan &plan;
  const TargetFacts &facts;
  ConvolutionOperands operands;
  mlir::Value starts, panel, sums;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_TILEEMITTER_H
