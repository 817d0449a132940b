/* A model for AMX on processors without it, and on systems that keep its registers from the process. */

#include "winnow/Runtime/model_data.h"

#include <stdio.h>

static uint32_t processor;
static int refuses, asked;

/* In place of those of the runtime, which are weak. */
uint32_t winnow_cpu_features(void) { return processor; }
int winnow_allow_cpu_features(uint32_t features) {
  asked = (features & WINNOW_CPU_AMX_TILE) != 0;
  return asked && refuses;
}

static void tryModel(const char *name, uint32_t features) {
  const WinnowModel model = {.abi_version = WINNOW_ABI_VERSION, .cpu_features = features, .name = name};
  char error[128];
  WinnowContext *context;
  asked = 0;
  WinnowStatus status = winnow_context_create(&model, NULL, &context, error, sizeof error);
  printf("%s: %s: %s%s\n", name, winnow_status_text(status), error, asked ? " (asked)" : "");
  winnow_context_destroy(context);
}

int main(void) {
  const uint32_t amx = WINNOW_CPU_AMX_TILE | WINNOW_CPU_AMX_INT8, wide = WINNOW_CPU_AVX512F;
  processor = wide;
  tryModel("lacking", wide | amx);
  processor = wide | amx;
  tryModel("allowed", wide | amx);
  refuses = 1;
  tryModel("refused", wide | amx);
  tryModel("without tiles", wide);
  return 0;
}
