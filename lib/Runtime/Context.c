/*===- Context.c - contexts of a compiled model ---------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===*/

#include "Export.h"
#include "Threads.h"
#include "winnow/Runtime/model_data.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { kMaxThreads = 1024, kArenaAlignment = 64, kErrorBytes = 256, kPage = 4096, kHugePage = 2 << 20 };

/* One allocation holds the context and, behind it, its tables (see createTables). */
struct WinnowContext {
  const WinnowModel *model;
  void *arena;
  int64_t max_batch;
  int64_t *extents;     /* of all outputs, concatenated */
  void **inputs;        /* data pointers of the run */
  void **outputs;       /* likewise */
  int64_t *layer_times; /* NULL unless instrumented */
  WinnowTeam *team;     /* NULL where one thread does all */
  int32_t threads;      /* that work is divided among */
  char error[kErrorBytes];
};

/* Writes the message of a failure into the context and returns its status. */
__attribute__((format(printf, 3, 4))) static WinnowStatus fail(WinnowContext *context, WinnowStatus status,
                                                               const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(context->error, sizeof context->error, format, arguments);
  va_end(arguments);
  return status;
}

static const char *typeName(int32_t type) {
  static const char *const names[] = {"none", "f32", "u8",  "i8",  "u16", "i16", "i32",  "i64", "string",
                                      "bool", "f16", "f64", "u32", "u64", "c64", "c128", "bf16"};
  return type >= 0 && type < (int32_t)(sizeof names / sizeof names[0]) ? names[type] : "unknown";
}

/* Bytes of a dense tensor; SIZE_MAX if that is more than a size_t can say. */
static size_t tensorBytes(int32_t type, int32_t rank, const int64_t *extents) {
  size_t bytes = winnow_type_bytes(type);
  for (int32_t d = 0; d < rank; ++d)
    if (extents[d] == 0)
      return 0;
  for (int32_t d = 0; d < rank; ++d)
    if (__builtin_mul_overflow(bytes, (size_t)extents[d], &bytes))
      return SIZE_MAX;
  return bytes;
}

/* A new arena for `batch`, or NULL. Its size is never zero: NULL means failure. Every page is touched, so that no run
   waits for the system to find one; a large arena asks for huge pages. */
static void *allocateArena(const WinnowModel *model, int64_t batch) {
  size_t bytes = winnow_arena_bytes(model, batch);
  if (bytes > SIZE_MAX / 2)
    return NULL;
  size_t alignment = bytes >= kHugePage ? kHugePage : kArenaAlignment;
  bytes = (bytes + kArenaAlignment) / kArenaAlignment * kArenaAlignment;
  char *arena = aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (!arena)
    return NULL;
#ifdef MADV_HUGEPAGE
  if (bytes >= kHugePage)
    madvise(arena, bytes / kHugePage * kHugePage, MADV_HUGEPAGE); /* a wish: the result does not matter */
#endif
  for (size_t i = 0; i < bytes; i += kPage)
    ((volatile char *)arena)[i] = 0;
  return arena;
}

static void writeError(char *error, size_t bytes, const char *message) {
  if (error && bytes)
    snprintf(error, bytes, "%s", message);
}

/* How many threads a context has: what was asked for, but not more than the model was divided for. Of our own threads
   never more than there are processors: they would only wait for one another. */
static int32_t chooseThreads(const WinnowModel *model, const WinnowOptions *options) {
  int32_t threads = options->threads ? options->threads : 1;
  if (threads > model->max_threads)
    threads = model->max_threads;
  if (!options->parallel_for && threads > 1) {
    int32_t processors = winnow_processor_count();
    if (threads > processors)
      threads = processors;
  }
  return threads < 1 ? 1 : threads;
}

/* Allocates the context and its tables, zeroed; no arena yet. */
static WinnowContext *createTables(const WinnowModel *model) {
  size_t extents = 0, times = model->instrumented ? (size_t)model->layer_count + 2 : 0;
  for (int32_t i = 0; i < model->output_count; ++i)
    extents += (size_t)model->outputs[i].rank;
  size_t pointers = (size_t)model->input_count + (size_t)model->output_count;
  WinnowContext *context = calloc(1, sizeof *context + (extents + times) * sizeof(int64_t) + pointers * sizeof(void *));
  if (!context)
    return NULL;
  context->model = model;
  context->extents = (int64_t *)(context + 1);
  context->layer_times = times ? context->extents + extents : NULL;
  context->inputs = (void **)(context->extents + extents + times);
  context->outputs = context->inputs + model->input_count;
  if (context->layer_times)
    context->layer_times[model->layer_count + 1] = -1;
  return context;
}

