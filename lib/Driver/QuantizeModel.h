//===- QuantizeModel.h - quantization by runs of the network -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_QUANTIZEMODEL_H
#define WINNOW_LIB_DRIVER_QUANTIZEMODEL_H

#include "CalibrationData.h"

#include "winnow/Compress/Quantize.h"
#include "winnow/Driver/CompileOptions.h"

namespace winnow {

/// Quantizes `module`, which the graph stage left, as `options` say; the network is compiled for this machine, whatever
/// the target, and run on the calibration data. `tell` is told what goes on.
llvm::Expected<QuantizationReport> quantizeModel(mlir::ModuleOp module, const CompileOptions &options, Tell tell);

/// Stores `module`, which the graph stage left, in the fastest precision that keeps the accuracy that `options` ask
/// for; says as notes what was considered, and why. The network runs as for quantizeModel.
llvm::Error choosePrecision(mlir::ModuleOp module, const CompileOptions &options, Tell tell);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_QUANTIZEMODEL_H
