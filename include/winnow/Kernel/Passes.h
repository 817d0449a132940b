//===- Passes.h - passes of the Kernel room ---------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_KERNEL_PASSES_H
#define WINNOW_KERNEL_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace winnow {

#define GEN_PASS_DECL
#include "winnow/Kernel/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "winnow/Kernel/Passes.h.inc"

} // namespace winnow

#endif // WINNOW_KERNEL_PASSES_H
