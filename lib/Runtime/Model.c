/*===- Model.c - what a compiled model says of itself ---------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===*/

#include "Export.h"
#include "winnow/Runtime/model_data.h"

WINNOW_API int32_t winnow_abi_version(void) { return WINNOW_ABI_VERSION; }

WINNOW_API const char *winnow_model_name(const WinnowModel *model) { return model ? model->name : NULL; }

WINNOW_API int32_t winnow_input_count(const WinnowModel *model) { return model ? model->input_count : 0; }

WINNOW_API int32_t winnow_output_count(const WinnowModel *model) { return model ? model->output_count : 0; }

WINNOW_API int32_t winnow_layer_count(const WinnowModel *model) { return model ? model->layer_count : 0; }

WINNOW_API const WinnowTensorInfo *winnow_input_info(const WinnowModel *model, int32_t index) {
  return model && index >= 0 && index < model->input_count ? &model->inputs[index] : NULL;
}

WINNOW_API const WinnowTensorInfo *winnow_output_info(const WinnowModel *model, int32_t index) {
  return model && index >= 0 && index < model->output_count ? &model->outputs[index] : NULL;
}

WINNOW_API const WinnowLayerInfo *winnow_layer_info(const WinnowModel *model, int32_t index) {
  return model && index >= 0 && index < model->layer_count ? &model->layers[index] : NULL;
}

WINNOW_API int32_t winnow_model_max_threads(const WinnowModel *model) { return model ? model->max_threads : 0; }

WINNOW_API int32_t winnow_model_has_dynamic_batch(const WinnowModel *model) { return model && model->dynamic_batch; }

WINNOW_API size_t winnow_arena_bytes(const WinnowModel *model, int64_t batch) {
  if (!model || batch < 0)
    return 0;
  int64_t scaled = 0, total = 0;
  if (__builtin_mul_overflow(model->arena_bytes_per_batch, batch, &scaled) ||
      __builtin_add_overflow(model->arena_bytes, scaled, &total))
    return SIZE_MAX;
  return (size_t)total;
}

WINNOW_API WinnowStatus winnow_output_max_extents(const WinnowModel *model, int32_t index, int64_t batch,
                                                  int64_t *extents) {
  if (!model || !extents)
    return WINNOW_NULL_ARGUMENT;
  if (index < 0 || index >= model->output_count)
    return WINNOW_BAD_COUNT;
  if (batch < 1 || (!model->dynamic_batch && batch != 1))
    return WINNOW_BAD_BATCH;
  const WinnowBounds *bounds = &model->output_bounds[index];
  for (int32_t d = 0; d < model->outputs[index].rank; ++d) {
    int64_t scaled = 0;
    if (__builtin_mul_overflow(bounds->per_batch[d], batch, &scaled) ||
        __builtin_add_overflow(bounds->fixed[d], scaled, &extents[d]))
      return WINNOW_BAD_BATCH;
  }
  return WINNOW_OK;
}

WINNOW_API size_t winnow_type_bytes(int32_t type) {
  switch (type) {
  case WINNOW_U8:
  case WINNOW_I8:
  case WINNOW_BOOL:
    return 1;
  case WINNOW_U16:
  case WINNOW_I16:
  case WINNOW_F16:
  case WINNOW_BF16:
    return 2;
  case WINNOW_F32:
  case WINNOW_I32:
  case WINNOW_U32:
    return 4;
  case WINNOW_F64:
  case WINNOW_I64:
  case WINNOW_U64:
    return 8;
  default:
    return 0;
  }
}

WINNOW_API const char *winnow_status_text(WinnowStatus status) {
  switch (status) {
  case WINNOW_OK:
    return "success";
  case WINNOW_NULL_ARGUMENT:
    return "an argument is NULL";
  case WINNOW_BAD_OPTION:
    return "an option is out of range";
  case WINNOW_BAD_COUNT:
    return "wrong number of tensors";
  case WINNOW_BAD_TYPE:
    return "wrong element type";
  case WINNOW_BAD_SHAPE:
    return "wrong shape";
  case WINNOW_BAD_BATCH:
    return "wrong batch";
  case WINNOW_SMALL_BUFFER:
    return "buffer too small";
  case WINNOW_OVERLAP:
    return "an output overlaps another tensor";
  case WINNOW_BAD_PROCESSOR:
    return "wrong processor";
  case WINNOW_OUT_OF_MEMORY:
    return "out of memory";
  }
  return "unknown status";
}
