//===- ConvolutionModel.h - what a cost model knows of a convolution -*- C++ -*- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_ALGORITHM_CONVOLUTIONMODEL_H
#define WINNOW_LIB_ALGORITHM_CONVOLUTIONMODEL_H

#include "winnow/Dialect/CNN/CNN.h"
#include "winnow/Support/SparseTiling.h"
#include "winnow/Support/TargetFacts.h"

#include <limits>
#include <optional>

namespace winnow {

/// Unit attribute of a `cnn.convolution` whose sums are integers that f32 holds exactly: an algorithm that transforms
/// its operands would round them.
inline constexpr llvm::StringLiteral kExactAttr = "winnow.exact";

/// The numbers of one convolution that decide its cost.
struct ConvolutionProblem {
  int64_t inChannels = 0, outChannels = 0, group = 1;
  /// Output pixels: all, in a row, rows.
  int64_t pixels = 1, width = 1, height = 1;
  /// Taps of the window: all, in a row; how far those in a row reach, and how far neighbouring windows lie apart.
  int64_t taps = 1, rowTaps = 1, rowReach = 0, rowStride = 1;
  /// The same along the rows, where there are two spatial dimensions.
  int64_t columnReach = 0, columnStride = 1;
  /// The part of all taps that lies inside the input, over all outputs: kernels that clip compute no others.
  double insideShare = 1;
  /// Pixels that windows reach, those in the padding included.
  int64_t reachedPixels = 1;
  int64_t spatialRank = 0;
  bool isPointwise = false;  ///< one tap, stride 1, no padding
  bool isDense = false;      ///< strides and dilations are 1
  bool isStrided = false;    ///< a stride is not 1
  bool isFullWindow = false; ///< as large as the input, without padding: one output pixel
  bool isStatic = false;     ///< everything but the batch is known
  bool isFilterConstant = false;
  bool isExact = false;     ///< sums of integers, which must not be rounded
  bool isQuantized = false; ///< operands are bytes, sums are i32
  /// The largest magnitude of a sum of products of bytes, where windows are dense and have several taps.
  double largestSum = std::numeric_limits<double>::infinity();
  int64_t packedBits = 0; ///< of a weight that stays an integer until it is used (PackedFilter); 0: they do not
  bool isBF16 = false;    ///< operands are bf16, sums are f32
  bool hasPairs = false;  ///< tiles multiply pairs of f16 channels
  bool isWidened = false; ///< operands have 16 bits, arithmetic has f32
  int64_t inBlock = 1;    ///< 1: plain
  int64_t block = 1;      ///< channels of a block of the output
  int64_t bits = 32;      ///< of the type that arithmetic uses
  /// Weights that are not zero (constant filters in f32 or bytes of one group, else all), and places of four
  /// neighbouring output channels where one of them is not (of f32).
  int64_t nonzeros = 0, sharedNonzeros = 0;
  /// The same of a whole block of output channels.
  int64_t blockNonzeros = 0;
  /// Of constant filters of bytes of one group, blocks of four neighbouring input channels of which a weight is not
  /// zero; `nonzeros` counts the weights of them.
  int64_t nonzeroBlocks = 0;
  int64_t elementBits = 32; ///< of an element in memory
  TargetFacts facts;

  static ConvolutionProblem get(cnn::ConvolutionOp op, const TargetFacts &facts);

  int64_t getNumWeights() const { return inChannels / group * outChannels * taps; }
  /// Blocks of four input channels of one tap and one output channel.
  int64_t getNumFilterBlocks() const { return (inChannels / group + 3) / 4 * outChannels * taps; }
  int64_t getBlocks() const { return (outChannels + block - 1) / block; }
  int64_t getInBlocks() const { return (inChannels + inBlock - 1) / inBlock; }
  /// Bits of a weight as kernels read it.
  int64_t getFilterBits() const { return isQuantized ? 8 : hasPairs ? 16 : bits; }
  /// Input channels that a step of the register tile takes.
  int64_t getStepChannels() const { return isQuantized ? 4 : hasPairs ? 2 : 1; }
  /// Registers that one block of channels takes.
  int64_t getRegistersPerBlock() const { return std::max<int64_t>(1, block * bits / facts.vectorBits); }
};

/// A register tile with the cycles that a convolution takes by it.
struct TileChoice {
  double cycles = 0;
  int64_t pixels = 1, channels = 0;
  int64_t depth = 0; ///< input channels of one pass; 0: all
  /// Of a transformed tile along a dimension; of a matrix of patches (im2col); rows of a chunk (kn2row).
  int64_t outputs = 0;
  /// How much larger rounding errors may become than those of direct sums, for transforms whose bound is known.
  double amplification = 0;
};

/// One algorithm: when it is legal, and its best tile with its cost. One file
/// each; `getObstacle` returns the reason why not, or nothing.
struct ConvolutionModel {
  cnn::AlgorithmKind kind;
  llvm::StringRef (*getObstacle)(const ConvolutionProblem &problem);
  TileChoice (*choose)(const ConvolutionProblem &problem);
};

/// How the sparse algorithm cuts `problem` with `tile`.
SparseTiling getSparseTiling(const ConvolutionProblem &problem, const TileChoice &tile);

/// What keeps algorithms from `problem` that have no kernel for bytes; empty where nothing does.
llvm::StringRef getQuantizedObstacle(const ConvolutionProblem &problem);

/// What keeps algorithms from `problem` that transform blocked inputs, of f32 or with `takesBytes` of bytes as well,
/// and constant filters; empty where nothing does.
llvm::StringRef getTransformObstacle(const ConvolutionProblem &problem, bool takesBytes = false);

extern const ConvolutionModel directModel, pointwiseModel, firstLayerModel, depthwiseModel, gemvModel, groupedModel,
    winogradModel, genericModel;
extern const ConvolutionModel im2colModel, kn2rowModel, implicitGemmModel, strassenModel, fourierModel, tilesModel,
    sparseModel;

} // namespace winnow

#endif // WINNOW_LIB_ALGORITHM_CONVOLUTIONMODEL_H
