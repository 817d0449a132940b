//===- Axis.h - along what work may be divided among threads ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A loop over independent work carries the name of its axis and how many
// positions the axis has in all. That is a promise: a kernel that runs with all
// loops of one axis cut down to the positions [begin, end) computes exactly what
// belongs to them, reads nothing that other positions write, and any set of such
// runs may go on at once. `winnow-partition-kernels` chooses the axis.
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_AXIS_H
#define WINNOW_LIB_KERNEL_AXIS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <optional>

namespace winnow::kernel {

/// Attributes of a loop: the name of its axis, and the positions of the axis.
inline constexpr llvm::StringLiteral kAxisAttr = "winnow.axis";
inline constexpr llvm::StringLiteral kExtentAttr = "winnow.axis_extent";

/// Names of axes that several kernels use.
inline constexpr llvm::StringLiteral kRowAxis = "rows";
inline constexpr llvm::StringLiteral kChannelAxis = "channels";
inline constexpr llvm::StringLiteral kColumnAxis = "columns";

/// Says that `loop` runs over positions of `axis`, of which there are `extent`.
void markAxis(mlir::scf::ForOp loop, llvm::StringRef axis, int64_t extent);

/// Marks a loop from 0 to a constant, which is an axis of its own; others are left alone.
void markAxis(mlir::scf::ForOp loop, llvm::StringRef axis);

/// Marks the loops that are made at `b` while it lives, and up to `levels` levels
/// of loops in them: each level is an axis.
class IndependentLoops {
public:
  explicit IndependentLoops(mlir::OpBuilder &b, unsigned levels = 8);
  ~IndependentLoops();

private:
  mlir::OpBuilder &b;
  mlir::Operation *before;
  unsigned levels;
};

/// Cycles that `op` takes once on one core, a rough count of the vector
/// operations in it: loops whose bounds are not constant are taken at the middle
/// of the loops around them, memory beyond the caches is not seen.
double estimateCycles(mlir::Operation *op);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_AXIS_H
