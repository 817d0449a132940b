//===- PruneModel.h - pruning as the options ask for it ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_PRUNEMODEL_H
#define WINNOW_LIB_DRIVER_PRUNEMODEL_H

#include "CalibrationData.h"

#include "winnow/Compress/Prune.h"

namespace winnow {

/// What `text` asks for: MEASURE:NUMBER (or target=MEASURE:NUMBER), and further pattern=FORM, criterion=NAME, with
/// commas between them.
llvm::Expected<PruningOptions> parsePruning(llvm::StringRef text);

/// Prunes `module`, which the graph stage left, as `options` say; the network is compiled for this machine, whatever
/// the target, and run on the calibration data.
llvm::Expected<PruningReport> pruneModel(mlir::ModuleOp module, const CompileOptions &options, const Tell &tell);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_PRUNEMODEL_H
