/* The choice among variants of a model by what the processor has. */

#include "winnow/Runtime/model_data.h"

#include <stdio.h>

/* One that no processor can run, one that asks for nothing, and one for AVX-512 alone. */
static const WinnowModel kAll = {.abi_version = WINNOW_ABI_VERSION, .cpu_features = ~0u, .name = "all"};
static const WinnowModel kNone = {.abi_version = WINNOW_ABI_VERSION, .name = "none"};
static const WinnowModel kWide = {
    .abi_version = WINNOW_ABI_VERSION, .cpu_features = WINNOW_CPU_AVX512F, .name = "wide"};

static const WinnowModel *getAll(void) { return &kAll; }
static const WinnowModel *getNone(void) { return &kNone; }
static const WinnowModel *getWide(void) { return &kWide; }

int main(void) {
  const WinnowModel *(*const both[])(void) = {getAll, getNone, NULL};
  const WinnowModel *(*const hopeless[])(void) = {getAll, NULL};
  const WinnowModel *(*const wide[])(void) = {getWide, getNone, NULL};
  printf("chosen: %s, %s\n", winnow_model_name(winnow_choose_variant(both)),
         winnow_model_name(winnow_choose_variant(hopeless)));
  const char *expected = winnow_cpu_features() & WINNOW_CPU_AVX512F ? "wide" : "none";
  printf("by feature: %d\n", winnow_model_name(winnow_choose_variant(wide))[0] == expected[0]);
  char error[128];
  WinnowContext *context;
  WinnowStatus status = winnow_context_create(winnow_choose_variant(hopeless), NULL, &context, error, sizeof error);
  printf("%s: %s\n", winnow_status_text(status), error);
  return context != NULL;
}
