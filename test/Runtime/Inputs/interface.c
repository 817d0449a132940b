/* Calls a model of one input x (?x16 f32) and one output y (x times 1 to 16) in every way. */

#include "winnow/Runtime/winnow_model.h"

#include <stdio.h>
#include <string.h>

static WinnowContext *context;

static void show(const char *what, WinnowStatus status) {
  const char *message = winnow_context_error(context);
  printf("%s: %s%s%s\n", what, winnow_status_text(status), message[0] ? ": " : "", message);
}

static void checkContext(const WinnowModel *model, const char *what, WinnowOptions options) {
  WinnowContext *other = NULL;
  char error[128];
  WinnowStatus status = winnow_context_create(model, &options, &other, error, sizeof error);
  printf("%s: %s: %s\n", what, winnow_status_text(status), error);
  winnow_context_destroy(other);
}

int main(void) {
  const WinnowModel *model = MODEL();
  printf("name %s, %d inputs, %d outputs, dynamic %d\n", winnow_model_name(model), winnow_input_count(model),
         winnow_output_count(model), winnow_model_has_dynamic_batch(model));
  const WinnowTensorInfo *info = winnow_input_info(model, 0);
  printf("input %s type %d rank %d extents %lld %lld\n", info->name, info->type, info->rank,
         (long long)info->extents[0], (long long)info->extents[1]);
  printf("arena %zu\n", winnow_arena_bytes(model, 2));

  static float x[3][16], y[3][16];
  static char bytes[sizeof y + 1], bytesIn[sizeof x + 1];
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 16; ++j)
      x[i][j] = 2;
  WinnowOptions options = {.max_batch = 2};
  if (winnow_context_create(model, &options, &context, NULL, 0) != WINNOW_OK)
    return 1;
  WinnowTensor in = {x, sizeof x, WINNOW_F32, 2, {2, 16}}, out = {y, sizeof y, WINNOW_F32, 0, {0}};
  WinnowStatus status = winnow_run(context, &in, 1, &out, 1);
  printf("run: %s, y[0][15] = %g, rank %d, extents %lld %lld\n", winnow_status_text(status), y[0][15], out.rank,
         (long long)out.extents[0], (long long)out.extents[1]);

  WinnowTensor oddIn = in, oddOut = out;
  oddIn.data = memcpy(bytesIn + 1, x, sizeof x);
  oddOut.data = bytes + 1;
  oddOut.bytes = sizeof y;
  status = winnow_run(context, &oddIn, 1, &oddOut, 1);
  float last;
  memcpy(&last, bytes + 1 + 15 * sizeof last, sizeof last);
  printf("unaligned: %s, y = %g\n", winnow_status_text(status), last);

  WinnowTensor bad = in;
  bad.extents[0] = 3;
  show("batch 3", winnow_run(context, &bad, 1, &out, 1));
  winnow_context_set_batch(context, 3);
  show("after set_batch", winnow_run(context, &bad, 1, &out, 1));
  bad = in;
  bad.data = NULL;
  show("null input", winnow_run(context, &bad, 1, &out, 1));
  show("null array", winnow_run(context, NULL, 1, &out, 1));
  printf("null context: %s\n", winnow_status_text(winnow_run(NULL, &in, 1, &out, 1)));
  bad = in;
  bad.type = WINNOW_I64;
  show("type", winnow_run(context, &bad, 1, &out, 1));
  bad = in;
  bad.rank = 1;
  show("rank", winnow_run(context, &bad, 1, &out, 1));
  bad = in;
  bad.extents[1] = 15;
  show("extent", winnow_run(context, &bad, 1, &out, 1));
  show("count", winnow_run(context, &in, 1, &out, 0));
  bad = out;
  bad.bytes = 4;
  show("small", winnow_run(context, &in, 1, &bad, 1));
  bad = out;
  bad.data = x;
  show("overlap", winnow_run(context, &in, 1, &bad, 1));
  winnow_context_destroy(context);

  checkContext(model, "threads", (WinnowOptions){.threads = -1});
  checkContext(model, "max_batch", (WinnowOptions){.max_batch = -1});
  checkContext(model, "huge", (WinnowOptions){.max_batch = INT64_MAX});
  checkContext(NULL, "null model", (WinnowOptions){0});
  return 0;
}
