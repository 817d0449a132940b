/* Counts the page faults of runs of a model (one f32 input, one f32 output, static shapes) after the first ones. */

#include "winnow/Runtime/winnow_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static long countFaults(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

static void *allocate(WinnowTensor *tensor, const WinnowTensorInfo *info) {
  tensor->bytes = sizeof(float);
  tensor->type = info->type;
  tensor->rank = info->rank;
  for (int32_t d = 0; d < info->rank; ++d)
    tensor->bytes *= (size_t)(tensor->extents[d] = info->extents[d]);
  tensor->data = malloc(tensor->bytes);
  return memset(tensor->data, 0, tensor->bytes);
}

int main(int argc, char **argv) {
  const WinnowModel *model = winnow_model();
  WinnowOptions options = {.threads = argc > 1 ? atoi(argv[1]) : 1};
  WinnowContext *context;
  long before = countFaults();
  if (winnow_context_create(model, &options, &context, NULL, 0) != WINNOW_OK)
    return 1;
  /* Pages of 4 KB, or huge ones. */
  long pages = (long)(winnow_arena_bytes(model, 1) / 4096), touched = countFaults() - before;
  printf("arena touched: %s\n", touched >= (pages < 512 ? pages : pages / 512) ? "yes" : "no");
  WinnowTensor x = {0}, y = {0};
  allocate(&x, winnow_input_info(model, 0));
  allocate(&y, winnow_output_info(model, 0));
  long least = 1 << 30;
  for (int run = 0; run < 12; ++run) {
    before = countFaults();
    if (winnow_run(context, &x, 1, &y, 1) != WINNOW_OK)
      return 1;
    /* The system may take pages away now and then; a run that it leaves alone has no fault. */
    if (run > 1 && countFaults() - before < least)
      least = countFaults() - before;
  }
  printf("faults of a steady run: %ld\n", least);
  winnow_context_destroy(context);
  return 0;
}
