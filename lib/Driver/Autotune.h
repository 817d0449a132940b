//===- Autotune.h - algorithms by measured times ----------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_AUTOTUNE_H
#define WINNOW_LIB_DRIVER_AUTOTUNE_H

#include "TuningCache.h"

#include "winnow/Driver/CompileOptions.h"

#include "mlir/IR/BuiltinOps.h"

namespace winnow {

/// Gives each convolution of `module` (after the algorithm phase) the algorithm
/// that `cache` knows as the fastest for its problem. With `options.autotune`,
/// problems that it does not know are measured first: each legal algorithm is
/// compiled as a network of that layer alone and timed in this process, and the
/// times go into `cache`. `target` names the processor in the problem's key.
/// Fails with a message for users.
llvm::Error tuneAlgorithms(mlir::ModuleOp module, const CompileOptions &options, llvm::StringRef target,
                           TuningCache &cache);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_AUTOTUNE_H
