/*===- Model.h - runs compiled models, in C -----------------------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A compiled model has a C interface of its own, winnow_model.h, and needs nothing
// else to run. What is here loads one at run time, from a file or from memory, and
// hands every call to the model: types, rules and messages are those of
// winnow_model.h. (Its functions are the models', not libwinnow's.)
//
//   WinnowLibrary *library;
//   WinnowSession *session;
//   char error[256];
//   if (winnowLibraryCreateFromFile("resnet50.so", &library, error, sizeof error)) ...
//   if (winnowSessionCreate(library, NULL, &session, error, sizeof error)) ...
//   WinnowTensor x = {pixels, sizeof pixels, WINNOW_F32, 4, {1, 3, 224, 224}};
//   WinnowTensor y = {scores, sizeof scores, WINNOW_F32};
//   if (winnowSessionRun(session, &x, 1, &y, 1))
//     puts(winnowSessionGetError(session));
//   winnowSessionDestroy(session);
//   winnowLibraryDestroy(library);
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_C_MODEL_H
#define WINNOW_C_MODEL_H

#include "winnow-c/Support.h"
#include "winnow/Runtime/winnow_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/*===- Libraries ----------------------------------------------------------===*/

/* A compiled model in this process. Constant: threads may share it. */
typedef struct WinnowLibrary WinnowLibrary;

/* Loads a model that was compiled to a shared library: a file, or its bytes, which are copied (see
   winnowCompilationGetOutput). Fails where it is none or speaks another WINNOW_ABI_VERSION: *library is then NULL and
   `error` (may be NULL) holds a sentence, cut to `errorBytes`. */
WINNOW_CAPI WinnowResult winnowLibraryCreateFromFile(const char *path, WinnowLibrary **library, char *error,
                                                     size_t errorBytes);
WINNOW_CAPI WinnowResult winnowLibraryCreateFromBytes(const void *data, size_t size, WinnowLibrary **library,
                                                      char *error, size_t errorBytes);

/* The code stays until the last session on it is destroyed as well. */
WINNOW_CAPI void winnowLibraryDestroy(WinnowLibrary *library);

/* What the model says of itself: see the functions of the same names in winnow_model.h. For a library that is NULL:
   "", 0, false and NULL. */
WINNOW_CAPI const char *winnowLibraryGetName(const WinnowLibrary *library);
WINNOW_CAPI int32_t winnowLibraryGetInputCount(const WinnowLibrary *library);
WINNOW_CAPI int32_t winnowLibraryGetOutputCount(const WinnowLibrary *library);
WINNOW_CAPI const WinnowTensorInfo *winnowLibraryGetInputInfo(const WinnowLibrary *library, int32_t index);
WINNOW_CAPI const WinnowTensorInfo *winnowLibraryGetOutputInfo(const WinnowLibrary *library, int32_t index);
WINNOW_CAPI WinnowStatus winnowLibraryGetOutputMaxExtents(const WinnowLibrary *library, int32_t index, int64_t batch,
                                                          int64_t *extents);
WINNOW_CAPI bool winnowLibraryHasDynamicBatch(const WinnowLibrary *library);
WINNOW_CAPI int32_t winnowLibraryGetMaxThreads(const WinnowLibrary *library);
WINNOW_CAPI size_t winnowLibraryGetArenaBytes(const WinnowLibrary *library, int64_t batch);
WINNOW_CAPI int32_t winnowLibraryGetLayerCount(const WinnowLibrary *library);
WINNOW_CAPI const WinnowLayerInfo *winnowLibraryGetLayerInfo(const WinnowLibrary *library, int32_t index);

/* Bytes of an element of a WinnowType (0 for one that is none), and what a WinnowStatus means. */
WINNOW_CAPI size_t winnowLibraryGetTypeBytes(const WinnowLibrary *library, int32_t type);
WINNOW_CAPI const char *winnowLibraryGetStatusText(const WinnowLibrary *library, WinnowStatus status);

/*===- Sessions -----------------------------------------------------------===*/

/* A context of a model (winnow_context_create): its working memory and threads. One call at a time; different
   sessions of a library may run at once. */
typedef struct WinnowSession WinnowSession;

/* `options` may be NULL. On failure *session is NULL and `error` (may be NULL) holds the model's message. */
WINNOW_CAPI WinnowStatus winnowSessionCreate(WinnowLibrary *library, const WinnowOptions *options,
                                             WinnowSession **session, char *error, size_t errorBytes);
WINNOW_CAPI void winnowSessionDestroy(WinnowSession *session);

/* winnow_context_set_batch */
WINNOW_CAPI WinnowStatus winnowSessionSetBatch(WinnowSession *session, int64_t batch);

/* winnow_context_threads; 0 for a session that is NULL. */
WINNOW_CAPI int32_t winnowSessionGetThreads(const WinnowSession *session);

/* winnow_run: on the caller's buffers, without allocation. */
WINNOW_CAPI WinnowStatus winnowSessionRun(WinnowSession *session, const WinnowTensor *inputs, int32_t inputCount,
                                          WinnowTensor *outputs, int32_t outputCount);

/* The message of the last failure, "" after a success; valid until the next call. */
WINNOW_CAPI const char *winnowSessionGetError(const WinnowSession *session);

/* Nanoseconds spent in each layer so far (winnowLibraryGetLayerCount of them); NULL unless the model was compiled with
   winnowCompileOptionsSetInstrument. */
WINNOW_CAPI const int64_t *winnowSessionGetLayerTimes(const WinnowSession *session);

/* The model's own handle and functions, for callers that count nanoseconds: `winnow_run` and the session's context
   may be used in place of winnowSessionRun. The pointers live as long as the session. */
WINNOW_CAPI WinnowContext *winnowSessionGetContext(WinnowSession *session);
typedef WinnowStatus (*WinnowRunFunction)(WinnowContext *, const WinnowTensor *, int32_t, WinnowTensor *, int32_t);
WINNOW_CAPI WinnowRunFunction winnowSessionGetRunFunction(const WinnowSession *session);

#ifdef __cplusplus
}
#endif

#endif /* WINNOW_C_MODEL_H */
