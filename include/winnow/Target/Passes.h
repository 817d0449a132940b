//===- Passes.h - passes from memrefs to LLVM -------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TARGET_PASSES_H
#define WINNOW_TARGET_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
}

namespace winnow {

#define GEN_PASS_DECL
#include "winnow/Target/Passes.h.inc"

/// Adds what takes a module from memrefs with a planned arena to the llvm
/// dialect: kernels take pointers, an entry point for the runtime is made,
/// constants are collected. Copies that are not contiguous must be gone.
void buildLowerToLLVMPipeline(mlir::OpPassManager &pm, bool instrument = false);

/// Makes `winnow-lower-to-llvm` and its passes known to pass pipelines.
void registerTargetPipelines();

#define GEN_PASS_REGISTRATION
#include "winnow/Target/Passes.h.inc"

} // namespace winnow

#endif // WINNOW_TARGET_PASSES_H
