/* Runs a model of one input and one output of 256 f32 and prints which layers have a time. */

#include "winnow/Runtime/winnow_model.h"

#include <stdio.h>

int main(void) {
  static float x[256], y[256];
  const WinnowModel *model = winnow_model();
  WinnowContext *context = NULL;
  if (winnow_context_create(model, NULL, &context, NULL, 0) != WINNOW_OK)
    return 1;
  WinnowTensor in = {x, sizeof x, WINNOW_F32, 4, {1, 4, 8, 8}}, out = {y, sizeof y, WINNOW_F32, 0, {0}};
  for (int i = 0; i < 100; ++i)
    if (winnow_run(context, &in, 1, &out, 1) != WINNOW_OK)
      return 1;
  const int64_t *times = winnow_context_layer_times(context);
  if (!times)
    puts("no times");
  for (int i = 0; times && i < winnow_layer_count(model); ++i)
    printf("%s (%s): %s\n", winnow_layer_info(model, i)->name, winnow_layer_info(model, i)->op,
           times[i] > 0 ? "measured" : "nothing");
  winnow_context_destroy(context);
  return 0;
}
