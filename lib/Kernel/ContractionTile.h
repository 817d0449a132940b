//===- ContractionTile.h - the register tile of all contractions -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_CONTRACTIONTILE_H
#define WINNOW_LIB_KERNEL_CONTRACTIONTILE_H

#include "KernelBuilder.h"

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace winnow::kernel {

/// Filter rows that tiles fetch ahead into the first level cache: about 3 KB (measured best between 2 and 4 KB).
inline constexpr int64_t kPrefetchRows = 24;
/// Tiles of fewer pixels are bound by loads already.
inline constexpr int64_t kMinPrefetchPixels = 4;
/// Where more tiles share the filter of a group of output channels, fetching the next group's takes a small part of the
/// time already.
inline constexpr int64_t kMaxAheadTiles = 32;

/// What happens to an accumulator on its way to memory.
struct Epilogue {
  mlir::Value bias;     ///< flat, one element of the compute type a channel; may be null
  mlir::Value residual; ///< flat; may be null
  cnn::ActivationAttr activation;
  double alpha = 1.0; ///< factor of the sum of products; a bias goes with 1 only
  double beta = 1.0;  ///< factor of the residual
  /// Where the residual lies; like the output when empty.
  llvm::SmallVector<int64_t> residualOffsets = {};
  int64_t residualStride = 0;
  bool residualIsScalar = false; ///< one element for all channels
};

/// `pixels x vectors` accumulators in registers, one SSA vector each: the
/// contraction kernel of convolutions, matrix products and fully connected
/// layers. They differ in where operands lie, which the offsets say, and in the
/// nest of reduction loops, which the caller builds around `step`.
///
///   acc[p][v] += broadcast(pixelBuffer[x + pixelOffsets[p]]) * channelBuffer[w + v * channelStride : lanes]
///   output[y + outputOffsets[p] + v * outputStride : lanes] = epilogue(acc[p][v])
struct ContractionTile {
  virtual ~ContractionTile() = default;

  mlir::Type computeType; ///< of accumulators and packed channels
  int64_t lanes = 0;      ///< elements of one vector
  bool fma = true;

  mlir::Value pixelBuffer;
  llvm::SmallVector<int64_t> pixelOffsets;
  /// Added to the offsets where pixels lie at places that are known at run time; may be empty.
  Values pixelStarts = {};
  mlir::Value channelBuffer;
  int64_t vectors = 1;
  int64_t channelStride = 0;
  /// How many elements ahead of a step its channels are prefetched; 0: not at all.
  int64_t prefetchDistance = 0;

  mlir::Value output;
  llvm::SmallVector<int64_t> outputOffsets;
  int64_t outputStride = 0;
  /// Elements of the last vector that exist in `output`, and in `channelBuffer`
  /// when that is not packed; `lanes` when all do.
  int64_t lastLanes = 0;
  bool maskChannels = false;

  Epilogue epilogue;

  int64_t getNumPixels() const { return pixelOffsets.size(); }
  mlir::VectorType getVectorType() const { return mlir::VectorType::get({lanes}, computeType); }

  /// The accumulators before the first step: the bias of channel `channel` on, or zero.
  virtual Values initialize(KernelBuilder &kb, mlir::Value channel) const;

  /// One step of the reduction for the pixels whose bit is set in `active`
  /// (all when empty). `accumulators` holds those of all pixels and is updated.
  /// For later tiles, what lies at `ahead` of `channelBuffer` is fetched into
  /// the second level cache, and what lies at `pixelsAhead` of `pixelBuffer`
  /// into the first one (null: nothing is).
  virtual void step(KernelBuilder &kb, mlir::Value x, mlir::Value w, Values &accumulators,
                    llvm::ArrayRef<bool> active = {}, mlir::Value ahead = {}, mlir::Value pixelsAhead = {}) const;

  /// Applies the epilogue and stores the tile at `y`; its residual is at `r` (null: at `y`).
  virtual void finish(KernelBuilder &kb, mlir::Value y, mlir::ValueRange accumulators, mlir::Value r = {}) const;

  /// Whether the reduction is cut into chains, each with accumulators of its own that `endChain` takes away. There are
  /// none outside then: `initialize` returns none and `finish` needs none.
  virtual bool hasChains() const { return false; }
  virtual Values startChain(KernelBuilder &) const { return {}; }
  virtual void endChain(KernelBuilder &, mlir::ValueRange) const {}

protected:
  void prefetchAhead(KernelBuilder &kb, mlir::Value w, mlir::Value ahead, mlir::Value pixelsAhead) const;

private:
  mlir::Value getTailMask(KernelBuilder &kb) const;
  mlir::Value loadChannels(KernelBuilder &kb, mlir::Value w, int64_t vector) const;
  /// Long activations are a loop over the stored tile, which is still in the first level cache.
  bool activatesInMemory() const;
  void activateInMemory(KernelBuilder &kb, mlir::Value y) const;
  mlir::Value addResidual(KernelBuilder &kb, mlir::Value value, mlir::Value position, mlir::Value mask) const;
};

/// Loads `lanes` elements of a flat buffer as a vector of the compute type.
mlir::Value loadVector(KernelBuilder &kb, mlir::Value flat, mlir::Value position, int64_t lanes, mlir::Value mask = {});

/// The same in the type of the elements.
mlir::Value loadStored(KernelBuilder &kb, mlir::Value flat, mlir::Value position, int64_t lanes);

/// Stores a vector of the compute type to a flat buffer of any float type.
void storeVector(KernelBuilder &kb, mlir::Value vector, mlir::Value flat, mlir::Value position, mlir::Value mask = {});

/// a * b + c, fused where the target can.
mlir::Value multiplyAdd(KernelBuilder &kb, mlir::Value a, mlir::Value b, mlir::Value c, bool fma);

/// A vector of `value`s.
mlir::Value splat(KernelBuilder &kb, mlir::VectorType type, double value);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_CONTRACTIONTILE_H
