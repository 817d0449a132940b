/*===- Target.h - what can be compiled for ------------------------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_C_TARGET_H
#define WINNOW_C_TARGET_H

#include "winnow-c/Support.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A machine as the compiler sees it. */
typedef struct WinnowTarget WinnowTarget;

/* Resolves what winnowCompileOptionsSetTarget takes, but "x86-64-multi", which is several. Fails on names that this
   compiler does not know: *target is then NULL, and `error` (may be NULL) holds a sentence, cut to `errorBytes`. */
WINNOW_CAPI WinnowResult winnowTargetCreate(const char *target, const char *cpu, const char *features,
                                            WinnowTarget **result, char *error, size_t errorBytes);
WINNOW_CAPI void winnowTargetDestroy(WinnowTarget *target);

/* As LLVM names them; "" for a target that is NULL. */
WINNOW_CAPI const char *winnowTargetGetTriple(const WinnowTarget *target);
WINNOW_CAPI const char *winnowTargetGetCpu(const WinnowTarget *target);
WINNOW_CAPI const char *winnowTargetGetFeatures(const WinnowTarget *target);

/* Whether it is the machine that asks. */
WINNOW_CAPI bool winnowTargetIsHost(const WinnowTarget *target);

/* Whether models for it can be whole libraries, objects and programs, or only .ll and .s. */
WINNOW_CAPI bool winnowTargetHasRuntime(const WinnowTarget *target);

/* Bits of a vector register, and how many there are. */
WINNOW_CAPI int64_t winnowTargetGetVectorBits(const WinnowTarget *target);
WINNOW_CAPI int64_t winnowTargetGetVectorRegisters(const WinnowTarget *target);

/* Names for options and help texts, divided by ", ". */
WINNOW_CAPI const char *winnowGetTargetNames(void);
WINNOW_CAPI const char *winnowGetAlgorithmNames(void);
WINNOW_CAPI const char *winnowGetPhaseNames(void);

#ifdef __cplusplus
}
#endif

#endif /* WINNOW_C_TARGET_H */
