//===- ConvolutionEmitter.h - direct convolution by register tiles -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_CONVOLUTIONEMITTER_H
#define WINNOW_LIB_KERNEL_CONVOLUTIONEMITTER_H

#include "ContractionTile.h"
#include "ConvolutionKernel.h"
#include "HalfTile.h"
#include "WindowTiling.h"

namespace winnow::kernel {

/// The output channels that one tile computes.
struct ChannelGroup {
  mlir::Value outBlock;             ///< first block of output channels
  int64_t vectors;                  ///< blocks
  mlir::Value filter;               ///< where its packed filter starts
  int64_t filterSize;               ///< elements of that
  mlir::Value firstIn, endIn;       ///< input channels that it reads
  mlir::Value firstBlock, endBlock; ///< blocks of input channels that hold them
};

/// Emits the body of one kernel:
///
///   for planes and rows that fit into the cache with their inputs
///     for groups of output channels, for rows, for pixels of a row: a register tile
///       for blocks of input channels, for taps, for channels of a block: one step
class ConvolutionEmitter {
public:
  ConvolutionEmitter(KernelBuilder &kb, const ConvolutionShape &shape, const TargetFacts &facts,
                     const ConvolutionOperands &operands)
      : kb(kb), shape(shape), window(shape.window), facts(facts), operands(operands) {
    outStride = window.getOutputStrides();
    inStride = {window.in[1] * window.in[2] * shape.inBlock, window.in[2] * shape.inBlock, shape.inBlock};
    if (shape.pairs && getBlockSteps() * shape.getPackedInBlocks() > kHalfChain)
      halfSums = mlir::memref::AllocaOp::create(
          kb.builder, kb.loc, mlir::MemRefType::get({getTilePixels() * shape.vectors * shape.block}, shape.computeType),
          kb.builder.getI64IntegerAttr(64));
  }

  /// Lets rows of one group of channels be written to the output operand as a ring: row r of block v of the group lies
  /// at row r modulo `rows` of plane v. Only for convolutions of one plane.
  void setRing(int64_t rows) { ringRows = rows; }

  /// The whole kernel.
  void emit();
  /// What it is made of: a loop over the groups of output channels, and one row of a group.
  void forEachGroup(llvm::function_ref<void(const ChannelGroup &)> body);
  void emitRow(const ChannelGroup &group, mlir::Value plane, const TapRange &planeTaps, const TileSpan &rows);

private:
  /// Where a step reads: input, filter, and what it fetches for later (null: nothing).
  struct Operands {
    mlir::Value x, w, ahead;
    int64_t aheadStep;
  };

  int64_t getRowsPerChunk() const;
  int64_t getBlockSteps() const { return window.getNumTaps() * shape.inBlock / shape.getStepChannels(); }
  int64_t getInputBytes() const;
  int64_t getTileRows() const;
  /// Pixels of the largest tile.
  int64_t getTilePixels() const { return getTileRows() * std::min(shape.pixels, window.out[2]); }
  ChannelGroup getGroup(mlir::Value outBlock, int64_t vectors, mlir::Value filterStart);
  void emitRows(const ChannelGroup &group, mlir::Value plane, const TapRange &planeTaps, mlir::Value firstRow,
                mlir::Value endRow);
  std::unique_ptr<ContractionTile> makeTile(const ChannelGroup &group, mlir::Value plane, const TileSpan &rows,
                                            const TileSpan &columns) const;
  mlir::Value getInputStart(mlir::Value plane, mlir::Value row, mlir::Value column);
  mlir::Value getOutputStart(const ChannelGroup &group, mlir::Value plane, mlir::Value row, mlir::Value column);
  int64_t getAheadStep(const ChannelGroup &group, int64_t pixels) const;
  mlir::Value getAheadStart(const ChannelGroup &group, const TileSpan &rows, const TileSpan &columns);
  void emitTile(const ChannelGroup &group, mlir::Value plane, const TapRange &planeTaps, const TileSpan &rows,
                const TileSpan &columns);
  Operands advance(const ChannelGroup &group, const Operands &at, mlir::Value count, int64_t xSize, int64_t steps);
  void emitChains(const ContractionTile &tile, const ChannelGroup &group, const Operands &start,
                  const TapRange &planeTaps, const TileSpan &rows, const TileSpan &columns);
  Values emitBlock(const ContractionTile &tile, const ChannelGroup &group, mlir::Value block, const Operands &start,
                   const TapRange &planeTaps, const TileSpan &rows, const TileSpan &columns, mlir::ValueRange carried);
  Values emitTaps(const ContractionTile &tile, const ChannelGroup &group, mlir::Value block, const Operands &start,
                  const TapRange &planeTaps, const TileSpan &rows, const TileSpan &columns, mlir::ValueRange carried);
  Values emitChannels(const ContractionTile &tile, const ChannelGroup &group, mlir::Value block, const Operands &start,
                      llvm::ArrayRef<bool> active, mlir::ValueRange carried);
  mlir::Value getPixelsAhead(const ContractionTile &tile, mlir::Value x, mlir::Value c);

  KernelBuilder &kb;
  const ConvolutionShape &shape;
  const WindowShape &window;
  const TargetFacts &facts;
  ConvolutionOperands operands;
  Spatial inStride;     ///< elements of the input from one position of a dimension to the next
  Spatial outStride;    ///< the same for the output, in pixels
  mlir::Value halfSums; ///< of tiles in f16; null where none is needed
  int64_t ringRows = 0; ///< 0: the output is an image
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_CONVOLUTIONEMITTER_H
