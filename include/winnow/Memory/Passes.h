//===- Passes.h - passes of the Memory room -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_MEMORY_PASSES_H
#define WINNOW_MEMORY_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace winnow {

#define GEN_PASS_DECL
#include "winnow/Memory/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "winnow/Memory/Passes.h.inc"

/// The room in order: copies elided, buffers planned, the contract verified. With
/// `explain` the plan stays on the function, for reports.
void buildMemoryPipeline(mlir::OpPassManager &pm, bool explain = false);

/// Registers the passes and `winnow-memory-pipeline`.
void registerMemoryPasses();

} // namespace winnow

#endif // WINNOW_MEMORY_PASSES_H
