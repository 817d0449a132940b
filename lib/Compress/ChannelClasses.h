//===- ChannelClasses.h - channels that can only be scaled together -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_CHANNELCLASSES_H
#define WINNOW_LIB_COMPRESS_CHANNELCLASSES_H

#include "LayerOp.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/IntEqClasses.h"

namespace winnow {

/// The channels of a network's values, in classes: if one channel is multiplied by a positive factor, those of its
/// class must be too. Layers can take any factor on what they read and what they return; a rectifier, a pool, a sum
/// or a concatenation passes factors on; whatever else there is needs its channels as they are.
class ChannelClasses {
public:
  /// What is done to all channels of a class: they get one factor, or go.
  enum class Purpose { Scale, Remove };
  explicit ChannelClasses(mlir::func::FuncOp main, Purpose purpose = Purpose::Scale);

  unsigned size() const { return fixed.size(); }
  /// The class of a channel; of a value that has no channels, none.
  std::optional<unsigned> find(mlir::Value value, int64_t channel) const;
  /// Whether channels of the class must stay as they are.
  bool isFixed(unsigned index) const { return fixed[index]; }
  /// The least bound above which an activation cuts channels of the class; infinity where none does.
  double getUpperBound(unsigned index) const { return bounds[index]; }

private:
  /// Whether what is done to channels is done to them behind `activation` too; `upper`: below this bound.
  bool passes(cnn::ActivationAttr activation, double &upper) const;
  /// Numbers the channels of `value`.
  void add(mlir::Value value);
  void visit(mlir::Operation *op);
  /// What a layer's channels have to do with each other.
  void visitLayer(const LayerOp &layer);
  /// Channels `offset` + i of `a` and i of `b`, of `each` to one, are scaled together.
  void join(mlir::Value a, mlir::Value b, int64_t offset = 0, int64_t each = 1);
  void fix(mlir::Value value);
  void bound(mlir::Value value, double upper);

  struct Channels {
    unsigned first;
    int64_t count;
  };
  Purpose purpose;
  llvm::DenseMap<mlir::Value, Channels> channels;
  llvm::IntEqClasses classes;
  std::vector<char> fixed;    ///< of channels while they are collected, then of classes
  std::vector<double> bounds; ///< likewise
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_CHANNELCLASSES_H
