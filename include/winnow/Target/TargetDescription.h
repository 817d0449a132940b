//===- TargetDescription.h - which machine code is made for -----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TARGET_TARGETDESCRIPTION_H
#define WINNOW_TARGET_TARGETDESCRIPTION_H

#include "winnow/Support/TargetFacts.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
}

namespace winnow {

/// A machine as LLVM names it.
struct TargetDescription {
  std::string triple, cpu, features;
  /// Whether it is the machine that compiles: its caches may then be asked.
  bool isHost = false;
};

/// The machine behind `target` ("host", "x86-64-v3", "x86-64-v4" or a triple).
/// `cpu` replaces the processor, `features` ("+avx2,-fma") are added. Fails on a
/// target, processor or feature that LLVM does not know.
llvm::Expected<TargetDescription> resolveTarget(llvm::StringRef target, llvm::StringRef cpu, llvm::StringRef features);

/// LLVM's code generator for it: position independent, at full optimization.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(const TargetDescription &target);

/// What the features of `machine` mean for kernels.
TargetFacts detectTargetFacts(const llvm::TargetMachine &machine, bool isHost);

/// Replaces typical speeds by those of this machine: measured once, then read from `machines.json` in the cache folder
/// ($WINNOW_CACHE, else `winnow` in the user's). Where nothing can be measured, `facts` stays; where the file cannot be
/// written, the next call measures again.
void setMeasuredSpeed(TargetFacts &facts);

} // namespace winnow

#endif // WINNOW_TARGET_TARGETDESCRIPTION_H
