//===- RunModel.h - modules compiled into this process -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_RUNMODEL_H
#define WINNOW_LIB_DRIVER_RUNMODEL_H

#include "winnow/Compress/NetworkRunner.h"
#include "winnow/Driver/CompileOptions.h"

namespace winnow {

/// Compiles modules for this machine, in memory, and runs them on all its processors.
class CompilingRunner : public NetworkRunner {
public:
  /// Errors go where those of `options` go.
  explicit CompilingRunner(const CompileOptions &options) : options(options) {}

  llvm::Expected<std::unique_ptr<RunnableNetwork>> prepare(mlir::ModuleOp module) override;

private:
  const CompileOptions &options;
};

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_RUNMODEL_H
