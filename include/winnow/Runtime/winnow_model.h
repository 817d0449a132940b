/*===- winnow_model.h - the C interface of a compiled model -------*- C -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model compiled to `model.so` exports everything below; load it with dlopen
// or link against it. One compiled to `model.o` brings `model.h`, which includes
// this file and names the model's own function in place of winnow_model().
//
//   const WinnowModel *model = winnow_model();
//   WinnowContext *context;
//   char error[256];
//   if (winnow_context_create(model, NULL, &context, error, sizeof error)) ...
//   WinnowTensor x = {pixels, sizeof pixels, WINNOW_F32, 4, {1, 3, 224, 224}};
//   WinnowTensor y = {scores, sizeof scores, WINNOW_F32};
//   if (winnow_run(context, &x, 1, &y, 1))
//     puts(winnow_context_error(context));
//   winnow_context_destroy(context);
//
// Threads: a model is constant and may be shared. A context serves one call at
// a time; different contexts may run at once. No function but those that create
// a context or set its batch allocates memory.
// A mistake of the caller is a status and a message, never a crash.
//
//===----------------------------------------------------------------------===*/

#ifndef WINNOW_RUNTIME_WINNOW_MODEL_H
#define WINNOW_RUNTIME_WINNOW_MODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What winnow_abi_version() of a model compiled for this header returns. */
#define WINNOW_ABI_VERSION 2

/* The highest rank of an input or output. */
#define WINNOW_MAX_RANK 8

/* In place of an extent that is only known when the model runs. */
#define WINNOW_DYNAMIC (-1)

typedef enum WinnowStatus {
  WINNOW_OK = 0,
  WINNOW_NULL_ARGUMENT = 1, /* a pointer that must not be NULL is */
  WINNOW_BAD_OPTION = 2,    /* an option out of range */
  WINNOW_BAD_COUNT = 3,     /* not as many inputs or outputs as the model has */
  WINNOW_BAD_TYPE = 4,      /* another element type than the model's */
  WINNOW_BAD_SHAPE = 5,     /* a rank or an extent that the model does not take */
  WINNOW_BAD_BATCH = 6,     /* batch over the context's, or not the same in all inputs */
  WINNOW_SMALL_BUFFER = 7,  /* fewer bytes than the tensor takes */
  WINNOW_OVERLAP = 8,       /* an output shares memory with another tensor */
  WINNOW_OUT_OF_MEMORY = 9,
  WINNOW_BAD_PROCESSOR = 10 /* the model uses instructions that this processor does not have */
} WinnowStatus;

/* Element types, numbered as in ONNX (TensorProto.DataType). A bool is a byte, 0 or 1. */
typedef enum WinnowType {
  WINNOW_F32 = 1,
  WINNOW_U8 = 2,
  WINNOW_I8 = 3,
  WINNOW_U16 = 4,
  WINNOW_I16 = 5,
  WINNOW_I32 = 6,
  WINNOW_I64 = 7,
  WINNOW_BOOL = 9,
  WINNOW_F16 = 10,
  WINNOW_F64 = 11,
  WINNOW_U32 = 12,
  WINNOW_U64 = 13,
  WINNOW_BF16 = 16
} WinnowType;

typedef struct WinnowModel WinnowModel;
typedef struct WinnowContext WinnowContext;

/* What a model says of one of its inputs or outputs. */
typedef struct WinnowTensorInfo {
  const char *name;
  int32_t type; /* a WinnowType */
  int32_t rank;
  const int64_t *extents; /* `rank` of them; WINNOW_DYNAMIC where only known at run time */
} WinnowTensorInfo;

/* One layer of a model: for profiles and reports. */
typedef struct WinnowLayerInfo {
  const char *name;      /* the node's name in the ONNX file */
  const char *op;        /* e.g. "convolution" */
  const char *algorithm; /* e.g. "direct", or "" where there is no choice */
  int64_t macs;          /* multiply-accumulates for a batch of one, 0 where that means nothing */
  int64_t bytes;         /* of all its inputs, weights and outputs, each once, for a batch of one */
} WinnowLayerInfo;

/* A tensor in the caller's memory: dense, row-major, at any alignment. */
typedef struct WinnowTensor {
  void *data;                       /* never written where the tensor is an input */
  size_t bytes;                     /* how many bytes lie at `data` */
  int32_t type;                     /* a WinnowType */
  int32_t rank;                     /* inputs: set by the caller; outputs: set by winnow_run */
  int64_t extents[WINNOW_MAX_RANK]; /* likewise */
} WinnowTensor;

