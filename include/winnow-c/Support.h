/*===- Support.h - what all of the C API shares -------------------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C API of libwinnow: Compile.h makes models, Model.h runs them, Target.h
// tells what can be compiled for, Dialect.h opens the compiler to MLIR's own C API.
//
// Who owns what is in the names:
//   ...Create    makes a handle that the caller destroys
//   ...Destroy   ends it; takes NULL too
//   ...Get...    lends: what it returns lives as long as the handle it came from
//   ...Take...   hands over: the caller destroys what it returns
//   ...Set...    copies what it is given, unless it is called ...SetBorrowed...
//
// Nothing is global: handles of different threads do not meet. One handle serves
// one call at a time, unless its declaration says more. A mistake of the caller is
// a result and a sentence, never a crash; a handle that was destroyed or never
// made is beyond what can be checked.
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_C_SUPPORT_H
#define WINNOW_C_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What libwinnow exports; everything else in it is hidden. */
#define WINNOW_CAPI __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* How a call ended. */
typedef enum WinnowResult {
  WINNOW_SUCCESS = 0,
  WINNOW_INVALID_ARGUMENT = 1, /* a pointer that must not be NULL is, or a value out of the range that is documented */
  WINNOW_COMPILE_FAILED = 2,   /* the diagnostics say why */
  WINNOW_LOAD_FAILED = 3       /* a file that is no compiled model, or one for another machine or interface */
} WinnowResult;

/* What a result means, in a few words. */
WINNOW_CAPI const char *winnowResultGetText(WinnowResult result);

/* The version of libwinnow, e.g. "0.1.0". */
WINNOW_CAPI const char *winnowGetVersion(void);

/* The version of LLVM and MLIR in it, e.g. "22.1.8". */
WINNOW_CAPI const char *winnowGetLLVMVersion(void);

/* The WINNOW_ABI_VERSION of the models that it makes and runs (see winnow/Runtime/winnow_model.h). */
WINNOW_CAPI int32_t winnowGetModelAbiVersion(void);

/* Bytes that are the caller's. */
typedef struct WinnowBuffer WinnowBuffer;

/* NULL and 0 for a buffer that is NULL. */
WINNOW_CAPI const void *winnowBufferGetData(const WinnowBuffer *buffer);
WINNOW_CAPI size_t winnowBufferGetSize(const WinnowBuffer *buffer);
WINNOW_CAPI void winnowBufferDestroy(WinnowBuffer *buffer);

#ifdef __cplusplus
}
#endif

#endif /* WINNOW_C_SUPPORT_H */
