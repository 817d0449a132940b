//===- CalibrationData.h - samples as the options name them -----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_CALIBRATIONDATA_H
#define WINNOW_LIB_DRIVER_CALIBRATIONDATA_H

#include "winnow/Data/SampleSet.h"
#include "winnow/Driver/CompileOptions.h"

#include "mlir/IR/BuiltinOps.h"

namespace winnow {

/// Told what goes on, in a few words.
using Tell = std::function<void(const std::string &)>;

/// The calibration data of `options` for the inputs of `module`.
llvm::Expected<SampleSet> loadSamples(mlir::ModuleOp module, const CompileOptions &options, const Tell &tell);

/// Tells the user of `options` something that is no error.
void say(const CompileOptions &options, CompileDiagnostic::Severity severity, const std::string &message);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_CALIBRATIONDATA_H
