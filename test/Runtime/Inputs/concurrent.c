/* Loads each model named on the command line (x: ?x16 f32, y = x times 1 to 16) and runs it on four threads. */

#include "winnow/Runtime/winnow_model.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

enum { kThreads = 4, kModels = 8 };

struct Work {
  void *library;
  float factor;
  int wrong;
};

static void *run(void *argument) {
  struct Work *work = argument;
  const WinnowModel *(*model)(void);
  WinnowStatus (*create)(const WinnowModel *, const WinnowOptions *, WinnowContext **, char *, size_t);
  WinnowStatus (*runModel)(WinnowContext *, const WinnowTensor *, int32_t, WinnowTensor *, int32_t);
  void (*destroy)(WinnowContext *);
  *(void **)&model = dlsym(work->library, "winnow_model");
  *(void **)&create = dlsym(work->library, "winnow_context_create");
  *(void **)&runModel = dlsym(work->library, "winnow_run");
  *(void **)&destroy = dlsym(work->library, "winnow_context_destroy");
  float x[16], y[16];
  for (int i = 0; i < 16; ++i)
    x[i] = work->factor;
  for (int round = 0; round < 200; ++round) {
    WinnowContext *context = NULL;
    if (create(model(), NULL, &context, NULL, 0) != WINNOW_OK) {
      work->wrong++;
      continue;
    }
    WinnowTensor in = {x, sizeof x, WINNOW_F32, 2, {1, 16}}, out = {y, sizeof y, WINNOW_F32, 0, {0}};
    if (runModel(context, &in, 1, &out, 1) != WINNOW_OK)
      work->wrong++;
    for (int i = 0; i < 16; ++i)
      work->wrong += y[i] != work->factor * (float)(i + 1);
    destroy(context);
  }
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t threads[kModels * kThreads];
  struct Work work[kModels * kThreads];
  int count = 0, wrong = 0;
  for (int i = 1; i < argc && i <= kModels; ++i) {
    void *library = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      puts(dlerror());
      return 1;
    }
    for (int t = 0; t < kThreads; ++t, ++count) {
      work[count] = (struct Work){library, (float)(count + 1), 0};
      pthread_create(&threads[count], NULL, run, &work[count]);
    }
  }
  for (int i = 0; i < count; ++i) {
    pthread_join(threads[i], NULL);
    wrong += work[i].wrong;
  }
  printf("%d threads, %d wrong results\n", count, wrong);
  return wrong != 0;
}
