//===- GradientNetwork.h - a network run with its derivatives ---*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_GRADIENTNETWORK_H
#define WINNOW_LIB_COMPRESS_GRADIENTNETWORK_H

#include "winnow/Compress/NetworkRunner.h"
#include "winnow/Data/SampleSet.h"

#include "mlir/IR/Builders.h"

#include <optional>

namespace winnow {

/// A network compiled once together with the derivatives of a loss, the cross-entropy of its first output's softmax
/// (the classes lie along axis 1; of maps, at each position).
///
/// With labels it is that against them. Without, it is that against the network's own answer p, where the gradient by
/// the output z is 0. What counts then is the curvature of the loss there, F = diag(p) - p p^T (the Gauss-Newton
/// matrix, which is the Fisher information; Martens, "New Insights and Perspectives on the Natural Gradient Method",
/// 2020, sections 8 and 9). Derivatives are those of u^T z, where u = p^(1/2) v - p (p^(1/2))^T v and v are random
/// signs, so that the expectation of u u^T is F: squares of them have the curvature's diagonal as their expectation.
class GradientNetwork {
public:
  enum class Show {
    Weights,  ///< inputs of layers, and derivatives by their sums
    Channels, ///< sums over the plane of input times derivative, of the derivative, and of the input
  };
  /// Fails where an op has no known derivative, or the first output has no classes (an axis 1 of 2 or more).
  static llvm::Expected<GradientNetwork> make(mlir::ModuleOp module, Show show, NetworkRunner &runner);

  size_t getBatch() const { return batch; }
  /// Runs on samples [first, first + getBatch()). Labels are those of the samples, if they have any and `useLabels`;
  /// then each sample needs as many outputs as there are classes. Random signs follow from the sample's number.
  llvm::Error run(const SampleSet &samples, size_t first, bool useLabels);

  /// Of a layer (see findLayers), as `Show` says: three results for channels (N, C), two for weights. Nothing where the
  /// output does not depend on the layer, or nothing was asked for.
  std::optional<llvm::ArrayRef<float>> get(size_t layer, unsigned which) const;

private:
  llvm::Expected<std::vector<float>> getDirections(const SampleSet &samples, size_t first, bool useLabels) const;

  std::unique_ptr<RunnableNetwork> network;
  size_t batch = 1, outputs = 1;               ///< elements of the first output of a sample
  std::vector<std::optional<unsigned>> places; ///< the first result of a layer
};

/// The derivative of that loss by `output` (N, classes, ...): where `isLabelled` (a scalar) is 1, `direction`, of its
/// type, is 1 for the label's class and else 0; where it is 0, `direction` are the random signs v, and the result is u.
mlir::Value createLossGradient(mlir::OpBuilder &builder, mlir::Value output, mlir::Value direction,
                               mlir::Value isLabelled);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_GRADIENTNETWORK_H
