//===- NetworkCost.h - what runs of a network cost --------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_NETWORKCOST_H
#define WINNOW_LIB_DRIVER_NETWORKCOST_H

#include "winnow/Driver/CompileOptions.h"
#include "winnow/Driver/Report.h"

#include "mlir/IR/BuiltinOps.h"

namespace winnow {

/// Notes how many bytes of constants the code of each layer in `layers` reads: `module` is past the phase kernel.
/// Constants that several layers share belong to the first.
void takeStoredBytes(mlir::ModuleOp module, llvm::MutableArrayRef<LayerInterface> layers);

/// What becomes of `module`, of cnn ops before algorithms, with the target and algorithms of `options` and as it is
/// otherwise. With `isMeasured` it is compiled, for this machine, and the layers are timed on one thread.
llvm::Expected<CompileReport> inspectNetwork(mlir::ModuleOp module, const CompileOptions &options, bool isMeasured);

/// What the layers of `report` cost together.
RunCost getRunCost(const CompileReport &report);

/// Tells `pruning` what its layers, and the network, cost before and after.
void addCosts(const CompileReport &before, const CompileReport &after, PruningReport &pruning);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_NETWORKCOST_H