WINNOW_API WinnowStatus winnow_context_create(const WinnowModel *model, const WinnowOptions *options,
                                              WinnowContext **result, char *error, size_t error_bytes) {
  static const WinnowOptions defaults;
  if (result)
    *result = NULL;
  if (!model || !result) {
    writeError(error, error_bytes, !model ? "the model is NULL" : "the place for the context is NULL");
    return WINNOW_NULL_ARGUMENT;
  }
  if (model->abi_version != WINNOW_ABI_VERSION) {
    writeError(error, error_bytes, "the model was compiled for another version of this interface");
    return WINNOW_BAD_OPTION;
  }
  uint32_t missing = model->cpu_features ? model->cpu_features & ~winnow_cpu_features() : 0;
  if (missing) {
    writeError(error, error_bytes,
               missing & WINNOW_CPU_AVX512F
                   ? "the model was compiled for a processor with AVX-512, which this one does not have"
               : missing & WINNOW_CPU_AMX_TILE
                   ? "the model was compiled for a processor with AMX, which this one does not have"
                   : "the model was compiled for instructions that this processor does not have");
    return WINNOW_BAD_PROCESSOR;
  }
  if (winnow_allow_cpu_features(model->cpu_features)) {
    writeError(error, error_bytes, "the system does not let this process use AMX, for which the model was compiled");
    return WINNOW_BAD_PROCESSOR;
  }
  if (!options)
    options = &defaults;
  if (options->threads < 0 || options->threads > kMaxThreads) {
    writeError(error, error_bytes, "expected 0 to 1024 threads");
    return WINNOW_BAD_OPTION;
  }
  int64_t batch = options->max_batch ? options->max_batch : 1;
  if (batch < 1 || (batch != 1 && !model->dynamic_batch)) {
    writeError(error, error_bytes,
               batch < 1 ? "max_batch is negative" : "max_batch is set, but the model's batch is static");
    return WINNOW_BAD_BATCH;
  }
  WinnowContext *context = createTables(model);
  if (context)
    context->arena = allocateArena(model, batch);
  int32_t threads = chooseThreads(model, options);
  if (context && context->arena && threads > 1)
    context->team = winnow_team_create(threads, options->parallel_for, options->pool);
  if (!context || !context->arena || (threads > 1 && !context->team)) {
    winnow_context_destroy(context);
    writeError(error, error_bytes, "not enough memory for the context's arena");
    return WINNOW_OUT_OF_MEMORY;
  }
  context->max_batch = batch;
  context->threads = winnow_team_size(context->team);
  writeError(error, error_bytes, "");
  *result = context;
  return WINNOW_OK;
}

WINNOW_API void winnow_context_destroy(WinnowContext *context) {
  if (!context)
    return;
  winnow_team_destroy(context->team);
  free(context->arena);
  free(context);
}

WINNOW_API WinnowStatus winnow_context_set_batch(WinnowContext *context, int64_t batch) {
  if (!context)
    return WINNOW_NULL_ARGUMENT;
  context->error[0] = 0;
  if (batch < 1 || (batch != 1 && !context->model->dynamic_batch))
    return fail(context, WINNOW_BAD_BATCH, "expected a batch of %s but got %lld",
                context->model->dynamic_batch ? "at least 1" : "1 (the model's batch is static)", (long long)batch);
  if (batch <= context->max_batch)
    return WINNOW_OK;
  void *arena = allocateArena(context->model, batch);
  if (!arena)
    return fail(context, WINNOW_OUT_OF_MEMORY, "not enough memory for a batch of %lld", (long long)batch);
  free(context->arena);
  context->arena = arena;
  context->max_batch = batch;
  return WINNOW_OK;
}

WINNOW_API int32_t winnow_context_threads(const WinnowContext *context) { return context ? context->threads : 0; }

WINNOW_API const char *winnow_context_error(const WinnowContext *context) {
  return context ? context->error : "the context is NULL";
}

WINNOW_API const int64_t *winnow_context_layer_times(const WinnowContext *context) {
  return context ? context->layer_times : NULL;
}

/* Checks an input; the batch of the first dynamic one becomes the run's (*batch starts at 0). */
static WinnowStatus checkInput(WinnowContext *context, int32_t index, const WinnowTensor *tensor, int64_t *batch) {
  const WinnowTensorInfo *info = &context->model->inputs[index];
  if (tensor->type != info->type)
    return fail(context, WINNOW_BAD_TYPE, "input %d (%s): expected element type %s but got %s", index, info->name,
                typeName(info->type), typeName(tensor->type));
  if (tensor->rank != info->rank)
    return fail(context, WINNOW_BAD_SHAPE, "input %d (%s): expected rank %d but got %d", index, info->name, info->rank,
                tensor->rank);
  for (int32_t d = 0; d < info->rank; ++d) {
    int64_t expected = info->extents[d], actual = tensor->extents[d];
    if (expected != WINNOW_DYNAMIC && actual != expected)
      return fail(context, WINNOW_BAD_SHAPE, "input %d (%s): expected extent %lld in dimension %d but got %lld", index,
                  info->name, (long long)expected, d, (long long)actual);
    if (expected != WINNOW_DYNAMIC)
      continue;
    if (*batch == 0)
      *batch = actual;
    if (actual < 1 || actual > context->max_batch)
      return fail(context, WINNOW_BAD_BATCH,
                  "input %d (%s): expected a batch of 1 to %lld (see winnow_context_set_batch) but got %lld", index,
                  info->name, (long long)context->max_batch, (long long)actual);
    if (actual != *batch)
      return fail(context, WINNOW_BAD_BATCH,
                  "input %d (%s): expected a batch of %lld as in the inputs before but got %lld", index, info->name,
                  (long long)*batch, (long long)actual);
  }
  size_t needed = tensorBytes(info->type, info->rank, tensor->extents);
  if (!tensor->data && needed)
    return fail(context, WINNOW_NULL_ARGUMENT, "input %d (%s): data is NULL", index, info->name);
  if (tensor->bytes < needed)
    return fail(context, WINNOW_SMALL_BUFFER, "input %d (%s): expected %zu bytes but got %zu", index, info->name,
                needed, tensor->bytes);
  context->inputs[index] = tensor->data;
  return WINNOW_OK;
}

