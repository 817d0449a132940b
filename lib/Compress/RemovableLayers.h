//===- RemovableLayers.h - layers that a network can do without -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_REMOVABLELAYERS_H
#define WINNOW_LIB_COMPRESS_REMOVABLELAYERS_H

#include "LayerOp.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/DenseSet.h"

namespace winnow {

/// What can stand in the place of a layer's sums: its residual, or else what it reads if that has their type; null
/// where nothing can. Layers in groups are not looked at.
mlir::Value getCarried(const LayerOp &layer);

/// The weights with which a layer, for which there is one, gives what can stand in its place: zeros beside a residual,
/// else ones from each channel to itself. Empty where no weights do: a window has no middle at a stride of 1, or a
/// product has more dimensions.
std::vector<float> getCarryingWeights(const LayerOp &layer);

/// Layers of @main whose results nobody needs if the layers `removed` only give what stands in their place, with these.
/// Both count as in findLayers.
llvm::DenseSet<unsigned> findUnneeded(mlir::func::FuncOp main, const llvm::DenseSet<unsigned> &removed);

/// Puts what can stand there, plus the layer's bias (one number for each channel), before its activation in the place
/// of each of the layers `removed`, and erases what nobody needs then.
void removeLayers(mlir::func::FuncOp main, const llvm::DenseSet<unsigned> &removed);

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_REMOVABLELAYERS_H
