//===- QuantizationPlan.h - which values are quantized together -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_QUANTIZATIONPLAN_H
#define WINNOW_LIB_COMPRESS_QUANTIZATIONPLAN_H

#include "LayerOp.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace winnow {

/// What of a network becomes integers. Plans of copies of one module count layers and groups alike.
struct QuantizationPlan {
  static constexpr unsigned kNone = ~0u;

  struct Layer {
    LayerOp op;
    /// Groups of its input and its result; kNone where the result stays f32, or where the layer does.
    unsigned input = kNone, output = kNone;
    /// Computes with integers.
    bool quantized = true;
  };
  /// Values with one scale and zero point: results of ops that move numbers have those of what they move.
  struct Group {
    llvm::SmallVector<mlir::Value> values;
  };

  std::vector<Layer> layers; ///< in the order of the network
  std::vector<Group> groups;
  llvm::DenseMap<mlir::Value, unsigned> groupOf;

  /// Plans @main; layers whose index is in `keepFloat` stay in f32.
  static QuantizationPlan make(mlir::func::FuncOp main, const llvm::DenseSet<unsigned> &keepFloat);

  unsigned getGroup(mlir::Value value) const {
    auto found = groupOf.find(value);
    return found == groupOf.end() ? kNone : found->second;
  }
};

/// Whether `value` has no numbers but those of its op's operands, as behind a max pool.
bool isMoved(mlir::Value value);

/// Activations that more than clip become ops of their own: integers look them up in a table.
void splitCurvedActivations(mlir::func::FuncOp main);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_QUANTIZATIONPLAN_H
