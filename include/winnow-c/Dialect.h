/*===- Dialect.h - the cnn dialect for MLIR's C API ---------------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In the manner of mlir-c: needs MLIR's headers. libwinnow exports the functions
// of mlir-c/IR.h, Pass.h, Diagnostics.h and those beside them, so that a program
// which links to nothing else can build, parse and transform IR. Contexts, modules
// and passes made by another copy of MLIR (a libMLIR that libwinnow does not
// itself link to) must not be handed to it.
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_C_DIALECT_H
#define WINNOW_C_DIALECT_H

#include "mlir-c/IR.h"
#include "mlir-c/Support.h"
#include "winnow-c/Compile.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The handle of the `cnn` dialect: see mlirDialectHandleInsertDialect and mlirDialectHandleLoadDialect. */
WINNOW_CAPI MlirDialectHandle mlirGetDialectHandle__cnn__(void);

/* Inserts every dialect that a module has between import and emission. */
WINNOW_CAPI void winnowRegisterAllDialects(MlirDialectRegistry registry);

/* Makes all passes and named pipelines ("winnow-graph-pipeline", ..., and each phase as "winnow-phase-NAME") known to
   mlirOpPassManagerAddPipeline and mlirParsePassPipeline. MLIR's registry of passes belongs to the process; calling
   this again, at once or later, does nothing more. */
WINNOW_CAPI void winnowRegisterAllPasses(void);

/* Compiles `module`, which is read and not changed, in place of an input file: see winnowCompile and `compileModule`
   in winnow/Driver/Compile.h. An input of `options` is not looked at. */
WINNOW_CAPI WinnowResult winnowCompileModule(MlirModule module, const WinnowCompileOptions *options,
                                             WinnowCompilation **compilation);

#ifdef __cplusplus
}
#endif

#endif /* WINNOW_C_DIALECT_H */
