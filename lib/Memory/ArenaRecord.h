//===- ArenaRecord.h - a plan of the arena for readers ----------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_MEMORY_ARENARECORD_H
#define WINNOW_LIB_MEMORY_ARENARECORD_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {

/// A buffer with its place: bytes of the arena (of one sample where `perSample`), and the positions of the first and
/// last op of the entry block that uses it. `inside`: it shares the bytes of a larger buffer on purpose.
struct PlannedBuffer {
  mlir::Location loc;
  int64_t offset, bytes, firstUse, lastUse;
  bool perSample, inside;
};

/// Writes kArenaPlanAttr and kArenaStepsAttr; steps are the ops of the entry block that touch memory.
void recordArena(mlir::func::FuncOp func, llvm::ArrayRef<PlannedBuffer> buffers);

} // namespace winnow

#endif // WINNOW_LIB_MEMORY_ARENARECORD_H