/* Calls body(data, i) for each i in [0, count), in any order or at once, and returns after the last. `count` is at
   most the context's threads; what the bodies write must be visible to the caller afterwards (as any join makes it). */
typedef void (*WinnowParallelFor)(void *pool, int64_t count, void (*body)(void *data, int64_t i), void *data);

/* How a context is made. All zero means the defaults. */
typedef struct WinnowOptions {
  /* Threads to run on, 0 to 1024, the caller's own included; 0 means 1. A context
     starts its threads when it is made, and they sleep between runs. It has no more
     than the model was compiled for (winnow_model_max_threads) and, of its own, no more
     than the process has processors: winnow_context_threads() tells. Results do not
     depend on the number. */
  int32_t threads;
  /* The largest batch that runs will have, where the batch is dynamic; 0 means 1. */
  int64_t max_batch;
  /* The caller's own thread pool: no thread is started, `parallel_for(pool, ...)`
     is called by winnow_run instead, several times a run and never from inside itself. */
  WinnowParallelFor parallel_for;
  void *pool;
} WinnowOptions;

/*===- The model ----------------------------------------------------------===*/

int32_t winnow_abi_version(void);

/* The model in this library. (Objects export winnow_model_<name> instead.) */
const WinnowModel *winnow_model(void);

const char *winnow_model_name(const WinnowModel *model);
int32_t winnow_input_count(const WinnowModel *model);
int32_t winnow_output_count(const WinnowModel *model);

/* NULL where `index` is out of range. */
const WinnowTensorInfo *winnow_input_info(const WinnowModel *model, int32_t index);
const WinnowTensorInfo *winnow_output_info(const WinnowModel *model, int32_t index);

/* Writes the largest extents that an output can have at this batch (`rank` of
   them: what buffers are sized by). WINNOW_BAD_BATCH where the model is not made for it. */
WinnowStatus winnow_output_max_extents(const WinnowModel *model, int32_t index, int64_t batch, int64_t *extents);

/* Bytes of an element, 0 for a type that is none. */
size_t winnow_type_bytes(int32_t type);

/* Nonzero if the model takes any batch. */
int32_t winnow_model_has_dynamic_batch(const WinnowModel *model);

/* The most threads that a run can use: what the model was compiled for. */
int32_t winnow_model_max_threads(const WinnowModel *model);

/* Bytes of working memory that a context allocates for this batch. */
size_t winnow_arena_bytes(const WinnowModel *model, int64_t batch);

int32_t winnow_layer_count(const WinnowModel *model);
const WinnowLayerInfo *winnow_layer_info(const WinnowModel *model, int32_t index);

/* What a status means, in a few words. */
const char *winnow_status_text(WinnowStatus status);

/*===- Contexts -----------------------------------------------------------===*/

/* Makes a context with its working memory. `options` may be NULL. On failure
 *context is NULL and `error` (may be NULL) holds a message, cut to `error_bytes`. */
WinnowStatus winnow_context_create(const WinnowModel *model, const WinnowOptions *options, WinnowContext **context,
                                   char *error, size_t error_bytes);

/* Takes NULL too. */
void winnow_context_destroy(WinnowContext *context);

/* Makes room for batches up to `batch`. On failure the context stays as it was. */
WinnowStatus winnow_context_set_batch(WinnowContext *context, int64_t batch);

/* The threads that runs of this context use. */
int32_t winnow_context_threads(const WinnowContext *context);

/* Runs the model. Inputs and outputs come in the model's order. An output needs
   `data`, `bytes` (by winnow_output_max_extents) and `type`; its rank and its
   actual extents are written. */
WinnowStatus winnow_run(WinnowContext *context, const WinnowTensor *inputs, int32_t input_count, WinnowTensor *outputs,
                        int32_t output_count);

/* The message of this context's last failure, "" after a success. Valid until its next call. */
const char *winnow_context_error(const WinnowContext *context);

/* Nanoseconds spent in each layer since the context was made (winnow_layer_count
   of them), or NULL unless the model was compiled with --instrument. */
const int64_t *winnow_context_layer_times(const WinnowContext *context);

#ifdef __cplusplus
}
#endif

#endif /* WINNOW_RUNTIME_WINNOW_MODEL_H */
