//===- Compilation.h - one run of the compiler ------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_COMPILATION_H
#define WINNOW_LIB_DRIVER_COMPILATION_H

#include "winnow/Driver/Compile.h"
#include "winnow/Driver/Emit.h"
#include "winnow/Driver/Phases.h"
#include "winnow/Target/TargetDescription.h"

#include "llvm/Target/TargetMachine.h"

#include <chrono>

namespace winnow {

/// Says what is wrong with the options or the machine, and fails.
mlir::LogicalResult fail(const CompileOptions &options, const llvm::Twine &message);
mlir::LogicalResult fail(const CompileOptions &options, llvm::Error error);

/// One run of the compiler: the state that steps share.
class Compilation {
public:
  /// `options` must have a callback for diagnostics.
  explicit Compilation(const CompileOptions &options)
      : options(options), context(makeRegistry()), forwarder(&context, options.input, options.diagnostics) {}

  mlir::LogicalResult run();
  /// The same for one variant of several, to code in memory: `variant` names it.
  mlir::LogicalResult runVariant(llvm::StringRef variant, VariantCode &code);
  /// The same without an output, up to where all that a report says of layers and memory is known.
  mlir::LogicalResult runToInterface();

  const CompileReport &getReport() const { return report; }
  llvm::TargetMachine &getMachine() const { return *machine; }

private:
  static mlir::DialectRegistry makeRegistry();

  mlir::LogicalResult fail(const llvm::Twine &message) const { return winnow::fail(options, message); }
  mlir::LogicalResult fail(llvm::Error error) const { return winnow::fail(options, std::move(error)); }

  mlir::LogicalResult checkOptions();
  mlir::LogicalResult prepareTarget();
  mlir::LogicalResult enableRemarks();
  mlir::LogicalResult runPhase(const Phase &phase);
  mlir::LogicalResult writeModule();
  mlir::LogicalResult readInterface();
  mlir::LogicalResult tune();
  /// Whether a phase is gone through.
  bool isWanted(unsigned phase) const;
  /// What tells the user of a phase that runs the network what it does.
  std::function<void(const std::string &)> tellIn(llvm::StringRef phase);
  mlir::LogicalResult prune();
  mlir::LogicalResult quantize();
  /// What the module costs as it is now; measured where a report is asked for and this machine is the target.
  mlir::LogicalResult inspect(CompileReport &costs);
  /// Notes what the pruned (and quantized) network costs.
  mlir::LogicalResult finishPruning();
  mlir::LogicalResult emitCode();

  /// Runs one step, telling the user before it and the report afterwards.
  template <typename Fn> mlir::LogicalResult step(llvm::StringRef name, Fn &&work) {
    if (options.progress)
      options.progress(name.str(), stepIndex, stepCount);
    ++stepIndex;
    auto start = std::chrono::steady_clock::now();
    mlir::LogicalResult result = work();
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    report.steps.emplace_back(name.str(), seconds.count());
    return result;
  }

  CompileOptions options; ///< completed by what the target is
  mlir::MLIRContext context;
  DiagnosticForwarder forwarder;
  OutputKind kind = OutputKind::MLIR;
  TargetDescription target;
  std::unique_ptr<llvm::TargetMachine> machine;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  CompileReport report;
  /// Of the network before it was pruned.
  CompileReport unpruned;
  /// No output is made.
  bool inspects = false;
  unsigned lastPhase = 0, stepIndex = 0, stepCount = 0;
  /// Where the code of a variant goes; null where there is only one.
  VariantCode *variantCode = nullptr;
  std::string variant;
};

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_COMPILATION_H
