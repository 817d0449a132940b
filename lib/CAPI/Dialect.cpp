//===- Dialect.cpp - the cnn dialect for MLIR's C API -----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow-c/Dialect.h"

#include "Handles.h"

#include "winnow/Driver/Phases.h"
#include "winnow/InitAll.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"

#include <mutex>

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(CNN, cnn, winnow::cnn::CNNDialect)

void winnowRegisterAllDialects(MlirDialectRegistry registry) { winnow::registerAllDialects(*unwrap(registry)); }

void winnowRegisterAllPasses(void) {
  // A pipeline that is registered twice ends the process.
  static std::once_flag once;
  std::call_once(once, [] {
    winnow::registerAllPasses();
    winnow::registerPhasePipelines();
  });
}

WinnowResult winnowCompileModule(MlirModule module, const WinnowCompileOptions *options,
                                 WinnowCompilation **compilation) {
  if (compilation)
    *compilation = nullptr;
  if (!options || mlirModuleIsNull(module))
    return WINNOW_INVALID_ARGUMENT;
  return winnow::capi::runCompilation(*options, compilation,
                                      [&](const winnow::CompileOptions &o, winnow::CompileResult &result) {
                                        return winnow::compileModule(unwrap(module), o, result);
                                      });
}
