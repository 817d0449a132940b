//===- Passes.h - passes of the compress stage ------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_PASSES_H
#define WINNOW_COMPRESS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace winnow {

#define GEN_PASS_DECL
#include "winnow/Compress/Passes.h.inc"

/// Adds the passes that make integer ops out of the (de)quantized islands of a network.
void buildIntegerPipeline(mlir::OpPassManager &manager);

/// Adds the passes that store values between layers and filters in `precision`: "bf16" or "f16".
void buildPrecisionPipeline(mlir::OpPassManager &manager, llvm::StringRef precision);

#define GEN_PASS_REGISTRATION
#include "winnow/Compress/Passes.h.inc"

/// Makes the passes above and `--winnow-integer-pipeline` known.
void registerCompressPasses();

} // namespace winnow

#endif // WINNOW_COMPRESS_PASSES_H
