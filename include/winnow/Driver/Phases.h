//===- Phases.h - the phases of a compilation in order ----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DRIVER_PHASES_H
#define WINNOW_DRIVER_PHASES_H

#include "winnow/Driver/CompileOptions.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace winnow {

/// One arrow of the flow: what `--compile-to` stops at.
struct Phase {
  llvm::StringLiteral name;
  /// What the module looks like afterwards.
  llvm::StringLiteral contract;
  /// Adds the passes; null for those that are none: the import, and phases that run the network.
  void (*build)(mlir::OpPassManager &pm, const CompileOptions &options);
};

/// Phases that are gone through only if CompileOptions asks for them (prune; quantize, precision).
inline constexpr llvm::StringLiteral kPrunePhase = "prune", kQuantizePhase = "quantize";

/// All phases, in order.
llvm::ArrayRef<Phase> getPhases();

/// The index of a phase by name; nothing for a name that is none.
std::optional<unsigned> findPhase(llvm::StringRef name);

/// "import, graph, ..." for help and errors.
std::string getPhaseNames();

/// Makes each phase but the import known to pass pipelines as `winnow-phase-NAME`, with the options that phases have
/// (algorithm, threads, fork-join-cycles, instrument). To be called once in a process, like all of MLIR's registration.
void registerPhasePipelines();

/// The last phase that `module` has been through, judged by its @main.
unsigned detectPhase(mlir::ModuleOp module);

} // namespace winnow

#endif // WINNOW_DRIVER_PHASES_H
