/* Nanoseconds of a run of the model that this is linked with, called from C: the least of several rounds. */
#include "winnow/Runtime/winnow_model.h"

#include <stdio.h>
#include <time.h>

int main(void) {
  WinnowContext *context;
  static float x[16], y[16];
  if (winnow_context_create(winnow_model(), NULL, &context, NULL, 0))
    return 1;
  WinnowTensor in = {x, sizeof x, WINNOW_F32, 2, {1, 16}}, out = {y, sizeof y, WINNOW_F32};
  double least = 1e30;
  for (int round = 0; round < 50; ++round) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < 2000; ++i)
      if (winnow_run(context, &in, 1, &out, 1))
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    double each = ((end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec)) / 2000;
    least = each < least ? each : least;
  }
  printf("%.1f\n", least);
  winnow_context_destroy(context);
  return 0;
}
