//===- LayerOp.h - a layer with constant weights -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_LAYEROP_H
#define WINNOW_LIB_COMPRESS_LAYEROP_H

#include "winnow/Dialect/CNN/CNN.h"

#include <optional>
#include <vector>

namespace winnow {

/// A convolution, or a product with a constant matrix, as Compress sees them: y[m] = act(sum_k w[m][k] x[..k..] + b[m]
/// (+ residual)). Rows of weights belong to output channels, whatever the op's own order is.
class LayerOp {
public:
  /// The layer that `op` is; nothing where it is none, or its weights are not constant f32.
  static std::optional<LayerOp> get(mlir::Operation *op);

  mlir::Operation *getOperation() const { return op; }
  mlir::Value getInput() const { return op->getOperand(0); }
  mlir::Value getFilter() const { return op->getOperand(1); }
  mlir::Value getOutput() const { return op->getResult(0); }
  /// Null where there is none.
  mlir::Value getBias() const;
  mlir::Value getResidual() const;
  cnn::ActivationAttr getActivation() const;

  /// Output channels, and weights of each.
  int64_t getRows() const { return rows; }
  int64_t getRowLength() const { return rowLength; }
  /// The dimension of the filter that counts output channels.
  int64_t getFilterAxis() const { return axis; }
  /// Groups of a convolution, else 1.
  int64_t getGroups() const;
  /// One input channel for each output channel.
  bool isDepthwise() const { return getGroups() > 1 && getGroups() == rows; }
  /// Input channels that one group reads; a row has `getTaps()` weights for each.
  int64_t getInputChannels() const;
  int64_t getTaps() const { return rowLength / getInputChannels(); }

  /// The weights, rows x rowLength.
  std::vector<float> getWeights() const;
  /// The bias; zeros where there is none.
  std::vector<float> getBiasValues() const;
  /// Whether a bias can be added.
  bool takesBias() const { return !mlir::isa<cnn::MatmulOp>(op); }

  void setFilter(mlir::Value filter) const { op->setOperand(1, filter); }
  void setBias(mlir::Value bias) const;

  /// Makes an op of its own of the activation; returns its result. Those who used the layer use it instead.
  mlir::Value splitActivation(mlir::OpBuilder &builder) const;

  /// Lets the layer clip its results at `upper`. Fails, with nothing changed, where it has another activation than a
  /// rectifier or a clip, or can have none.
  bool clipAbove(double upper) const;

private:
  explicit LayerOp(mlir::Operation *op) : op(op) {}

  mlir::Operation *op;
  int64_t rows = 0, rowLength = 0, axis = 0;
};

/// Rows of weights in the order of a filter whose dimension `axis` counts rows.
template <typename T> std::vector<T> toFilterOrder(llvm::ArrayRef<T> byRow, int64_t rows, int64_t axis) {
  std::vector<T> result(byRow.begin(), byRow.end());
  int64_t length = byRow.size() / rows;
  for (int64_t m = 0; axis == 1 && m < rows; ++m)
    for (int64_t k = 0; k < length; ++k)
      result[k * rows + m] = byRow[m * length + k];
  return result;
}

/// How statistics look at a tensor (N, C, ...): channels, and elements of each. One of each where extents besides the
/// batch are not known.
struct ChannelShape {
  int64_t channels = 1, rowLength = 1;
};
ChannelShape getChannelShape(mlir::RankedTensorType type);

/// A constant of f32.
mlir::Value createFloats(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<int64_t> shape,
                         llvm::ArrayRef<float> values);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_LAYEROP_H
