/*===- model_data.h - what the compiler writes for the runtime ----*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layout of a model's descriptor. The compiler emits it as constant data
// (lib/Target/ModelDescriptor.cpp, which must agree field by field) and the
// runtime library that is linked into the model reads it. Not for users.
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_RUNTIME_MODEL_DATA_H
#define WINNOW_RUNTIME_MODEL_DATA_H

#include "winnow/Runtime/winnow_model.h"

/* Instruction sets of x86 processors that generated code may use; bits of a mask. */
typedef enum WinnowCpuFeature {
  WINNOW_CPU_AVX2 = 1 << 0,
  WINNOW_CPU_FMA = 1 << 1,
  WINNOW_CPU_F16C = 1 << 2,
  WINNOW_CPU_BMI = 1 << 3,
  WINNOW_CPU_BMI2 = 1 << 4,
  WINNOW_CPU_LZCNT = 1 << 5,
  WINNOW_CPU_MOVBE = 1 << 6,
  WINNOW_CPU_AVX512F = 1 << 7,
  WINNOW_CPU_AVX512CD = 1 << 8,
  WINNOW_CPU_AVX512DQ = 1 << 9,
  WINNOW_CPU_AVX512BW = 1 << 10,
  WINNOW_CPU_AVX512VL = 1 << 11,
  WINNOW_CPU_AVX512VNNI = 1 << 12,
  WINNOW_CPU_AVX512VBMI = 1 << 13,
  WINNOW_CPU_AVX512VBMI2 = 1 << 14,
  WINNOW_CPU_AVX512IFMA = 1 << 15,
  WINNOW_CPU_AVX512BITALG = 1 << 16,
  WINNOW_CPU_AVX512VPOPCNTDQ = 1 << 17,
  WINNOW_CPU_AVX512BF16 = 1 << 18,
  WINNOW_CPU_AVX512FP16 = 1 << 19,
  WINNOW_CPU_AVXVNNI = 1 << 20,
  WINNOW_CPU_AMX_TILE = 1 << 21,
  WINNOW_CPU_AMX_INT8 = 1 << 22,
  WINNOW_CPU_AMX_BF16 = 1 << 23
} WinnowCpuFeature;

/* The threads of a context (Threads.c). */
typedef struct WinnowTeam WinnowTeam;

/* What the generated code of one run is given. */
typedef struct WinnowCall {
  void *const *inputs;
  void *const *outputs;
  void *arena;          /* at a multiple of 64 */
  int64_t batch;        /* 1 where the batch is static */
  int64_t *extents;     /* the outputs' extents, concatenated: preset to their maxima, corrected by the model */
  int64_t *layer_times; /* see winnow_mark_layer; NULL unless instrumented */
  int64_t threads;      /* what work is divided among, at least 1 */
  WinnowTeam *team;     /* who does it; may be NULL where `threads` is 1 */
} WinnowCall;

/* The largest extents of an output: fixed[d] + per_batch[d] * batch. */
typedef struct WinnowBounds {
  const int64_t *fixed;
  const int64_t *per_batch;
} WinnowBounds;

struct WinnowModel {
  int32_t abi_version;
  int32_t input_count;
  int32_t output_count;
  int32_t layer_count;
  int32_t dynamic_batch;
  int32_t instrumented;
  int32_t max_threads;           /* that work is divided among */
  uint32_t cpu_features;         /* WinnowCpuFeature: instructions that the code may use */
  int64_t arena_bytes;           /* working memory that does not depend on the batch */
  int64_t arena_bytes_per_batch; /* and that does */
  const char *name;
  const WinnowTensorInfo *inputs;
  const WinnowTensorInfo *outputs;
  const WinnowBounds *output_bounds;
  const WinnowLayerInfo *layers;
  void (*entry)(const WinnowCall *call);
};

/* Ends the current layer's time and starts that of `layer` (-1: none). `times` has
   two elements more than the model has layers: the last mark's time and its layer. */
void winnow_mark_layer(int64_t *times, int32_t layer_count, int32_t layer);

/* Calls task(data, part) for each part in [0, parts), at most `threads` of the call, each once, and returns when
   all have returned. What one part has written is visible after that. */
void winnow_parallel_for(WinnowTeam *team, int64_t parts, void (*task)(void *data, int64_t part), void *data);

/* Which of these this processor and its system have. */
uint32_t winnow_cpu_features(void);

/* Asks the system once for this process to use what `features` need asking for (the registers of AMX, 8 KB a thread);
   nonzero if it refuses. */
int winnow_allow_cpu_features(uint32_t features);

/* The first of a NULL-terminated list of variants whose instructions this processor has; the last one if it has none's.
 */
const WinnowModel *winnow_choose_variant(const WinnowModel *(*const *variants)(void));

#endif /* WINNOW_RUNTIME_MODEL_DATA_H */
