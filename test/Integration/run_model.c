/* Loads a compiled model, runs it on buffers of exactly the size that it asks for, twice, and lets it go: for valgrind.
   usage: run_model MODEL.so */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <winnow/Runtime/winnow_model.h>

#define CHECK(condition)                                                                                               \
  if (!(condition)) {                                                                                                  \
    fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition);                                           \
    return 1;                                                                                                          \
  }
#define GET(name) __typeof__(&name) p_##name = (__typeof__(&name))dlsym(library, #name)

int main(int argc, char **argv) {
  CHECK(argc == 2);
  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  CHECK(library);
  GET(winnow_model);
  GET(winnow_input_count);
  GET(winnow_output_count);
  GET(winnow_input_info);
  GET(winnow_output_info);
  GET(winnow_output_max_extents);
  GET(winnow_type_bytes);
  GET(winnow_context_create);
  GET(winnow_context_destroy);
  GET(winnow_run);
  CHECK(p_winnow_model && p_winnow_run && p_winnow_context_create);
  const WinnowModel *model = p_winnow_model();
  WinnowContext *context = NULL;
  CHECK(p_winnow_context_create(model, NULL, &context, NULL, 0) == WINNOW_OK);

  WinnowTensor inputs[8] = {0}, outputs[8] = {0};
  int32_t input_count = p_winnow_input_count(model), output_count = p_winnow_output_count(model);
  CHECK(input_count <= 8 && output_count <= 8);
  for (int32_t i = 0; i < input_count; ++i) {
    const WinnowTensorInfo *info = p_winnow_input_info(model, i);
    inputs[i].type = info->type, inputs[i].rank = info->rank;
    inputs[i].bytes = p_winnow_type_bytes(info->type);
    for (int32_t d = 0; d < info->rank; ++d) {
      inputs[i].extents[d] = info->extents[d] == WINNOW_DYNAMIC ? 1 : info->extents[d];
      inputs[i].bytes *= (size_t)inputs[i].extents[d];
    }
    inputs[i].data = calloc(1, inputs[i].bytes);
  }
  for (int32_t i = 0; i < output_count; ++i) {
    const WinnowTensorInfo *info = p_winnow_output_info(model, i);
    int64_t extents[WINNOW_MAX_RANK];
    CHECK(p_winnow_output_max_extents(model, i, 1, extents) == WINNOW_OK);
    outputs[i].type = info->type;
    outputs[i].bytes = p_winnow_type_bytes(info->type);
    for (int32_t d = 0; d < info->rank; ++d)
      outputs[i].bytes *= (size_t)extents[d];
    outputs[i].data = malloc(outputs[i].bytes);
  }
  for (int round = 0; round < 2; ++round)
    CHECK(p_winnow_run(context, inputs, input_count, outputs, output_count) == WINNOW_OK);
  /* Using the bytes makes valgrind report those that were never written. */
  unsigned sum = 0;
  for (int32_t i = 0; i < output_count; ++i)
    for (size_t b = 0; b < outputs[i].bytes; ++b)
      if (((unsigned char *)outputs[i].data)[b] & 1)
        ++sum;
  printf("%u odd bytes\n", sum);
  p_winnow_context_destroy(context);
  for (int32_t i = 0; i < input_count; ++i)
    free(inputs[i].data);
  for (int32_t i = 0; i < output_count; ++i)
    free(outputs[i].data);
  dlclose(library);
  return 0;
}
