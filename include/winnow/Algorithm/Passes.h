//===- Passes.h - passes of the Algorithm room ------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_ALGORITHM_PASSES_H
#define WINNOW_ALGORITHM_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace winnow {

#define GEN_PASS_DECL
#include "winnow/Algorithm/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "winnow/Algorithm/Passes.h.inc"

/// The room in order: precision of quantized convolutions, layouts, algorithms.
void buildAlgorithmPipeline(mlir::OpPassManager &pm);

/// Registers the passes and `winnow-algorithm-pipeline`.
void registerAlgorithmPasses();

} // namespace winnow

#endif // WINNOW_ALGORITHM_PASSES_H
