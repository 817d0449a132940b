//===- Importance.h - what derivatives say of weights -----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_IMPORTANCE_H
#define WINNOW_LIB_COMPRESS_IMPORTANCE_H

#include "GradientNetwork.h"

#include "winnow/Compress/Statistics.h"

#include <functional>

namespace winnow {

/// What derivatives of a loss (see GradientNetwork) say of a layer.
struct Importance {
  /// Of each weight, the mean over samples of its derivative's square; empty where none was taken.
  std::vector<float> weights;
  /// Of each row, the mean over samples of the squares of the derivatives by its sums, added up over positions: what an
  /// error of the row costs.
  std::vector<float> rows;
  /// Of each sample and input channel (samples x channels), the sums over the plane of the channel times the derivative
  /// by what this layer reads of it, and of the derivative alone; and the channels' means.
  std::vector<float> products, derivatives, means;
};

/// Adds up what single samples say of a layer's weights.
class WeightImportance {
public:
  /// The layer has one group and `rows` rows.
  WeightImportance(const PatchShape &shape, int64_t rows);
  /// One sample: the layer's input (C, H, W), and the derivative by its sums (rows, H, W).
  void add(llvm::ArrayRef<float> input, llvm::ArrayRef<float> gradient);
  /// Means over the samples.
  Importance get() const;

private:
  PatchShape shape;
  int64_t rows, samples = 0;
  std::vector<double> squares, rowSquares;
  std::vector<float> patches, sum; ///< of some positions, length x positions; the derivative by the weights
};

/// Of all layers of @main of `module`, by runs on the samples `which` (first ones of batches), with labels where there
/// are and `useLabels`. What is not taken is empty: of layers in groups, or whose input is no plane.
llvm::Expected<std::vector<Importance>> findImportance(mlir::ModuleOp module, GradientNetwork::Show what,
                                                       const SampleSet &samples, llvm::ArrayRef<size_t> which,
                                                       bool useLabels, NetworkRunner &runner,
                                                       llvm::function_ref<void(const llvm::Twine &)> progress);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_IMPORTANCE_H
