//===- ReleaseConstants.h - bytes that nobody reads any more ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_RELEASECONSTANTS_H
#define WINNOW_LIB_DRIVER_RELEASECONSTANTS_H

#include "mlir/IR/BuiltinOps.h"

namespace winnow {

/// Frees the bytes of all constants of the context that `module` does not refer to: the context would keep them until
/// the end. No other module of the context may be alive.
void releaseConstants(mlir::ModuleOp module);

/// Frees the bytes of constants that `copy` has and `original` has not. `copy` may only be destroyed then.
void releaseConstantsOfCopy(mlir::ModuleOp copy, mlir::ModuleOp original);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_RELEASECONSTANTS_H