/* Checks an output's buffer against its largest extents at this batch, which go to `extents`. */
static WinnowStatus checkOutput(WinnowContext *context, int32_t index, const WinnowTensor *tensor, int64_t batch,
                                int64_t *extents) {
  const WinnowTensorInfo *info = &context->model->outputs[index];
  if (tensor->type != info->type)
    return fail(context, WINNOW_BAD_TYPE, "output %d (%s): expected element type %s but got %s", index, info->name,
                typeName(info->type), typeName(tensor->type));
  if (winnow_output_max_extents(context->model, index, batch, extents) != WINNOW_OK)
    return fail(context, WINNOW_BAD_BATCH, "output %d (%s): too large for a batch of %lld", index, info->name,
                (long long)batch);
  size_t needed = tensorBytes(info->type, info->rank, extents);
  if (!tensor->data && needed)
    return fail(context, WINNOW_NULL_ARGUMENT, "output %d (%s): data is NULL", index, info->name);
  if (tensor->bytes < needed)
    return fail(context, WINNOW_SMALL_BUFFER, "output %d (%s): expected %zu bytes but got %zu", index, info->name,
                needed, tensor->bytes);
  context->outputs[index] = tensor->data;
  return WINNOW_OK;
}

static int overlap(const WinnowTensor *a, const WinnowTensor *b) {
  uintptr_t x = (uintptr_t)a->data, y = (uintptr_t)b->data;
  return a->bytes && b->bytes && x < y + b->bytes && y < x + a->bytes;
}

static WinnowStatus checkOverlap(WinnowContext *context, const WinnowTensor *inputs, const WinnowTensor *outputs) {
  for (int32_t i = 0; i < context->model->output_count; ++i) {
    for (int32_t j = 0; j < context->model->input_count; ++j)
      if (overlap(&outputs[i], &inputs[j]))
        return fail(context, WINNOW_OVERLAP, "output %d shares memory with input %d", i, j);
    for (int32_t j = 0; j < i; ++j)
      if (overlap(&outputs[i], &outputs[j]))
        return fail(context, WINNOW_OVERLAP, "output %d shares memory with output %d", i, j);
  }
  return WINNOW_OK;
}

WINNOW_API WinnowStatus winnow_run(WinnowContext *context, const WinnowTensor *inputs, int32_t input_count,
                                   WinnowTensor *outputs, int32_t output_count) {
  if (!context)
    return WINNOW_NULL_ARGUMENT;
  const WinnowModel *model = context->model;
  context->error[0] = 0;
  if (input_count != model->input_count || output_count != model->output_count)
    return fail(context, WINNOW_BAD_COUNT, "expected %d inputs and %d outputs but got %d and %d", model->input_count,
                model->output_count, input_count, output_count);
  if ((!inputs && input_count) || (!outputs && output_count))
    return fail(context, WINNOW_NULL_ARGUMENT, "the array of %s is NULL",
                !inputs && input_count ? "inputs" : "outputs");
  WinnowStatus status = WINNOW_OK;
  int64_t batch = 0;
  for (int32_t i = 0; i < input_count; ++i)
    if ((status = checkInput(context, i, &inputs[i], &batch)))
      return status;
  if (batch == 0)
    batch = 1;
  int64_t *extents = context->extents;
  for (int32_t i = 0; i < output_count; extents += model->outputs[i++].rank)
    if ((status = checkOutput(context, i, &outputs[i], batch, extents)))
      return status;
  if ((status = checkOverlap(context, inputs, outputs)))
    return status;

  WinnowCall call = {context->inputs,  context->outputs,     context->arena,   batch,
                     context->extents, context->layer_times, context->threads, context->team};
  model->entry(&call);

  extents = context->extents;
  for (int32_t i = 0; i < output_count; extents += model->outputs[i++].rank) {
    outputs[i].rank = model->outputs[i].rank;
    memcpy(outputs[i].extents, extents, (size_t)outputs[i].rank * sizeof *extents);
  }
  return WINNOW_OK;
}

/* Called by the generated code of the same library alone. */
__attribute__((weak, visibility("hidden"))) void winnow_mark_layer(int64_t *times, int32_t layer_count, int32_t layer) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t time = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
  int64_t previous = times[layer_count + 1];
  if (previous >= 0)
    times[previous] += time - times[layer_count];
  times[layer_count] = time;
  times[layer_count + 1] = layer;
}
