/*===- Main.c - a compiled model as a program -----------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the model once: PROGRAM INPUT.npy... DIR writes DIR/output_0.npy, ...
//
//===----------------------------------------------------------------------===*/

#include "Npy.h"
#include "winnow/Runtime/winnow_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Prints how the program is called and what its model takes. */
static int printUsage(const char *program, const WinnowModel *model) {
  fprintf(stderr, "usage: %s", program);
  for (int32_t i = 0; i < winnow_input_count(model); ++i)
    fprintf(stderr, " %s.npy", winnow_input_info(model, i)->name);
  fprintf(stderr, " OUTPUT_DIR\n");
  return 2;
}

/* Allocates the outputs for `batch`. Returns 0 if memory runs out. */
static int allocateOutputs(const WinnowModel *model, int64_t batch, WinnowTensor *outputs) {
  for (int32_t i = 0; i < winnow_output_count(model); ++i) {
    const WinnowTensorInfo *info = winnow_output_info(model, i);
    outputs[i].type = info->type;
    outputs[i].bytes = winnow_type_bytes(info->type);
    if (winnow_output_max_extents(model, i, batch, outputs[i].extents) != WINNOW_OK)
      return 0;
    for (int32_t d = 0; d < info->rank; ++d)
      if (__builtin_mul_overflow(outputs[i].bytes, (size_t)outputs[i].extents[d], &outputs[i].bytes))
        return 0;
    outputs[i].data = malloc(outputs[i].bytes ? outputs[i].bytes : 1);
    if (!outputs[i].data)
      return 0;
  }
  return 1;
}

/* Reads inputs, runs, writes outputs; the exit code. */
static int run(const WinnowModel *model, char **paths, const char *directory, WinnowTensor *inputs,
               WinnowTensor *outputs) {
  int64_t batch = 1;
  for (int32_t i = 0; i < winnow_input_count(model); ++i) {
    const WinnowTensorInfo *info = winnow_input_info(model, i);
    const char *error = winnow_npy_read(paths[i], info->type, &inputs[i]);
    if (error) {
      fprintf(stderr, "error: %s: %s\n", paths[i], error);
      return 1;
    }
    if (info->rank > 0 && info->extents[0] == WINNOW_DYNAMIC && inputs[i].rank > 0)
      batch = inputs[i].extents[0];
  }
  char message[256];
  WinnowOptions options = {.max_batch = batch};
  WinnowContext *context = NULL;
  if (winnow_context_create(model, &options, &context, message, sizeof message) != WINNOW_OK ||
      !allocateOutputs(model, batch, outputs)) {
    fprintf(stderr, "error: %s\n", context ? "out of memory" : message);
    winnow_context_destroy(context);
    return 1;
  }
  WinnowStatus status = winnow_run(context, inputs, winnow_input_count(model), outputs, winnow_output_count(model));
  if (status != WINNOW_OK)
    fprintf(stderr, "error: %s\n", winnow_context_error(context));
  winnow_context_destroy(context);
  if (status == WINNOW_OK && mkdir(directory, 0777) != 0 && errno != EEXIST) {
    fprintf(stderr, "error: %s: cannot be created\n", directory);
    return 1;
  }
  for (int32_t i = 0; status == WINNOW_OK && i < winnow_output_count(model); ++i) {
    char path[4096];
    snprintf(path, sizeof path, "%s/output_%d.npy", directory, i);
    const char *error = winnow_npy_write(path, &outputs[i]);
    if (error) {
      fprintf(stderr, "error: %s: %s\n", path, error);
      return 1;
    }
    printf("%s\n", path);
  }
  return status == WINNOW_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  const WinnowModel *model = winnow_model();
  int32_t input_count = winnow_input_count(model), output_count = winnow_output_count(model);
  if (argc != input_count + 2)
    return printUsage(argv[0], model);
  WinnowTensor *tensors = calloc((size_t)input_count + (size_t)output_count + 1, sizeof *tensors);
  if (!tensors) {
    fprintf(stderr, "error: out of memory\n");
    return 1;
  }
  int code = run(model, argv + 1, argv[argc - 1], tensors, tensors + input_count);
  for (int32_t i = 0; i < input_count + output_count; ++i)
    free(tensors[i].data);
  free(tensors);
  return code;
}
