//===- Passes.h - doors to and from other dialects --------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_CONVERSION_PASSES_H
#define WINNOW_CONVERSION_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace winnow {

#define GEN_PASS_DECL
#include "winnow/Conversion/Passes.h.inc"

/// Patterns of dialect conversion, for embedders with a conversion of their own. Values keep their types.
void populateTosaToCNNPatterns(mlir::RewritePatternSet &patterns);
/// Expects structured ops other than windows and matrix products as `linalg.generic`.
void populateLinalgToCNNPatterns(mlir::RewritePatternSet &patterns);
/// Expects no layout encodings.
void populateCNNToLinalgPatterns(mlir::RewritePatternSet &patterns);

#define GEN_PASS_REGISTRATION
#include "winnow/Conversion/Passes.h.inc"

} // namespace winnow

#endif // WINNOW_CONVERSION_PASSES_H
